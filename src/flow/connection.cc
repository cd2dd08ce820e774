#include "flow/connection.h"

namespace freshet::flow {

void Connection::enqueue(std::vector<FlowFilePointer> flow_files, TimePoint now) {
  const std::lock_guard lock(mutex_);
  for (FlowFilePointer& flow_file : flow_files) {
    ++count_;
    bytes_ += flow_file->size();
    if (flow_file->penalty_until > now) {
      penalized_.emplace(flow_file->penalty_until, std::move(flow_file));
    } else {
      ready_.push_back(std::move(flow_file));
    }
  }
}

Connection::Polled Connection::poll(size_t count_max, uint64_t bytes_max, TimePoint now) {
  const std::lock_guard lock(mutex_);
  release_penalized(now);
  Polled polled;
  uint64_t bytes = 0;
  while (!ready_.empty() && polled.flow_files.size() < count_max && bytes < bytes_max) {
    FlowFilePointer flow_file = std::move(ready_.front());
    ready_.pop_front();
    if (limits_.expiration > Duration::zero() && flow_file->entry_date + limits_.expiration <= now) {
      polled.expired.push_back(std::move(flow_file));
      continue;
    }
    bytes += flow_file->size();
    polled.flow_files.push_back(std::move(flow_file));
  }
  return polled;
}

void Connection::acknowledge(uint64_t count, uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  count_ -= count;
  bytes_ -= bytes;
}

void Connection::put_back(std::vector<FlowFilePointer> flow_files, TimePoint now) {
  const std::lock_guard lock(mutex_);
  for (auto flow_file = flow_files.rbegin(); flow_file != flow_files.rend(); ++flow_file) {
    if ((*flow_file)->penalty_until > now) {
      penalized_.emplace((*flow_file)->penalty_until, std::move(*flow_file));
    } else {
      ready_.push_front(std::move(*flow_file));
    }
  }
}

bool Connection::full() const {
  const std::lock_guard lock(mutex_);
  return (limits_.count_max > 0 && count_ >= limits_.count_max) || (limits_.bytes_max > 0 && bytes_ >= limits_.bytes_max);
}

bool Connection::ready(TimePoint now) const {
  const std::lock_guard lock(mutex_);
  return !ready_.empty() || (!penalized_.empty() && penalized_.begin()->first <= now);
}

std::optional<TimePoint> Connection::next_penalty_end() const {
  const std::lock_guard lock(mutex_);
  return penalized_.empty() ? std::nullopt : std::optional(penalized_.begin()->first);
}

uint64_t Connection::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

uint64_t Connection::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

void Connection::release_penalized(TimePoint now) {
  while (!penalized_.empty() && penalized_.begin()->first <= now) {
    ready_.push_back(std::move(penalized_.begin()->second));
    penalized_.erase(penalized_.begin());
  }
}

} // namespace freshet::flow
