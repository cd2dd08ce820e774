#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/worker.h"
#include "warehouse/warehouse.h"

namespace freshet::warehouse {

struct DerivedTablesOptions {
  bool runs_by_itself = true;                     // false: nothing happens but by `run` and ALTER … REFRESH
  Duration retry_first = std::chrono::seconds{1}; // after a failure; doubled at each further one
  Duration retry_max = std::chrono::minutes{5};
};

/// Keeps history tables and dynamic tables up to date: each commit on a source wakes the refresh of what follows it.
///
/// Life cycle: `start` makes it `warehouse.service<DerivedTables>()`, and refreshes what was missed while nothing ran; the
/// destructor cancels the refresh under way, which starts again next time. Concurrency: a thread and a session of its own;
/// `run` from one thread at a time. Durability: a refresh and the point it has read up to are one transaction. A failure is
/// logged, shown by SHOW, and tried again after a while that grows, or with the next commit on the source.
class DerivedTables {
 public:
  static Result<std::unique_ptr<DerivedTables>> start(Warehouse& warehouse, DerivedTablesOptions options = {});
  ~DerivedTables();
  DerivedTables(const DerivedTables&) = delete;
  DerivedTables& operator=(const DerivedTables&) = delete;

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

  DerivedTables(Warehouse& warehouse, DerivedTablesOptions options) : warehouse_(warehouse), options_(options) {}
  void follow_catalog();
  void on_commit(std::span<const ObjectId> tables);
  std::optional<TimePoint> step();
  std::optional<ObjectId> next_due(); // mutex_ not held
  bool refresh(ObjectId id);

  Warehouse& warehouse_;
  const DerivedTablesOptions options_;
  std::unique_ptr<Session> session_;
  int commit_listener_ = 0;
  int catalog_listener_ = 0;
  std::mutex mutex_;
  std::map<ObjectId, Followed> followed_;
  bool stopping_ = false;
  std::unique_ptr<Worker> worker_;
};

} // namespace freshet::warehouse
