#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "queue/event_queue.h"
#include "warehouse/warehouse.h"

namespace freshet::warehouse {

/// AUTO_REFRESH = TRUE: keeps the list of files of a directory table or an external table up to date by its bucket's events.
///
/// Events only say that something happened: what did is seen by a REFRESH, so that lost, doubled and disordered events do no
/// harm, and many events cost one listing. Events are removed after it has committed. Life cycle: made from the catalog's
/// object; `step` is run by a Worker or by a test. Concurrency: one thread steps. Cost of a step: that of the REFRESH, O(files
/// below the location).
class FileFollower {
 public:
  static Result<std::shared_ptr<FileFollower>> open(Warehouse& warehouse, const Object& object, queue::EventQueue& queue);
  /// Whether the object asks to be followed.
  static bool wanted(const Object& object);

  /// Says when to call again: now when there may be more, at a time when something waits, never when idle.
  std::optional<TimePoint> step();
  queue::EventQueue& queue() { return queue_; }
  bool busy() const { return busy_; }

 private:
  FileFollower(Warehouse& warehouse, ObjectId id, queue::EventQueue& queue) : warehouse_(warehouse), id_(id), queue_(queue) {}
  SqlResult<void> refresh(const Object& object);

  Warehouse& warehouse_;
  const ObjectId id_;
  queue::EventQueue& queue_;
  std::unique_ptr<Session> session_;
  std::atomic<bool> busy_ = false;
};

} // namespace freshet::warehouse
