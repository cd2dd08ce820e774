#include "warehouse/statements/show_functions.h"

#include <fmt/core.h>

#include <algorithm>

#include "sql/functions.h"

namespace freshet::warehouse {
namespace {

ShowRow routine_row(StatementContext& context, const Object& object, const Routine& routine, std::string_view description) {
  const auto at = context.scope_of(object);
  std::string types;
  for (const auto& argument : routine.arguments) {
    const auto name = argument.type.to_string();
    types += (types.empty() ? "" : ", ") + name.substr(0, name.find('('));
  }
  const auto least = std::ranges::count_if(routine.arguments, [](const auto& argument) { return !argument.default_value; });
  const auto returns = routine.returns_table ? routine.returns : routine.returns.substr(0, routine.returns.find('('));
  return ShowRow{engine_text(object.created_on),
                 object.name,
                 at.schema,
                 "N",
                 "N",
                 "N",
                 std::to_string(least),
                 std::to_string(routine.arguments.size()),
                 fmt::format("{}({}) RETURN {}", object.name, types, returns),
                 std::string(description),
                 at.database,
                 y_or_n(routine.returns_table),
                 "N",
                 y_or_n(routine.secure)};
}

/// By a letter of FunctionRule::modes.
std::string_view argument_type(char mode) {
  switch (mode) {
    case 't':
      return "VARCHAR";
    case 'd':
    case 'n':
      return "NUMBER";
    case 'r':
      return "FLOAT";
    case 'm':
      return "TIMESTAMP_NTZ";
    case 'b':
      return "BOOLEAN";
    case 'v':
      return "VARIANT";
    default:
      return "ANY";
  }
}

std::string_view result_type(sql::ResultKind kind) {
  switch (kind) {
    case sql::ResultKind::integer:
      return "NUMBER";
    case sql::ResultKind::real:
      return "FLOAT";
    case sql::ResultKind::text:
      return "VARCHAR";
    case sql::ResultKind::boolean:
      return "BOOLEAN";
    case sql::ResultKind::date:
      return "DATE";
    case sql::ResultKind::timestamp:
      return "TIMESTAMP_NTZ";
    case sql::ResultKind::instant:
      return "TIMESTAMP_LTZ";
    case sql::ResultKind::json:
      return "VARIANT";
    default:
      return "ANY";
  }
}

/// NAME(VARCHAR, ANY) RETURN VARCHAR: as many arguments as it takes at least.
std::string signature(const sql::FunctionRule& rule) {
  std::string types;
  for (size_t i = 0; i < rule.arguments_min; ++i) {
    const char mode = rule.modes.empty() ? '.' : rule.modes[std::min(i, rule.modes.size() - 1)];
    types.append(types.empty() ? "" : ", ").append(argument_type(mode));
  }
  return fmt::format("{}({}) RETURN {}", rule.name, types, result_type(rule.result));
}

} // namespace

SqlResult<ShowRow> procedure_row(StatementContext& context, const Object& object) {
  return routine_row(context, object, *object.as<Procedure>(), "user-defined procedure");
}

SqlResult<ShowRow> function_row(StatementContext& context, const Object& object) {
  const auto& function = *object.as<Function>();
  auto row = routine_row(context, object, function, "user-defined function");
  row.insert(row.end(), {"N", function.language, "N", "N"});
  return row;
}

std::vector<ShowRow> builtin_function_rows(ShowFilter& filter) {
  auto rules = sql::all_functions();
  std::ranges::sort(rules, {}, &sql::FunctionRule::name);
  std::vector<ShowRow> rows;
  for (const auto& rule : rules) {
    if (!filter.takes(rule.name)) continue;
    rows.push_back({std::nullopt, std::string(rule.name), std::nullopt, "Y",
                    y_or_n(sql::is_aggregate(*sql::find_function(rule.name))), "Y", std::to_string(rule.arguments_min),
                    std::to_string(rule.arguments_max), signature(rule), "", std::nullopt, "N", "N", "N", "N", "SQL", "N",
                    "N"});
  }
  return rows;
}

} // namespace freshet::warehouse
