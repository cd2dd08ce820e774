#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "engine/rows.h"
#include "sql/types.h"
#include "warehouse/procedures/javascript_sandbox.h"

struct JSContext;

namespace freshet::warehouse {

/// A user-defined function in JavaScript: a ScriptProcedure with what it returns.
struct ScriptFunction : ScriptProcedure {
  sql::TypeKind returns = sql::TypeKind::text;
  std::vector<std::pair<std::string, sql::TypeKind>> columns; // of a table function: its body is an object with processRow
  bool is_table = false;
  bool strict = false; // NULL for any NULL argument
};

/// What a function gave for one row: a number when it returns FLOAT, else text that the engine casts to the declared type. Of a
/// table function, a JSON array with an array of texts and nulls for each row.
struct ScriptResult {
  bool is_null = true;
  double number = 0;
  std::string text;
};
using ScriptSink = std::function<void(size_t row, const ScriptResult& result)>;

/// Applies the function to every row of a chunk within one fresh global object. Its arguments are the chunk's columns from
/// `first` on; SQL NULL arrives as undefined, JSON's null in a VARIANT as null.
std::expected<void, ScriptError> run_javascript_function(JSContext* context, const ScriptFunction& function,
                                                         const engine::Chunk& rows, size_t first, const ScriptSink& sink);

} // namespace freshet::warehouse
