#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/worker.h"
#include "engine/engine.h"
#include "warehouse/query_history.h"
#include "warehouse/result.h"

namespace freshet::warehouse {

/// FRESHET.QUERY and FRESHET.QUERY_RESULT: what QUERY_HISTORY and RESULT_SCAN still know after a restart.
///
/// Durability: statements that end within a second share a transaction; a crash forgets those of the last second, closing the
/// warehouse none. Limits: the latest `k_query_history_kept` statements; of outermost ones (clients' and
/// tasks'), the results whose rows take at most `k_result_bytes_max` as engine text, for 24 hours, all of them together at most `k_results_bytes_max`.
/// Concurrency: any thread. Cost of `put`: one entry of a queue; above `k_waiting_max` entries no further ones are taken.
class QueryStore {
 public:
  static constexpr size_t k_result_cells_max = 20'000;
  static constexpr size_t k_result_bytes_max = size_t{256} << 10;
  static constexpr size_t k_results_bytes_max = size_t{64} << 20;
  static constexpr auto k_results_kept = std::chrono::hours(24);

  /// Fills `history` with what was stored.
  static engine::Result<std::unique_ptr<QueryStore>> open(engine::Database& database, Clock& clock, QueryHistory& history);
  ~QueryStore();
  QueryStore(const QueryStore&) = delete;
  QueryStore& operator=(const QueryStore&) = delete;

  /// A statement that has ended, with its result if RESULT_SCAN may ask for it.
  void put(QueryRecord record, std::shared_ptr<const StatementResult> result);
  /// The result of a statement that the user ran; null when it was not kept, or no longer.
  engine::Result<std::shared_ptr<const StatementResult>> find(std::string_view query_id, const std::string& user);

 private:
  struct Waiting {
    QueryRecord record;
    std::shared_ptr<const StatementResult> result;
  };
  static constexpr size_t k_waiting_max = 10'000;
  static constexpr size_t k_waiting_results_max = 1'000;

  QueryStore(std::unique_ptr<engine::Connection> connection, Clock& clock)
      : connection_(std::move(connection)), clock_(clock) {}
  engine::Result<void> create_tables();
  engine::Result<std::vector<QueryRecord>> load();
  std::optional<TimePoint> step();
  void flush();
  engine::Result<void> write(const std::vector<Waiting>& batch);
  engine::Result<void> prune();

  std::mutex connection_mutex_;
  std::unique_ptr<engine::Connection> connection_;
  Clock& clock_;
  int64_t next_ = 1; // of FRESHET.QUERY.number

  std::mutex mutex_;
  std::vector<Waiting> waiting_;
  size_t waiting_results_ = 0;
  std::optional<TimePoint> due_;
  std::unique_ptr<Worker> worker_;
};

} // namespace freshet::warehouse
