#include "warehouse/load/template_columns.h"

#include <fmt/format.h>

#include "sql/parser.h"
#include "warehouse/scalars/json_value.h"

namespace freshet::warehouse {

namespace {

sql::Error no_template(std::string_view why) {
  return {2023, "22000",
          fmt::format("SQL compilation error:\nThe query of USING TEMPLATE gives no description of columns: {}", why)};
}

/// INFER_SCHEMA writes `GET_IGNORE_CASE ($1, NAME)::TYPE`, as documented: the name means a key.
std::string with_quoted_key(std::string expression) {
  constexpr std::string_view k_start = "GET_IGNORE_CASE ($1, ";
  const auto end = expression.find(")::");
  if (!expression.starts_with(k_start) || end == std::string::npos) return expression;
  const auto key = expression.substr(k_start.size(), end - k_start.size());
  return std::string(k_start) + sql::quote_string(key) + expression.substr(end);
}

std::string text_of(const JsonValue& object, std::string_view key) {
  const auto* found = object.find(key);
  return found == nullptr ? std::string() : found->text;
}

} // namespace

SqlResult<std::vector<Column>> template_columns(StatementContext& context, const std::string& query) {
  const auto parsed = TRY(sql::parse_query(query));
  const auto rows = TRY(context.query(TRY(context.print(parsed))));
  if (rows.size() != 1 || rows.columns().size() != 1 || rows.is_null(0, 0))
    return sql::fail(no_template("one row with one array is expected"));
  const auto value = JsonValue::parse(rows.text(0, 0));
  if (!value || value->kind != JsonValue::Kind::array) return sql::fail(no_template("an array is expected"));
  std::vector<Column> columns;
  for (const auto& item : value->items) {
    Column column;
    column.name = text_of(item, "COLUMN_NAME");
    const auto type = text_of(item, "TYPE");
    if (column.name.empty() || type.empty()) return sql::fail(no_template("each object needs COLUMN_NAME and TYPE"));
    column.type = TRY(sql::type_from_name(TRY(sql::parse_type(type)), context.print_options().timestamp_alias));
    column.computed = with_quoted_key(text_of(item, "EXPRESSION")); // counts for external tables
    column.nullable = text_of(item, "NULLABLE") != "false";
    columns.push_back(std::move(column));
  }
  if (columns.empty()) return sql::fail(no_template("the array is empty"));
  return columns;
}

} // namespace freshet::warehouse
