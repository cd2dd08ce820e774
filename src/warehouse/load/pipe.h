#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "queue/event_queue.h"
#include "sql/syntax.h"
#include "warehouse/load/load_history.h"
#include "warehouse/load/s3_event.h"
#include "warehouse/load/stage_source.h"
#include "warehouse/session.h"

namespace freshet::warehouse {

class FileLoader;
class LoadService;
class StatementContext;
class Warehouse;
struct CopyJob;

struct PipeTuning {
  size_t messages_per_batch = 1000;
  uint64_t bytes_per_batch = 256ull << 20;
  Duration visibility = std::chrono::minutes(10);
  Duration retry_first = std::chrono::milliseconds(200); // doubled at each further try
  uint32_t receives_max = 5;                             // then a file that is not there is recorded as failed
};

/// A pipe at work: takes events from its queue, loads the new files they name by its COPY, and removes the events.
///
/// Exactly once: rows, load history and the entry of each file in the pipe's own history are one transaction; events are
/// removed after it. A crash in between brings the events back, and the history makes them count for nothing. A file is known
/// by its path and name, whatever its content; only a file whose load failed may be loaded when it comes again with other
/// content. Small files are loaded many to a transaction, each with its own outcome; a bad file keeps none of the others back.
///
/// Life cycle: made from the catalog's object; `step` is run by a Worker or by a test. Concurrency: one thread steps, any may
/// ask for the status. Cost: a step is O(events) plus the bytes of the new files; what was loaded in the last 14 days is in
/// memory (about 150 bytes a file), read once at the start.
class PipeWorker {
 public:
  static Result<std::shared_ptr<PipeWorker>> open(Warehouse& warehouse, LoadService& service, const Object& object,
                                                  queue::EventQueue& queue, PipeTuning tuning);
  ~PipeWorker();
  PipeWorker(const PipeWorker&) = delete;
  PipeWorker& operator=(const PipeWorker&) = delete;

  /// Loads one batch. Says when to call again: now when there may be more, at a time when something waits, never when idle.
  std::optional<TimePoint> step();

  /// SYSTEM$PIPE_STATUS.
  std::string status_json();
  /// Asks its bucket for events from now on: of a pipe that was cloned. Gives the channel's name.
  sql::SqlResult<std::string> subscribe();
  queue::EventQueue& queue() { return queue_; }
  /// Whether an event for this file would count for nothing.
  bool knows(const std::string& file, const std::string& etag);
  /// Announces the files that it gave up to itself once more; gives how many.
  Result<size_t> retry_failures();
  bool busy() const { return busy_; }

 private:
  struct Event {
    size_t message = 0; // index into the batch's messages
    ObjectCreated object;
  };
  struct Batch {
    std::vector<queue::Message> messages;
    std::vector<Event> events;            // new files, each once
    std::unordered_set<size_t> kept_back; // messages that come again
  };
  struct Status {
    std::string error;
    std::string stalled;
    std::optional<TimePoint> last_ingested;
    std::string last_ingested_path;
    std::optional<TimePoint> last_received;
    std::optional<TimePoint> last_forwarded;
    std::string last_forwarded_path;
    std::optional<TimePoint> last_pulled;
    std::vector<std::pair<std::string, TimePoint>> pending;
  };

  PipeWorker(Warehouse& warehouse, LoadService& service, ObjectId id, queue::EventQueue& queue, PipeTuning tuning);
  Result<Batch> receive(const StageSource& source, const std::function<bool(const std::string&)>& matches);
  sql::SqlResult<void> evolve(StatementContext& context, const Batch& batch);
  sql::SqlResult<std::vector<FileOutcome>> load(StatementContext& context, Batch& batch);
  sql::SqlResult<void> add(const CopyJob& job, FileLoader& loader, Batch& batch, const Event& event);
  void finish(Batch& batch, const std::vector<FileOutcome>& outcomes);
  std::optional<TimePoint> fail_batch(Batch* batch, const sql::Error& error);
  void note(const std::function<void(Status&)>& change);
  /// What the queue holds for the pipe while it does not load: O(messages), of which it looks at k_peeked_max.
  std::vector<std::pair<std::string, TimePoint>> waiting_files();

  Warehouse& warehouse_;
  LoadService& service_;
  const ObjectId id_;
  queue::EventQueue& queue_;
  const PipeTuning tuning_;
  LoadTarget target_; // the pipe's part of it
  sql::Statement statement_;
  std::unique_ptr<Session> session_;
  std::mutex mutex_; // of known_ and status_
  std::unordered_map<std::string, load_history::PipeFile> known_;
  Status status_;
  uint32_t failures_ = 0; // of whole batches, one after another
  std::atomic<bool> busy_ = false;
};

} // namespace freshet::warehouse
