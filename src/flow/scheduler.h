#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "flow/processor_node.h"

namespace freshet::flow {

/// Decides when processors run, and runs them on a bounded number of threads.
///
/// A running processor is triggered when its period has come (or it asked to be woken, and the time has come), it has input (if
/// it has incoming connections), none of its outgoing connections is full, and it does not yield. Nothing polls: an enqueue
/// wakes the destination, a queue that is no longer full its source, a timer everything else. Concurrency: all functions may be
/// called from any thread but a processor's trigger, which may call `wake` and `wake_at` only. Costs: O(connections of the
/// processor) per wake, O(log processors) per timer.
class Scheduler {
 public:
  /// Runs one trigger; says whether it did anything.
  using Trigger = std::function<bool(ProcessorNode&)>;

  Scheduler(Clock& clock, size_t threads, Trigger trigger);
  ~Scheduler();

  void start(ProcessorNode& node);
  /// Returns when the last running trigger has ended.
  void stop(ProcessorNode& node);
  void wake(ProcessorNode& node);
  void wake_at(ProcessorNode& node, TimePoint time);

  std::pair<ProcessorState, size_t> state_of(const ProcessorNode& node) const; // and its active threads
  void disable(ProcessorNode& node);
  size_t active() const;
  bool anything_queued() const;

  /// Runs what is due in the calling thread, until nothing is; returns when the next timer fires.
  std::optional<TimePoint> step();

 private:
  void work();
  void consider(ProcessorNode& node);
  void arm(ProcessorNode& node, TimePoint time);
  void fire_timers();
  void run(ProcessorNode& node, std::unique_lock<std::mutex>& lock);

  Clock& clock_;
  const Trigger trigger_;
  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable ended_;
  std::deque<ProcessorNode*> ready_;
  std::set<std::pair<TimePoint, ProcessorNode*>> timers_;
  size_t active_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

} // namespace freshet::flow
