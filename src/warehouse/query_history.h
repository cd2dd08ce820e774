#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "warehouse/result.h"

namespace freshet::warehouse {

struct QueryRecord {
  std::string query_id;
  std::string text;
  std::string session_id;
  std::string user;
  std::string role;
  std::string database;
  std::string schema;
  std::string tag; // QUERY_TAG
  StatementKind kind = StatementKind::query;
  enum class Status { running, succeeded, failed } status = Status::running;
  int32_t error_code = 0;
  std::string error_message;
  TimePoint started;
  TimePoint ended;
  std::optional<TimePoint> committed; // of its changes
  DmlCounts counts;
  bool restored = false; // known from before the latest start
};

/// A statement's text without its secrets: what stands in quotes after PASSWORD =, AWS_SECRET_KEY =, 'Authorization' = and the
/// like is "****". Cost: O(length).
std::string redacted(std::string_view statement);

constexpr size_t k_query_history_kept = 10'000;

/// The latest statements of all sessions, newest last: in memory, and by a QueryStore on disk. Concurrency: any thread. Limits:
/// the oldest go first above `capacity`.
class QueryHistory {
 public:
  explicit QueryHistory(size_t capacity = k_query_history_kept) : capacity_(capacity) {}

  /// At the start: those of earlier runs, in their order.
  void restore(std::vector<QueryRecord> records);
  void start(QueryRecord record);
  void finish(QueryRecord record); // replaces the one of the same query id
  /// The changes of these statements were committed.
  void committed(const std::vector<std::string>& query_ids, TimePoint time);
  std::optional<QueryRecord> find(std::string_view query_id) const;
  std::vector<QueryRecord> latest(size_t limit) const;
  /// The id of the outermost statement that the session is at. Cost: O(records).
  std::optional<std::string> running_of(std::string_view session_id) const;

 private:
  mutable std::mutex mutex_;
  std::deque<QueryRecord> records_;
  size_t capacity_;
};

} // namespace freshet::warehouse
