#include <fmt/core.h>

#include <utility>

#include "warehouse/procedures/script_interpreter.h"
#include "warehouse/procedures/session_host.h"
#include "warehouse/savepoint.h"
#include "warehouse/session.h"

/// Declarations, assignments, cursors and SQL of Snowflake Scripting.
namespace freshet::warehouse {
namespace {

bool changes_rows(StatementKind kind) {
  using enum StatementKind;
  return kind == dml || kind == insert || kind == update || kind == remove || kind == merge || kind == multi_table_insert ||
         kind == copy;
}

/// 100.0, -12.3
bool is_decimal_constant(const sql::Expression& value) {
  if (const auto* unary = value.as<sql::Unary>(); unary != nullptr && unary->op == sql::UnaryOperator::minus)
    return is_decimal_constant(*unary->operand);
  const auto* number = value.as<sql::NumberLiteral>();
  return number != nullptr && number->text.find('.') != std::string::npos;
}

sql::Error misuse(std::string message) {
  return {1003, "42000", "SQL compilation error:\n" + std::move(message)};
}

} // namespace

// ---- declarations

auto ScriptInterpreter::run(const sql::ScriptVariable& statement, const sql::SourceRange& range) -> Outcome<Flow> {
  ScriptVariable variable{statement.type, {}};
  if (!variable.type && statement.value && statement.value->expression &&
      is_decimal_constant(statement.value->expression->value))
    variable.type.emplace().name = "FLOAT"; // Snowflake takes the type that holds most
  if (statement.value) {
    variable.value = TRY(value_of(*statement.value, variable.type ? &*variable.type : nullptr));
  } else if (statement.type) {
    auto null = converted({}, *statement.type);
    if (!null) return std::unexpected(statement_error(null.error(), range));
    variable.value = std::move(*null);
  }
  scopes_.declare(statement.name.name, std::move(variable));
  return Flow::next;
}

auto ScriptInterpreter::run(const sql::ScriptCursor& statement, const sql::SourceRange&) -> Outcome<Flow> {
  scopes_.declare(statement.name.name, ScriptCursor{&statement, nullptr, 0});
  return Flow::next;
}

auto ScriptInterpreter::run(const sql::ScriptResultset& statement, const sql::SourceRange& range) -> Outcome<Flow> {
  ScriptResultset resultset;
  if (statement.value) {
    if (!statement.value->sql)
      return std::unexpected(statement_error(misuse("A RESULTSET is given a query in parentheses."), range));
    resultset.result = TRY(execute(*statement.value->sql, statement.value->range));
  }
  scopes_.declare(statement.name.name, std::move(resultset));
  return Flow::next;
}

auto ScriptInterpreter::run(const sql::ScriptException& statement, const sql::SourceRange&) -> Outcome<Flow> {
  scopes_.declare(statement.name.name, ScriptException{statement.number, statement.message});
  return Flow::next;
}

auto ScriptInterpreter::run(const sql::ScriptNestedProcedure& statement, const sql::SourceRange&) -> Outcome<Flow> {
  scopes_.declare(statement.name.name, ScriptNestedProcedure{&statement});
  return Flow::next;
}

// ---- assignments

auto ScriptInterpreter::run(const sql::ScriptAssignment& statement, const sql::SourceRange& range) -> Outcome<Flow> {
  auto* meaning = scopes_.find(statement.name.name);
  if (meaning != nullptr && std::holds_alternative<ScriptResultset>(*meaning) && statement.value.sql) {
    auto result = TRY(execute(*statement.value.sql, statement.value.range));
    if (auto* resultset = scopes_.find_as<ScriptResultset>(statement.name.name)) resultset->result = std::move(result);
    return Flow::next;
  }
  TRY(assign(statement.name.name, TRY(value_of(statement.value)), range));
  return Flow::next;
}

auto ScriptInterpreter::assign(const std::string& name, Bind value, const sql::SourceRange& range) -> Outcome<void> {
  auto* variable = scopes_.find_as<ScriptVariable>(name);
  if (variable == nullptr) {
    return std::unexpected(expression_error(sql::invalid_identifier(name, range.line, range.column - 1), range));
  }
  if (variable->type) {
    auto typed = converted(std::move(value), *variable->type);
    if (!typed) return std::unexpected(expression_error(typed.error(), range));
    value = std::move(*typed);
    variable = scopes_.find_as<ScriptVariable>(name);
  }
  variable->value = std::move(value);
  return {};
}

/// No row: NULLs.
auto ScriptInterpreter::into(const std::vector<sql::Identifier>& names, const StatementResult& result,
                             const sql::SourceRange& range) -> Outcome<void> {
  if (result.row_count() > 1) {
    return std::unexpected(statement_error(
        {2042, "21000", fmt::format("A SELECT INTO statement expects exactly 1 returned row, but got {}.", result.row_count())},
        range));
  }
  if (names.size() != result.columns.size()) {
    return std::unexpected(statement_error(
        misuse(fmt::format("INTO names {} variable(s) for {} column(s).", names.size(), result.columns.size())), range));
  }
  for (size_t i = 0; i < names.size(); ++i) {
    Bind value{result.columns[i].type, {}};
    if (result.row_count() == 1) value = bind_at(result, 0, i);
    TRY(assign(names[i].name, std::move(value), range));
  }
  return {};
}

// ---- SQL

auto ScriptInterpreter::run(const sql::ScriptSql& statement, const sql::SourceRange& range) -> Outcome<Flow> {
  const auto result = TRY(execute(statement, range));
  auto names = statement.into;
  if (const auto* call = statement.statement.as<sql::Call>(); call != nullptr && call->into) names = {*call->into};
  if (!names.empty()) TRY(into(names, *result, range));
  return Flow::next;
}

auto ScriptInterpreter::execute(const sql::ScriptSql& sql, const sql::SourceRange& range, std::vector<Bind> positional)
    -> Outcome<SharedResult> {
  Binds binds;
  binds.positional = std::move(positional);
  add_binds(sql.binds, binds);
  const sql::Statement* statement = &sql.statement;
  sql::Statement own; // CALL and EXECUTE IMMEDIATE take variables without `:`, too
  if (const auto* call = statement->as<sql::Call>()) {
    if (call->call.name.parts.size() == 1 && scopes_.find_as<ScriptNestedProcedure>(call->call.name.last()) != nullptr)
      return call_nested(*call, range);
    own = *statement;
    for (auto& argument : own.as<sql::Call>()->call.arguments) bind_names(argument.value, binds);
    own.as<sql::Call>()->into.reset();
    statement = &own;
  } else if (const auto* immediate = statement->as<sql::ExecuteImmediate>(); immediate != nullptr && immediate->text) {
    own = *statement;
    bind_names(*own.as<sql::ExecuteImmediate>()->text, binds);
    for (auto& value : own.as<sql::ExecuteImmediate>()->using_values) bind_names(value, binds);
    statement = &own;
  }
  session_.out_values().clear();
  auto result = procedure_ != nullptr ? procedure_->run(*statement, binds) : session_.execute(*statement, binds);
  if (!result) return std::unexpected(statement_error(std::move(result.error()), range));
  query_id_ = result->query_id;
  row_count_.reset();
  activity_count_ = changes_rows(result->kind) ? result->counts.inserted + result->counts.updated + result->counts.deleted
                                               : static_cast<int64_t>(result->row_count());
  if (changes_rows(result->kind)) row_count_ = result->counts.inserted + result->counts.updated + result->counts.deleted;
  if (const auto* call = sql.statement.as<sql::Call>()) TRY(take_out_values(*call, range));
  return std::make_shared<const StatementResult>(std::move(*result));
}

auto ScriptInterpreter::take_out_values(const sql::Call& call, const sql::SourceRange& range) -> Outcome<void> {
  for (auto& [place, value] : std::exchange(session_.out_values(), {})) {
    const auto& argument = call.call.arguments[place].value;
    const auto* bind = argument.as<sql::BindVariable>();
    const auto* name = argument.as<sql::ColumnReference>();
    if (bind == nullptr && (name == nullptr || name->name.parts.size() != 1)) {
      return std::unexpected(statement_error(misuse("The argument of an OUT parameter has to be a variable."), range));
    }
    TRY(assign(bind != nullptr ? bind->name : std::string(name->name.last()), std::move(value), range));
  }
  return {};
}

Session& ScriptInterpreter::running_session() {
  return procedure_ != nullptr ? procedure_->running_session() : session_;
}

/// A procedure declared in a block around: it sees its parameters, and what the blocks around it declare.
auto ScriptInterpreter::call_nested(const sql::Call& call, const sql::SourceRange& range) -> Outcome<SharedResult> {
  const auto& procedure = *scopes_.find_as<ScriptNestedProcedure>(call.call.name.last())->declaration;
  const auto& parameters = procedure.parameters;
  if (call.call.arguments.size() > parameters.size()) {
    return std::unexpected(statement_error(
        {2140, "42601", "SQL compilation error:\nToo many arguments for procedure " + procedure.name.name}, range));
  }
  std::vector<Bind> values;
  for (size_t i = 0; i < parameters.size(); ++i) {
    sql::ScriptExpression expression;
    if (i < call.call.arguments.size()) {
      expression.value = call.call.arguments[i].value;
      if (const auto* bind = expression.value.as<sql::BindVariable>()) expression.binds.push_back(bind->name);
    } else if (parameters[i].default_value) {
      expression.value = *parameters[i].default_value;
    } else {
      return std::unexpected(statement_error(
          {2140, "42601", "SQL compilation error:\nNot enough arguments for procedure " + procedure.name.name}, range));
    }
    values.push_back(TRY(value_of(expression, &parameters[i].type)));
  }
  if (nested_calls_ >= k_nested_calls_max) {
    return std::unexpected(statement_error(
        misuse(fmt::format("Procedures declared in a block may call each other {} deep.", k_nested_calls_max)), range));
  }
  scopes_.open();
  for (size_t i = 0; i < parameters.size(); ++i) define(parameters[i].name.name, parameters[i].type, std::move(values[i]));
  auto& running = running_session();
  Savepoint savepoint(running);
  auto take_back = [&] {
    if (&running == &running_session()) savepoint.rollback(); // else its transaction has ended
  };
  auto callers_blocks = std::exchange(blocks_, {}); // their handlers catch what the CALL raises, not what the body does
  ++nested_calls_;
  auto flow = run_block(*procedure.body);
  --nested_calls_;
  blocks_ = std::move(callers_blocks);
  scopes_.close();
  if (!flow) {
    take_back();
    return std::unexpected(flow.error().catchable ? statement_error(uncaught(flow.error()), range) : flow.error());
  }
  auto returned = std::exchange(returned_, {});
  if (returned.table) return returned.table;
  auto result = single_value(std::move(returned.value), procedure.returns.type, procedure.name.name);
  if (!result) {
    take_back();
    return std::unexpected(statement_error(result.error(), range));
  }
  return std::make_shared<const StatementResult>(std::move(*result));
}

// ---- cursors

auto ScriptInterpreter::open_cursor(ScriptCursor& cursor, const sql::SourceRange& range, std::vector<Bind> positional)
    -> Outcome<SharedResult> {
  const auto& declaration = *cursor.declaration;
  if (declaration.query) return execute(*declaration.query, range, std::move(positional));
  return rows_of(declaration.resultset->name, range);
}

auto ScriptInterpreter::run(const sql::ScriptOpen& statement, const sql::SourceRange& range) -> Outcome<Flow> {
  auto* cursor = scopes_.find_as<ScriptCursor>(statement.cursor.name);
  if (cursor == nullptr)
    return std::unexpected(statement_error(misuse(fmt::format("Cursor '{}' is not declared.", statement.cursor.name)), range));
  std::vector<Bind> values;
  for (const auto& argument : statement.arguments) values.push_back(TRY(value_of(argument)));
  cursor->result = TRY(open_cursor(*cursor, range, std::move(values)));
  cursor->next = 0;
  return Flow::next;
}

/// Behind the last row: NULLs.
auto ScriptInterpreter::run(const sql::ScriptFetch& statement, const sql::SourceRange& range) -> Outcome<Flow> {
  auto* cursor = scopes_.find_as<ScriptCursor>(statement.cursor.name);
  if (cursor == nullptr || !cursor->result)
    return std::unexpected(statement_error(misuse(fmt::format("Cursor '{}' is not open.", statement.cursor.name)), range));
  const auto& result = *cursor->result;
  const size_t row = cursor->next;
  if (row < result.row_count()) ++cursor->next;
  if (statement.into.size() > result.columns.size()) {
    return std::unexpected(statement_error(
        misuse(fmt::format("FETCH names {} variable(s) for {} column(s).", statement.into.size(), result.columns.size())),
        range));
  }
  for (size_t i = 0; i < statement.into.size(); ++i) {
    Bind value{result.columns[i].type, {}};
    if (row < result.row_count()) value = bind_at(result, row, i);
    TRY(assign(statement.into[i].name, std::move(value), range));
  }
  return Flow::next;
}

auto ScriptInterpreter::run(const sql::ScriptClose& statement, const sql::SourceRange& range) -> Outcome<Flow> {
  auto* cursor = scopes_.find_as<ScriptCursor>(statement.cursor.name);
  if (cursor == nullptr || !cursor->result)
    return std::unexpected(statement_error(misuse(fmt::format("Cursor '{}' is not open.", statement.cursor.name)), range));
  cursor->result.reset();
  return Flow::next;
}

/// The rows that a name stands for: a resultset's, an open cursor's, or those that a closed cursor would open with.
auto ScriptInterpreter::rows_of(const std::string& name, const sql::SourceRange& range) -> Outcome<SharedResult> {
  if (auto* resultset = scopes_.find_as<ScriptResultset>(name)) {
    if (resultset->result) return resultset->result;
    return std::unexpected(statement_error(misuse(fmt::format("RESULTSET '{}' has been given no query.", name)), range));
  }
  if (auto* cursor = scopes_.find_as<ScriptCursor>(name)) {
    if (cursor->result) return cursor->result;
    return open_cursor(*cursor, range);
  }
  return std::unexpected(statement_error(sql::invalid_identifier(name, range.line, range.column - 1), range));
}

} // namespace freshet::warehouse
