#include <fmt/core.h>

#include "engine/engine.h"
#include "sql/parser.h"
#include "warehouse/literal.h"
#include "warehouse/procedures/call_arguments.h"
#include "warehouse/procedures/execute_file.h"
#include "warehouse/procedures/javascript_sandbox.h"
#include "warehouse/procedures/script_interpreter.h"
#include "warehouse/procedures/script_values.h"
#include "warehouse/procedures/session_host.h"
#include "warehouse/savepoint.h"
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

SqlResult<ScriptReturned> run_scripting(StatementContext& context, const Object& object, const std::vector<Bind>& values,
                                        const std::vector<std::optional<size_t>>& places) {
  const auto& routine = *object.as<Procedure>();
  const auto block = TRY(sql::parse_script_block(routine.body, context.session().parameters().parse_options()));
  SessionHost host(context.session(), object.name);
  ScriptInterpreter interpreter(context.session(), &host);
  for (size_t i = 0; i < values.size(); ++i)
    interpreter.define(routine.arguments[i].name, TRY(sql::parse_type(routine.arguments[i].type.to_string())), values[i]);
  auto returned = interpreter.run(block);
  auto& out_values = context.session().out_values();
  out_values.clear();
  for (size_t i = 0; returned && i < places.size(); ++i) {
    if (routine.arguments[i].out && places[i])
      out_values.emplace_back(*places[i], interpreter.value_of_parameter(routine.arguments[i].name).value_or(Bind{}));
  }
  if (auto error = host.close_transaction(); error && returned) return std::unexpected(*error);
  return returned;
}

sql::Error null_returned(const Object& object) {
  return {100132, "P0000",
          fmt::format("Execution error in store procedure {}: NULL result in a non-nullable column", object.name)};
}

/// The returned rows under the names and with the types that RETURNS TABLE declares, if it declares any.
Outcome declared_table(StatementContext& context, const StatementResult& table, const Routine& routine) {
  StatementResult out = table;
  out.kind = StatementKind::query;
  const auto& declared = routine.table_columns;
  if (declared.empty()) return out;
  if (declared.size() != table.columns.size()) {
    return sql::fail({2089, "42601",
                      fmt::format("SQL compilation error:\nReturned table has {} column(s), but RETURNS TABLE declares {}.",
                                  table.columns.size(), declared.size())});
  }
  bool same = true;
  for (size_t i = 0; i < declared.size(); ++i) {
    const auto &from = table.columns[i].type, &to = declared[i].type;
    same = same && from.kind == to.kind && (from.kind != sql::TypeKind::number || from.scale == to.scale);
    out.columns[i].name = declared[i].name;
  }
  if (same) return out;
  std::vector<std::vector<std::optional<std::string>>> rows(table.row_count());
  for (size_t row = 0; row < rows.size(); ++row) {
    for (size_t column = 0; column < declared.size(); ++column) {
      const bool null = table.rows->is_null(row, column);
      rows[row].push_back(null ? std::nullopt : std::optional(table.rows->text(row, column)));
    }
  }
  for (size_t i = 0; i < declared.size(); ++i) out.columns[i].type = declared[i].type;
  return context.table(StatementKind::query, out.columns, rows);
}

std::vector<ResultColumn> declared_columns(const Routine& routine) {
  std::vector<ResultColumn> columns;
  for (const auto& column : routine.table_columns) columns.push_back({column.name, column.type, true});
  if (columns.empty()) columns.push_back({"status", {}, true});
  return columns;
}

Outcome scripting_result(StatementContext& context, const ScriptReturned& returned, const Object& object) {
  const auto& routine = *object.as<Procedure>();
  if (returned.table) return declared_table(context, *returned.table, routine);
  const bool null = std::holds_alternative<std::monostate>(returned.value.value);
  if (null && routine.returns_not_null) return sql::fail(null_returned(object));
  if (routine.returns_table) {
    if (null) return context.table(StatementKind::query, declared_columns(routine), {});
    return sql::fail({2090, "42601", "SQL compilation error:\nProcedure " + object.name + " has to RETURN TABLE(…)."});
  }
  ScriptInterpreter interpreter(context.session(), nullptr);
  return interpreter.single_value(returned.value, TRY(sql::parse_type(routine.returns)), object.name);
}

/// STRICT: with a NULL among its arguments the procedure is not run.
bool is_skipped(const Routine& routine, const std::optional<engine::Rows>& values) {
  bool null_in = false;
  for (size_t i = 0; values && i < routine.arguments.size(); ++i) null_in = null_in || values->is_null(0, i);
  return routine.strict && null_in;
}

Outcome call_scripting(StatementContext& context, const Object& object, const CallArguments& arguments,
                       const std::optional<engine::Rows>& values) {
  const auto& routine = *object.as<Procedure>();
  if (is_skipped(routine, values)) return scripting_result(context, {}, object);
  CallerContext caller(context, object);
  const auto returned = TRY(run_scripting(context, object, bound_values(routine, values), argument_places(routine, arguments)));
  return scripting_result(context, returned, object);
}

Outcome call_javascript(StatementContext& context, const Object& object, const std::optional<engine::Rows>& values) {
  const auto& routine = *object.as<Procedure>();
  auto returned = ScriptValue::null();
  if (!is_skipped(routine, values)) {
    CallerContext caller(context, object);
    returned = TRY(run_javascript(context, object, script_values(routine, values)));
  }
  if (returned.is_null && routine.returns_not_null) return sql::fail(null_returned(object));
  const auto type =
      TRY(sql::type_from_name(TRY(sql::parse_type(routine.returns)), context.session().parameters().timestamp_alias()));
  return context.run_query(fmt::format("SELECT {} AS {}", engine_text(returned, type), engine::quote_identifier(object.name)),
                           StatementKind::session_command);
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

/// The procedure that stands in front of its only call.
SqlResult<ObjectPointer> procedure_of_call(StatementContext& context, const sql::CreateRoutine& written) {
  auto object = std::make_shared<Object>();
  object->name = written.name.last();
  object->owner = context.session().context().role;
  auto procedure = TRY(procedure_from(context, written));
  procedure.execute_as = "CALLER";
  object->body = std::move(procedure);
  return object;
}

} // namespace

Outcome run(StatementContext& context, const sql::Call& statement) {
  if (statement.into) return sql::fail(sql::unsupported_feature("CALL … INTO outside a block"));
  auto name = TRY(context.resolve(statement.call.name));
  if (name.parts.size() == 1 && !statement.procedure) {
    if (auto function = context.warehouse().functions().find_scalar(name.last())) {
      return call_system_function(context, statement.call, std::string(name.last()), function);
    }
  }
  const auto arguments = TRY(print_arguments(context, statement.call));
  const auto object = statement.procedure ? TRY(procedure_of_call(context, *statement.procedure))
                                          : TRY(find_procedure(context, name, arguments));
  const auto& routine = *object->as<Procedure>();
  const auto values = TRY(argument_values(context, routine, arguments));
  context.end_snapshot();
  return as_one_statement(context.session(), [&]() -> Outcome {
    if (routine.language == "SQL") return call_scripting(context, *object, arguments, values);
    if (routine.language == "JAVASCRIPT") return call_javascript(context, *object, values);
    return sql::fail(sql::unsupported_feature("CALL of a procedure in LANGUAGE " + routine.language));
  });
}

Outcome run(StatementContext& context, const sql::ExecuteImmediate& statement) {
  if (statement.from) return execute_file(context, statement);
  const auto text = TRY(context.evaluate_text(*statement.text));
  Binds binds;
  for (const auto& value : statement.using_values) {
    const auto result = TRY(context.run_query("SELECT " + TRY(context.print(value))));
    binds.positional.push_back({result.columns[0].type, cell(*result.rows, 0, 0)});
  }
  context.end_snapshot();
  return context.session().execute(text.value_or(""), binds);
}

Outcome run(StatementContext& context, const sql::Block& block) {
  const auto tree = TRY(sql::parse_script_block(block.text, context.session().parameters().parse_options()));
  context.end_snapshot();
  return as_one_statement(context.session(), [&]() -> Outcome {
    ScriptInterpreter interpreter(context.session(), nullptr, context.statement().range);
    const auto returned = TRY(interpreter.run(tree));
    if (returned.table) return *returned.table;
    return context.run_query(fmt::format("SELECT {} AS \"anonymous block\"", typed_literal(returned.value)),
                             StatementKind::session_command);
  });
}

} // namespace freshet::warehouse
