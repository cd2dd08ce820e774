#include "warehouse/lineage/lineage_functions.h"

#include <fmt/format.h>

#include <algorithm>

#include "sql/parser.h"
#include "warehouse/lineage/lineage_trace.h"

namespace freshet::warehouse {
namespace {

/// The columns that tell the table's rows apart: those of its primary key, a history table's keys, or else its first column.
std::vector<std::string> key_columns(const Table& table) {
  if (table.history) return table.history->keys;
  for (const auto& constraint : table.constraints)
    if (constraint.kind == "PRIMARY KEY") return constraint.columns;
  return {table.columns.front().name};
}

/// LINEAGE('table', value, …) by the key's columns in their order, or LINEAGE('table', column => value, …).
SqlResult<LineageKey> key_of(StatementContext& context, const Table& table, const FunctionArguments& arguments) {
  auto columns = key_columns(table);
  LineageKey out;
  for (size_t i = 1; i < arguments.size(); ++i) {
    auto name = arguments[i].name;
    if (name.empty()) {
      if (i > columns.size()) {
        return sql::fail(
            {938, "22023",
             fmt::format("SQL compilation error:\ntoo many arguments for function [LINEAGE]: the key of the table has {} "
                         "column(s)",
                         columns.size())});
      }
      name = columns[i - 1];
    } else if (std::ranges::find(table.columns, name, &Column::name) == table.columns.end()) {
      return sql::fail(sql::invalid_identifier(name, 0, 0));
    }
    auto rows = TRY(context.query(fmt::format("SELECT CAST({} AS VARCHAR)", arguments[i].text)));
    if (rows.is_null(0, 0)) return sql::fail({938, "22023", "SQL compilation error:\nLINEAGE follows a key that is not NULL"});
    out.emplace_back(std::move(name), rows.text(0, 0));
  }
  return out;
}

std::string text_or_null(const std::string& text) {
  return text.empty() ? "NULL" : engine::quote_literal(text);
}

std::string number_or_null(int64_t number) {
  return number == 0 ? "NULL" : std::to_string(number);
}

struct OutputColumn {
  const char* name;
  const char* type;
};
constexpr OutputColumn k_columns[] = {{"DEPTH", "BIGINT"},      {"TABLE_NAME", "VARCHAR"},        {"ACTION", "VARCHAR"},
                                      {"TIME", "TIMESTAMPTZ"},  {"ROW_VALUES", "JSON"},           {"CERTAINTY", "VARCHAR"},
                                      {"QUERY_ID", "VARCHAR"},  {"QUERY_TEXT", "VARCHAR"},        {"OUTER_QUERY_ID", "VARCHAR"},
                                      {"TASK", "VARCHAR"},      {"TASK_RUN_ID", "BIGINT"},        {"PIPE", "VARCHAR"},
                                      {"FILE", "VARCHAR"},      {"FILE_ROW_NUMBER", "BIGINT"},    {"USER_NAME", "VARCHAR"},
                                      {"ROLE_NAME", "VARCHAR"}, {"TRANSACTION_NUMBER", "BIGINT"}, {"ROW_ID", "VARCHAR"},
                                      {"STEP", "BIGINT"}};

std::string row_of(const LineageStep& step, size_t number) {
  auto time = step.time ? engine::quote_literal(engine_text(*step.time)) : std::string("NULL");
  return fmt::format("({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})", step.depth,
                     text_or_null(step.table), text_or_null(step.action), time, text_or_null(step.values),
                     step.exact ? "'exact'" : "'candidate'", text_or_null(step.query_id), text_or_null(step.query_text),
                     text_or_null(step.outer_query_id), text_or_null(step.task), number_or_null(step.task_run),
                     text_or_null(step.pipe), text_or_null(step.file), number_or_null(step.file_row), text_or_null(step.user),
                     text_or_null(step.role), number_or_null(step.transaction), text_or_null(step.row_id), number);
}

SqlResult<std::string> lineage(StatementContext& context, const FunctionArguments& arguments) {
  if (arguments.size() < 2) {
    return sql::fail(
        {938, "22023",
         fmt::format("SQL compilation error:\nnot enough arguments for function [LINEAGE], expected a table and a key, "
                     "got {}",
                     arguments.size())});
  }
  auto name = TRY(context.constant_text(arguments[0])).value_or("");
  auto object = TRY(context.find(ObjectKind::table, TRY(sql::parse_qualified_name(name))));
  auto key = TRY(key_of(context, *object->as<Table>(), arguments));
  TRY(context.snapshot()); // all look-ups see one state
  auto steps = TRY(LineageTrace(context).trace(*object, key));
  std::string values, columns;
  for (size_t i = 0; i < steps.size(); ++i) values += (i == 0 ? "" : ", ") + row_of(steps[i], i + 1);
  for (size_t i = 0; i < std::size(k_columns); ++i) {
    auto source = steps.empty() ? std::string("NULL") : fmt::format("c{}", i);
    columns += fmt::format("{}CAST({} AS {}) AS \"{}\"", i == 0 ? "" : ", ", source, k_columns[i].type, k_columns[i].name);
  }
  if (steps.empty()) return fmt::format("(SELECT {} LIMIT 0)", columns);
  std::string names;
  for (size_t i = 0; i < std::size(k_columns); ++i) names += fmt::format("{}c{}", i == 0 ? "" : ", ", i);
  return fmt::format("(SELECT {} FROM (VALUES {}) AS l({}) ORDER BY c18)", columns, values, names);
}

} // namespace

void add_lineage_functions(FunctionRegistry& functions) {
  functions.add_table("LINEAGE", lineage);
}

} // namespace freshet::warehouse
