#include "base/worker.h"

#include <pthread.h>

#include "base/log.h"

namespace freshet {

Worker::Worker(std::string name, Clock& clock, Step step)
    : clock_(clock), step_(std::move(step)), thread_([this, name = std::move(name)] { run(name); }) {}

Worker::~Worker() { stop(); }

void Worker::wake() {
  std::lock_guard guard(mutex_);
  woken_ = true;
  condition_.notify_all();
}

void Worker::stop() {
  {
    std::lock_guard guard(mutex_);
    stopping_ = true;
    condition_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Worker::run(const std::string& name) {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
  std::optional<TimePoint> due;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!woken_ && !(due && *due <= clock_.now())) {
      clock_.wait(lock, condition_, due);
      continue;
    }
    woken_ = false;
    lock.unlock();
    try {
      due = step_();
    } catch (const std::exception& bug) {
      log::error(name, "this is a bug in Freshet: {}; the step is tried again in a second", bug.what());
      due = clock_.now() + std::chrono::seconds(1);
    }
    lock.lock();
  }
}

}  // namespace freshet
