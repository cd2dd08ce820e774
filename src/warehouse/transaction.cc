#include "warehouse/transaction.h"

#include <fmt/core.h>

#include "engine/engine.h"
#include "warehouse/engine_errors.h"
#include "warehouse/rows/lock_table.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {
namespace {

constexpr int k_attempts_max = 10;

std::string resource(ObjectId id) {
  return std::to_string(id);
}

sql::Error lock_error(const Error& error) {
  if (error.kind == ErrorKind::cancelled) return {604, "57014", "SQL execution canceled"};
  if (error.kind == ErrorKind::conflict)
    return {601, "57014", "Statement was aborted: it would wait for a transaction that waits for it."};
  return {625, "57014",
          fmt::format("Statement was aborted because it could not lock the table in time (LOCK_TIMEOUT): {}", error.message)};
}

} // namespace

TransactionScope::TransactionScope(Session& session, Kind kind)
    : session_(session), kind_(kind), owner_(session.warehouse().new_transaction_id()) {}

TransactionScope::~TransactionScope() {
  rollback();
  end();
}

engine::Connection& TransactionScope::connection() {
  return session_.connection();
}

std::string TransactionScope::id() const {
  return std::to_string(owner_);
}

SqlResult<void> TransactionScope::open() {
  must_restart_ = false;
  started_ = session_.warehouse().clock().now();
  floor_ = session_.warehouse().registry().floor();
  TRY(translated(connection().begin(), ""));
  open_ = true;
  return {};
}

SqlResult<void> TransactionScope::commit() {
  if (!open_) return {};
  if (number_) {
    if (auto sealed = number_->seal(connection()); !sealed) {
      rollback();
      return std::unexpected(translate(sealed.error(), ""));
    }
  }
  auto committed = connection().commit();
  open_ = false;
  if (!committed) {
    must_restart_ = committed.error().kind == engine::ErrorKind::conflict;
    rollback();
    return std::unexpected(translate(committed.error(), ""));
  }
  if (number_) number_->committed();
  std::vector<ObjectId> tables(written_.begin(), written_.end());
  auto& warehouse = session_.warehouse();
  end();
  warehouse.committed(tables);
  return {};
}

void TransactionScope::rollback() {
  if (open_) {
    open_ = false;
    (void)connection().rollback();
  }
  // The locks stay: a statement that is tried again still needs them.
  number_.reset();
  point_.reset();
  written_.clear();
  windows_.clear();
  consumed_.clear();
}

void TransactionScope::end() {
  if (!locks_.empty()) session_.warehouse().locks().release_all(owner_);
  locks_.clear();
}

WriteNumber& TransactionScope::number() {
  if (!number_) number_ = session_.warehouse().registry().begin_write();
  return *number_;
}

SqlResult<Point> TransactionScope::point() {
  if (!point_) point_ = TRY(translated(session_.warehouse().registry().point(connection(), floor_), ""));
  return *point_;
}

SqlResult<Point> TransactionScope::point_at(TimePoint time, bool inclusive) {
  return translated(session_.warehouse().registry().point_at(connection(), floor_, time, inclusive), "");
}

SqlResult<void> TransactionScope::lock(ObjectId id) {
  if (locks_.contains(id)) return {};
  auto timeout = std::chrono::seconds{session_.parameters().number("LOCK_TIMEOUT")};
  session_.waits_for_lock(this);
  auto acquired = session_.warehouse().locks().acquire(owner_, resource(id), timeout);
  session_.waits_for_lock(nullptr);
  locks_.insert(id); // also when it failed: release_all then takes back the wait
  if (!acquired) return std::unexpected(lock_error(acquired.error()));
  return {};
}

void TransactionScope::cancel() {
  session_.warehouse().locks().cancel(owner_);
}

SqlResult<StreamWindow> TransactionScope::stream_window(ObjectId stream) {
  if (auto known = windows_.find(stream); known != windows_.end()) return known->second;
  engine::Value binds[] = {stream};
  auto rows =
      TRY(translated(connection().query("SELECT point, initial FROM FRESHET.STREAM_OFFSET WHERE stream = ?", binds), ""));
  if (rows.empty()) return sql::fail({2003, "02000", "SQL compilation error:\nThe stream was dropped meanwhile."});
  auto offset = TRY(Point::parse(rows.string(0, 0)));
  StreamWindow window;
  if (rows.boolean(0, 1)) {
    window.until = std::move(offset);
  } else {
    window.from = std::move(offset);
    window.until = TRY(point());
  }
  return windows_.emplace(stream, std::move(window)).first->second;
}

SqlResult<void> TransactionScope::consume(ObjectId stream) {
  if (consumed_.contains(stream)) return {};
  TRY(lock(stream));
  auto window = TRY(stream_window(stream));
  auto to = TRY(translated(session_.warehouse().registry().compact(connection(), floor_, window.until), ""));
  engine::Value binds[] = {to.to_text(), stream};
  // Moved at once, not at the end: when another transaction moved it after our snapshot, this is where it shows.
  auto moved = connection().execute("UPDATE FRESHET.STREAM_OFFSET SET point = ?, initial = false WHERE stream = ?", binds);
  if (!moved) {
    must_restart_ = kind_ == Kind::statement && moved.error().kind == engine::ErrorKind::conflict;
    return std::unexpected(translate(moved.error(), ""));
  }
  consumed_.insert(stream);
  return {};
}

namespace {

/// One attempt in a transaction of its own.
SqlResult<StatementResult> attempt(StatementContext& context, TransactionScope& transaction, std::span<const ObjectId> locked,
                                   const std::function<SqlResult<StatementResult>(TransactionScope&)>& work) {
  for (auto id : locked) TRY(transaction.lock(id));
  TRY(transaction.open());
  context.writes_in(&transaction);
  auto result = work(transaction);
  context.writes_in(nullptr);
  if (!result) return result;
  TRY(transaction.commit());
  return result;
}

} // namespace

SqlResult<StatementResult> write(StatementContext& context, std::span<const ObjectId> locked,
                                 const std::function<SqlResult<StatementResult>(TransactionScope& transaction)>& work) {
  auto& session = context.session();
  context.end_snapshot();
  if (!session.in_transaction() && !session.parameters().is_true("AUTOCOMMIT")) TRY(session.begin());
  if (auto* open = session.transaction()) {
    for (auto id : locked) TRY(open->lock(id));
    context.writes_in(open);
    auto result = work(*open);
    context.writes_in(nullptr);
    return result;
  }
  TransactionScope transaction(session, TransactionScope::Kind::statement);
  for (int tries = 1;; ++tries) {
    context.reads() = {};
    context.saw_conflict(false);
    auto result = attempt(context, transaction, locked, work);
    if (result) return result;
    transaction.rollback();
    bool again = (transaction.must_restart() || context.saw_conflict()) && tries < k_attempts_max && !session.cancelled();
    if (!again) return result;
  }
}

engine::Result<void> create_stream_offsets(engine::Connection& connection) {
  auto created =
      connection.execute("CREATE TABLE IF NOT EXISTS FRESHET.STREAM_OFFSET (stream BIGINT, point VARCHAR, initial BOOLEAN)");
  if (!created) return std::unexpected(created.error());
  return {};
}

engine::Result<void> set_stream_offset(engine::Connection& connection, ObjectId stream, const Point& point, bool initial) {
  TRY(drop_stream_offset(connection, stream));
  engine::Value binds[] = {stream, point.to_text(), initial};
  auto done = connection.execute("INSERT INTO FRESHET.STREAM_OFFSET VALUES (?, ?, ?)", binds);
  if (!done) return std::unexpected(done.error());
  return {};
}

engine::Result<void> drop_stream_offset(engine::Connection& connection, ObjectId stream) {
  engine::Value binds[] = {stream};
  auto done = connection.execute("DELETE FROM FRESHET.STREAM_OFFSET WHERE stream = ?", binds);
  if (!done) return std::unexpected(done.error());
  return {};
}

} // namespace freshet::warehouse
