#include "warehouse/transaction.h"

#include <fmt/core.h>

#include "engine/engine.h"
#include "warehouse/engine_errors.h"
#include "warehouse/lineage/transaction_record.h"
#include "warehouse/open_transactions.h"
#include "warehouse/rows/lock_table.h"
#include "warehouse/savepoint.h"
#include "warehouse/statement_context.h"
#include "warehouse/warnings/loss_warnings.h"

namespace freshet::warehouse {
namespace {

constexpr int k_attempts_max = 10;

std::string resource(ObjectId id) {
  return std::to_string(id);
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
  if (!start_) started_ = session_.warehouse().clock().now();
  commits_seen_ = session_.warehouse().registry().commit_count();
  catalog_seen_ = session_.warehouse().catalog().version();
  floor_ = session_.warehouse().registry().floor();
  TRY(translated(connection().begin(), ""));
  open_ = true;
  if (kind_ == Kind::explicit_ && !start_) start_ = TRY(point());
  return {};
}

SqlResult<void> TransactionScope::commit() {
  if (!open_) return {};
  if (auto followed = follow_altered_tables(); !followed) {
    rollback();
    return followed;
  }
  std::optional<TimePoint> time;
  if (number_) {
    if (auto recorded = record(); !recorded) {
      rollback();
      return recorded;
    }
    auto sealed = number_->seal(connection());
    if (!sealed) {
      rollback();
      return std::unexpected(translate(sealed.error(), ""));
    }
    time = *sealed;
  }
  auto committed = connection().commit();
  open_ = false;
  if (!committed) {
    must_restart_ = committed.error().kind == engine::ErrorKind::conflict;
    rollback();
    return std::unexpected(translate(committed.error(), ""));
  }
  if (number_) number_->committed();
  if (number_ && kind_ == Kind::statement) {
    session_.warehouse().open_transactions().ended(
        {{.id = id(), .user = session_.context().user, .session_id = session_.id(), .started = started_},
         true,
         session_.warehouse().clock().now()});
  }
  if (time) {
    std::vector<std::string> query_ids;
    for (const auto& statement : statements_) query_ids.push_back(statement.query_id);
    session_.warehouse().history().committed(query_ids, *time);
  }
  std::vector<ObjectId> tables;
  for (const auto& [table, known] : written_) tables.push_back(table);
  auto& warehouse = session_.warehouse();
  end();
  warehouse.committed(tables);
  return {};
}

void TransactionScope::note_statement(StatementContext& context) {
  StatementNote note;
  note.query_id = context.query_id();
  note.outer_query_id = session_.outer_query_id().empty() ? note.query_id : session_.outer_query_id();
  note.text = context.statement().text;
  note.reads = context.reads().tables;
  note.streams = context.reads().streams;
  note.writes = std::exchange(statement_wrote_, {});
  note.files = std::exchange(loaded_files_, {});
  note.pipe = std::exchange(loading_pipe_, {});
  if (!note.reads.empty() && !note.writes.empty()) {
    if (auto seen = point()) note.point = std::move(*seen);
  }
  statements_.push_back(std::move(note));
}

/// One row about the whole transaction, written with it.
SqlResult<void> TransactionScope::record() {
  return translated(write_transaction_record(session_, *number_, statements_, windows_), "");
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
  statement_wrote_.clear();
  statements_.clear();
  other_writes_.clear();
  has_written_ = keeps_snapshot_ = false;
}

void TransactionScope::will_write(bool can_repeat) {
  has_written_ = true;
  if (!can_repeat) keeps_snapshot_ = true;
}

void TransactionScope::wrote(ObjectId table) {
  if (!written_.contains(table)) written_.emplace(table, session_.warehouse().catalog().find(table));
  statement_wrote_.insert(table);
}

void TransactionScope::end() {
  if (!locks_.empty()) session_.warehouse().locks().release_all(owner_);
  locks_.clear();
  other_writes_.clear();
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

sql::Error TransactionScope::lock_error(const Error& error, ObjectId id, const std::string& query_id) {
  if (error.kind == ErrorKind::cancelled) return {604, "57014", "SQL execution canceled"};
  auto& warehouse = session_.warehouse();
  const auto object = warehouse.catalog().find(std::abs(id));
  const auto what = fmt::format("{} '{}'", object && object->as<Stream>() != nullptr ? "stream" : "table",
                                object ? warehouse.catalog().full_name(*object) : resource(id));
  if (error.kind == ErrorKind::conflict) {
    return {601, "57014",
            fmt::format("Your statement '{}' was aborted: the transaction that has locked {} waits for it.", query_id, what)};
  }
  std::string message;
  if (const auto holder = warehouse.locks().holder(resource(id))) {
    message = fmt::format("Statement '{}' has locked {} in transaction {} and this lock has not yet been released.\n",
                          holder->query_id, what, holder->owner);
  }
  return {625, "57014",
          fmt::format("{}Your statement '{}' was aborted because it could not lock {} within {} second(s) (LOCK_TIMEOUT).",
                      message, query_id, what, session_.parameters().number("LOCK_TIMEOUT"))};
}

SqlResult<void> TransactionScope::lock(ObjectId id) {
  if (locks_.contains(id)) return {};
  auto timeout = std::chrono::seconds{session_.parameters().number("LOCK_TIMEOUT")};
  const auto query_id = session_.last_query_id();
  session_.waits_for_lock(this);
  auto acquired = session_.warehouse().locks().acquire(owner_, resource(id), timeout, query_id);
  session_.waits_for_lock(nullptr);
  if (!acquired) {
    if (locks_.empty()) session_.warehouse().locks().release_all(owner_); // forgets a cancelled wait
    return std::unexpected(lock_error(acquired.error(), id, query_id));
  }
  locks_.insert(id);
  return {};
}

void TransactionScope::cancel() {
  session_.warehouse().locks().cancel(owner_);
}

SqlResult<StreamWindow> TransactionScope::stream_window(ObjectId stream) {
  if (auto known = windows_.find(stream); known != windows_.end()) return known->second;
  engine::Value binds[] = {stream};
  auto rows = TRY(
      translated(connection().query("SELECT point, initial, moved_at FROM FRESHET.STREAM_OFFSET WHERE stream = ?", binds), ""));
  if (rows.empty()) return sql::fail({2003, "02000", "SQL compilation error:\nThe stream was dropped meanwhile."});
  auto offset = TRY(Point::parse(rows.string(0, 0)));
  StreamWindow window;
  window.initial = rows.boolean(0, 1);
  if (!rows.is_null(0, 2)) window.moved_at = TimePoint{Duration{rows.integer(0, 2)}};
  if (window.initial) {
    window.until = std::move(offset);
  } else {
    window.until = start_ ? *start_ : TRY(point());
    // Consumed by another transaction after this one started: there is nothing left for this one.
    if (offset.high > window.until.high) window.until = offset;
    window.from = std::move(offset);
    if (start_) session_.warehouse().open_transactions().looks_back(id(), window.from);
  }
  return windows_.emplace(stream, std::move(window)).first->second;
}

SqlResult<void> TransactionScope::consume(ObjectId stream) {
  if (consumed_.contains(stream)) return {};
  TRY(lock(stream));
  auto window = TRY(stream_window(stream));
  auto to = TRY(translated(session_.warehouse().registry().compact(connection(), floor_, window.until), ""));
  // Moved at once, not at the end: when another transaction moved it after our snapshot, this is where it shows.
  auto moved = move_offset(stream, window, to, false, session_.warehouse().clock().now());
  if (!moved) {
    must_restart_ = moved.error().kind == engine::ErrorKind::conflict;
    return std::unexpected(translate(moved.error(), ""));
  }
  if (*moved == 0) {
    const auto object = session_.warehouse().catalog().find(stream);
    return sql::fail({625, "57014",
                      fmt::format("Statement was aborted because another transaction has consumed stream '{}' after this one "
                                  "had read it. Roll this transaction back and start it again.",
                                  object ? session_.warehouse().catalog().full_name(*object) : resource(stream))});
  }
  consumed_.insert(stream);
  return {};
}

/// Gives 0 when the offset is no longer where `expected` has it.
engine::Result<int64_t> TransactionScope::move_offset(ObjectId stream, const StreamWindow& expected, const Point& to,
                                                      bool initial, TimePoint moved_at) {
  const auto& from = expected.initial ? expected.until : expected.from;
  engine::Value binds[] = {to.to_text(), initial,        moved_at.time_since_epoch().count(),
                           stream,       from.to_text(), expected.initial};
  return connection().execute(
      "UPDATE FRESHET.STREAM_OFFSET SET point = ?, initial = ?, moved_at = ? WHERE stream = ? AND point = ? AND initial = ?",
      binds);
}

namespace {

/// In the transaction, which is open; notes what was done.
SqlResult<StatementResult> run_in(StatementContext& context, TransactionScope& transaction,
                                  const std::function<SqlResult<StatementResult>(TransactionScope&)>& work) {
  context.writes_in(&transaction);
  auto result = work(transaction);
  context.writes_in(nullptr);
  if (!result) return result;
  TRY(note_table_reads(context, transaction));
  transaction.note_statement(context);
  return result;
}

/// One attempt in a transaction of its own.
SqlResult<StatementResult> attempt(StatementContext& context, TransactionScope& transaction, std::span<const ObjectId> locked,
                                   const std::function<SqlResult<StatementResult>(TransactionScope&)>& work) {
  for (auto id : locked) TRY(transaction.lock(id));
  TRY(transaction.open());
  auto result = TRY(run_in(context, transaction, work));
  TRY(transaction.commit());
  return result;
}

/// Neither ends nor replaces versions.
bool appends_only(const sql::Statement& statement) {
  const auto* insert = statement.as<sql::Insert>();
  return (insert != nullptr && !insert->overwrite) || statement.as<sql::CopyIntoTable>() != nullptr;
}

/// What it writes can be written again: see TransactionScope::will_write.
bool can_repeat(const sql::Statement& statement) {
  return statement.as<sql::CopyIntoLocation>() != nullptr || statement.as<sql::CopyIntoTable>() != nullptr ||
         statement.as<sql::Insert>() != nullptr || statement.as<sql::MultiTableInsert>() != nullptr ||
         statement.as<sql::Update>() != nullptr || statement.as<sql::Delete>() != nullptr ||
         statement.as<sql::Truncate>() != nullptr || statement.as<sql::Merge>() != nullptr;
}

/// One attempt in the session's open transaction; `undone`: it has failed and left nothing behind.
SqlResult<StatementResult> attempt_in_open(StatementContext& context, TransactionScope& open, std::span<const ObjectId> locked,
                                           const std::function<SqlResult<StatementResult>(TransactionScope&)>& work,
                                           bool& undone) {
  for (auto id : locked) TRY(open.lock(id));
  TRY(open.refresh()); // what the locks' last holders have committed
  Savepoint savepoint(context.session(), appends_only(context.statement()));
  open.will_write(can_repeat(context.statement()));
  auto result = run_in(context, open, work);
  if (result) return result;
  undone = savepoint.rollback();
  if (!undone) result.error().message += Savepoint::k_rolled_back;
  return result;
}

} // namespace

SqlResult<StatementResult> write(StatementContext& context, std::span<const ObjectId> locked,
                                 const std::function<SqlResult<StatementResult>(TransactionScope& transaction)>& work) {
  auto& session = context.session();
  context.end_snapshot();
  if (!session.in_transaction() && !session.parameters().is_true("AUTOCOMMIT")) TRY(session.begin());
  for (int tries = 1; session.in_transaction(); ++tries) {
    context.reads() = {};
    context.saw_conflict(false);
    auto& open = *session.transaction();
    bool undone = false;
    auto result = attempt_in_open(context, open, locked, work, undone);
    const bool again = undone && (open.must_restart() || context.saw_conflict()) && open.is_behind() &&
                       tries < k_attempts_max && !session.cancelled();
    if (result || !again) return result;
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
  TRY(connection.execute("CREATE TABLE IF NOT EXISTS FRESHET.STREAM_OFFSET (stream BIGINT, point VARCHAR, initial BOOLEAN)"));
  TRY(connection.execute("ALTER TABLE FRESHET.STREAM_OFFSET ADD COLUMN IF NOT EXISTS moved_at BIGINT"));
  return {};
}

engine::Result<void> set_stream_offset(engine::Connection& connection, ObjectId stream, const Point& point, bool initial,
                                       TimePoint moved_at) {
  TRY(drop_stream_offset(connection, stream));
  engine::Value binds[] = {stream, point.to_text(), initial, moved_at.time_since_epoch().count()};
  auto done =
      connection.execute("INSERT INTO FRESHET.STREAM_OFFSET (stream, point, initial, moved_at) VALUES (?, ?, ?, ?)", binds);
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
