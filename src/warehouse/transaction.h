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

/// A file that a statement loaded, in the order of loading.
struct LoadedFileNote {
  std::string file; // s3://bucket/key
  int64_t size = 0;
  int64_t rows_loaded = 0;
  int64_t errors_seen = 0;
};

/// What one statement of a transaction did, for lineage.
struct StatementNote {
  std::string query_id;
  std::string outer_query_id; // of the CALL or block that it is part of; its own if it is none's
  std::string text;
  std::set<ObjectId> reads;   // tables
  std::set<ObjectId> streams; // consumed
  std::set<ObjectId> writes;
  std::optional<Point> point; // what it saw; of a statement that reads tables
  std::vector<LoadedFileNote> files;
  std::string pipe; // fully qualified; empty for COPY
};

/// What a stream shows: the changes after `from`, up to and including `until`.
struct StreamWindow {
  Point from;
  Point until;
  bool initial = false; // SHOW_INITIAL_ROWS before the first consumption: the rows that existed at `until`
  TimePoint moved_at;   // when the stream was created or last consumed
};

/// One engine transaction of a session: an explicit one (BEGIN … COMMIT), that of a single writing statement, or the snapshot
/// that a query of a stream needs. It holds the number its row versions carry, the locks, the streams whose offsets move with
/// it, and the tables it wrote.
///
/// Life cycle: `open`, use, `commit` or `rollback` (the destructor does it). Everything commits together: rows, stream offsets,
/// the commit's own row, and whatever a statement writes into FRESHET's tables (load history, task runs). Locks are released,
/// and commit listeners called, after the end. Concurrency: the session's thread. Isolation: READ COMMITTED: each statement of
/// an explicit transaction sees what was committed before it began (`refresh`) plus the transaction's own writes; a stream
/// shows the changes up to `open`, without them. Tables that others alter meanwhile are followed. Limits: a transaction that
/// has changed more than 200'000 row versions keeps the snapshot it has: what others commit then stays invisible to it, and
/// changing a table that others have changed or altered meanwhile is a conflict.
class TransactionScope {
 public:
  enum class Kind { explicit_, statement };

  TransactionScope(Session& session, Kind kind);
  ~TransactionScope();
  TransactionScope(const TransactionScope&) = delete;
  TransactionScope& operator=(const TransactionScope&) = delete;

  SqlResult<void> open();
  /// Before each statement of an explicit transaction: what follows sees what has been committed by now. Cost: nothing unless
  /// others have committed; then what the transaction has written so far. Errors: 625 a table it wrote was dropped, or altered
  /// so that its rows no longer fit; then the session rolls it back.
  SqlResult<void> refresh();
  /// Whether `refresh` would change what it sees.
  bool is_behind() const;
  SqlResult<void> commit();
  void rollback();
  bool is_open() const { return open_; }

  engine::Connection& connection();
  /// What `$begin` and `$end` of the row versions written here say. Taken at the first call.
  WriteNumber& number();
  Kind kind() const { return kind_; }
  std::string id() const; // CURRENT_TRANSACTION()
  TimePoint started() const { return started_; }
  /// Its engine transaction is about to be written in. `can_repeat`: `refresh` can write it again, that is nothing but row
  /// versions, stream offsets and what `also_writes` is told of.
  void will_write(bool can_repeat);
  /// What the transaction's snapshot sees, without its own writes.
  SqlResult<Point> point();
  /// The same, earlier: for AT and BEFORE.
  SqlResult<Point> point_at(TimePoint time, bool inclusive);

  /// Waits, for LOCK_TIMEOUT at most, until the transaction holds the table's (or stream's) lock. Keeps it until the end.
  /// The negative id of a table is the lock that its COPYs take.
  SqlResult<void> lock(ObjectId id);
  /// What the stream shows in this transaction: the same however often it is read or consumed here.
  SqlResult<StreamWindow> stream_window(ObjectId stream);
  /// The stream is read by a writing statement: its offset moves to the transaction's start when it commits. Locks the stream.
  /// Errors: 625 another transaction has consumed what this one has already read.
  SqlResult<void> consume(ObjectId stream);
  /// Versions of the table's rows are written here, or may have been when a write failed.
  void wrote(ObjectId table);
  /// What the running statement writes besides row versions and stream offsets, such as COPY's load history.
  struct OtherWrite {
    using Step = std::function<engine::Result<void>(engine::Connection& connection)>;
    Step undo;   // takes it back, should the statement or a CALL around it fail
    Step repeat; // writes it again, into a snapshot without it
  };
  void also_writes(OtherWrite write) {
    if (kind_ == Kind::explicit_) other_writes_.push_back(std::move(write));
  }

  /// Where the transaction stands: see Savepoint.
  struct Mark {
    std::optional<WriteNumber::Mark> number; // empty: it had none yet
    std::set<ObjectId> written = {};
    std::set<ObjectId> consumed = {};
    std::set<ObjectId> windows = {};
    size_t statements = 0;
    size_t other_writes = 0;
    bool has_written = false;
    bool keeps_snapshot = false;
  };
  Mark mark(bool new_rows_only);
  /// Takes back everything since; locks stay. On an error only a rollback helps.
  engine::Result<void> return_to(const Mark& mark);

  /// The statement, which has succeeded, belongs to this transaction: AT and BEFORE (STATEMENT) will mean its commit.
  void note_statement(StatementContext& context);
  /// The running statement loads these files.
  void note_files(std::vector<LoadedFileNote> files, std::string pipe) {
    loaded_files_ = std::move(files);
    loading_pipe_ = std::move(pipe);
  }
  bool has_number() const { return number_.has_value(); }
  /// Another transaction got in between: the statement is to be tried again from its start (statement transactions only).
  bool must_restart() const { return must_restart_; }

  /// Ends the wait for a lock. From any thread.
  void cancel();

 private:
  void end();
  SqlResult<void> record();
  SqlResult<void> write_again();
  SqlResult<void> follow_altered_tables();
  SqlResult<bool> has_altered_tables();
  sql::Error lock_error(const Error& error, ObjectId id, const std::string& query_id);
  engine::Result<int64_t> move_offset(ObjectId stream, const StreamWindow& expected, const Point& to, bool initial,
                                      TimePoint moved_at);

  Session& session_;
  const Kind kind_;
  const int64_t owner_; // of locks
  TimePoint started_;
  bool open_ = false;
  bool must_restart_ = false;
  bool has_written_ = false;
  bool keeps_snapshot_ = false;
  uint64_t commits_seen_ = 0;
  uint64_t catalog_seen_ = 0;
  std::optional<Point> start_; // of an explicit transaction: where its streams end
  Floor floor_;
  std::optional<Point> point_;
  std::optional<WriteNumber> number_;
  std::map<ObjectId, ObjectPointer> written_; // tables, as the snapshot has them
  std::set<ObjectId> statement_wrote_;
  std::vector<LoadedFileNote> loaded_files_;
  std::string loading_pipe_;
  std::vector<StatementNote> statements_;
  std::set<ObjectId> locks_;
  std::map<ObjectId, StreamWindow> windows_;
  std::set<ObjectId> consumed_;
  std::vector<OtherWrite> other_writes_;
};

/// Runs `work` in the session's open transaction, or in one of its own that is committed afterwards; then `work` is tried again
/// (from the start, a few times) when another transaction got in between. An error of `work` undoes everything that it has
/// done; the session's transaction stays open, as in Snowflake. `locked` tables are locked before; the streams that names bound
/// in `work` turn out to read are consumed.
SqlResult<StatementResult> write(StatementContext& context, std::span<const ObjectId> locked,
                                 const std::function<SqlResult<StatementResult>(TransactionScope& transaction)>& work);

/// The engine's table of stream offsets; created at start.
engine::Result<void> create_stream_offsets(engine::Connection& connection);
/// Within the open transaction of the DDL that creates, replaces or drops the stream.
/// `initial`: the first consumption shows what existed at `point` instead (SHOW_INITIAL_ROWS). `moved_at`: its age counts from
/// there.
engine::Result<void> set_stream_offset(engine::Connection& connection, ObjectId stream, const Point& point, bool initial,
                                       TimePoint moved_at);
engine::Result<void> drop_stream_offset(engine::Connection& connection, ObjectId stream);

} // namespace freshet::warehouse
