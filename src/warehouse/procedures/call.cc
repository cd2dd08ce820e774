#include <fmt/core.h>

#include <algorithm>

#include "engine/engine.h"
#include "sql/parser.h"
#include "warehouse/procedures/javascript_sandbox.h"
#include "warehouse/procedures/script_values.h"
#include "warehouse/procedures/session_host.h"
#include "warehouse/statements/statements.h"

namespace freshet::warehouse {
namespace {

/// For the time of a call: an owner's-rights procedure runs in its own database and schema, in its owner's name.
class CallerContext {
 public:
  CallerContext(StatementContext& context, const Object& procedure) : session_(context.session()), caller_(session_.context()) {
    if (procedure.as<Procedure>()->execute_as != "OWNER") return;
    const auto scope = context.scope_of(procedure);
    session_.context().database = scope.database;
    session_.context().schema = scope.schema;
    session_.context().role = procedure.owner;
    changed_ = true;
  }
  ~CallerContext() {
    if (changed_) session_.context() = caller_;
  }
  CallerContext(const CallerContext&) = delete;
  CallerContext& operator=(const CallerContext&) = delete;

 private:
  Session& session_;
  SessionContext caller_;
  bool changed_ = false;
};

size_t required_arguments(const Routine& routine) {
  size_t count = 0;
  for (const auto& argument : routine.arguments) count += argument.default_value ? 0 : 1;
  return count;
}

/// How well a value of one type fits a parameter of another: 0 exactly, 1 within the family, 2 by conversion.
int distance(sql::TypeKind from, sql::TypeKind to) {
  if (from == to) return 0;
  return script_type(from) == script_type(to) ? 1 : 2;
}

struct Arguments {
  std::vector<std::string> texts;
  std::vector<sql::TypeKind> kinds;
};

SqlResult<ObjectPointer> find_procedure(StatementContext& context, const sql::QualifiedName& name, const Arguments& arguments) {
  auto schema = TRY(context.schema_in(std::span(name.parts).first(name.parts.size() - 1), context.scope()));
  ObjectPointer best;
  int best_distance = 0;
  for (const auto& candidate : context.catalog().find_routines(ObjectKind::procedure, schema->id, name.last())) {
    const auto& routine = *candidate->as<Procedure>();
    if (arguments.texts.size() > routine.arguments.size() || arguments.texts.size() < required_arguments(routine)) continue;
    int total = 0;
    for (size_t i = 0; i < arguments.kinds.size(); ++i) total += distance(arguments.kinds[i], routine.arguments[i].type.kind);
    if (!best || total < best_distance) best = candidate, best_distance = total;
  }
  if (!best) {
    return sql::fail(
        {2140, "42601",
         fmt::format("SQL compilation error:\nUnknown user-defined function {} with {} argument(s)",
                     context.catalog().full_name(*schema) + "." + std::string(name.last()), arguments.texts.size())});
  }
  return best;
}

/// The arguments' engine texts in parameter order, with the types that the engine gives them.
SqlResult<Arguments> print_arguments(StatementContext& context, const sql::FunctionCall& call) {
  Arguments arguments;
  if (call.arguments.empty()) return arguments;
  std::string select;
  for (const auto& argument : call.arguments) {
    if (argument.name) return sql::fail(sql::unsupported_feature("named arguments in CALL"));
    arguments.texts.push_back(TRY(context.print(argument.value)));
    select += (select.empty() ? "SELECT " : ", ") + arguments.texts.back();
  }
  auto prepared = TRY(context.checked(context.connection().prepare(select)));
  for (const auto& column : prepared.columns())
    arguments.kinds.push_back(sql::type_from_engine(engine::sql_text(column.type)).kind);
  return arguments;
}

SqlResult<std::vector<ScriptValue>> convert_arguments(StatementContext& context, const Routine& routine,
                                                      const Arguments& arguments) {
  std::vector<ScriptValue> values;
  if (routine.arguments.empty()) return values;
  std::string select;
  for (size_t i = 0; i < routine.arguments.size(); ++i) {
    std::string text;
    if (i < arguments.texts.size()) {
      text = arguments.texts[i];
    } else {
      auto expression = TRY(sql::parse_expression(*routine.arguments[i].default_value));
      text = TRY(context.print(expression));
    }
    const bool to_variant = script_type(routine.arguments[i].type.kind) == ScriptType::variant;
    select += fmt::format("{}CAST({} AS {})", select.empty() ? "SELECT " : ", ", to_variant ? "to_json(" + text + ")" : text,
                          routine.arguments[i].type.engine_type());
  }
  auto rows = TRY(context.query(select));
  for (size_t i = 0; i < routine.arguments.size(); ++i) values.push_back(script_value(rows, 0, i, routine.arguments[i].type));
  return values;
}

SqlResult<ScriptValue> run_javascript(StatementContext& context, const Object& object, const std::vector<ScriptValue>& values) {
  const auto& routine = *object.as<Procedure>();
  ScriptProcedure procedure;
  procedure.name = object.name;
  procedure.body = routine.body;
  for (const auto& argument : routine.arguments) procedure.parameters.push_back(argument.name);
  SessionHost host(context.session(), object.name);
  auto result = context.warehouse().javascript().call(procedure, values, host);
  if (auto error = host.close_transaction(); error && result) return std::unexpected(*error);
  return result;
}

/// CALL SYSTEM$…('…'): the functions that the warehouse's parts answer.
Outcome call_system_function(StatementContext& context, const sql::FunctionCall& call, const std::string& name,
                             const FunctionRegistry::Scalar& function) {
  FunctionArguments arguments;
  for (const auto& argument : call.arguments) {
    FunctionArgument printed;
    printed.text = TRY(context.print(argument.value));
    printed.value = &argument.value;
    arguments.push_back(std::move(printed));
  }
  const std::string text = TRY(function(context, arguments));
  return context.run_query(fmt::format("SELECT {} AS {}", text, engine::quote_identifier(name)),
                           StatementKind::session_command);
}

} // namespace

Outcome run(StatementContext& context, const sql::Call& statement) {
  if (statement.into) return sql::fail(sql::unsupported_feature("CALL … INTO"));
  auto name = TRY(context.resolve(statement.call.name));
  if (name.parts.size() == 1) {
    if (auto function = context.warehouse().functions().find_scalar(name.last())) {
      return call_system_function(context, statement.call, std::string(name.last()), function);
    }
  }
  const auto arguments = TRY(print_arguments(context, statement.call));
  const auto object = TRY(find_procedure(context, name, arguments));
  const auto& routine = *object->as<Procedure>();
  if (routine.language != "JAVASCRIPT")
    return sql::fail(sql::unsupported_feature("CALL of a procedure in LANGUAGE " + routine.language));
  const auto values = TRY(convert_arguments(context, routine, arguments));
  context.end_snapshot();

  auto returned = ScriptValue::null();
  const bool null_in = std::ranges::any_of(values, &ScriptValue::is_null);
  if (!(routine.strict && null_in)) {
    CallerContext caller(context, *object);
    returned = TRY(run_javascript(context, *object, values));
  }
  if (returned.is_null && routine.returns_not_null) {
    return sql::fail(
        {100132, "P0000",
         fmt::format("Execution error in store procedure {}: NULL result in a non-nullable column", object->name)});
  }
  const auto type =
      TRY(sql::type_from_name(TRY(sql::parse_type(routine.returns)), context.session().parameters().timestamp_alias()));
  return context.run_query(fmt::format("SELECT {} AS {}", engine_text(returned, type), engine::quote_identifier(object->name)),
                           StatementKind::session_command);
}

Outcome run(StatementContext& context, const sql::ExecuteImmediate& statement) {
  if (statement.from || !statement.text) return sql::fail(sql::unsupported_feature("EXECUTE IMMEDIATE FROM"));
  const auto text = TRY(context.evaluate_text(*statement.text));
  Binds binds;
  for (const auto& value : statement.using_values) {
    Bind bind;
    bind.value = TRY(context.evaluate(value));
    if (std::holds_alternative<int64_t>(bind.value) || std::holds_alternative<engine::Decimal>(bind.value))
      bind.type.kind = sql::TypeKind::number;
    if (std::holds_alternative<double>(bind.value)) bind.type.kind = sql::TypeKind::real;
    if (std::holds_alternative<bool>(bind.value)) bind.type.kind = sql::TypeKind::boolean;
    if (std::holds_alternative<engine::Date>(bind.value)) bind.type.kind = sql::TypeKind::date;
    if (std::holds_alternative<engine::Timestamp>(bind.value)) bind.type.kind = sql::TypeKind::timestamp_ntz;
    if (std::holds_alternative<engine::TimestampTz>(bind.value)) bind.type.kind = sql::TypeKind::timestamp_ltz;
    binds.positional.push_back(std::move(bind));
  }
  context.end_snapshot();
  return context.session().execute(text.value_or(""), binds);
}

Outcome run(StatementContext&, const sql::Block&) {
  return sql::fail(sql::unsupported_feature("Snowflake Scripting (BEGIN … END); write the procedure in LANGUAGE JAVASCRIPT"));
}

} // namespace freshet::warehouse
