#pragma once

#include <mutex>
#include <set>

#include "store/key_value.h"

namespace freshet::objects {

/// Numbers that rise for ever, also over restarts: they name content and order events. Taking one costs no write: a block of
/// them is reserved in the store now and then. May be called from any thread.
class Sequence {
 public:
  explicit Sequence(store::KeyValue& store) : store_(store) {}

  Result<void> open() {
    const auto stored = TRY(store_.get("h"));
    next_ = reserved_ = stored ? store::from_big_endian(*stored) : 1;
    return {};
  }

  Result<uint64_t> take() {
    std::lock_guard guard(mutex_);
    return take_locked();
  }

  /// As `take`; until `settle` the number counts as one whose row may still appear.
  Result<uint64_t> take_open() {
    std::lock_guard guard(mutex_);
    const uint64_t number = TRY(take_locked());
    open_.insert(number);
    return number;
  }

  void settle(uint64_t number) {
    std::lock_guard guard(mutex_);
    open_.erase(number);
  }

  /// Rows of numbers below this one are all there.
  uint64_t settled_below() {
    std::lock_guard guard(mutex_);
    return open_.empty() ? next_ : *open_.begin();
  }

  /// Numbers at or above this one were not handed out before this process opened the store.
  uint64_t next() {
    std::lock_guard guard(mutex_);
    return next_;
  }

 private:
  static constexpr uint64_t k_block = 1 << 16;

  Result<uint64_t> take_locked() {
    if (next_ == reserved_) {
      store::Batch batch;
      batch.put("h", store::big_endian(reserved_ + k_block));
      TRY(store_.write(batch, store::Durability::power));
      reserved_ += k_block;
    }
    return next_++;
  }

  store::KeyValue& store_;
  std::mutex mutex_;
  uint64_t next_ = 1;
  uint64_t reserved_ = 1;
  std::set<uint64_t> open_;
};

} // namespace freshet::objects
