#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "objects/sequence.h"
#include "store/key_value.h"

namespace freshet::objects {

/// Events on their way from the transaction that made them to their queues: at least once, in the order of their numbers per
/// queue.
///
/// `add` puts an event's row into the caller's batch; `step` hands what is committed to the queues and forgets it. `add` and
/// `expect` may be called from any thread, `step` from one at a time. A queue that fails is tried again after one second, then
/// two, … at most thirty, and holds up no other queue. Cost of a step: the rows it delivers.
class Outbox {
 public:
  using Deliver = std::function<Result<void>(const std::string& queue_arn, const std::vector<std::string>& bodies)>;

  Outbox(store::KeyValue& store, Sequence& sequence, Clock& clock, Deliver deliver);
  Result<void> open();

  void add(store::Batch& batch, const std::string& queue_arn, uint64_t number, uint64_t position, std::string body);
  /// To be called once the batch is committed: `step` then looks at this queue.
  void expect(const std::string& queue_arn);
  /// When to step again; empty when nothing waits.
  std::optional<TimePoint> step();
  /// True when no event waits and none is being handed over.
  bool idle() const;

 private:
  struct Queue {
    uint64_t from = 0; // no row below this number is left
    Duration pause{0};
    TimePoint retry_at{};
    bool expecting = true;
  };

  Result<bool> deliver_some(const std::string& queue_arn, Queue& queue);

  store::KeyValue& store_;
  Sequence& sequence_;
  Clock& clock_;
  Deliver deliver_;
  mutable std::mutex mutex_;
  std::map<std::string, Queue> queues_;
  bool delivering_ = false; // queues that are being looked at expect nothing meanwhile
};

} // namespace freshet::objects
