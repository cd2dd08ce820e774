#include "warehouse/query_history.h"

#include <algorithm>

namespace freshet::warehouse {

void QueryHistory::start(QueryRecord record) {
  std::lock_guard lock(mutex_);
  records_.push_back(std::move(record));
  if (records_.size() > capacity_) records_.pop_front();
}

void QueryHistory::finish(QueryRecord record) {
  std::lock_guard lock(mutex_);
  // Statements finish soon after they start: the search from the newest end is short.
  auto found =
      std::find_if(records_.rbegin(), records_.rend(), [&](const auto& other) { return other.query_id == record.query_id; });
  if (found == records_.rend()) return;
  record.committed = found->committed;
  *found = std::move(record);
}

void QueryHistory::committed(const std::vector<std::string>& query_ids, TimePoint time) {
  std::lock_guard lock(mutex_);
  size_t left = query_ids.size(); // they are among the newest
  for (auto record = records_.rbegin(); record != records_.rend() && left > 0; ++record) {
    if (std::ranges::find(query_ids, record->query_id) == query_ids.end()) continue;
    record->committed = time;
    --left;
  }
}

std::optional<QueryRecord> QueryHistory::find(std::string_view query_id) const {
  std::lock_guard lock(mutex_);
  auto found =
      std::find_if(records_.rbegin(), records_.rend(), [&](const auto& record) { return record.query_id == query_id; });
  if (found == records_.rend()) return std::nullopt;
  return *found;
}

std::vector<QueryRecord> QueryHistory::latest(size_t limit) const {
  std::lock_guard lock(mutex_);
  auto count = std::min(limit, records_.size());
  return {records_.end() - static_cast<std::ptrdiff_t>(count), records_.end()};
}

} // namespace freshet::warehouse
