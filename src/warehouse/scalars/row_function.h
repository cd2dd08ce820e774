#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/engine.h"

namespace freshet::warehouse {

/// A function of texts, row by row: what semi-structured values and strings need. An argument without value is a NULL.
using RowArguments = std::span<const std::optional<std::string_view>>;
using RowResult = std::expected<std::optional<std::string>, std::string>;
using RowBody = std::function<RowResult(RowArguments arguments)>;

enum class RowNulls {
  give_null, // any NULL argument: NULL, without a call
  are_seen,
};

/// Registers `name` with so many VARCHAR parameters (`variadic`: and any number more), giving JSON or VARCHAR.
engine::Result<void> register_row_function(engine::Database& database, std::string name, size_t parameters, bool variadic,
                                           bool gives_json, RowNulls nulls, RowBody body);

/// A line of a table of such functions.
struct RowFunction {
  const char* name;
  size_t parameters;
  bool variadic;
  bool gives_json;
  RowNulls nulls;
  RowResult (*body)(RowArguments);
};
engine::Result<void> register_row_functions(engine::Database& database, std::span<const RowFunction> functions);

} // namespace freshet::warehouse
