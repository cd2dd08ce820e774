#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/engine.h"
#include "warehouse/rows/point.h"

namespace freshet::warehouse {

class TransactionRegistry;

/// The number of one writing transaction, from its first write to its end. Destroyed without `committed`: aborted, and its rows
/// have gone with the engine's rollback. A transaction that inserts more than 16 million rows takes further numbers, which
/// commit with it.
class WriteNumber {
 public:
  struct Shared;
  ~WriteNumber();
  WriteNumber(WriteNumber&&) noexcept;
  WriteNumber& operator=(WriteNumber&&) noexcept;

  /// The transaction's first number, by which it is known.
  int64_t value() const { return value_; }
  /// What the versions carry that are written now: `value`, or after a mark one of the further numbers.
  int64_t current() const;
  /// `value` and the further numbers.
  std::vector<int64_t> numbers() const;
  /// One more number that commits with this one.
  int64_t take_further() const;
  /// Whether rows were changed under `current`; RowWriter notes it, across the statements of a transaction.
  bool has_written() const;

  /// Where the writing stood: what is written later can be told from what was written before.
  struct Mark {
    size_t numbers = 0;       // taken until then
    int64_t current = 0;      // see there
    int64_t row_number = 0;   // in the upper bits of the next row id
    int64_t row_ids_used = 0; // under it
    bool has_written = false;
    bool wants_further = false;
  };
  /// What was written after a mark.
  struct Since {
    std::vector<int64_t> numbers; // every version that began or ended under them
    int64_t row_number = 0;       // and versions begun under this one whose "$row" is first_row or more
    int64_t first_row = 0;
    bool empty = true;
  };
  /// `new_rows_only`: no version is ended or replaced until the mark is returned to or forgotten; then the ids of the rows tell
  /// them apart. Otherwise the next write takes a further number.
  Mark mark(bool new_rows_only) const;
  Since since(const Mark& mark) const;
  /// What was written since is gone: its numbers are given up, and writing goes on as before the mark.
  void return_to(const Mark& mark) const;
  void note_write() const;
  /// Versions of the table are about to be ended under it.
  void note_ending(const std::string& table) const;
  /// Inserts the commit rows, as the last write before the engine's COMMIT, and gives the time they carry.
  engine::Result<TimePoint> seal(engine::Connection& connection);
  /// The engine's COMMIT succeeded.
  void committed();

 private:
  friend class TransactionRegistry;
  WriteNumber(std::shared_ptr<Shared> shared, int64_t value) : shared_(std::move(shared)), value_(value) {}
  std::shared_ptr<Shared> shared_;
  int64_t value_ = 0; // 0: moved from, or ended
};

/// Below it every number has ended. `committed` is the highest of those that committed.
struct Floor {
  int64_t ended = 0;
  int64_t committed = 0;
};

/// Gives numbers to writing transactions and says which of them a snapshot sees.
///
/// A row of `freshet.commits` (number, committed_at) is written in the same engine transaction as the rows it commits, so a
/// number is committed, in a snapshot, when its row is in that snapshot; no lock is needed. What is known in memory only makes
/// this short: every number up to the *floor* has ended, so a point is the commit rows above it. After a restart every number
/// without a commit row counts as aborted: its rows never reached the file.
///
/// Life cycle: one per database, opened before its first write; outlives its WriteNumbers' transactions.
/// Concurrency: all functions may be called from any thread (each with its own Connection).
class TransactionRegistry {
 public:
  /// Creates schema and table where they are absent, and registers the function `freshet_row_id`.
  static engine::Result<std::unique_ptr<TransactionRegistry>> open(engine::Database& database, Clock& clock);
  ~TransactionRegistry();

  WriteNumber begin_write();
  /// Grows with each commit.
  uint64_t commit_count() const;

  /// The floor, to be taken **before** the engine's BEGIN whose snapshot `point` will describe.
  Floor floor() const;

  /// What the snapshot of `connection`'s open transaction sees, without that transaction's own writes.
  engine::Result<Point> point(engine::Connection& connection, Floor floor_before_begin) const;
  /// The same, as it was at `time`: AT is inclusive (committed_at <= time), BEFORE is not.
  engine::Result<Point> point_at(engine::Connection& connection, Floor floor_before_begin, TimePoint time,
                                 bool inclusive) const;
  /// When `number` committed; empty if it did not.
  engine::Result<std::optional<TimePoint>> commit_time(engine::Connection& connection, int64_t number) const;

  /// Whether no version of the table has ended, in the snapshot of `connection`'s open transaction. May say false where it is
  /// so. Cost: a look-up, after one look per table at the minima and maxima of its row groups.
  engine::Result<bool> all_live(engine::Connection& connection, const std::string& table) const;

  /// Drops the exceptions that have aborted meanwhile.
  engine::Result<Point> compact(engine::Connection& connection, Floor floor_before_begin, Point point) const;

 private:
  explicit TransactionRegistry(std::shared_ptr<WriteNumber::Shared> shared) : shared_(std::move(shared)) {}
  std::shared_ptr<WriteNumber::Shared> shared_;
};

} // namespace freshet::warehouse
