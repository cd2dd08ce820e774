#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/engine.h"
#include "warehouse/tasks/task_scheduler.h"

namespace freshet::warehouse {

/// One evaluation as ALERT_HISTORY shows it.
struct AlertRecord {
  TaskRun run;
  std::string state; // SCHEDULED, EXECUTING, CONDITION_FALSE, CONDITION_FAILED, ACTION_FAILED, TRIGGERED, FAILED, CANCELLED
  std::string name, database, schema;
  std::string condition, condition_query_id;
  std::string action, action_query_id;
  std::optional<int64_t> error_code;
  std::string error_message;
  std::optional<TimePoint> completed;
  std::string runbook, config;
  bool auto_suspended = false;
  std::optional<TimePoint> next_scheduled;
};

/// FRESHET.ALERT_RUN: the evaluations that have ended, and those that EXECUTE ALERT asked for.
///
/// Durability: `put` returns when the row is committed. Limits: rows are dropped after 15 days, looked at every thousand rows.
/// Concurrency: any thread. Cost: a commit per evaluation; no alert has more than one a minute, but for those on new data.
class AlertStore {
 public:
  static engine::Result<std::unique_ptr<AlertStore>> open(engine::Database& database);

  /// Adds the record, or replaces the one of the same run when `replace` (it was recorded as SCHEDULED).
  engine::Result<void> put(const AlertRecord& record, bool replace);

  /// Of a run that is recorded as SCHEDULED.
  engine::Result<void> erase(RunId run);

  /// What a start has to know.
  struct Recovery {
    struct Alert {
      TaskId id = 0;
      std::optional<TimePoint> next; // slots before it were run or skipped
      TimePoint known_at;
      std::vector<TimePoint> failures; // since its last success
    };
    RunId next_id = 1;
    std::vector<Alert> alerts;
    std::vector<TaskRun> requested; // EXECUTE ALERT that has not run
  };
  engine::Result<Recovery> recover();

  /// LAST_SUCCESSFUL_SCHEDULED_TIME(); empty: none.
  engine::Result<std::optional<TimePoint>> last_success(TaskId alert);

 private:
  explicit AlertStore(std::unique_ptr<engine::Connection> connection) : connection_(std::move(connection)) {}

  std::mutex mutex_;
  std::unique_ptr<engine::Connection> connection_;
  int64_t puts_ = 0;
};

/// The columns of ALERT_HISTORY, as an engine SELECT over FRESHET.ALERT_RUN and these records, which replace those of their
/// runs there.
std::string alert_history_select(std::span<const AlertRecord> in_progress);

} // namespace freshet::warehouse
