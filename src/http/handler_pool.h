#pragma once

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace freshet::http {

/// Threads that run jobs from a bounded queue. `submit` refuses (false) instead of growing; jobs must not throw.
/// `stop` refuses new jobs, runs those already accepted and waits for them.
class HandlerPool {
 public:
  HandlerPool(const std::string& name, size_t threads, size_t queue_max) : queue_max_(queue_max) {
    for (size_t i = 0; i < threads; ++i) {
      threads_.emplace_back([this] { run(); });
      pthread_setname_np(threads_.back().native_handle(), name.substr(0, 15).c_str());
    }
  }
  ~HandlerPool() { stop(); }

  bool submit(std::function<void()> job) {
    std::lock_guard guard(mutex_);
    if (stopping_ || jobs_.size() + running_ >= threads_.size() + queue_max_) return false;
    jobs_.push_back(std::move(job));
    wake_.notify_one();
    return true;
  }

  void stop() {
    {
      std::lock_guard guard(mutex_);
      stopping_ = true;
      wake_.notify_all();
    }
    for (auto& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      ++running_;
      lock.unlock();
      job();
      job = nullptr;
      lock.lock();
      --running_;
    }
  }

  const size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  size_t running_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

} // namespace freshet::http
