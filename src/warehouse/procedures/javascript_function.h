#pragma once

#include <functional>
#include <optional>
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
  bool strict = false;            // NULL for any NULL argument
  std::vector<std::string> types; // of the parameters, as a table function's `initialize` is told
};

/// Where a table function's input stands in a chunk. Each row of the chunk is a partition: of one row, whose values are the
/// columns from `first_argument` on; or of `rows` many, where those columns hold lists of as many values.
struct PartitionColumns {
  size_t constants = 0; // a text with a 1 for each argument that is the same in all rows
  std::optional<size_t> rows;
  size_t first_argument = 1;
};

/// What a function gave for one row: a number when it returns FLOAT, else text that the engine casts to the declared type. Of a
/// table function, a JSON array with an array of texts and nulls for each row; of one that sees partitions of several rows, the
/// number of the row that it was written for stands first (from 1 on; null: written by `finalize`).
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
/// The same of a table function: `initialize`, `processRow` for each row and `finalize` for each partition.
std::expected<void, ScriptError> run_javascript_partitions(JSContext* context, const ScriptFunction& function,
                                                           const engine::Chunk& rows, const PartitionColumns& columns,
                                                           const ScriptSink& sink);

} // namespace freshet::warehouse
