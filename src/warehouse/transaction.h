#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "warehouse/catalog_objects.h"
#include "warehouse/result.h"
#include "warehouse/rows/point.h"
#include "warehouse/rows/transaction_registry.h"

namespace freshet::engine {
class Connection;
}

namespace freshet::warehouse {

class Session;
class StatementContext;

/// What a stream shows: the changes after `from`, up to and including `until`.
struct StreamWindow {
  Point from;
  Point until;
};

/// One engine transaction of a session: an explicit one (BEGIN … COMMIT), that of a single writing statement, or the snapshot
/// that a query of a stream needs. It holds the number its row versions carry, the locks, the streams whose offsets move with
/// it, and the tables it wrote.
///
/// Life cycle: `open`, use, `commit` or `rollback` (the destructor does it). Everything commits together: rows, stream offsets,
/// the commit's own row, and whatever a statement writes into FRESHET's tables (load history, task runs). Locks are released,
/// and commit listeners called, after the end. Concurrency: the session's thread. Isolation: everything read is the state at
/// `open` plus the transaction's own writes; a stream shows the changes up to `open`, without them.
class TransactionScope {
 public:
  enum class Kind { explicit_, statement };

  TransactionScope(Session& session, Kind kind);
  ~TransactionScope();
  TransactionScope(const TransactionScope&) = delete;
  TransactionScope& operator=(const TransactionScope&) = delete;

  SqlResult<void> open();
  SqlResult<void> commit();
  void rollback();
  bool is_open() const { return open_; }

  engine::Connection& connection();
  /// What `$begin` and `$end` of the row versions written here say. Taken at the first call.
  WriteNumber& number();
  Kind kind() const { return kind_; }
  std::string id() const; // CURRENT_TRANSACTION()
  TimePoint started() const { return started_; }
  /// What the transaction's snapshot sees, without its own writes.
  SqlResult<Point> point();
  /// The same, earlier: for AT and BEFORE.
  SqlResult<Point> point_at(TimePoint time, bool inclusive);

  /// Waits, for LOCK_TIMEOUT at most, until the transaction holds the table's (or stream's) lock. Keeps it until the end.
  SqlResult<void> lock(ObjectId id);
  /// What the stream shows in this transaction: the same however often it is read or consumed here.
  SqlResult<StreamWindow> stream_window(ObjectId stream);
  /// The stream is read by a writing statement: its offset moves to the transaction's start when it commits. Locks the stream.
  SqlResult<void> consume(ObjectId stream);
  void wrote(ObjectId table) { written_.insert(table); }
  /// Another transaction got in between: the statement is to be tried again from its start (statement transactions only).
  bool must_restart() const { return must_restart_; }

  /// Ends the wait for a lock. From any thread.
  void cancel();

 private:
  void end();

  Session& session_;
  const Kind kind_;
  const int64_t owner_; // of locks
  TimePoint started_;
  bool open_ = false;
  bool must_restart_ = false;
  Floor floor_;
  std::optional<Point> point_;
  std::optional<WriteNumber> number_;
  std::set<ObjectId> written_;
  std::set<ObjectId> locks_;
  std::map<ObjectId, StreamWindow> windows_;
  std::set<ObjectId> consumed_;
};

/// Runs `work` in the session's open transaction, or in one of its own that is committed afterwards; then `work` is tried again
/// (from the start, a few times) when another transaction got in between. An error of `work` undoes everything of its own
/// transaction; inside an open one the transaction stays open, as in Snowflake. `locked` tables are locked before; the streams
/// that names bound in `work` turn out to read are consumed.
SqlResult<StatementResult> write(StatementContext& context, std::span<const ObjectId> locked,
                                 const std::function<SqlResult<StatementResult>(TransactionScope& transaction)>& work);

/// The engine's table of stream offsets; created at start.
engine::Result<void> create_stream_offsets(engine::Connection& connection);
/// Within the open transaction of the DDL that creates, replaces or drops the stream.
/// `initial`: the first consumption shows what existed at `point` instead (SHOW_INITIAL_ROWS).
engine::Result<void> set_stream_offset(engine::Connection& connection, ObjectId stream, const Point& point, bool initial);
engine::Result<void> drop_stream_offset(engine::Connection& connection, ObjectId stream);

} // namespace freshet::warehouse
