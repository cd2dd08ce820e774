#pragma once

#include <atomic>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sql/syntax_scripting.h"
#include "warehouse/procedures/script_scope.h"
#include "warehouse/result.h"

namespace freshet::warehouse {

class Session;
class SessionHost;

/// What a block returned: a value (NULL without RETURN) or, of RETURN TABLE, rows.
struct ScriptReturned {
  Bind value;
  SharedResult table;
};

/// Runs one block of Snowflake Scripting on the session that called it.
///
/// Life cycle: made for one run, on the stack of the statement that runs the block. Concurrency: none; the session's thread
/// runs it. Durability: each statement of the block commits as it would by itself, or with the session's open transaction.
/// Limits: ends with the session's cancellation or statement timeout, which handlers cannot catch; a string may have
/// 16'777'216 bytes. Errors: what no handler caught, in Snowflake's words: "Uncaught exception of type 'STATEMENT_ERROR' on
/// line 3 at position 2 : …", with the code and SQLSTATE of its cause.
class ScriptInterpreter {
 public:
  /// `procedure` is null for an anonymous block: its transactions are its caller's. `origin` is where the block's text begins
  /// in what the user sent.
  ScriptInterpreter(Session& session, SessionHost* procedure, sql::SourceRange origin = {});

  /// Whose cancellation ends the run, besides the session's own.
  void ended_by(std::shared_ptr<std::atomic<bool>> cancellation) { cancellation_ = std::move(cancellation); }
  /// A parameter.
  void define(const std::string& name, const sql::TypeName& type, Bind value);
  SqlResult<ScriptReturned> run(const sql::ScriptBlock& block);
  /// What a parameter stands at, after `run`.
  std::optional<Bind> value_of_parameter(const std::string& name) { return lookup(name); }
  /// The value as one of the type.
  SqlResult<Bind> converted(Bind value, const sql::TypeName& type);
  /// A result of one row with one value, converted to the type.
  SqlResult<StatementResult> single_value(Bind value, const sql::TypeName& type, std::string_view name);

 private:
  /// An exception under way.
  struct Failure {
    std::string type; // STATEMENT_ERROR, EXPRESSION_ERROR or the name of a declared exception
    sql::Error error;
    sql::SourceRange range;
    bool catchable = true;
  };
  static constexpr unsigned k_nested_calls_max = 32;
  enum class Flow { next, leave_loop, next_round, returned };
  template <typename T>
  using Outcome = std::expected<T, Failure>;

  // ---- control flow (script_interpreter.cc)
  Outcome<Flow> run_block(const sql::ScriptBlock& block);
  Outcome<Flow> run_all(const sql::ScriptStatements& statements);
  Outcome<Flow> run_statement(const sql::ScriptStatement& statement);
  Outcome<Flow> handle(const sql::ScriptHandler& handler, Failure failure);
  const sql::ScriptHandler* handler_of(const sql::ScriptBlock& block, const Failure& failure) const;
  /// The handler that would catch what fails here, if it goes on behind the statement.
  const sql::ScriptHandler* continuing_handler(const Failure& failure, size_t& depth) const;
  Outcome<Flow> run(const sql::ScriptBlock& block, const sql::SourceRange&) { return run_block(block); }
  Outcome<Flow> run(const sql::ScriptIf& statement, const sql::SourceRange&);
  Outcome<Flow> run(const sql::ScriptCase& statement, const sql::SourceRange&);
  Outcome<Flow> run(const sql::ScriptFor& statement, const sql::SourceRange&);
  Outcome<Flow> run(const sql::ScriptLoop& statement, const sql::SourceRange&);
  Outcome<Flow> run(const sql::ScriptJump& statement, const sql::SourceRange&);
  Outcome<Flow> run(const sql::ScriptReturn& statement, const sql::SourceRange&);
  Outcome<Flow> run(const sql::ScriptRaise& statement, const sql::SourceRange&);
  Outcome<Flow> run(const sql::ScriptNothing&, const sql::SourceRange&) { return Flow::next; }
  Outcome<Flow> for_rows(const sql::ScriptFor& statement, const sql::SourceRange& range);
  Outcome<Flow> for_numbers(const sql::ScriptFor& statement);
  /// What a loop does after one round; nothing: another round.
  std::optional<Flow> after_round(Flow flow, const std::string& label);
  Outcome<void> go_on(const sql::SourceRange& range) const;

  // ---- declarations, cursors, SQL (script_statements.cc)
  Outcome<Flow> run(const sql::ScriptSql& statement, const sql::SourceRange&);
  Outcome<Flow> run(const sql::ScriptVariable& statement, const sql::SourceRange&);
  Outcome<Flow> run(const sql::ScriptCursor& statement, const sql::SourceRange&);
  Outcome<Flow> run(const sql::ScriptResultset& statement, const sql::SourceRange&);
  Outcome<Flow> run(const sql::ScriptException& statement, const sql::SourceRange&);
  Outcome<Flow> run(const sql::ScriptNestedProcedure& statement, const sql::SourceRange&);
  Outcome<Flow> run(const sql::ScriptAssignment& statement, const sql::SourceRange&);
  Outcome<Flow> run(const sql::ScriptOpen& statement, const sql::SourceRange&);
  Outcome<Flow> run(const sql::ScriptFetch& statement, const sql::SourceRange&);
  Outcome<Flow> run(const sql::ScriptClose& statement, const sql::SourceRange&);
  Outcome<SharedResult> execute(const sql::ScriptSql& sql, const sql::SourceRange& range, std::vector<Bind> positional = {});
  Outcome<SharedResult> call_nested(const sql::Call& call, const sql::SourceRange& range);
  /// Where statements run now: not the session itself within a procedure's own transaction.
  Session& running_session();
  Outcome<void> take_out_values(const sql::Call& call, const sql::SourceRange& range);
  Outcome<void> into(const std::vector<sql::Identifier>& names, const StatementResult& result, const sql::SourceRange& range);
  Outcome<SharedResult> open_cursor(ScriptCursor& cursor, const sql::SourceRange& range, std::vector<Bind> positional = {});
  Outcome<SharedResult> rows_of(const std::string& name, const sql::SourceRange& range);
  Outcome<void> assign(const std::string& name, Bind value, const sql::SourceRange& range);

  // ---- values (script_variables.cc)
  Outcome<Bind> value_of(const sql::ScriptSource& source, const sql::TypeName* type = nullptr);
  Outcome<Bind> value_of(const sql::ScriptExpression& expression, const sql::TypeName* type = nullptr);
  Outcome<bool> holds(const sql::ScriptExpression& condition);
  SqlResult<Bind> evaluate(const sql::Expression& expression, const Binds& binds);
  std::optional<Bind> lookup(const std::string& name);
  std::optional<Bind> built_in(std::string_view name) const;
  void add_binds(const std::vector<std::string>& names, Binds& binds);
  /// Variables become binds; their values are added to `binds`.
  void bind_names(sql::Expression& expression, Binds& binds);

  Failure statement_error(sql::Error error, const sql::SourceRange& range) const;
  Failure expression_error(sql::Error error, const sql::SourceRange& range) const;
  sql::Error uncaught(const Failure& failure) const;

  Session& session_;
  SessionHost* procedure_;
  const sql::SourceRange origin_;
  ScriptScopes scopes_;
  ScriptReturned returned_;
  std::string jump_label_;
  std::vector<const sql::ScriptBlock*> blocks_; // under way, the innermost last
  std::vector<Failure> handled_;                // by the handlers under way
  std::optional<int64_t> row_count_;            // SQLROWCOUNT
  std::optional<int64_t> activity_count_;       // ACTIVITY_COUNT
  std::string query_id_;                        // SQLID
  unsigned nested_calls_ = 0;
  std::shared_ptr<std::atomic<bool>> cancellation_;
};

/// What is computed without the engine, since loops are made of it: integers, comparisons, AND and OR, `||` of strings.
/// Nothing: the engine has to do it.
std::optional<Bind> simple_value(const sql::Expression& expression, const Binds& binds);

} // namespace freshet::warehouse
