#include "warehouse/routines/function_call.h"

#include <fmt/core.h>

#include <algorithm>

#include "engine/engine.h"
#include "sql/parser.h"
#include "warehouse/routines/function_body.h"
#include "warehouse/routines/function_lookup.h"
#include "warehouse/routines/javascript_functions.h"
#include "warehouse/routines/script_expression.h"
#include "warehouse/routines/script_functions.h"

namespace freshet::warehouse {
namespace {

constexpr int k_call_depth_max = 32;

/// A call whose function and arguments are known; the texts are of the parameters' types, in their order.
struct BoundCall {
  const Object& object;
  int depth = 0;
  std::vector<BodyArgument> arguments;
  bool mentions_columns = false;
  const Function& function() const { return *object.as<Function>(); }
};

/// Nothing that could be a column is in it.
bool is_constant(const sql::Expression& value) {
  if (value.as<sql::NullLiteral>() || value.as<sql::BooleanLiteral>() || value.as<sql::NumberLiteral>() ||
      value.as<sql::StringLiteral>() || value.as<sql::BinaryLiteral>() || value.as<sql::TypedLiteral>() ||
      value.as<sql::BindVariable>() || value.as<sql::SessionVariable>()) {
    return true;
  }
  if (const auto* unary = value.as<sql::Unary>()) return is_constant(*unary->operand);
  if (const auto* array = value.as<sql::ArrayLiteral>()) return std::ranges::all_of(array->items, is_constant);
  if (const auto* call = value.as<sql::FunctionCall>(); call != nullptr && call->name.parts.size() == 1) {
    const auto name = call->name.last();
    const bool makes = name == "ARRAY_CONSTRUCT" || name == "PARSE_JSON" || name == "SPLIT" || name == "TO_ARRAY";
    return makes && std::ranges::all_of(call->arguments, [](const auto& argument) { return is_constant(argument.value); });
  }
  if (const auto* cast = value.as<sql::Cast>()) return is_constant(*cast->operand);
  return false;
}

bool is_of_type(const std::optional<sql::SnowflakeType>& from, const sql::SnowflakeType& to) {
  if (!from || from->kind != to.kind) return false;
  return to.kind != sql::TypeKind::number || from->scale == to.scale;
}

/// The argument as the parameter's type.
SqlResult<BodyArgument> coerced(StatementContext& context, const RoutineArgument& parameter, const FunctionArgument& argument) {
  BodyArgument out{parameter.name, argument.text, parameter.type};
  out.is_constant = argument.value == nullptr || is_constant(*argument.value);
  if (is_of_type(argument.type, parameter.type)) return out;
  const std::vector<BodyArgument> value{{"VALUE", argument.text, argument.type}};
  BodyBinder binder(context, {}, 0, value);
  out.text = TRY(print_scalar_body(context, "VALUE", parameter.type, binder));
  return out;
}

SqlResult<BoundCall> bound_call(StatementContext& context, const Object& object, int depth,
                                const std::vector<std::optional<size_t>>& places, const FunctionArguments& arguments) {
  BoundCall out{object, depth + 1, {}, false};
  if (depth >= k_call_depth_max) {
    return sql::fail(
        {2014, "42601",
         fmt::format("SQL compilation error:\nFunction {} calls itself, or functions nest too deep.", object.name)});
  }
  const auto& parameters = out.function().arguments;
  for (size_t i = 0; i < parameters.size(); ++i) {
    FunctionArgument argument;
    if (places[i]) {
      argument = arguments[*places[i]];
      out.mentions_columns |= argument.value == nullptr || !is_constant(*argument.value);
    } else {
      Binder binder(context, context.scope_of(object), out.depth);
      const auto value = TRY(sql::parse_expression(*parameters[i].default_value));
      argument.text = TRY(sql::print_engine_expression(value, binder, context.print_options()));
    }
    out.arguments.push_back(TRY(coerced(context, parameters[i], argument)));
  }
  return out;
}

SqlResult<std::optional<BoundCall>> bind_call(StatementContext& context, const CallPlace& place, const sql::FunctionCall& call,
                                              const FunctionArguments& arguments, bool is_table, ObjectPointer& object) {
  CallSignature signature;
  for (const auto& argument : arguments) {
    signature.names.push_back(argument.name);
    signature.types.push_back(argument.type);
  }
  auto match = TRY(find_function(context, place.scope, call.name, signature, is_table));
  if (!match) return std::nullopt;
  object = match->object;
  return TRY(bound_call(context, *object, place.depth, match->places, arguments));
}

sql::Error cannot_run(const Object& object) {
  return sql::unsupported_feature(fmt::format("a call of {}, a function in LANGUAGE {}; Freshet runs SQL and JAVASCRIPT",
                                              object.name, object.as<Function>()->language));
}

/// A relation with one row that holds the arguments, so that their names cannot be taken for columns of what the body reads.
std::string argument_relation(const BoundCall& call) {
  std::string columns;
  for (const auto& argument : call.arguments)
    columns += fmt::format("{}{} AS {}", columns.empty() ? "" : ", ", argument.text, sql::quote_identifier(argument.name));
  return fmt::format("(SELECT {}) AS \"$arguments {}\"", columns, call.depth);
}

std::vector<BodyArgument> as_columns(const BoundCall& call) {
  auto out = call.arguments;
  for (auto& argument : out)
    argument.text = fmt::format("\"$arguments {}\".{}", call.depth, sql::quote_identifier(argument.name));
  return out;
}

std::string null_test(const BoundCall& call) {
  std::string tests;
  for (const auto& argument : call.arguments) tests += (tests.empty() ? "" : " OR ") + argument.text + " IS NULL";
  return tests;
}

/// Whether the body's text has a query in it, and with that names of its own.
bool reads(const std::string& text) {
  return text.find("SELECT") != std::string::npos;
}

/// NULL for any NULL argument, where the function is declared so.
std::string strict_text(const BoundCall& call, const std::string& text) {
  if (call.function().strict && !call.arguments.empty())
    return fmt::format("CASE WHEN {} THEN NULL ELSE {} END", null_test(call), text);
  return "(" + text + ")";
}

SqlResult<std::string> sql_scalar(StatementContext& context, const BoundCall& call) {
  const auto& function = call.function();
  BodyBinder direct(context, context.scope_of(call.object), call.depth, call.arguments);
  auto text = TRY(print_scalar_body(context, function.body, function.return_type, direct));
  if (call.mentions_columns && reads(text)) {
    const auto columns = as_columns(call);
    BodyBinder binder(context, context.scope_of(call.object), call.depth, columns);
    text = TRY(print_scalar_body(context, function.body, function.return_type, binder));
    text = fmt::format("(SELECT {} FROM {})", text, argument_relation(call));
  }
  return strict_text(call, text);
}

SqlResult<std::string> sql_table(StatementContext& context, const BoundCall& call) {
  if (!call.mentions_columns) {
    BodyBinder direct(context, context.scope_of(call.object), call.depth, call.arguments);
    return "(" + TRY(print_table_body(context, call.function(), direct)) + ")";
  }
  const auto columns = as_columns(call);
  BodyBinder binder(context, context.scope_of(call.object), call.depth, columns);
  const auto text = TRY(print_table_body(context, call.function(), binder));
  return fmt::format("LATERAL (SELECT \"$rows\".* FROM {}, LATERAL ({}) AS \"$rows\")", argument_relation(call), text);
}

/// Which arguments are the same in every row, a 1 or a 0 for each: what a table function's `initialize` is told.
std::string constants_of(const BoundCall& call) {
  std::string out;
  for (const auto& argument : call.arguments) out += argument.is_constant ? '1' : '0';
  return out;
}

std::string javascript_call(StatementContext& context, const BoundCall& call, std::string_view gives) {
  context.warehouse().javascript_functions().watch(context.session());
  const bool once = call.function().volatility == "IMMUTABLE";
  auto text =
      fmt::format("freshet_javascript_{}{}('{}', '{}'", gives, once ? "_once" : "", call.object.id, context.session().id());
  if (call.function().returns_table) text += fmt::format(", '{}'", constants_of(call));
  for (const auto& argument : call.arguments) text += ", " + argument.text;
  return text + ")";
}

/// What a script gave, which is text, as the declared type.
std::string from_script(const std::string& text, const sql::SnowflakeType& type) {
  if (type.kind == sql::TypeKind::text) return text;
  if (type.kind == sql::TypeKind::binary) return fmt::format("unhex({})", text);
  if (type.kind == sql::TypeKind::date) return fmt::format("CAST(CAST({} AS TIMESTAMP) AS DATE)", text);
  return fmt::format("CAST({} AS {})", text, type.engine_type());
}

std::string javascript_scalar(StatementContext& context, const BoundCall& call) {
  const auto& type = call.function().return_type;
  if (type.kind == sql::TypeKind::real) return javascript_call(context, call, "number");
  return from_script(javascript_call(context, call, "text"), type);
}

std::string javascript_table(StatementContext& context, const BoundCall& call) {
  const auto& columns = call.function().table_columns;
  std::string values;
  for (size_t i = 0; i < columns.size(); ++i) {
    values += fmt::format("{}{} AS {}", i > 0 ? ", " : "", from_script(fmt::format("(\"$r\"->>'$[{}]')", i), columns[i].type),
                          sql::quote_identifier(columns[i].name));
  }
  return fmt::format("{}(SELECT {} FROM (SELECT unnest(json_extract({}, '$[*]')) AS \"$r\"))",
                     call.mentions_columns ? "LATERAL " : "", values, javascript_call(context, call, "rows"));
}

/// Snowflake Scripting: one expression where that can say what the block does, else the block is run for each row.
SqlResult<std::string> script_scalar(StatementContext& context, const BoundCall& call) {
  const auto& function = call.function();
  const auto block = TRY(sql::parse_script_block(function.body, context.session().parameters().parse_options()));
  if (auto expression = expression_of(block, function)) {
    BodyBinder binder(context, context.scope_of(call.object), call.depth, call.arguments);
    return strict_text(call, TRY(print_as(context, std::move(*expression), function.return_type, binder)));
  }
  context.warehouse().script_functions().watch(context.session());
  auto text = fmt::format("freshet_script('{}', '{}'", call.object.id, context.session().id());
  for (const auto& argument : call.arguments) text += ", " + argument.text;
  return strict_text(call, from_script(text + ")", function.return_type));
}

SqlResult<std::string> call_text(StatementContext& context, const BoundCall& call) {
  const auto& function = call.function();
  if (function.language == "SQL" && sql::is_script_block(function.body)) return script_scalar(context, call);
  if (function.language == "SQL") return function.returns_table ? sql_table(context, call) : sql_scalar(context, call);
  if (function.language != "JAVASCRIPT") return sql::fail(cannot_run(call.object));
  return function.returns_table ? javascript_table(context, call) : javascript_scalar(context, call);
}

} // namespace

SqlResult<std::optional<std::string>> function_call_text(StatementContext& context, const CallPlace& place,
                                                         const sql::FunctionCall& call, const FunctionArguments& arguments) {
  ObjectPointer object;
  auto bound = TRY(bind_call(context, place, call, arguments, false, object));
  if (!bound) return std::nullopt;
  return TRY(call_text(context, *bound));
}

std::optional<sql::SnowflakeType> function_call_type(StatementContext& context, const NameScope& scope,
                                                     const sql::FunctionCall& call,
                                                     const std::vector<std::optional<sql::SnowflakeType>>& types) {
  CallSignature signature{{}, types};
  for (const auto& argument : call.arguments) signature.names.push_back(argument.name ? argument.name->name : "");
  auto match = find_function(context, scope, call.name, signature, false);
  if (!match || !*match) return std::nullopt;
  return (*match)->function().return_type;
}

SqlResult<std::optional<std::string>> function_table_text(StatementContext& context, const CallPlace& place,
                                                          const sql::FunctionCall& call, const FunctionArguments& arguments) {
  ObjectPointer object;
  auto bound = TRY(bind_call(context, place, call, arguments, true, object));
  if (!bound) return std::nullopt;
  if (call.over) {
    return sql::fail(
        sql::unsupported_feature("OVER of a table function that is not in JavaScript, or behind several tables (put what "
                                 "stands before it into a subquery)",
                                 call.name.range.line));
  }
  return TRY(call_text(context, *bound));
}

std::optional<std::vector<sql::OutputColumn>> function_table_columns(StatementContext& context, const NameScope& scope,
                                                                     const sql::FunctionCall& call,
                                                                     const FunctionArguments& arguments) {
  CallSignature signature;
  for (const auto& argument : arguments) {
    signature.names.push_back(argument.name);
    signature.types.push_back(argument.type);
  }
  auto match = find_function(context, scope, call.name, signature, true);
  if (!match || !*match) return std::nullopt;
  std::vector<sql::OutputColumn> columns;
  for (const auto& column : (*match)->function().table_columns) columns.push_back({column.name, column.type});
  return columns;
}

bool function_takes_partitions(StatementContext& context, const NameScope& scope, const sql::FunctionCall& call) {
  if (call.name.dynamic) return false;
  return std::ranges::any_of(functions_named(context, scope, call.name), [&](const ObjectPointer& object) {
    const auto& function = *object->as<Function>();
    if (!function.returns_table || function.language != "JAVASCRIPT") return false;
    const auto& body = function.body; // without these it sees one row after the other anyway
    return call.over || body.find("initialize") != std::string::npos || body.find("finalize") != std::string::npos;
  });
}

SqlResult<sql::EngineNames::PartitionFunction> partitioned_call(StatementContext& context, const CallPlace& place,
                                                                const sql::FunctionCall& call,
                                                                const FunctionArguments& arguments) {
  ObjectPointer object;
  const auto bound = TRY(bind_call(context, place, call, arguments, true, object));
  if (!bound) return sql::fail(sql::unknown_function(written(call.name), call.name.range.line, call.name.range.column - 1));
  sql::EngineNames::PartitionFunction out;
  for (const auto& argument : bound->arguments) out.arguments.push_back(argument.text);
  context.warehouse().javascript_functions().watch(context.session());
  const auto begin = fmt::format("freshet_javascript_partitions('{}', '{}', '{}', len(\"$rows\")", object->id,
                                 context.session().id(), constants_of(*bound));
  out.rows = [begin](const std::vector<std::string>& lists) {
    std::string text = begin;
    for (const auto& list : lists) text += ", " + list;
    return text + ")";
  };
  const auto& columns = bound->function().table_columns;
  for (size_t i = 0; i < columns.size(); ++i)
    out.columns.push_back(
        {{columns[i].name, columns[i].type}, from_script(fmt::format("(\"$r\"->>'$[{}]')", i + 1), columns[i].type)});
  return out;
}

SqlResult<std::string> trial_call(StatementContext& context, const Object& object) {
  const auto& function = *object.as<Function>();
  FunctionArguments arguments;
  std::vector<std::optional<size_t>> places;
  const sql::Expression null{sql::NullLiteral{}, {}};
  for (const auto& parameter : function.arguments) {
    places.emplace_back(arguments.size());
    arguments.push_back({"", fmt::format("CAST(NULL AS {})", parameter.type.engine_type()), &null, parameter.type});
  }
  const auto bound = TRY(bound_call(context, object, 0, places, arguments));
  return (function.returns_table ? "SELECT * FROM " : "SELECT ") + TRY(call_text(context, bound));
}

} // namespace freshet::warehouse
