#include <fmt/core.h>

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
    argument.type = TRY(sql::type_from_name(parameter.type, context.session().parameters().timestamp_alias()));
    if (parameter.default_value) argument.default_value = source_text(context, parameter.default_value->range);
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

} // namespace

Outcome run(StatementContext& context, const sql::CreateRoutine& statement) {
  if (statement.is_function) return sql::fail(sql::unsupported_feature("CREATE FUNCTION"));
  if (statement.language != "JAVASCRIPT") {
    return sql::fail(
        sql::unsupported_feature(fmt::format("CREATE PROCEDURE … LANGUAGE {}; Freshet runs JAVASCRIPT", statement.language)));
  }
  if (statement.returns.is_table) return sql::fail(sql::unsupported_feature("RETURNS TABLE of a JavaScript procedure"));
  const auto arguments = TRY(arguments_of(context, statement));
  const auto returns = TRY(sql::type_from_name(statement.returns.type, context.session().parameters().timestamp_alias()));
  Creation creation{ObjectKind::procedure, "Function", statement.options, statement.name, &statement.properties, &arguments};
  return create(context, creation, [&](Object& object, const ObjectPointer&, CatalogChange&) -> SqlResult<void> {
    Procedure procedure;
    procedure.arguments = arguments;
    procedure.returns = returns.to_string();
    procedure.returns_not_null = statement.returns.not_null;
    procedure.language = statement.language;
    procedure.body = statement.body;
    procedure.execute_as = statement.as_caller ? "CALLER" : "OWNER";
    procedure.strict = statement.strict;
    procedure.secure = statement.options.secure;
    procedure.volatility = statement.immutable ? "IMMUTABLE" : "VOLATILE";
    procedure.options = options_of(statement.properties);
    object.body = std::move(procedure);
    return {};
  });
}

} // namespace freshet::warehouse
