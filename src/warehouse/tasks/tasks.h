#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/worker.h"
#include "warehouse/alerts/alert_store.h"
#include "warehouse/tasks/task_scheduler.h"
#include "warehouse/tasks/task_store.h"
#include "warehouse/warehouse.h"

namespace freshet::warehouse {

struct TaskOptions {
  unsigned runners_max = 4; // runs at the same time; 0: nothing runs by itself, `run_due` does it
};

/// The warehouse's task service: follows the catalog's tasks and alerts, runs what is due, woken or executed, and records every
/// run.
///
/// Life cycle: `start` reads the catalog and takes up what a crash interrupted; the destructor lets running tasks end for five
/// seconds, then cancels them (they run again after the next start). It is `warehouse.service<Tasks>()` while it lives.
/// Concurrency: all functions from any thread; each run has a thread of the pool and a session of its own.
/// Durability: a run's effects commit with its own statements, the run's record after them, together with the records of runs
/// that ended at the same time; what a run causes (its children, its notifications) begins once its record is durable. A crash
/// in between repeats the run; what a stream delivered is not delivered again. EXECUTE TASK returns once its request is
/// durable. Freshness: a commit wakes the triggered tasks that watch its tables on the committing thread; nothing polls.
class Tasks {
 public:
  static Result<std::unique_ptr<Tasks>> start(Warehouse& warehouse, TaskOptions options = {});
  ~Tasks();
  Tasks(const Tasks&) = delete;
  Tasks& operator=(const Tasks&) = delete;

  /// Runs all that is due now, and all that it causes, to the end, one after the other on this thread. Returns how many bodies
  /// ran.
  size_t run_due();

  /// True when no run is in progress or waits for a thread.
  bool idle();

  SqlResult<void> execute(const Object& task, std::string config);
  /// EXECUTE TASK … RETRY LAST, or of the graph run that is named: what failed is done again.
  SqlResult<void> retry(const Object& task, std::optional<GraphRunId> which = std::nullopt);
  /// Cancels the runs of the task that are in progress; gives the ids of their queries.
  std::vector<std::string> cancel(ObjectId task);

  /// The run that a session is doing, for the functions that a task's body calls.
  std::optional<TaskRun> run_of(const std::string& session_id);
  bool set_return_value(const std::string& session_id, std::string value);
  /// What is running, and the next slot of every started task.
  std::vector<TaskRecord> in_progress_and_ahead();
  /// The graph runs that have not ended.
  std::vector<GraphRunId> graphs_in_progress();
  TaskStore& store() { return *store_; }

  // ---- alerts: to the scheduler they are tasks without a graph (alerts/alert_run.cc)

  /// EXECUTE ALERT: durable when it returns.
  SqlResult<void> execute_alert(const Object& alert);
  /// The evaluation that a session is doing.
  std::optional<AlertRecord> alert_run_of(const std::string& session_id);
  std::vector<AlertRecord> alerts_in_progress_and_ahead();
  AlertStore& alerts() { return *alerts_; }

 private:
  struct Running {
    TaskRecord record;
    std::optional<AlertRecord> alert; // instead
    Session* session = nullptr;
    bool cancelled = false;
  };
  struct Watching {
    std::vector<ObjectId> tables; // empty: all
  };

  Tasks(Warehouse& warehouse, TaskOptions options);
  Result<void> load();
  void restore(const TaskStore::Recovery& recovery);
  void restore_alerts(const AlertStore::Recovery& recovery);
  /// A run that EXECUTE TASK or EXECUTE ALERT asks for, due now.
  TaskRun requested_run(ObjectId of);
  bool graph_changed_since(ObjectId root, TimePoint time) const;
  bool is_finalizer(TaskId task) const; // mutex_ held
  void follow(ObjectId id, std::optional<TimePoint> next_slot = std::nullopt); // mutex_ held
  void on_catalog_change(std::span<const ObjectId> objects);
  void on_commit(std::span<const ObjectId> tables);
  void take(TaskActions actions); // mutex_ held
  /// Runs it now or after the run in progress; gives the runs whose place it takes. mutex_ held
  [[nodiscard]] std::vector<RunId> run_once(const TaskRun& run, TimePoint now);
  /// Runs that were asked for and will not run are no longer recorded as SCHEDULED.
  void forget(const std::vector<RunId>& runs);
  std::optional<TimePoint> step();
  void runner();

  void perform(const TaskRun& run);
  RunOutcome run_task(const TaskRun& run, const Object& object, TaskRecord& record);
  RunOutcome run_body(Session& session, const Task& task, RunId id, TaskRecord& record);
  struct Finished {
    TaskRun run;
    RunOutcome outcome = RunOutcome::succeeded;
    TaskRecord record;
    TaskActions actions;
  };
  void finish(const TaskRun& run, RunOutcome outcome, TaskRecord record);
  void settle(Finished finished, const engine::Result<void>& stored);
  void suspend(ObjectId root);
  void end_run(RunId run, TaskActions actions);

  void perform_alert(const TaskRun& run, const Object& object);
  RunOutcome run_alert(const TaskRun& run, const Object& object, AlertRecord& record);
  RunOutcome evaluate_alert(Session& session, const Object& object, AlertRecord& record);
  SqlResult<bool> has_new_rows(Session& session, const Object& object);
  void finish_alert(const TaskRun& run, RunOutcome outcome, AlertRecord record);
  AlertRecord describe_alert(const TaskRun& run, const Object& object) const;
  void notify_failure(const TaskRecord& record);
  void log_outcome(const TaskRecord& record, bool failed);
  void notify_success(const TaskRun& root);
  TaskRecord describe(const TaskRun& run, const Object* object) const;

  Warehouse& warehouse_;
  const TaskOptions options_;
  std::unique_ptr<TaskStore> store_;
  std::unique_ptr<AlertStore> alerts_;
  int commit_listener_ = 0;
  int catalog_listener_ = 0;

  std::mutex mutex_;
  std::condition_variable condition_; // of the runners
  TaskScheduler scheduler_;
  std::deque<TaskRun> queue_;
  std::map<RunId, Running> running_;
  std::unordered_map<std::string, RunId> run_of_session_;
  std::unordered_map<TaskId, Watching> watching_; // triggered tasks
  std::set<RunId> requested_;                     // recorded as SCHEDULED
  std::vector<std::thread> runners_;
  unsigned idle_runners_ = 0;
  size_t bodies_run_ = 0;
  bool stopping_ = false;
  std::optional<TimePoint> awaited_; // by the worker, since its latest step
  std::unique_ptr<Worker> worker_;
};

/// TASK_HISTORY, SYSTEM$TASK_DEPENDENTS_ENABLE, SYSTEM$SET_RETURN_VALUE, ….
void add_task_functions(FunctionRegistry& functions);

} // namespace freshet::warehouse
