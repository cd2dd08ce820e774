#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "base/worker.h"
#include "engine/engine.h"
#include "warehouse/rows/point.h"
#include "warehouse/rows/versioned_table.h"
#include "warehouse/warehouse.h"

namespace freshet::warehouse {

struct ArchiverOptions {
  bool runs_by_itself = true; // false: nothing happens but by `run`
  Duration interval = std::chrono::minutes{1};
  int64_t batch_rows = 20'000; // of one transaction
};

/// Deletes for good what nobody can ask for any more: row versions that ended before everything that retention, an unread
/// stream (until MAX_DATA_EXTENSION_TIME_IN_DAYS is over) or an open transaction may look back to; dropped tables whose time
/// for UNDROP is over; commit rows older than all of these.
///
/// Life cycle: `start` makes it `warehouse.service<Archiver>()`; the destructor lets the running batch end. Concurrency: a
/// thread of its own; `run` from one thread at a time. Durability: each batch is one transaction. Cost: a look at the minima
/// and maxima of the row groups of those tables that were written since the last look or still hold ended versions, and a
/// delete per pruned version; ended versions are counted once, then by what has ended since. A table that cannot be pruned
/// keeps none of the others back. It never holds a lock that statements wait for longer than one batch.
class Archiver {
 public:
  static Result<std::unique_ptr<Archiver>> start(Warehouse& warehouse, ArchiverOptions options = {});
  ~Archiver();
  Archiver(const Archiver&) = delete;
  Archiver& operator=(const Archiver&) = delete;

  /// All that can be deleted now. Gives the number of row versions deleted.
  Result<int64_t> run();

  struct Totals {
    int64_t pruned_versions = 0; // since the start
    int64_t dead_versions = 0;   // that are still there, as of the latest look
  };
  Totals totals() const;

 private:
  struct Needs;
  /// Versions of a table that have ended and are still needed.
  struct Dead {
    int64_t count = 0;
    int64_t settled = 0; // of these: ended by transactions with numbers below …
    int64_t below = 0;   // … this one, of which no more can come
  };

  Archiver(Warehouse& warehouse, ArchiverOptions options);
  std::optional<TimePoint> step();
  Result<bool> work(); // one bounded portion; true: there is more
  engine::Result<void> delete_expired(bool& more);
  engine::Result<Needs> needs();
  engine::Result<void> prune_table(const Object& table, const Needs& needs, bool& more);
  std::optional<Dead> dead_of(ObjectId table) const;
  engine::Result<Dead> count_dead(const VersionedTable& table, std::optional<int64_t> count, int64_t below);
  engine::Result<void> prune_commits(const Needs& needs, bool& more);
  std::vector<ObjectPointer> tables_to_look_at();

  Warehouse& warehouse_;
  const ArchiverOptions options_;
  std::unique_ptr<engine::Connection> connection_;
  int listener_ = 0;
  mutable std::mutex mutex_;
  bool looked_at_all_ = false;
  std::set<ObjectId> written_; // since their last look
  std::map<ObjectId, Dead> dead_;
  std::atomic<int64_t> pruned_ = 0;
  std::unique_ptr<Worker> worker_;
};

} // namespace freshet::warehouse
