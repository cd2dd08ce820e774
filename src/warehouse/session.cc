#include "warehouse/session.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "engine/engine.h"
#include "sql/parser.h"
#include "warehouse/engine_errors.h"
#include "warehouse/literal.h"
#include "warehouse/open_transactions.h"
#include "warehouse/query_store.h"
#include "warehouse/statement_context.h"
#include "warehouse/statements/dispatch.h"
#include "warehouse/temporary_objects.h"
#include "warehouse/transaction.h"
#include "warehouse/warehouse.h"
#include "warehouse/warnings/warning_log.h"

namespace freshet::warehouse {
namespace {

constexpr size_t k_results_max = 64;
constexpr size_t k_result_rows_max = 100'000; // larger results are not kept for RESULT_SCAN
constexpr size_t k_kept_rows_max = 8 * k_result_rows_max;
constexpr size_t k_query_ids_max = 10'000;

} // namespace

Session::Session(Warehouse& warehouse, std::unique_ptr<engine::Connection> connection, SessionContext context)
    : warehouse_(warehouse),
      id_(warehouse.new_session_id()),
      connection_(std::move(connection)),
      context_(std::move(context)) {}

Session::~Session() {
  rollback(); // takes the transaction out of those that others can abort
  drop_temporary_objects(*this, id_);
  warehouse_.open_transactions().forget(id_);
}

SqlResult<StatementResult> Session::execute(std::string_view sql, const Binds& binds) {
  auto parsed = sql::parse_statement(sql, parameters_.parse_options());
  if (parsed) return execute(*parsed, binds);
  QueryRecord record = new_record(sql);
  record.status = QueryRecord::Status::failed;
  record.error_code = parsed.error().code;
  record.error_message = parsed.error().message;
  record.ended = record.started;
  warehouse_.history().start(record);
  if (auto* store = warehouse_.query_store()) store->put(std::move(record), nullptr);
  return std::unexpected(std::move(parsed.error()));
}

QueryRecord Session::new_record(std::string_view text) {
  QueryRecord record;
  record.query_id = announced_query_id_.empty() ? warehouse_.new_query_id() : std::exchange(announced_query_id_, {});
  record.text = redacted(text);
  record.session_id = id_;
  record.user = context_.user;
  record.role = context_.role;
  record.database = context_.database;
  record.schema = context_.schema;
  record.tag = parameters_.get("QUERY_TAG");
  record.started = warehouse_.clock().now();
  record.status = QueryRecord::Status::running;
  if (query_ids_.size() >= k_query_ids_max) query_ids_.erase(query_ids_.begin(), query_ids_.begin() + k_query_ids_max / 2);
  query_ids_.push_back(record.query_id);
  return record;
}

SqlResult<StatementResult> Session::execute(const sql::Statement& statement, const Binds& binds) {
  std::unique_lock<std::mutex> executing;
  if (depth_ == 0) {
    executing = std::unique_lock(executing_);
    *cancelled_ = false;
  }
  auto record = new_record(statement.text);
  warehouse_.history().start(record);
  if (depth_ == 0) {
    outer_query_id_ = record.query_id;
    warnings_.clear();
  }
  const auto earlier_warnings = static_cast<std::ptrdiff_t>(warnings_.size());
  ++depth_;
  auto result = run(statement, binds, record.query_id);
  --depth_;
  forget_inner(record.query_id);
  record.ended = warehouse_.clock().now();
  std::shared_ptr<const StatementResult> kept;
  if (result) {
    result->query_id = record.query_id;
    result->warnings.assign(warnings_.begin() + earlier_warnings, warnings_.end());
    record.kind = result->kind;
    record.counts = result->counts;
    record.status = QueryRecord::Status::succeeded;
    kept = keep(*result);
  } else {
    record.error_code = result.error().code;
    record.error_message = result.error().message;
    record.status = QueryRecord::Status::failed;
  }
  warehouse_.history().finish(record);
  if (auto* store = warehouse_.query_store()) store->put(std::move(record), depth_ == 0 ? std::move(kept) : nullptr);
  return result;
}

/// After a CALL, LAST_QUERY_ID() is that of the CALL, not of what the procedure ran last.
void Session::forget_inner(std::string_view query_id) {
  if (depth_ > 0 || query_ids_.back() == query_id) return;
  auto found = std::ranges::find(query_ids_, query_id);
  if (found != query_ids_.end()) query_ids_.erase(found + 1, query_ids_.end());
}

SqlResult<StatementResult> Session::run(const sql::Statement& statement, const Binds& binds, const std::string& query_id) {
  TRY(apply_parameters());
  StatementContext context(*this, statement, binds, query_id);
  std::unique_ptr<Warehouse::Deadline> deadline;
  std::atomic<bool> timed_out = false;
  auto timeout = parameters_.number("STATEMENT_TIMEOUT_IN_SECONDS");
  if (depth_ == 1 && timeout > 0 && parameters_.is_set("STATEMENT_TIMEOUT_IN_SECONDS")) {
    deadline = warehouse_.interrupt_at(context.now() + std::chrono::seconds{timeout}, [this, &timed_out] {
      timed_out = true;
      *cancelled_ = true; // for procedures, which may be between two statements
      connection_->interrupt();
    });
  }
  const auto cancelled = [&]() -> sql::Error {
    if (!timed_out) return {604, "57014", "SQL execution canceled"};
    return {630, "57014",
            fmt::format("Statement reached its statement or warehouse timeout of {} second(s) and was canceled.", timeout)};
  };
  if (*cancelled_) return sql::fail(cancelled());
  if (aborting_.exchange(false)) rollback();
  bool ends_transaction = statement.as<sql::Commit>() != nullptr || statement.as<sql::Rollback>() != nullptr;
  if (transaction_ && !ends_transaction) {
    auto refreshed = transaction_->refresh();
    if (std::exchange(damaged_, false)) rollback();
    TRY(std::move(refreshed));
  }
  auto result = dispatch(context);
  deadline.reset();
  if (result && !context.warnings().empty()) {
    warehouse_.warning_log().record(query_id, context.warnings());
    warnings_.insert(warnings_.end(), context.warnings().begin(), context.warnings().end());
  }
  bool abort_on_error = !result && transaction_ && parameters_.is_true("TRANSACTION_ABORT_ON_ERROR");
  if (std::exchange(damaged_, false) || aborting_.exchange(false) || abort_on_error) rollback();
  if (!result && result.error().code == 604) return sql::fail(cancelled());
  return result;
}

SqlResult<std::vector<ResultColumn>> Session::describe(std::string_view sql, const Binds& binds) {
  auto statement = TRY(sql::parse_statement(sql, parameters_.parse_options()));
  auto* query = statement.as<sql::QueryStatement>();
  if (query == nullptr) return std::vector<ResultColumn>{};
  TRY(apply_parameters());
  StatementContext context(*this, statement, binds, warehouse_.new_query_id());
  auto printed = TRY(context.print_select(query->query));
  auto prepared = TRY(translated(connection_->prepare(printed.text), statement.text));
  return result_columns(prepared.columns(), printed.columns);
}

void Session::cancel() {
  *cancelled_ = true;
  connection_->interrupt();
  std::lock_guard lock(waiting_mutex_);
  if (waiting_ != nullptr) waiting_->cancel();
}

void Session::waits_for_lock(TransactionScope* transaction) {
  std::lock_guard lock(waiting_mutex_);
  waiting_ = transaction;
}

std::string Session::transaction_id() const {
  return transaction_ ? transaction_->id() : std::string{};
}

sql::SqlResult<void> Session::begin(std::string name) {
  if (transaction_) return {};
  auto transaction = std::make_unique<TransactionScope>(*this, TransactionScope::Kind::explicit_);
  TRY(transaction->open());
  auto start = TRY(transaction->point());
  transaction_ = std::move(transaction);
  transaction_procedures_ = procedures_;
  warehouse_.open_transactions().add(
      {transaction_->id(), std::move(name), context_.user, id_, transaction_->started(), std::move(start), this});
  return {};
}

void Session::abort_transaction() {
  aborting_ = true;
  std::unique_lock idle(executing_, std::try_to_lock);
  if (idle) {
    rollback();
    aborting_ = false;
  } else {
    cancel();
  }
}

sql::SqlResult<void> Session::commit() {
  if (!transaction_) return {};
  auto& transactions = warehouse_.open_transactions();
  auto entry = transactions.remove(transaction_->id());
  auto transaction = std::move(transaction_);
  auto done = transaction->commit();
  transactions.ended({std::move(entry), done.has_value(), warehouse_.clock().now()});
  return done;
}

sql::SqlResult<void> Session::check_transaction_scope() const {
  if (!transaction_ || transaction_procedures_ == procedures_) return {};
  return sql::fail({90232, "25000", "Modifying a transaction that has started at a different scope is not allowed."});
}

sql::SqlResult<void> Session::commit_implicitly() {
  TRY(check_transaction_scope());
  return commit();
}

void Session::rollback() {
  if (!transaction_) return;
  auto& transactions = warehouse_.open_transactions();
  auto entry = transactions.remove(transaction_->id());
  transaction_.reset();
  transactions.ended({std::move(entry), false, warehouse_.clock().now()});
}

sql::SqlResult<void> Session::apply_parameters() {
  auto zone = parameters_.get("TIMEZONE");
  if (zone == applied_time_zone_) return {};
  TRY(translated(connection_->execute("SET TimeZone = " + engine::quote_literal(zone)), ""));
  applied_time_zone_ = zone;
  return {};
}

std::string Session::last_query_id(int64_t which) const {
  auto count = static_cast<int64_t>(query_ids_.size());
  auto at = which < 0 ? count + which : which - 1;
  return at < 0 || at >= count ? std::string{} : query_ids_[static_cast<size_t>(at)];
}

SqlResult<std::shared_ptr<const StatementResult>> Session::find_result(std::string_view query_id) const {
  auto found = std::ranges::find(results_, query_id, [](const auto& result) { return std::string_view(result->query_id); });
  if (found != results_.end()) return *found;
  auto* store = warehouse_.query_store();
  if (store == nullptr) return nullptr;
  return translated(store->find(query_id, context_.user), "");
}

std::shared_ptr<const StatementResult> Session::keep(const StatementResult& result) {
  if (result.row_count() > k_result_rows_max) return nullptr;
  results_.push_back(std::make_shared<const StatementResult>(result));
  auto kept = results_.back();
  size_t rows = 0;
  for (const auto& each : results_) rows += each->row_count();
  while (results_.size() > k_results_max || rows > k_kept_rows_max) {
    rows -= results_.front()->row_count();
    results_.pop_front();
  }
  return kept;
}

} // namespace freshet::warehouse
