#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/worker.h"
#include "engine/engine.h"
#include "warehouse/notifications/webhook.h"
#include "warehouse/warehouse.h"

namespace freshet::warehouse {

struct NotifierOptions {
  std::function<Result<int>(const WebhookCall& call)> post; // gives the answer's HTTP status
  std::vector<std::string> allowed_urls;                    // besides those of this machine: see may_call
  bool runs_by_itself = true;                               // false: `deliver` does it
  int attempts_max = 4;
  Duration retry_first = std::chrono::seconds{1}; // ten times as long at each further attempt
};

/// Messages for notification integrations: from failed tasks and pipes, from SYSTEM$SEND_SNOWFLAKE_NOTIFICATION.
///
/// Life cycle: `start` makes it `warehouse.service<Notifier>()` and takes up what waits; the destructor lets the post under way
/// end. Delivery: at least once, in order of sending unless an attempt fails; given up after `attempts_max`. Durability: `send`
/// returns when the message is recorded; the outcome is recorded after the post. Limits: `k_waiting_max` messages wait, more
/// are recorded as failed at once. Concurrency: all functions from any thread. Nothing is posted to URLs that are not allowed.
class Notifier {
 public:
  static constexpr size_t k_waiting_max = 10'000;

  static Result<std::unique_ptr<Notifier>> start(Warehouse& warehouse, NotifierOptions options);
  ~Notifier();
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  /// `source`: TASK, SNOWPIPE, USER, as NOTIFICATION_HISTORY shows it. A failure to record it is logged: whoever sends has done
  /// its own work.
  void send(const std::string& integration, const std::string& source, std::string message);
  /// Posts what is due. Returns how many messages came to their end.
  size_t deliver();

 private:
  struct Waiting {
    int64_t id = 0;
    std::string integration;
    std::string message;
    int attempts = 0;
    TimePoint due;
  };

  Notifier(Warehouse& warehouse, NotifierOptions options) : warehouse_(warehouse), options_(std::move(options)) {}
  Result<void> open();
  engine::Result<int64_t> record(const std::string& integration, const std::string& source, const std::string& message,
                                 bool full);
  std::optional<Waiting> next_due();
  std::optional<TimePoint> step();
  Result<void> attempt(const Waiting& waiting);
  void finish(const Waiting& waiting, const std::string& status, const std::string& error);

  Warehouse& warehouse_;
  const NotifierOptions options_;
  std::mutex mutex_;
  std::unique_ptr<engine::Connection> connection_;
  int64_t next_id_ = 1;
  std::deque<Waiting> waiting_;
  std::unique_ptr<Worker> worker_;
};

} // namespace freshet::warehouse
