#include "warehouse/open_transactions.h"

#include <algorithm>

#include "warehouse/session.h"

namespace freshet::warehouse {
namespace {

constexpr size_t k_ended_kept = 1000;

} // namespace

void OpenTransactions::add(Entry entry) {
  std::lock_guard lock(mutex_);
  auto id = entry.id;
  entries_[std::move(id)] = std::move(entry);
}

OpenTransactions::Entry OpenTransactions::remove(const std::string& id) {
  std::lock_guard lock(mutex_);
  auto node = entries_.extract(id);
  return node.empty() ? Entry{.id = id} : std::move(node.mapped());
}

void OpenTransactions::ended(Ended ended) {
  std::lock_guard lock(mutex_);
  last_[ended.transaction.session_id] = ended.transaction.id;
  ended.transaction.session = nullptr;
  ended_.push_back(std::move(ended));
  if (ended_.size() > k_ended_kept) ended_.pop_front();
}

std::optional<OpenTransactions::Ended> OpenTransactions::find_ended(const std::string& id) const {
  std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(ended_, id, [](const Ended& ended) { return ended.transaction.id; });
  return found == ended_.end() ? std::nullopt : std::optional(*found);
}

std::string OpenTransactions::last_of(const std::string& session_id) const {
  std::lock_guard lock(mutex_);
  const auto found = last_.find(session_id);
  return found == last_.end() ? std::string{} : found->second;
}

void OpenTransactions::forget(const std::string& session_id) {
  std::lock_guard lock(mutex_);
  last_.erase(session_id);
}

void OpenTransactions::looks_back(const std::string& id, const Point& from) {
  std::lock_guard lock(mutex_);
  auto found = entries_.find(id);
  if (found != entries_.end()) found->second.start = earlier_of(found->second.start, from);
}

std::vector<OpenTransactions::Entry> OpenTransactions::all() const {
  std::lock_guard lock(mutex_);
  std::vector<Entry> out;
  for (const auto& [id, entry] : entries_) out.push_back(entry);
  std::ranges::stable_sort(out, {}, &Entry::started);
  return out;
}

bool OpenTransactions::abort(const std::string& id) {
  std::lock_guard lock(mutex_); // held: the session cannot go away meanwhile
  auto found = entries_.find(id);
  if (found == entries_.end()) return false;
  found->second.session->abort_transaction();
  return true;
}

std::optional<Point> OpenTransactions::oldest() const {
  std::lock_guard lock(mutex_);
  std::optional<Point> out;
  for (const auto& [id, entry] : entries_) out = out ? earlier_of(*out, entry.start) : entry.start;
  return out;
}

} // namespace freshet::warehouse
