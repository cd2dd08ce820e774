#pragma once

#include <string>

#include "sql/syntax.h"
#include "warehouse/procedures/script_host.h"

namespace freshet::warehouse {

class Session;

/// A procedure's view of the session that called it: its statements run there, on the same thread and in the same transaction.
///
/// Scopes: a transaction that was open before the procedure cannot be ended, nor another begun, within it.
class SessionHost final : public ScriptHost {
 public:
  SessionHost(Session& session, std::string procedure);

  std::expected<ScriptOutcome, ScriptError> execute(const std::string& sql, const std::vector<ScriptValue>& binds) override;
  void log(std::string_view level, std::string_view message) override;
  void add_event(std::string_view name, std::string_view attributes_json) override;
  void set_span_attribute(std::string_view key, std::string_view value_json) override;
  std::optional<ScriptError> interrupted() override;

  /// Why a statement may not run within the procedure: it would end or begin a transaction over its caller's.
  std::optional<ScriptError> refuses(const sql::Statement& statement) const;
  /// At the procedure's end: rolls back what it began and did not end, and says so.
  std::optional<ScriptError> close_transaction();

 private:
  Session& session_;
  std::string procedure_;
  bool outer_transaction_;
};

} // namespace freshet::warehouse
