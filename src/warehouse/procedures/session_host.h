#pragma once

#include <memory>
#include <string>

#include "sql/syntax.h"
#include "warehouse/procedures/script_host.h"
#include "warehouse/result.h"
#include "warehouse/session.h"

namespace freshet::warehouse {

/// A procedure's view of the session that called it: its statements run there, on the same thread and in the same transaction.
///
/// Scopes: a transaction that was open before the procedure cannot be ended within it, by DDL neither. BEGIN starts one of its
/// own, independent of that one: neither sees what the other has not committed. It runs in a session of its own, which takes
/// over the caller's parameters, variables and names, and gives them back; cancelling the caller takes effect between two of
/// its statements.
class SessionHost final : public ScriptHost {
 public:
  SessionHost(Session& session, std::string procedure);
  ~SessionHost() override;

  std::expected<ScriptOutcome, ScriptError> execute(const std::string& sql, const std::vector<ScriptValue>& binds) override;
  void log(std::string_view level, std::string_view message) override;
  void add_event(std::string_view name, std::string_view attributes_json) override;
  void set_span_attribute(std::string_view key, std::string_view value_json) override;
  std::optional<ScriptError> interrupted() override;

  /// Runs the statement in the scope where it belongs. Errors: 090232 it would end its caller's transaction.
  SqlResult<StatementResult> run(const sql::Statement& statement, const Binds& binds);
  /// Where statements run now.
  Session& running_session() { return scoped_ ? *scoped_ : session_; }
  /// At the procedure's end: rolls back what it began and did not end, and says so.
  std::optional<ScriptError> close_transaction();

 private:
  Session& session_;
  std::string procedure_;
  bool outer_transaction_;
  Session::ProcedureScope transactions_;
  std::unique_ptr<Session> scoped_; // runs the procedure's own transaction while its caller's waits

  SqlResult<void> begin_scope();
  void end_scope();
};

} // namespace freshet::warehouse
