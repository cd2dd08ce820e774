#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/rows.h"
#include "engine/value.h"
#include "sql/engine_printer.h"
#include "warehouse/result.h"

namespace freshet::warehouse {

/// A value as engine text: 12, 'it''s', TIMESTAMP '2026-01-01 00:00:00', NULL.
std::string literal(const engine::Value& value);
/// One cell of a result. Types without a Value of their own become text.
engine::Value cell(const engine::Rows& rows, size_t row, size_t column);
/// The same of a chunk under way.
engine::Value cell(const engine::Vector& vector, size_t row);
/// The columns of an engine result in Snowflake's types. What the printer knows of them (`printed`) says what the engine's
/// types do not: OBJECT or ARRAY, a VARCHAR's length, whether a column can be NULL.
std::vector<ResultColumn> result_columns(const std::vector<engine::Column>& columns,
                                         const std::optional<std::vector<sql::OutputColumn>>& printed = std::nullopt);
/// Like `literal`, cast to the declared type where the value's own does not say it.
std::string typed_literal(const Bind& bind);

} // namespace freshet::warehouse
