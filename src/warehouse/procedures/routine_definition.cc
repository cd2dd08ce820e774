#include "warehouse/procedures/routine_definition.h"

#include "warehouse/statements/create.h"

namespace freshet::warehouse {
SqlResult<std::vector<RoutineArgument>> routine_arguments(StatementContext& context,
                                                          const std::vector<sql::Parameter>& parameters) {
  std::vector<RoutineArgument> arguments;
  for (const auto& parameter : parameters) {
    RoutineArgument argument;
    argument.name = parameter.name.name;
    argument.out = parameter.out;
    argument.type = TRY(sql::type_from_name(parameter.type, context.session().parameters().timestamp_alias()));
    if (parameter.default_value) argument.default_value = source_text(context, parameter.default_value->range);
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

namespace {

/// TABLE (A NUMBER(38,0), …)
std::string table_text(const std::vector<Column>& columns) {
  std::string text;
  for (const auto& column : columns) text += (text.empty() ? "" : ", ") + column.name + " " + column.type.to_string();
  return "TABLE (" + text + ")";
}

SqlResult<void> set_returns(StatementContext& context, const sql::ReturnType& returns, Routine& routine) {
  const auto alias = context.session().parameters().timestamp_alias();
  routine.returns_not_null = returns.not_null;
  routine.returns_table = returns.is_table;
  if (!returns.is_table) {
    routine.return_type = TRY(sql::type_from_name(returns.type, alias));
    routine.returns = routine.return_type.to_string();
    return {};
  }
  for (const auto& column : returns.columns)
    routine.table_columns.push_back({.name = column.name.name, .type = TRY(sql::type_from_name(column.type, alias))});
  routine.returns = table_text(routine.table_columns);
  return {};
}

} // namespace

SqlResult<void> define_routine(StatementContext& context, const sql::CreateRoutine& statement, Routine& routine) {
  routine.arguments = TRY(routine_arguments(context, statement.parameters));
  TRY(set_returns(context, statement.returns, routine));
  routine.language = statement.language;
  routine.body = statement.body;
  routine.execute_as = statement.as_caller ? "CALLER" : "OWNER";
  routine.strict = statement.strict;
  routine.secure = statement.options.secure;
  routine.volatility = statement.immutable ? "IMMUTABLE" : "VOLATILE";
  routine.options = options_of(statement.properties);
  return {};
}

} // namespace freshet::warehouse
