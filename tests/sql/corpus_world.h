#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/file_system.h"
#include "objects/local_store.h"
#include "queue/local_queue.h"
#include "warehouse/archiver.h"
#include "warehouse/derived_tables.h"
#include "warehouse/load/load_service.h"
#include "warehouse/notifications/event_log.h"
#include "warehouse/notifications/notifier.h"
#include "warehouse/tasks/tasks.h"
#include "warehouse/warehouse.h"

namespace freshet::corpus {

struct Configuration {
  bool restart_always = false;
  int threads = 2;
  uint64_t memory_limit_bytes = uint64_t{512} << 20;
};

/// A warehouse with buckets, queues, pipes and tasks in one folder, on a clock that stands still. Nothing runs by itself.
///
/// Life cycle: `open` and `close` may alternate; what is durable is there again. Concurrency: one thread.
class World {
 public:
  World(Configuration configuration, Path folder) : configuration_(configuration), folder_(std::move(folder)) {}

  Result<void> open();
  void close();

  warehouse::Warehouse& warehouse() { return *warehouse_; }
  FakeClock& clock() { return clock_; }
  FileSystem& files() { return files_; }

  Result<void> create_bucket(const std::string& name) { return store_->create_bucket(name); }
  /// Makes an object of s3://bucket/key.
  Result<void> put(const std::string& url, objects::Content content);
  Result<void> remove(const std::string& url);
  /// Delivers events and steps the pipes until none has anything to do now.
  void run_pipes();
  /// How many task bodies ran.
  size_t run_tasks() { return tasks_->run_due(); }
  /// How many messages were posted, or given up. A post to …/down is answered 503, to any other URL 200.
  size_t run_notifications() { return notifier_->deliver(); }
  /// How many history tables were refreshed.
  size_t run_histories() { return histories_->run(); }
  /// How many row versions nobody could ask for any more.
  Result<int64_t> run_archiver() { return archiver_->run(); }

 private:
  Result<void> open_store();
  Result<void> open_loads();

  Configuration configuration_;
  Path folder_;
  FakeClock clock_;
  RealFileSystem files_;
  std::unique_ptr<queue::LocalQueues> queues_;
  std::unique_ptr<objects::LocalStore> store_;
  std::unique_ptr<warehouse::Warehouse> warehouse_;
  std::unique_ptr<warehouse::Notifier> notifier_;
  std::unique_ptr<warehouse::EventLog> events_;
  std::unique_ptr<warehouse::LoadService> loads_;
  std::unique_ptr<warehouse::Tasks> tasks_;
  std::unique_ptr<warehouse::DerivedTables> histories_;
  std::unique_ptr<warehouse::Archiver> archiver_;
};

} // namespace freshet::corpus
