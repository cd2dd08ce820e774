#include "warehouse/routines/function_body.h"

#include <fmt/core.h>

#include "sql/parser.h"
#include "warehouse/tags.h"

namespace freshet::warehouse {
namespace {

/// The type as CAST takes it. A length says nothing in a function's signature.
SqlResult<sql::TypeName> cast_type(sql::SnowflakeType type) {
  if (type.kind == sql::TypeKind::text || type.kind == sql::TypeKind::binary) {
    sql::TypeName name;
    name.name = type.kind == sql::TypeKind::text ? "VARCHAR" : "BINARY";
    return name;
  }
  return sql::parse_type(type.to_string());
}

} // namespace

const BodyArgument* BodyBinder::find(const sql::QualifiedName& name) const {
  if (name.parts.size() != 1) return nullptr;
  for (const auto& argument : arguments_) {
    if (argument.name == name.last()) return &argument;
  }
  return nullptr;
}

/// SYSTEM$GET_TAG_ON_CURRENT_COLUMN('tag') and …_TABLE('tag'): what a policy may ask about what it protects. NULL while nothing
/// is protected, when the policy is made.
SqlResult<std::optional<std::string>> BodyBinder::context_function(const sql::FunctionCall& call,
                                                                   const FunctionArguments& arguments) {
  const auto name = call.name.last();
  const bool of_column = name == "SYSTEM$GET_TAG_ON_CURRENT_COLUMN";
  if ((!of_column && name != "SYSTEM$GET_TAG_ON_CURRENT_TABLE") || arguments.size() != 1)
    return Binder::context_function(call, arguments);
  const auto* written = arguments[0].value != nullptr ? arguments[0].value->as<sql::StringLiteral>() : nullptr;
  if (written == nullptr) return sql::fail(sql::unsupported_feature(std::string(name) + " of a tag that is no constant"));
  const auto tag = TRY(find_tag(context(), TRY(sql::parse_qualified_name(written->value)).last()));
  if (tagged_.object == nullptr) return std::string("CAST(NULL AS VARCHAR)");
  const auto tags = effective_tags(context(), *tagged_.object, of_column ? tagged_.column : nullptr);
  const auto found = tags.find(std::to_string(tag->id));
  return found == tags.end() ? std::string("CAST(NULL AS VARCHAR)") : sql::quote_string(found->second);
}

std::optional<std::string> BodyBinder::argument(const sql::ColumnReference& column) {
  const auto* found = find(column.name);
  return found == nullptr ? std::nullopt : std::optional(found->text);
}

std::optional<sql::SnowflakeType> BodyBinder::column_type(const sql::QualifiedName& name) {
  const auto* found = find(name);
  return found == nullptr ? std::nullopt : found->type;
}

SqlResult<std::string> print_as(StatementContext& context, sql::Expression value, const sql::SnowflakeType& type,
                                BodyBinder& binder) {
  sql::Cast cast;
  cast.operand = std::move(value);
  cast.type = TRY(cast_type(type));
  return sql::print_engine_expression(sql::Expression{std::move(cast), {}}, binder, context.print_options());
}

SqlResult<std::string> print_scalar_body(StatementContext& context, std::string_view body, const sql::SnowflakeType& type,
                                         BodyBinder& binder) {
  const auto options = context.session().parameters().parse_options();
  sql::Expression value;
  if (auto query = sql::parse_query(body, options)) {
    sql::ScalarSubquery subquery;
    subquery.query = std::move(*query);
    value.node = std::move(subquery);
  } else {
    value = TRY(sql::parse_expression(body, options));
  }
  return print_as(context, std::move(value), type, binder);
}

SqlResult<std::string> print_table_body(StatementContext& context, const Function& function, BodyBinder& binder) {
  const auto query = TRY(sql::parse_query(function.body, context.session().parameters().parse_options()));
  const auto text = TRY(sql::print_engine_query(query, binder, context.print_options()));
  std::string names, values;
  for (size_t i = 0; i < function.table_columns.size(); ++i) {
    const auto& column = function.table_columns[i];
    names += fmt::format("{}\"$c{}\"", i > 0 ? ", " : "", i);
    values += fmt::format("{}CAST(\"$c{}\" AS {}) AS {}", i > 0 ? ", " : "", i, column.type.engine_type(),
                          sql::quote_identifier(column.name));
  }
  return fmt::format("SELECT {} FROM ({}) AS \"$body\"({})", values, text, names);
}

} // namespace freshet::warehouse
