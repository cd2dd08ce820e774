#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "warehouse/tasks/schedule.h"

namespace freshet::warehouse {

using TaskId = int64_t; // the task's ObjectId
using RunId = int64_t;
using GraphRunId = int64_t; // GRAPH_RUN_GROUP_ID

enum class OverlapPolicy { no_overlap, allow_child_overlap, allow_all_overlap };
enum class ScheduledFrom { schedule, trigger, execute_task, manual_retry, automatic_retry };
enum class RunOutcome { succeeded, failed, skipped, cancelled }; // skipped: its WHEN was false

/// What the scheduler knows of a task.
struct TaskSpec {
  TaskId id = 0;
  std::optional<Schedule> schedule;
  TimePoint interval_base; // when it was resumed or its schedule changed
  bool triggered = false;  // WHEN without SCHEDULE
  std::vector<TaskId> predecessors;
  TaskId finalizes = 0;
  bool started = false;
  OverlapPolicy overlap = OverlapPolicy::no_overlap;
  Duration minimum_trigger_interval{0};
  int64_t suspend_after_failures = 10; // 0: never
  int64_t auto_retry_attempts = 0;
};

/// One run to be done, or done.
struct TaskRun {
  RunId id = 0;
  TaskId task = 0;
  TaskId root = 0;
  GraphRunId graph_run = 0;
  TimePoint scheduled;
  ScheduledFrom from = ScheduledFrom::schedule;
  int attempt = 1;
  std::string config; // of EXECUTE TASK … USING CONFIG
};

/// What the scheduler wants done after an event.
struct TaskActions {
  std::vector<TaskRun> start;
  std::vector<TaskId> suspend;    // roots with too many failures in a row
  std::vector<TaskRun> succeeded; // whole graphs of several tasks, as their root's run
  std::vector<RunId> replaced;    // reserved ids of runs that waited, and will not run: a later `execute` took their place

  void append(TaskActions other);
};

/// Decides which task runs when: schedules, graphs, triggers, overlap, retries and failures. A pure state machine: events and
/// times in, actions out; it neither runs nor stores anything.
///
/// Life cycle: `put` every task, `restore` what a crash interrupted, then `due` at the times `next_due` names, and `finished`
/// for each run that it started. Concurrency: none; the owner locks. Rules: a slot that comes while the graph still runs is
/// skipped (NO_OVERLAP), and of several missed slots one is run. A triggered task runs at once when woken, again when woken
/// during a run, half a minute after each run in case its WHEN still holds, and each 12 hours. Complexity: O(log tasks) per
/// event, plus the size of the graph that a run belongs to.
class TaskScheduler {
 public:
  explicit TaskScheduler(RunId next_id = 1) : next_id_(next_id) {}

  /// Adds or replaces a task. `next_slot`: known after a restart, what `next_slot` gave when the latest run finished; earlier
  /// slots were run or skipped, and if it has passed the task is due.
  void put(TaskSpec spec, TimePoint now, std::optional<TimePoint> next_slot = std::nullopt);
  void erase(TaskId task);
  /// How many runs in a row have failed, known after a restart.
  void set_failures(TaskId root, int64_t failures);

  /// Something that the triggered task watches has changed.
  TaskActions wake(TaskId task, TimePoint now);
  /// EXECUTE TASK: runs now, or after the run in progress. `reserved` is an id from `reserve_id` under which it was recorded,
  /// or 0.
  TaskActions execute(TaskId root, TimePoint now, std::string config = {}, RunId reserved = 0);
  RunId reserve_id() { return next_id_++; }
  /// A graph run that was interrupted, or is tried again: the outcomes of the tasks that had finished.
  TaskActions restore(TaskId root, GraphRunId graph_run, TimePoint scheduled, ScheduledFrom from, std::string config,
                      const std::map<TaskId, RunOutcome>& finished, TimePoint now, int attempt = 1);

  TaskActions due(TimePoint now);
  std::optional<TimePoint> next_due();
  TaskActions finished(const TaskRun& run, RunOutcome outcome, TimePoint now);

  bool running(TaskId root) const;
  bool idle() const { return graphs_.empty(); }
  std::vector<GraphRunId> in_progress() const;
  bool in_progress(GraphRunId graph_run) const { return graphs_.contains(graph_run); }
  /// The next slot of a started, scheduled root.
  std::optional<TimePoint> next_slot(TaskId task) const;
  const TaskSpec* find(TaskId task) const;
  /// The tasks that name this one in AFTER, and its finalizer.
  std::vector<TaskId> children(TaskId task) const;

 private:
  struct GraphRun {
    GraphRunId id = 0;
    TaskId root = 0;
    TimePoint scheduled;
    ScheduledFrom from = ScheduledFrom::schedule;
    std::string config;
    int attempt = 1;
    RunId reserved = 0;
    int running = 0;
    bool failed = false;
    bool finalizing = false;
    std::map<TaskId, std::optional<RunOutcome>> tasks; // empty: running
  };
  struct Known {
    TaskSpec spec;
    uint64_t version = 0; // of its entries in due_
    std::optional<TimePoint> next_slot;
    std::optional<TimePoint> last_start; // of triggered tasks
    bool woken = false;                  // during a run, or before the minimum interval is over
    int64_t failures = 0;
    int active = 0; // graph runs in progress
    std::optional<GraphRun> waiting; // the latest that was asked for meanwhile
    std::vector<TaskId> children;
    TaskId finalizer = 0;
  };
  struct Due {
    TimePoint at;
    TaskId task;
    uint64_t version;
    bool operator>(const Due& other) const { return at != other.at ? at > other.at : task > other.task; }
  };

  void link(const TaskSpec& spec, bool add);
  void plan(Known& known, TimePoint after);
  void plan_at(Known& known, TimePoint at);
  TaskActions trigger(Known& known, TimePoint now);
  TaskActions begin(GraphRun graph);
  void start_task(GraphRun& graph, TaskId task, TaskActions& actions);
  bool ready(const GraphRun& graph, TaskId task) const;
  void start_ready_children(GraphRun& graph, TaskId task, TaskActions& actions);
  /// Starts what may start once nothing of the graph runs: the finalizer, a retry, the next run.
  void settle(GraphRunId id, TimePoint now, TaskActions& actions);

  RunId next_id_;
  std::unordered_map<TaskId, Known> tasks_;
  std::unordered_map<GraphRunId, GraphRun> graphs_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
};

} // namespace freshet::warehouse
