#include "warehouse/rows/lock_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace freshet::warehouse {

/// A wait of `owner` for `resource` closes a circle when somebody ahead of it in the queue waits, directly or through others,
/// for something in whose queue `owner` is ahead of them.
bool LockTable::would_deadlock(Owner owner, const std::string& resource) const {
  std::set<Owner> seen;
  std::vector<Owner> open;
  auto add_those_ahead = [&](const std::deque<Entry>& queue, Owner waiter) {
    for (const Entry& entry : queue) {
      if (entry.owner == waiter) break;
      if (seen.insert(entry.owner).second) open.push_back(entry.owner);
    }
  };
  add_those_ahead(queues_.at(resource), owner);
  while (!open.empty()) {
    Owner next = open.back();
    open.pop_back();
    if (next == owner) return true;
    if (auto found = depends_.find(next); found != depends_.end() && seen.insert(found->second).second)
      open.push_back(found->second);
    for (const auto& [name, queue] : queues_) {
      bool waits = std::any_of(queue.begin(), queue.end(), [&](const Entry& entry) { return entry.owner == next; });
      if (waits) add_those_ahead(queue, next);
    }
  }
  return false;
}

Result<void> LockTable::acquire(Owner owner, const std::string& resource, std::optional<Duration> timeout,
                                const std::string& query_id) {
  std::unique_lock lock(mutex_);
  if (auto& queue = queues_[resource]; !queue.empty() && queue.front().owner == owner) return {};
  TimePoint now = clock_.now();
  queues_[resource].push_back({owner, now, query_id});
  auto holds = [&] {
    auto found = queues_.find(resource);
    return found != queues_.end() && found->second.front().owner == owner;
  };
  auto give_up = [&](ErrorKind kind, std::string message) {
    leave(owner, resource);
    return fail(kind, std::move(message));
  };
  if (!holds() && would_deadlock(owner, resource))
    return give_up(
        ErrorKind::conflict,
        fmt::format("Waiting for the lock on {} would be a deadlock: its holder waits for this transaction", resource));
  std::optional<TimePoint> deadline;
  if (timeout) deadline = now + *timeout;
  while (!holds()) {
    if (cancelled_.contains(owner))
      return give_up(ErrorKind::cancelled, fmt::format("The wait for the lock on {} was cancelled", resource));
    if (deadline && clock_.now() >= *deadline) {
      auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*timeout).count();
      return give_up(ErrorKind::timed_out,
                     fmt::format("The lock on {} was not free within {} s (LOCK_TIMEOUT)", resource, seconds));
    }
    clock_.wait(lock, changed_, deadline);
  }
  return {};
}

void LockTable::leave(Owner owner, const std::string& resource) {
  auto found = queues_.find(resource);
  if (found == queues_.end()) return;
  std::erase_if(found->second, [&](const Entry& entry) { return entry.owner == owner; });
  if (found->second.empty()) queues_.erase(found);
  changed_.notify_all();
}

void LockTable::depends(Owner waiter, Owner on) {
  std::lock_guard lock(mutex_);
  depends_[waiter] = on;
}

void LockTable::release_all(Owner owner) {
  std::lock_guard lock(mutex_);
  std::erase_if(depends_, [&](const auto& entry) { return entry.second == owner; });
  for (auto& [name, queue] : queues_) std::erase_if(queue, [&](const Entry& entry) { return entry.owner == owner; });
  std::erase_if(queues_, [](const auto& item) { return item.second.empty(); });
  cancelled_.erase(owner);
  changed_.notify_all();
}

void LockTable::cancel(Owner owner) {
  std::lock_guard lock(mutex_);
  cancelled_.insert(owner);
  changed_.notify_all();
}

std::vector<LockTable::Lock> LockTable::locks() const {
  std::lock_guard lock(mutex_);
  std::vector<Lock> all;
  for (const auto& [name, queue] : queues_)
    for (const Entry& entry : queue) all.push_back({name, entry.owner, &entry == &queue.front(), entry.since, entry.query_id});
  return all;
}

std::optional<LockTable::Lock> LockTable::holder(const std::string& resource) const {
  std::lock_guard lock(mutex_);
  const auto found = queues_.find(resource);
  if (found == queues_.end()) return std::nullopt;
  const Entry& entry = found->second.front();
  return Lock{resource, entry.owner, true, entry.since, entry.query_id};
}

} // namespace freshet::warehouse
