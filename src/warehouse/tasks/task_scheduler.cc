#include "warehouse/tasks/task_scheduler.h"

#include <algorithm>
#include <utility>

namespace freshet::warehouse {
namespace {

constexpr auto k_trigger_recheck = std::chrono::seconds(30); // Snowflake's default trigger interval
constexpr auto k_health_check = std::chrono::hours(12);      // looking at a stream keeps it from becoming stale

} // namespace

void TaskActions::append(TaskActions other) {
  start.insert(start.end(), std::make_move_iterator(other.start.begin()), std::make_move_iterator(other.start.end()));
  suspend.insert(suspend.end(), other.suspend.begin(), other.suspend.end());
  succeeded.insert(succeeded.end(), other.succeeded.begin(), other.succeeded.end());
  replaced.insert(replaced.end(), other.replaced.begin(), other.replaced.end());
}

void TaskScheduler::link(const TaskSpec& spec, bool add) {
  for (TaskId predecessor : spec.predecessors) {
    auto& children = tasks_[predecessor].children;
    std::erase(children, spec.id);
    if (add) children.push_back(spec.id);
  }
  if (spec.finalizes != 0) tasks_[spec.finalizes].finalizer = add ? spec.id : 0;
}

void TaskScheduler::put(TaskSpec spec, TimePoint now, std::optional<TimePoint> next_slot) {
  auto& known = tasks_[spec.id];
  if (known.spec.id != 0) link(known.spec, false);
  link(spec, true);
  auto& task = tasks_[spec.id]; // link may have moved it
  const bool resumed = spec.started && !task.spec.started;
  std::optional<TimePoint> last;
  if (next_slot) last = *next_slot - Duration(1);
  if (!last && !resumed && task.next_slot && task.spec.interval_base == spec.interval_base && task.spec.started)
    last = *task.next_slot - Duration(1);
  task.spec = std::move(spec);
  ++task.version;
  task.next_slot.reset();
  if (resumed) task.failures = 0;
  if (!task.spec.started || !task.spec.predecessors.empty() || task.spec.finalizes != 0) return;
  if (task.spec.schedule) {
    plan(task, last.value_or(task.spec.interval_base));
  } else if (task.spec.triggered) {
    plan_at(task, now);
  }
}

void TaskScheduler::erase(TaskId id) {
  auto found = tasks_.find(id);
  if (found == tasks_.end()) return;
  link(found->second.spec, false);
  tasks_.erase(id); // runs in progress go on to their end
}

void TaskScheduler::set_failures(TaskId root, int64_t failures) {
  tasks_[root].failures = failures;
}

void TaskScheduler::plan(Known& known, TimePoint after) {
  known.next_slot = known.spec.schedule->next_after(after, known.spec.interval_base);
  ++known.version;
  if (known.next_slot) due_.push({*known.next_slot, known.spec.id, known.version});
}

void TaskScheduler::plan_at(Known& known, TimePoint at) {
  if (known.next_slot && *known.next_slot <= at) return;
  known.next_slot = at;
  ++known.version;
  due_.push({at, known.spec.id, known.version});
}

TaskActions TaskScheduler::wake(TaskId task, TimePoint now) {
  auto found = tasks_.find(task);
  if (found == tasks_.end() || !found->second.spec.triggered || !found->second.spec.started) return {};
  found->second.woken = true;
  return trigger(found->second, now);
}

TaskActions TaskScheduler::trigger(Known& known, TimePoint now) {
  if (known.active > 0) return {}; // settle() comes back to it
  if (known.last_start && *known.last_start + known.spec.minimum_trigger_interval > now) {
    plan_at(known, *known.last_start + known.spec.minimum_trigger_interval);
    return {};
  }
  known.woken = false;
  known.last_start = now;
  GraphRun graph;
  graph.root = known.spec.id;
  graph.scheduled = now;
  graph.from = ScheduledFrom::trigger;
  return begin(std::move(graph));
}

TaskActions TaskScheduler::execute(TaskId root, TimePoint now, std::string config, RunId reserved) {
  GraphRun graph;
  graph.root = root;
  graph.scheduled = now;
  graph.from = ScheduledFrom::execute_task;
  graph.config = std::move(config);
  graph.reserved = reserved;
  auto& known = tasks_[root];
  if (known.active == 0 || known.spec.overlap == OverlapPolicy::allow_all_overlap) return begin(std::move(graph));
  TaskActions actions;
  if (known.waiting && known.waiting->reserved != 0) actions.replaced.push_back(known.waiting->reserved);
  known.waiting = std::move(graph);
  return actions;
}

TaskActions TaskScheduler::restore(TaskId root, GraphRunId graph_run, TimePoint scheduled, ScheduledFrom from,
                                   std::string config, const std::map<TaskId, RunOutcome>& finished, TimePoint now,
                                   int attempt) {
  GraphRun graph;
  graph.id = graph_run;
  graph.root = root;
  graph.scheduled = scheduled;
  graph.from = from;
  graph.config = std::move(config);
  graph.attempt = attempt;
  for (const auto& [task, outcome] : finished) {
    graph.tasks[task] = outcome;
    graph.failed = graph.failed || outcome == RunOutcome::failed || outcome == RunOutcome::cancelled;
  }
  auto& known = tasks_[root];
  ++known.active;
  graph.finalizing = finished.contains(known.finalizer);
  next_id_ = std::max(next_id_, graph_run + 1);
  auto& stored = graphs_.emplace(graph_run, std::move(graph)).first->second;
  TaskActions actions;
  if (!finished.contains(root)) start_task(stored, root, actions);
  for (const auto& [task, outcome] : finished) start_ready_children(stored, task, actions);
  settle(graph_run, now, actions);
  return actions;
}

TaskActions TaskScheduler::due(TimePoint now) {
  TaskActions actions;
  while (!due_.empty() && due_.top().at <= now) {
    const Due due = due_.top();
    due_.pop();
    auto found = tasks_.find(due.task);
    if (found == tasks_.end() || found->second.version != due.version) continue;
    auto& known = found->second;
    if (known.spec.triggered) {
      known.next_slot.reset();
      known.woken = true;
      actions.append(trigger(known, now));
      continue;
    }
    GraphRun graph;
    graph.root = due.task;
    graph.scheduled = due.at;
    plan(known, now); // slots missed meanwhile are one run
    const auto root_runs = [&] {
      return std::ranges::any_of(graphs_, [&](const auto& entry) {
        const auto task = entry.second.tasks.find(due.task);
        return entry.second.root == due.task && task != entry.second.tasks.end() && !task->second;
      });
    };
    const bool free = known.active == 0 || known.spec.overlap == OverlapPolicy::allow_all_overlap ||
                      (known.spec.overlap == OverlapPolicy::allow_child_overlap && !root_runs());
    if (free) actions.append(begin(std::move(graph)));
  }
  return actions;
}

std::optional<TimePoint> TaskScheduler::next_due() {
  while (!due_.empty()) {
    auto found = tasks_.find(due_.top().task);
    if (found != tasks_.end() && found->second.version == due_.top().version) return due_.top().at;
    due_.pop();
  }
  return std::nullopt;
}

TaskActions TaskScheduler::begin(GraphRun graph) {
  graph.id = next_id_++;
  ++tasks_[graph.root].active;
  const GraphRunId id = graph.id;
  const TaskId root = graph.root;
  auto& stored = graphs_.emplace(id, std::move(graph)).first->second;
  TaskActions actions;
  start_task(stored, root, actions);
  return actions;
}

void TaskScheduler::start_task(GraphRun& graph, TaskId task, TaskActions& actions) {
  graph.tasks[task] = std::nullopt;
  ++graph.running;
  const RunId id = task == graph.root && graph.reserved != 0 ? std::exchange(graph.reserved, 0) : next_id_++; // once
  actions.start.push_back({id, task, graph.root, graph.id, graph.scheduled, graph.from, graph.attempt, graph.config});
}

/// Whether all that the task waits for is over, at least one of them well and none badly.
bool TaskScheduler::ready(const GraphRun& graph, TaskId task) const {
  if (graph.tasks.contains(task)) return false;
  bool one_succeeded = false;
  for (TaskId predecessor : tasks_.at(task).spec.predecessors) {
    const auto found = graph.tasks.find(predecessor);
    if (found == graph.tasks.end()) {
      if (tasks_.contains(predecessor)) return false;
      continue; // dropped
    }
    if (!found->second || *found->second == RunOutcome::failed || *found->second == RunOutcome::cancelled) return false;
    one_succeeded = one_succeeded || *found->second == RunOutcome::succeeded;
  }
  return one_succeeded;
}

void TaskScheduler::start_ready_children(GraphRun& graph, TaskId task, TaskActions& actions) {
  const auto found = tasks_.find(task);
  if (found == tasks_.end()) return;
  for (TaskId child : found->second.children) {
    if (!ready(graph, child)) continue;
    if (tasks_.at(child).spec.started) {
      start_task(graph, child, actions);
    } else { // a suspended child counts as if it had succeeded
      graph.tasks[child] = RunOutcome::succeeded;
      start_ready_children(graph, child, actions);
    }
  }
}

TaskActions TaskScheduler::finished(const TaskRun& run, RunOutcome outcome, TimePoint now) {
  TaskActions actions;
  auto found = graphs_.find(run.graph_run);
  if (found == graphs_.end()) return actions;
  auto& graph = found->second;
  graph.tasks[run.task] = outcome;
  --graph.running;
  graph.failed = graph.failed || outcome == RunOutcome::failed || outcome == RunOutcome::cancelled;
  if (!graph.finalizing) start_ready_children(graph, run.task, actions);
  settle(run.graph_run, now, actions);
  return actions;
}

void TaskScheduler::settle(GraphRunId id, TimePoint now, TaskActions& actions) {
  auto& graph = graphs_.at(id);
  if (graph.running > 0) return;
  auto& root = tasks_[graph.root];
  const bool root_skipped = graph.tasks[graph.root] == RunOutcome::skipped;
  if (!graph.finalizing && root.finalizer != 0 && !root_skipped && tasks_.contains(root.finalizer) &&
      tasks_.at(root.finalizer).spec.started) {
    graph.finalizing = true;
    start_task(graph, root.finalizer, actions);
    return;
  }
  // The finalizer belongs to each attempt: it may mend what the next one stumbles over.
  std::vector<TaskId> again;
  for (const auto& [task, outcome] : graph.tasks) {
    if (task != root.finalizer && (outcome == RunOutcome::failed || outcome == RunOutcome::cancelled)) again.push_back(task);
  }
  if (!again.empty() && graph.attempt <= root.spec.auto_retry_attempts) {
    ++graph.attempt;
    graph.failed = graph.finalizing = false;
    graph.from = ScheduledFrom::automatic_retry;
    graph.tasks.erase(root.finalizer);
    for (TaskId task : again) start_task(graph, task, actions);
    return;
  }
  if (graph.failed) {
    if (++root.failures >= root.spec.suspend_after_failures && root.spec.suspend_after_failures > 0 && root.spec.started) {
      actions.suspend.push_back(graph.root);
      root.failures = 0;
      root.spec.started = false;
      ++root.version;
    }
  } else if (!root_skipped) {
    root.failures = 0;
    if (graph.tasks.size() > 1) {
      actions.succeeded.push_back({0, graph.root, graph.root, id, graph.scheduled, graph.from, graph.attempt, graph.config});
    }
  }
  graphs_.erase(id);
  --root.active;
  if (root.waiting && root.active == 0) {
    actions.append(begin(*std::exchange(root.waiting, std::nullopt)));
  } else if (root.spec.triggered && root.spec.started) {
    if (root.woken) {
      actions.append(trigger(root, now));
    } else {
      const Duration pause =
          root_skipped ? Duration(k_health_check) : std::max<Duration>(k_trigger_recheck, root.spec.minimum_trigger_interval);
      plan_at(root, now + pause);
    }
  }
}

bool TaskScheduler::running(TaskId root) const {
  const auto found = tasks_.find(root);
  return found != tasks_.end() && found->second.active > 0;
}

std::vector<GraphRunId> TaskScheduler::in_progress() const {
  std::vector<GraphRunId> out;
  for (const auto& [id, graph] : graphs_) out.push_back(id);
  return out;
}

std::optional<TimePoint> TaskScheduler::next_slot(TaskId task) const {
  const auto found = tasks_.find(task);
  if (found == tasks_.end() || !found->second.spec.started || found->second.spec.triggered) return std::nullopt;
  return found->second.next_slot;
}

const TaskSpec* TaskScheduler::find(TaskId task) const {
  const auto found = tasks_.find(task);
  return found == tasks_.end() || found->second.spec.id == 0 ? nullptr : &found->second.spec;
}

std::vector<TaskId> TaskScheduler::children(TaskId task) const {
  const auto found = tasks_.find(task);
  if (found == tasks_.end()) return {};
  auto result = found->second.children;
  if (found->second.finalizer != 0) result.push_back(found->second.finalizer);
  return result;
}

} // namespace freshet::warehouse
