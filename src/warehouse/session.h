#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "sql/syntax.h"
#include "warehouse/query_history.h"
#include "warehouse/result.h"
#include "warehouse/session_parameters.h"
#include "warehouse/warnings/table_reads.h"

namespace freshet::engine {
class Connection;
}

namespace freshet::warehouse {

class Warehouse;
class StatementContext;
class TransactionScope;

/// Where unqualified names are looked up, and in whose name. Empty strings: none.
struct SessionContext {
  std::string user = "FRESHET";
  std::string role = "ACCOUNTADMIN";
  std::string warehouse;
  std::string database;
  std::string schema;
};

/// One conversation with the warehouse: it runs Snowflake statements, one at a time, and keeps what lives between them: the
/// current database, schema and role, parameters, variables, the open transaction, the latest results.
///
/// Life cycle: made by Warehouse::create_session, which it must not outlive; the destructor rolls an open transaction back and
/// drops temporary objects. Concurrency: one thread at a time, except `cancel`. A statement may run others on the same session
/// (procedures do). Durability: when `execute` returns the result of a writing statement outside a transaction, or of COMMIT,
/// the change survives a power loss.
class Session {
 public:
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// The id of the next statement that begins, which somebody has been told already.
  void announce(std::string query_id) { announced_query_id_ = std::move(query_id); }
  /// Runs exactly one statement.
  SqlResult<StatementResult> execute(std::string_view sql, const Binds& binds = {});
  SqlResult<StatementResult> execute(const sql::Statement& statement, const Binds& binds = {});
  /// The columns a statement would give, without running it (queries only; empty for all others).
  SqlResult<std::vector<ResultColumn>> describe(std::string_view sql, const Binds& binds = {});

  /// Ends the running statement with 000604/57014 "SQL execution canceled"; does nothing when none runs. From any thread.
  void cancel();

  const std::string& id() const { return id_; }
  Warehouse& warehouse() { return warehouse_; }
  SessionContext& context() { return context_; }
  const SessionContext& context() const { return context_; }
  SessionParameters& parameters() { return parameters_; }
  const SessionParameters& parameters() const { return parameters_; }
  /// Brings the connection in line with parameters that it follows (TIMEZONE). `execute` calls it.
  sql::SqlResult<void> apply_parameters();
  /// `$name`: name in upper case → value.
  std::map<std::string, Variable>& variables() { return variables_; }

  /// The OUT arguments of the procedure that was called last, by their place in the CALL: what its caller's variables become.
  std::vector<std::pair<size_t, Bind>>& out_values() { return out_values_; }

  /// The id of the latest statement (−1: the last, −2: the one before …; 1: the first of the session); empty when there is
  /// none.
  std::string last_query_id(int64_t which = -1) const;
  /// For RESULT_SCAN: the latest results of this session, as far as they were kept, and what the QueryStore has of others of
  /// the same user. Null: none.
  SqlResult<std::shared_ptr<const StatementResult>> find_result(std::string_view query_id) const;
  /// The ids of the statements of the chain by ->> under way, in their order.
  std::vector<std::string>& flow_results() { return flow_results_; }

  /// While the condition of an alert on new data is evaluated: the table or view that stands for its new rows, and the alert
  /// whose offset says which they are.
  struct NewRows {
    int64_t source = 0;
    int64_t alert = 0;
  };
  std::optional<NewRows>& new_rows() { return new_rows_; }

  bool in_transaction() const { return transaction_ != nullptr; }
  /// CURRENT_TRANSACTION(): the open transaction's id, or empty.
  std::string transaction_id() const;
  TransactionScope* transaction() { return transaction_.get(); }
  /// BEGIN, COMMIT, ROLLBACK. `commit` and `rollback` without a transaction do nothing.
  sql::SqlResult<void> begin(std::string name = {});
  sql::SqlResult<void> commit();
  void rollback();
  /// What DDL does to the open transaction. Errors: 090232 it was begun outside of the procedure that runs.
  sql::SqlResult<void> commit_implicitly();
  /// A procedure runs: transactions that were begun before are not its to end.
  class ProcedureScope {
   public:
    explicit ProcedureScope(Session& session) : session_(session) { ++session_.procedures_; }
    ~ProcedureScope() { --session_.procedures_; }
    ProcedureScope(const ProcedureScope&) = delete;
    ProcedureScope& operator=(const ProcedureScope&) = delete;

   private:
    Session& session_;
  };
  /// 090232 when the open transaction was begun outside of the procedure that runs.
  sql::SqlResult<void> check_transaction_scope() const;

  /// SYSTEM$ABORT_TRANSACTION, from any thread: the open transaction is rolled back, now or when the running statement, which
  /// is cancelled, has ended.
  void abort_transaction();

  /// A failed write left the open transaction half changed: it is rolled back when the running statement ends.
  void rollback_damaged() { damaged_ = true; }

  /// Tables that statements of this session have read into others, and pipes load: what TRUNCATE deletes of them afterwards was
  /// read, or was not.
  TableReads& table_reads() { return table_reads_; }
  /// The id of the statement that a client (or task) sent: of the CALL while a procedure's statements run.
  const std::string& outer_query_id() const { return outer_query_id_; }

  engine::Connection& connection() { return *connection_; }
  bool cancelled() const { return *cancelled_; }
  /// The same, for what may still look at it when the session is gone.
  std::shared_ptr<std::atomic<bool>> cancellation() const { return cancelled_; }
  /// The transaction that waits for a lock, so that `cancel` can end the wait; null when it no longer does.
  void waits_for_lock(TransactionScope* transaction);

 private:
  friend class Warehouse;
  Session(Warehouse& warehouse, std::unique_ptr<engine::Connection> connection, SessionContext context);
  QueryRecord new_record(std::string_view text);
  SqlResult<StatementResult> run(const sql::Statement& statement, const Binds& binds, const std::string& query_id);
  std::shared_ptr<const StatementResult> keep(const StatementResult& result);
  void forget_inner(std::string_view query_id);

  Warehouse& warehouse_;
  const std::string id_;
  std::unique_ptr<engine::Connection> connection_;
  SessionContext context_;
  SessionParameters parameters_;
  std::map<std::string, Variable> variables_;
  std::unique_ptr<TransactionScope> transaction_;
  int procedures_ = 0;             // that run one inside the other
  int transaction_procedures_ = 0; // when the transaction was begun
  std::vector<std::pair<size_t, Bind>> out_values_;
  std::vector<std::string> query_ids_;
  std::string announced_query_id_;
  std::deque<std::shared_ptr<const StatementResult>> results_;
  std::vector<std::string> flow_results_;
  std::optional<NewRows> new_rows_;
  std::string applied_time_zone_;
  TableReads table_reads_;
  std::string outer_query_id_;
  std::vector<Warning> warnings_; // of the outermost running statement and those in it
  bool damaged_ = false;
  std::mutex executing_; // held while a statement runs
  std::atomic<bool> aborting_ = false;
  int depth_ = 0; // statements inside statements
  std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
  std::mutex waiting_mutex_;
  TransactionScope* waiting_ = nullptr;
};

} // namespace freshet::warehouse
