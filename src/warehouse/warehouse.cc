#include "warehouse/warehouse.h"

#include <fmt/core.h>

#include <filesystem>

#include "base/log.h"
#include "base/random.h"
#include "base/worker.h"
#include "engine/engine.h"
#include "warehouse/context_functions.h"
#include "warehouse/ddl_text.h"
#include "warehouse/dropped_objects.h"
#include "warehouse/dynamic/dynamic_table.h"
#include "warehouse/history/history_functions.h"
#include "warehouse/history/history_store.h"
#include "warehouse/lineage/lineage_functions.h"
#include "warehouse/lineage/transaction_record.h"
#include "warehouse/open_transactions.h"
#include "warehouse/physical.h"
#include "warehouse/procedures/javascript_sandbox.h"
#include "warehouse/procedures/log_functions.h"
#include "warehouse/query_store.h"
#include "warehouse/routines/javascript_functions.h"
#include "warehouse/routines/script_functions.h"
#include "warehouse/rows/lock_table.h"
#include "warehouse/rows/transaction_registry.h"
#include "warehouse/scalars/scalars.h"
#include "warehouse/temporary_objects.h"
#include "warehouse/transaction.h"
#include "warehouse/transaction_functions.h"
#include "warehouse/warnings/warning_functions.h"
#include "warehouse/warnings/warning_log.h"

namespace freshet::warehouse {

/// Interrupts statements whose time is over. Its thread starts with the first deadline.
struct Warehouse::Watchdog {
  explicit Watchdog(Clock& clock_to_use) : clock(clock_to_use), worker("watchdog", clock, [this] { return step(); }) {}

  std::optional<TimePoint> step() {
    std::lock_guard lock(mutex);
    auto now = clock.now();
    while (!due.empty() && due.begin()->first <= now) {
      due.begin()->second.second();
      due.erase(due.begin());
    }
    return due.empty() ? std::nullopt : std::optional(due.begin()->first);
  }

  Clock& clock;
  std::mutex mutex;
  std::multimap<TimePoint, std::pair<uint64_t, std::function<void()>>> due;
  uint64_t next = 1;
  Worker worker; // last: its thread uses the members above
};

Warehouse::Deadline::Deadline(Watchdog& watchdog, uint64_t id) : watchdog_(watchdog), id_(id) {}
Warehouse::Deadline::~Deadline() {
  std::lock_guard lock(watchdog_.mutex);
  std::erase_if(watchdog_.due, [&](const auto& entry) { return entry.second.first == id_; });
}

std::unique_ptr<Warehouse::Deadline> Warehouse::interrupt_at(TimePoint deadline, std::function<void()> interrupt) {
  {
    std::lock_guard lock(services_mutex_);
    if (!watchdog_) watchdog_ = std::make_unique<Watchdog>(clock_);
  }
  uint64_t id = 0;
  {
    std::lock_guard lock(watchdog_->mutex);
    id = watchdog_->next++;
    watchdog_->due.emplace(deadline, std::pair(id, std::move(interrupt)));
  }
  watchdog_->worker.wake();
  return std::make_unique<Deadline>(*watchdog_, id);
}

Warehouse::Warehouse(Clock& clock, WarehouseOptions options)
    : clock_(clock),
      options_(std::move(options)),
      catalog_(std::make_unique<Catalog>()),
      open_transactions_(std::make_unique<OpenTransactions>()) {}

Warehouse::~Warehouse() = default;

Result<std::unique_ptr<Warehouse>> Warehouse::open(Clock& clock, WarehouseOptions options) {
  std::unique_ptr<Warehouse> warehouse(new Warehouse(clock, std::move(options)));
  TRY(warehouse->start());
  if (!warehouse->catalog().temporary({}).empty()) {
    auto session = TRY(warehouse->create_session());
    drop_temporary_objects(*session, {});
  }
  return warehouse;
}

Result<void> Warehouse::start() {
  engine::Options engine_options;
  engine_options.memory_limit_bytes = options_.memory_limit_bytes;
  engine_options.threads = options_.threads;
  Path file;
  if (!options_.data_directory.empty()) {
    std::error_code error;
    std::filesystem::create_directories(options_.data_directory, error);
    if (error) {
      return fail(ErrorKind::io,
                  fmt::format("cannot create the data directory {}: {}", options_.data_directory.string(), error.message()));
    }
    file = options_.data_directory / "warehouse.duckdb";
  }
  database_ = TRY(engine::Database::open(file, engine_options));
  auto connection = TRY(database_->connect());
  TRY(catalog_->load(*connection));
  epoch_ = std::stoull(random_secret_hex(6), nullptr, 16);
  if (catalog_->all(ObjectKind::role).empty()) TRY(create_account(*connection));
  TRY(create_stream_offsets(*connection));
  TRY(create_dropped_objects(*connection));
  TRY(create_history_state(*connection));
  TRY(create_dynamic_refreshes(*connection));
  TRY(create_transaction_records(*connection));
  warning_log_ = TRY(WarningLog::open(*database_, clock_));
  if (!file.empty()) query_store_ = TRY(QueryStore::open(*database_, clock_, history_));
  TRY(connection->execute(fmt::format("CREATE SCHEMA IF NOT EXISTS {}", k_rows_schema)));
  locks_ = std::make_unique<LockTable>(clock_);
  TRY(register_scalars(*database_));
  javascript_functions_ = std::make_unique<JavaScriptFunctions>(*this);
  TRY(javascript_functions_->register_with(*database_));
  script_functions_ = std::make_unique<ScriptFunctions>(*this);
  TRY(script_functions_->register_with(*database_));
  registry_ = TRY(TransactionRegistry::open(*database_, clock_));
  add_context_functions(functions_);
  add_transaction_functions(functions_);
  add_log_functions(functions_);
  add_ddl_functions(functions_);
  add_history_functions(functions_);
  add_dynamic_table_functions(functions_);
  add_warning_functions(functions_);
  add_lineage_functions(functions_);
  return {};
}

Result<void> Warehouse::create_account(engine::Connection& connection) {
  CatalogChange change;
  auto add = [&](std::string name, auto body, std::string comment = "") {
    Object object;
    object.id = catalog_->new_id();
    object.name = std::move(name);
    object.owner = std::is_same_v<decltype(body), Role> ? "" : "ACCOUNTADMIN";
    object.comment = std::move(comment);
    object.created_on = clock_.now();
    object.body = std::move(body);
    change.put(std::move(object));
  };
  add("ACCOUNTADMIN", Role{}, "Account administrator can manage all aspects of the account.");
  add("ORGADMIN", Role{}, "Organization administrator");
  add("PUBLIC", Role{}, "Public role is automatically available to every user in the account.");
  add("SECURITYADMIN", Role{}, "Security administrator can manage security aspects of the account.");
  add("SYSADMIN", Role{}, "System administrator can create and manage databases and warehouses.");
  add("USERADMIN", Role{}, "User administrator can create and manage users and roles");
  add("COMPUTE_WH", ComputeWarehouse{});
  for (const auto& user : options_.users) add(user, User{.default_role = "ACCOUNTADMIN"});
  TRY(connection.begin());
  TRY(catalog_->write(connection, change));
  TRY(connection.commit());
  catalog_->publish(change);
  return {};
}

Result<std::unique_ptr<Session>> Warehouse::create_session(SessionContext context) {
  return std::unique_ptr<Session>(new Session(*this, TRY(database_->connect()), std::move(context)));
}

int Warehouse::on_commit(CommitListener listener) {
  std::lock_guard lock(listeners_mutex_);
  commit_listeners_[next_listener_] = std::move(listener);
  return next_listener_++;
}

int Warehouse::on_catalog_change(CommitListener listener) {
  std::lock_guard lock(listeners_mutex_);
  catalog_listeners_[next_listener_] = std::move(listener);
  return next_listener_++;
}

void Warehouse::remove_listener(int handle) {
  std::lock_guard lock(listeners_mutex_);
  commit_listeners_.erase(handle);
  catalog_listeners_.erase(handle);
}

void Warehouse::committed(std::span<const ObjectId> tables) {
  if (tables.empty()) return;
  std::lock_guard lock(listeners_mutex_); // held while they run: remove_listener waits for a call under way
  for (const auto& [handle, listener] : commit_listeners_) listener(tables);
}

void Warehouse::catalog_changed(std::span<const ObjectId> objects) {
  std::lock_guard lock(listeners_mutex_);
  for (const auto& [handle, listener] : catalog_listeners_) listener(objects);
}

void Warehouse::on_truncate(TruncateListener listener) {
  std::lock_guard lock(listeners_mutex_);
  truncate_listeners_.push_back(std::move(listener));
}

engine::Result<void> Warehouse::truncated(TransactionScope& transaction, ObjectId table) {
  std::vector<TruncateListener> listeners;
  {
    std::lock_guard lock(listeners_mutex_);
    listeners = truncate_listeners_;
  }
  for (const auto& listener : listeners) TRY(listener(transaction, table));
  return {};
}

JavaScriptSandbox& Warehouse::javascript() {
  std::lock_guard lock(services_mutex_);
  if (!javascript_) javascript_ = std::make_unique<JavaScriptSandbox>(clock_);
  return *javascript_;
}

std::string Warehouse::new_query_id() {
  auto count = next_query_.fetch_add(1);
  return fmt::format("01{:06x}-{:04x}-{:04x}-{:04x}-{:012x}", (epoch_ >> 24) & 0xffffff, (epoch_ >> 8) & 0xffff,
                     (epoch_ & 0xff) << 8, count >> 48, count & 0xffffffffffff);
}

int64_t Warehouse::new_transaction_id() {
  auto now = clock_.now().time_since_epoch().count();
  auto last = last_transaction_.load();
  while (!last_transaction_.compare_exchange_weak(last, std::max(last + 1, now))) {
  }
  return std::max(last + 1, now);
}

std::string Warehouse::new_session_id() {
  return std::to_string((epoch_ << 8) + next_session_.fetch_add(1) + 1);
}

} // namespace freshet::warehouse
