#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "flow/flow_file.h"

namespace freshet::flow {

struct ConnectionLimits {
  uint64_t count_max = 10'000;     // FlowFiles; 0: no limit
  uint64_t bytes_max = 1ull << 30; // of content; 0: no limit
  Duration expiration{0};          // since entry into the flow; 0: never
};

/// The queue between two processors: first in, first out, but penalized FlowFiles wait aside until their penalty ends.
///
/// FlowFiles handed out by `poll` count as queued until `acknowledge` or `put_back`. The limits are back pressure, not a hard
/// bound: a full connection stops its source from being triggered, what a running trigger transfers still enters.
/// Concurrency: all functions may be called from any thread. Costs: O(1) per FlowFile, O(log penalized) for penalized ones.
class Connection {
 public:
  Connection(std::string id, std::string name, ConnectionLimits limits)
      : id_(std::move(id)), name_(std::move(name)), limits_(limits) {}

  const std::string& id() const { return id_; }
  const std::string& name() const { return name_; }

  void enqueue(std::vector<FlowFilePointer> flow_files, TimePoint now);

  struct Polled {
    std::vector<FlowFilePointer> flow_files;
    std::vector<FlowFilePointer> expired;
  };
  /// At most `count_max` FlowFiles, and no further one after `bytes_max` of content is reached.
  Polled poll(size_t count_max, uint64_t bytes_max, TimePoint now);
  /// FlowFiles that were polled are now elsewhere; `bytes` of content as it was when they were polled.
  void acknowledge(uint64_t count, uint64_t bytes);
  /// What was polled comes back in front, in its order.
  void put_back(std::vector<FlowFilePointer> flow_files, TimePoint now);

  bool full() const;
  bool ready(TimePoint now) const;                   // poll would give something
  std::optional<TimePoint> next_penalty_end() const; // when something penalized becomes ready
  uint64_t count() const;
  uint64_t bytes() const;

 private:
  void release_penalized(TimePoint now);

  const std::string id_;
  const std::string name_;
  const ConnectionLimits limits_;
  mutable std::mutex mutex_;
  std::deque<FlowFilePointer> ready_;
  std::multimap<TimePoint, FlowFilePointer> penalized_;
  uint64_t count_ = 0;
  uint64_t bytes_ = 0;
};

} // namespace freshet::flow
