#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "engine/engine.h"
#include "warehouse/tasks/task_scheduler.h"

namespace freshet::warehouse {

/// One run as TASK_HISTORY shows it.
struct TaskRecord {
  TaskRun run;
  std::string state; // SCHEDULED, EXECUTING, SUCCEEDED, FAILED, FAILED_AND_AUTO_SUSPENDED, CANCELLED, SKIPPED
  std::string name, database, schema;
  std::string query_text, condition;
  std::string query_id;
  std::optional<int64_t> error_code;
  std::string error_message;
  std::string return_value;
  int64_t graph_version = 1;
  std::optional<TimePoint> started;
  std::optional<TimePoint> completed;
  std::optional<TimePoint> next_scheduled;
  bool ends_graph = true;             // nothing of its graph run is left to do
  std::optional<TimePoint> root_next; // the next slot of its root
};

/// FRESHET.TASK_RUN: the finished runs, and those that EXECUTE TASK asked for.
///
/// Durability: `put` returns when the row is committed; `put_later` returns at once, and the rows that wait while a commit is
/// under way share the next one. Limits: at most `k_waiting_max` rows wait, more make `put_later` wait; rows of finished runs
/// are dropped after `k_task_history_kept`, looked at every thousand rows. Life cycle: the destructor stores what waits.
/// Concurrency: any thread.
class TaskStore {
 public:
  static engine::Result<std::unique_ptr<TaskStore>> open(engine::Database& database);
  ~TaskStore();

  /// Adds the record, or replaces the one of the same run when `replace` (it was recorded as SCHEDULED).
  engine::Result<void> put(const TaskRecord& record, bool replace);

  /// Called once the row is committed, or cannot be, on the store's own thread.
  using Stored = std::move_only_function<void(const engine::Result<void>& stored)>;
  void put_later(TaskRecord record, bool replace, Stored stored);

  /// Of a run that is recorded as SCHEDULED.
  engine::Result<void> erase(RunId run);

  /// What a start has to know.
  struct Recovery {
    RunId next_id = 1;
    struct Slot {
      TaskId root = 0;
      TimePoint next; // the slots before it were run or skipped
      TimePoint known_at;
    };
    std::vector<Slot> next_slots;   // as the latest run of each graph left them
    std::vector<TaskRun> requested; // EXECUTE TASK that has not run
    struct State {
      TaskId task = 0;
      std::string state;
      int attempt = 1;
    };
    struct Graph {
      TaskRun root;
      int64_t graph_version = 1;
      int attempt = 1; // the latest
      bool ended = true;
      std::vector<State> states;
    };
    std::vector<Graph> graphs; // the latest of each root, unless it came to its end
    /// Root and end of each graph run that failed, since the root's last one that did not, or that suspended it.
    std::vector<std::pair<TaskId, TimePoint>> failures;
  };
  engine::Result<Recovery> recover();

  /// The tasks of the graph run whose latest attempt failed were what suspended it.
  engine::Result<void> mark_suspended(GraphRunId graph_run);

  /// The value that a task set in the graph run.
  engine::Result<std::optional<std::string>> return_value(GraphRunId graph_run, TaskId task);
  /// The latest graph run of a root, or one that is named; empty when it has none.
  engine::Result<std::optional<Recovery::Graph>> last_graph(TaskId root, std::optional<GraphRunId> which = std::nullopt);

 private:
  struct Waiting {
    TaskRecord record;
    bool replace = false;
    Stored stored;
  };
  static constexpr size_t k_waiting_max = 4096;

  explicit TaskStore(std::unique_ptr<engine::Connection> connection) : connection_(std::move(connection)) {}
  void write_waiting();
  /// All of them in one transaction.
  engine::Result<void> write(std::span<const Waiting> rows);
  engine::Result<std::vector<Recovery::Graph>> graphs(const std::string& graph_runs);
  /// The latest outcomes; without failures of earlier attempts, whose next one did not come to its end.
  engine::Result<std::vector<Recovery::State>> states(GraphRunId graph_run);
  engine::Result<std::vector<std::pair<TaskId, TimePoint>>> failures();

  std::mutex mutex_; // of the connection
  std::unique_ptr<engine::Connection> connection_;
  int64_t puts_ = 0;

  std::mutex waiting_mutex_;
  std::condition_variable waiting_changed_;
  std::vector<Waiting> waiting_;
  bool stopping_ = false;
  std::thread writer_; // started by the first `put_later`
};

constexpr auto k_task_history_kept = std::chrono::days(15); // TASK_HISTORY shows 7, RETRY LAST looks 14 back

/// The columns of TASK_HISTORY over a relation in the store's column order, and four of our own after them: task_id, root_id,
/// graph_run, run_number (in the order of the starts).
std::string task_history_select(const std::string& relation);
/// Records that are not in the store, as a relation of the same columns: "(VALUES …)"; empty without records.
std::string task_record_values(std::span<const TaskRecord> records);

} // namespace freshet::warehouse
