#include <fmt/core.h>

#include "sql/syntax_scripting.h"
#include "warehouse/procedures/call_arguments.h"
#include "warehouse/statements/create.h"

namespace freshet::warehouse {
namespace {

/// A piece of the statement's text.
std::string source_text(StatementContext& context, const sql::SourceRange& range) {
  const auto& statement = context.statement();
  if (range.offset < statement.range.offset) return {};
  const size_t offset = range.offset - statement.range.offset;
  return offset >= statement.text.size() ? std::string() : statement.text.substr(offset, range.length);
}

SqlResult<std::vector<RoutineArgument>> arguments_of(StatementContext& context, const sql::CreateRoutine& statement) {
  std::vector<RoutineArgument> arguments;
  for (const auto& parameter : statement.parameters) {
    RoutineArgument argument;
    argument.name = parameter.name.name;
    argument.out = parameter.out;
    argument.type = TRY(sql::type_from_name(parameter.type, context.session().parameters().timestamp_alias()));
    if (parameter.default_value) argument.default_value = source_text(context, parameter.default_value->range);
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

/// TABLE (A NUMBER(38,0), …)
std::string table_text(const std::vector<Column>& columns) {
  std::string text;
  for (const auto& column : columns) text += (text.empty() ? "" : ", ") + column.name + " " + column.type.to_string();
  return "TABLE (" + text + ")";
}

SqlResult<void> set_returns(StatementContext& context, const sql::ReturnType& returns, Procedure& procedure) {
  const auto alias = context.session().parameters().timestamp_alias();
  procedure.returns_not_null = returns.not_null;
  procedure.returns_table = returns.is_table;
  if (!returns.is_table) {
    procedure.returns = TRY(sql::type_from_name(returns.type, alias)).to_string();
    return {};
  }
  for (const auto& column : returns.columns)
    procedure.table_columns.push_back({.name = column.name.name, .type = TRY(sql::type_from_name(column.type, alias))});
  procedure.returns = table_text(procedure.table_columns);
  return {};
}

} // namespace

SqlResult<Procedure> procedure_from(StatementContext& context, const sql::CreateRoutine& statement) {
  const bool scripting = statement.language == "SQL";
  if (!scripting && statement.language != "JAVASCRIPT") {
    return sql::fail(sql::unsupported_feature(
        fmt::format("CREATE PROCEDURE … LANGUAGE {}; Freshet runs SQL and JAVASCRIPT", statement.language)));
  }
  if (statement.returns.is_table && !scripting)
    return sql::fail(sql::unsupported_feature("RETURNS TABLE of a JavaScript procedure"));
  if (scripting) TRY(sql::parse_script_block(statement.body));
  Procedure procedure;
  procedure.arguments = TRY(arguments_of(context, statement));
  TRY(set_returns(context, statement.returns, procedure));
  procedure.language = statement.language;
  procedure.body = statement.body;
  procedure.execute_as = statement.as_caller ? "CALLER" : "OWNER";
  procedure.strict = statement.strict;
  procedure.secure = statement.options.secure;
  procedure.volatility = statement.immutable ? "IMMUTABLE" : "VOLATILE";
  procedure.options = options_of(statement.properties);
  return procedure;
}

Outcome run(StatementContext& context, const sql::CreateRoutine& statement) {
  if (statement.is_function) return sql::fail(sql::unsupported_feature("CREATE FUNCTION"));
  const auto procedure = TRY(procedure_from(context, statement));
  Creation creation{ObjectKind::procedure, "Function",          statement.options, statement.name,
                    &statement.properties, &procedure.arguments};
  return create(context, creation, [&](Object& object, const ObjectPointer&, CatalogChange&) -> SqlResult<void> {
    object.body = procedure;
    return {};
  });
}

} // namespace freshet::warehouse
