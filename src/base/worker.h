#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.h"

namespace freshet {

/// A thread that runs one state machine: it calls `step` whenever it is woken or the time that the last step asked for has
/// come, and sleeps in between. Every service with a life of its own (flow scheduler, pipe, task scheduler, outbox) is a step
/// function, which tests call directly with a FakeClock.
///
/// Life cycle: runs from construction to `stop` (or the destructor), which waits for the running step to return.
/// Concurrency: `wake` and `stop` may be called from any thread; steps never overlap. A wake during a step runs another step.
class Worker {
 public:
  /// Does what is due and says when it wants to be called next: a time in the past for "at once", empty for "when woken".
  using Step = std::function<std::optional<TimePoint>()>;

  Worker(std::string name, Clock& clock, Step step);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void wake();
  void stop();

 private:
  void run(const std::string& name);

  Clock& clock_;
  Step step_;
  std::mutex mutex_;
  std::condition_variable condition_;
  bool woken_ = true;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace freshet
