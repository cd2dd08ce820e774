#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace freshet::warehouse {

/// The locks that UPDATE, DELETE, MERGE and the consumption of a stream hold on a table or stream until their transaction ends.
///
/// Exclusive, reentrant, first come first served. A wait that would close a circle fails at once, in the transaction that
/// closes it. Concurrency: all functions may be called from any thread. Nothing is durable: locks end with the process.
class LockTable {
 public:
  using Owner = int64_t; // a transaction

  struct Lock {
    std::string resource;
    Owner owner;
    bool holds; // false: waits
    TimePoint since;
    std::string query_id; // of the statement that asked for it
  };

  explicit LockTable(Clock& clock) : clock_(clock) {}

  /// Waits for the lock at most `timeout` (empty: without limit; zero: not at all), for the statement `query_id`.
  /// Errors: timed_out; conflict: deadlock; cancelled.
  Result<void> acquire(Owner owner, const std::string& resource, std::optional<Duration> timeout,
                       const std::string& query_id = {});
  /// `waiter` cannot go on before `on` has ended, whatever it locks: a procedure's own transaction within its caller's. Until
  /// `on` calls release_all.
  void depends(Owner waiter, Owner on);
  /// At the end of the transaction.
  void release_all(Owner owner);
  /// Ends the waits of the owner, now and until release_all, with ErrorKind::cancelled.
  void cancel(Owner owner);
  /// For SHOW LOCKS: by resource, the holder first, then the waiters in their order.
  std::vector<Lock> locks() const;
  std::optional<Lock> holder(const std::string& resource) const;

 private:
  struct Entry {
    Owner owner;
    TimePoint since;
    std::string query_id;
  };
  void leave(Owner owner, const std::string& resource);
  bool would_deadlock(Owner owner, const std::string& resource) const;

  Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::deque<Entry>> queues_; // front holds
  std::set<Owner> cancelled_;
  std::map<Owner, Owner> depends_; // waiter → whom it waits for
};

} // namespace freshet::warehouse
