#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <typeindex>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/result.h"
#include "engine/error.h"
#include "warehouse/catalog.h"
#include "warehouse/functions.h"
#include "warehouse/query_history.h"
#include "warehouse/session.h"

namespace freshet::engine {
class Connection;
class Database;
} // namespace freshet::engine
namespace freshet::objects {
class ObjectStore;
}

namespace freshet::warehouse {

class JavaScriptFunctions;
class JavaScriptSandbox;
class ScriptFunctions;
class LockTable;
class OpenTransactions;
class QueryStore;
class TransactionRegistry;
class WarningLog;

struct WarehouseOptions {
  Path data_directory; // holds warehouse.duckdb; empty: in memory
  uint64_t memory_limit_bytes = uint64_t{1} << 30;
  int threads = 2;
  std::string account = "FRESHET";
  std::string version = "9.0.0"; // CURRENT_VERSION()
  std::vector<std::string> users = {"FRESHET"};
};

/// The whole warehouse: rows, catalog, locks and sessions of one data directory.
///
/// Life cycle: open (creates the directory's database on first use, with the system roles, a compute warehouse and the users),
/// create sessions from any thread, destroy the sessions, destroy. Services (pipes, tasks) are attached with `attach` and found
/// again with `service`. Concurrency: all functions may be called from any thread. Durability: see Session.
class Warehouse {
  struct Watchdog;

 public:
  static Result<std::unique_ptr<Warehouse>> open(Clock& clock, WarehouseOptions options);
  ~Warehouse();
  Warehouse(const Warehouse&) = delete;
  Warehouse& operator=(const Warehouse&) = delete;

  Result<std::unique_ptr<Session>> create_session(SessionContext context = {});

  Clock& clock() { return clock_; }
  const WarehouseOptions& options() const { return options_; }
  Catalog& catalog() { return *catalog_; }
  engine::Database& database() { return *database_; }
  LockTable& locks() { return *locks_; }
  TransactionRegistry& registry() { return *registry_; }
  OpenTransactions& open_transactions() { return *open_transactions_; }
  QueryHistory& history() { return history_; }
  /// Null: a warehouse in memory keeps nothing.
  QueryStore* query_store() { return query_store_.get(); }
  WarningLog& warning_log() { return *warning_log_; }
  /// Functions that the warehouse's parts answer themselves: SYSTEM$…, INFORMATION_SCHEMA's table functions.
  FunctionRegistry& functions() { return functions_; }

  /// Called after each commit that wrote rows, with the tables' ids: wakes triggered tasks. Called on the committing thread,
  /// without locks: the callback must be quick and must not run statements.
  using CommitListener = std::function<void(std::span<const ObjectId> tables)>;
  /// Returns a handle; the listener is called until `remove_listener(handle)` returns.
  int on_commit(CommitListener listener);
  /// Called after each DDL, with the ids of the objects created, changed or dropped.
  int on_catalog_change(CommitListener listener);
  void remove_listener(int handle);
  void committed(std::span<const ObjectId> tables);
  void catalog_changed(std::span<const ObjectId> objects);

  /// Called within each transaction that truncates a table: COPY forgets what it loaded into it.
  using TruncateListener = std::function<engine::Result<void>(TransactionScope& transaction, ObjectId table)>;
  void on_truncate(TruncateListener listener);
  engine::Result<void> truncated(TransactionScope& transaction, ObjectId table);

  /// Makes a part with a life of its own (the pipe service, the task scheduler, the object store) known to the statements that
  /// need it: `attach(pipes)` then `service<PipeService>()`. The attached object must outlive its use; attach nullptr to take
  /// it out.
  template <typename T>
  void attach(T* service) {
    std::lock_guard lock(services_mutex_);
    services_[std::type_index(typeid(T))] = service;
  }
  /// Null when none is attached.
  template <typename T>
  T* service() {
    std::lock_guard lock(services_mutex_);
    auto found = services_.find(std::type_index(typeid(T)));
    return found == services_.end() ? nullptr : static_cast<T*>(found->second);
  }

  /// Where JavaScript procedures run; made at the first use.
  JavaScriptSandbox& javascript();
  /// The engine's side of functions in JavaScript.
  JavaScriptFunctions& javascript_functions() { return *javascript_functions_; }
  /// The same of functions in Snowflake Scripting.
  ScriptFunctions& script_functions() { return *script_functions_; }

  /// A fresh query id, in Snowflake's shape (01…-…): unique, growing with time.
  std::string new_query_id();
  std::string new_session_id();
  /// Grows with time, in microseconds where possible.
  int64_t new_transaction_id();

  /// Interrupts the session's statement once the clock passes `deadline`, until the handle is destroyed.
  class Deadline {
   public:
    Deadline(Watchdog& watchdog, uint64_t id);
    ~Deadline();
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

   private:
    Watchdog& watchdog_;
    uint64_t id_;
  };
  std::unique_ptr<Deadline> interrupt_at(TimePoint deadline, std::function<void()> interrupt);

 private:
  Warehouse(Clock& clock, WarehouseOptions options);
  Result<void> start();
  Result<void> create_account(engine::Connection& connection);

  Clock& clock_;
  WarehouseOptions options_;
  std::unique_ptr<engine::Database> database_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<LockTable> locks_;
  std::unique_ptr<TransactionRegistry> registry_;
  std::unique_ptr<OpenTransactions> open_transactions_;
  std::atomic<int64_t> last_transaction_ = 0;
  FunctionRegistry functions_;
  QueryHistory history_;
  std::unique_ptr<WarningLog> warning_log_;
  std::mutex services_mutex_;
  std::unordered_map<std::type_index, void*> services_;
  std::mutex listeners_mutex_;
  std::map<int, CommitListener> commit_listeners_;
  std::map<int, CommitListener> catalog_listeners_;
  std::vector<TruncateListener> truncate_listeners_;
  int next_listener_ = 1;
  std::atomic<uint64_t> next_query_ = 0;
  std::atomic<uint64_t> next_session_ = 0;
  uint64_t epoch_ = 0; // of ids: differs from start to start
  std::unique_ptr<Watchdog> watchdog_;
  std::unique_ptr<JavaScriptSandbox> javascript_;
  std::unique_ptr<JavaScriptFunctions> javascript_functions_;
  std::unique_ptr<ScriptFunctions> script_functions_;
  std::unique_ptr<QueryStore> query_store_; // last: it writes into the database when it goes
};

} // namespace freshet::warehouse
