#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/worker.h"
#include "warehouse/warehouse.h"

namespace freshet::warehouse {

struct HistoryTablesOptions {
  bool runs_by_itself = true;                     // false: nothing happens but by `run` and ALTER HISTORY TABLE … REFRESH
  Duration retry_first = std::chrono::seconds{1}; // after a failure; doubled at each further one
  Duration retry_max = std::chrono::minutes{5};
};

/// Keeps history tables up to date: each commit on a source wakes the refresh of what follows it.
///
/// Life cycle: `start` makes it `warehouse.service<HistoryTables>()`, and refreshes what was missed while nothing ran; the
/// destructor cancels the refresh under way, which starts again next time. Concurrency: a thread and a session of its own;
/// `run` from one thread at a time. Durability: a refresh and the point it has read up to are one transaction. A failure is
/// logged, shown by SHOW HISTORY TABLES, and tried again after a while that grows, or with the next commit on the source.
class HistoryTables {
 public:
  static Result<std::unique_ptr<HistoryTables>> start(Warehouse& warehouse, HistoryTablesOptions options = {});
  ~HistoryTables();
  HistoryTables(const HistoryTables&) = delete;
  HistoryTables& operator=(const HistoryTables&) = delete;

  /// Refreshes all that is behind, and what that wakes. Gives how many refreshes succeeded.
  size_t run();

 private:
  struct Followed {
    std::vector<ObjectId> sources;
    bool started = true;
    bool behind = true;
    uint32_t failures = 0;
    TimePoint due; // while behind
  };

  HistoryTables(Warehouse& warehouse, HistoryTablesOptions options) : warehouse_(warehouse), options_(options) {}
  void follow_catalog();
  void on_commit(std::span<const ObjectId> tables);
  std::optional<TimePoint> step();
  std::optional<ObjectId> next_due(); // mutex_ not held
  bool refresh(ObjectId id);

  Warehouse& warehouse_;
  const HistoryTablesOptions options_;
  std::unique_ptr<Session> session_;
  int commit_listener_ = 0;
  int catalog_listener_ = 0;
  std::mutex mutex_;
  std::map<ObjectId, Followed> followed_;
  bool stopping_ = false;
  std::unique_ptr<Worker> worker_;
};

} // namespace freshet::warehouse
