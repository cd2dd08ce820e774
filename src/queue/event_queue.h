#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace freshet::queue {

struct Message {
  std::string id;
  std::string body;
  std::string receipt_handle; // names this one receive; a later receive of the same message makes it void
  uint32_t receive_count = 1; // how often it was received, this time included
  TimePoint sent;
};

/// A durable queue behind a pipe or an SQS endpoint.
///
/// Delivery: at least once, in no promised order; a received message is hidden for its visibility timeout and comes back unless it
/// is removed. Durability: `send` and `remove` return after they survive a power loss. Concurrency: all functions may be called from
/// any thread.
class EventQueue {
 public:
  virtual ~EventQueue() = default;

  virtual const std::string& name() const = 0;
  virtual const std::string& arn() const = 0;

  virtual Result<void> send(const std::vector<std::string>& bodies) = 0;
  /// Up to `limit` visible messages, at once; empty when there are none.
  virtual Result<std::vector<Message>> receive(size_t limit, Duration visibility_timeout) = 0;
  virtual Result<void> remove(const std::vector<std::string>& receipt_handles) = 0;
  /// Zero makes the message visible at once.
  virtual Result<void> change_visibility(const std::string& receipt_handle, Duration timeout) = 0;
  /// Up to `limit` messages that wait, without receiving them; empty where the queue cannot show them.
  virtual Result<std::vector<Message>> peek(size_t limit) {
    (void)limit;
    return std::vector<Message>{};
  }
  /// Messages that are in the queue, hidden ones included.
  virtual Result<uint64_t> size() = 0;
  /// When the next hidden message becomes visible; empty when none is hidden.
  virtual Result<std::optional<TimePoint>> next_visible() = 0;

  /// Called (from any thread, after the send is durable) whenever there may be something new to receive. Replaces the former one.
  virtual void on_message(std::function<void()> wake) = 0;
};

}  // namespace freshet::queue
