#include "warehouse/tasks/tasks.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/log.h"
#include "engine/engine.h"
#include "warehouse/alerts/alert_definition.h"
#include "warehouse/alerts/alert_functions.h"
#include "warehouse/tasks/task_graph.h"

namespace freshet::warehouse {
namespace {

constexpr auto k_drain_max = std::chrono::seconds(5);
constexpr auto k_retry_max = std::chrono::days(14); // how old the first attempt may be

std::optional<RunOutcome> outcome_of(std::string_view state) {
  if (state == "SUCCEEDED") return RunOutcome::succeeded;
  if (state == "SKIPPED") return RunOutcome::skipped;
  if (state == "CANCELLED") return RunOutcome::cancelled;
  if (state.starts_with("FAILED")) return RunOutcome::failed;
  return std::nullopt;
}

bool is_followed(const ObjectPointer& object) {
  return object && (object->as<Task>() != nullptr || object->as<Alert>() != nullptr);
}

std::vector<ObjectId> tables_watched_by(const Catalog& catalog, const Object& object) {
  const auto* alert = object.as<Alert>();
  return alert != nullptr ? tables_of_alert(catalog, *alert) : watched_tables(catalog, object);
}

} // namespace

Tasks::Tasks(Warehouse& warehouse, TaskOptions options) : warehouse_(warehouse), options_(options) {}

Result<std::unique_ptr<Tasks>> Tasks::start(Warehouse& warehouse, TaskOptions options) {
  std::unique_ptr<Tasks> tasks(new Tasks(warehouse, options));
  tasks->store_ = TRY(TaskStore::open(warehouse.database()));
  tasks->alerts_ = TRY(AlertStore::open(warehouse.database()));
  add_task_functions(warehouse.functions());
  add_alert_functions(warehouse.functions());
  tasks->commit_listener_ = warehouse.on_commit([raw = tasks.get()](auto tables) { raw->on_commit(tables); });
  tasks->catalog_listener_ =
      warehouse.on_catalog_change([raw = tasks.get()](auto objects) { raw->on_catalog_change(objects); });
  TRY(tasks->load());
  if (options.runners_max > 0) {
    tasks->worker_ = std::make_unique<Worker>("tasks", warehouse.clock(), [raw = tasks.get()] { return raw->step(); });
  }
  warehouse.attach(tasks.get());
  return tasks;
}

Tasks::~Tasks() {
  warehouse_.attach<Tasks>(nullptr);
  if (commit_listener_ != 0) warehouse_.remove_listener(commit_listener_);
  if (catalog_listener_ != 0) warehouse_.remove_listener(catalog_listener_);
  if (worker_) worker_->stop();
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    queue_.clear();
    condition_.notify_all();
    condition_.wait_for(lock, k_drain_max, [&] { return running_.empty(); });
    for (auto& [id, running] : running_) {
      running.cancelled = true;
      if (running.session != nullptr) running.session->cancel();
    }
  }
  for (auto& runner : runners_) runner.join();
}

Result<void> Tasks::load() {
  auto recovery = TRY(store_->recover());
  const auto alerts = TRY(alerts_->recover());
  std::lock_guard lock(mutex_);
  scheduler_ = TaskScheduler(std::max(recovery.next_id, alerts.next_id));
  std::unordered_map<TaskId, TaskStore::Recovery::Slot> slots;
  for (const auto& slot : recovery.next_slots) slots.emplace(slot.root, slot);
  for (const auto& object : warehouse_.catalog().all(ObjectKind::task)) {
    const auto slot = slots.find(object->id);
    // What was known before the latest RESUME says nothing about the schedule that counts from there.
    const bool counts =
        slot != slots.end() && slot->second.known_at >= object->as<Task>()->last_committed_on.value_or(object->created_on);
    follow(object->id, counts ? std::optional(slot->second.next) : std::nullopt);
  }
  std::unordered_map<TaskId, int64_t> failures;
  for (const auto& [root, time] : recovery.failures) {
    const auto object = warehouse_.catalog().find(root);
    if (object && object->as<Task>() != nullptr && time >= object->as<Task>()->last_committed_on.value_or(object->created_on))
      scheduler_.set_failures(root, ++failures[root]);
  }
  restore(recovery);
  restore_alerts(alerts);
  return {};
}

void Tasks::restore_alerts(const AlertStore::Recovery& recovery) {
  std::unordered_map<TaskId, const AlertStore::Recovery::Alert*> known;
  for (const auto& alert : recovery.alerts) known.emplace(alert.id, &alert);
  for (const auto& object : warehouse_.catalog().all(ObjectKind::alert)) {
    const auto found = known.find(object->id);
    const auto since = object->as<Alert>()->committed_on.value_or(object->created_on);
    const bool counts = found != known.end() && found->second->known_at >= since;
    follow(object->id, counts ? found->second->next : std::nullopt);
    if (!counts) continue;
    const auto& failures = found->second->failures;
    scheduler_.set_failures(object->id, std::ranges::count_if(failures, [&](TimePoint time) { return time >= since; }));
  }
  const auto now = warehouse_.clock().now();
  for (const auto& run : recovery.requested) {
    if (scheduler_.find(run.task) == nullptr) continue;
    requested_.insert(run.id);
    forget(run_once(run, now));
  }
}

/// Whether a task was added to the graph, or resumed, later: an earlier run has nothing to do with it.
bool Tasks::graph_changed_since(ObjectId root, TimePoint time) const {
  for (const auto child : scheduler_.children(root)) {
    const auto object = warehouse_.catalog().find(child);
    if (!object || object->as<Task>() == nullptr) continue;
    if (object->created_on > time || object->as<Task>()->last_committed_on.value_or(time) > time) return true;
    if (graph_changed_since(child, time)) return true;
  }
  return false;
}

bool Tasks::is_finalizer(TaskId task) const {
  const auto* spec = scheduler_.find(task);
  return spec != nullptr && spec->finalizes != 0;
}

/// Graphs that a crash interrupted go on; executions that were asked for are done.
void Tasks::restore(const TaskStore::Recovery& recovery) {
  const auto now = warehouse_.clock().now();
  for (const auto& graph : recovery.graphs) {
    const auto root = warehouse_.catalog().find(graph.root.root);
    if (!root || root->as<Task>() == nullptr || root->as<Task>()->graph_version != graph.graph_version) continue;
    if (scheduler_.children(root->id).empty() || graph_changed_since(root->id, graph.root.scheduled)) continue;
    std::map<TaskId, RunOutcome> finished;
    for (const auto& [task, state, attempt] : graph.states) {
      if (attempt < graph.attempt && is_finalizer(task)) continue; // it runs once an attempt
      if (const auto outcome = outcome_of(state)) finished[task] = *outcome;
    }
    take(scheduler_.restore(root->id, graph.root.graph_run, graph.root.scheduled, graph.root.from, graph.root.config, finished,
                            now, graph.attempt));
  }
  for (const auto& run : recovery.requested) {
    if (scheduler_.find(run.task) == nullptr) continue;
    requested_.insert(run.id);
    forget(run_once(run, now));
  }
}

void Tasks::follow(ObjectId id, std::optional<TimePoint> next_slot) {
  const auto object = warehouse_.catalog().find(id);
  if (!is_followed(object)) {
    if (scheduler_.find(id) != nullptr) scheduler_.erase(id);
    watching_.erase(id);
    return;
  }
  auto spec = object->as<Task>() != nullptr ? spec_of(warehouse_.catalog(), *object) : spec_of_alert(*object);
  if (!spec) {
    log::error("task", "{} cannot be scheduled: {}", warehouse_.catalog().full_name(*object), spec.error().message);
    return;
  }
  if (spec->triggered && spec->started) {
    watching_[id] = {tables_watched_by(warehouse_.catalog(), *object)};
  } else {
    watching_.erase(id);
  }
  scheduler_.put(std::move(*spec), warehouse_.clock().now(), next_slot);
}

void Tasks::on_catalog_change(std::span<const ObjectId> objects) {
  {
    std::lock_guard lock(mutex_);
    bool others = false;
    for (ObjectId id : objects) {
      const auto object = warehouse_.catalog().find(id);
      if (is_followed(object) || scheduler_.find(id) != nullptr) {
        follow(id);
      } else {
        others = true;
      }
    }
    if (others) { // a watched stream may be another one now
      for (auto& [id, watching] : watching_) {
        if (const auto object = warehouse_.catalog().find(id); is_followed(object))
          watching.tables = tables_watched_by(warehouse_.catalog(), *object);
      }
    }
  }
  if (worker_) worker_->wake();
}

void Tasks::on_commit(std::span<const ObjectId> tables) {
  bool planned = false;
  {
    std::lock_guard lock(mutex_);
    const auto now = warehouse_.clock().now();
    for (const auto& [id, watching] : watching_) {
      const bool concerned = watching.tables.empty() || std::ranges::any_of(tables, [&](ObjectId table) {
                               return std::ranges::find(watching.tables, table) != watching.tables.end();
                             });
      if (!concerned) continue;
      auto actions = scheduler_.wake(id, now);
      planned = planned || actions.start.empty(); // later, for the sake of its minimum interval
      take(std::move(actions));
    }
  }
  if (planned && worker_) worker_->wake();
}

void Tasks::take(TaskActions actions) {
  for (auto& run : actions.start) queue_.push_back(std::move(run));
  if (queue_.empty() || options_.runners_max == 0 || stopping_) return;
  while (queue_.size() > idle_runners_ && runners_.size() < options_.runners_max) {
    ++idle_runners_;
    runners_.emplace_back([this] { runner(); });
  }
  condition_.notify_all();
}

std::optional<TimePoint> Tasks::step() {
  std::lock_guard lock(mutex_);
  take(scheduler_.due(warehouse_.clock().now()));
  return awaited_ = scheduler_.next_due();
}

void Tasks::runner() {
  pthread_setname_np(pthread_self(), "task runner");
  std::unique_lock lock(mutex_);
  for (;;) {
    condition_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    const TaskRun run = std::move(queue_.front());
    queue_.pop_front();
    --idle_runners_;
    lock.unlock();
    perform(run);
    lock.lock();
    ++idle_runners_;
    condition_.notify_all();
  }
}

size_t Tasks::run_due() {
  std::unique_lock lock(mutex_);
  const size_t before = bodies_run_;
  for (;;) {
    take(scheduler_.due(warehouse_.clock().now()));
    if (queue_.empty()) return bodies_run_ - before;
    const TaskRun run = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    perform(run);
    lock.lock();
  }
}

bool Tasks::idle() {
  std::lock_guard lock(mutex_);
  return queue_.empty() && running_.empty();
}

std::vector<RunId> Tasks::run_once(const TaskRun& run, TimePoint now) {
  auto actions = scheduler_.execute(run.task, now, run.config, run.id);
  auto replaced = actions.replaced;
  for (const auto id : replaced) requested_.erase(id);
  take(std::move(actions));
  return replaced;
}

void Tasks::forget(const std::vector<RunId>& runs) {
  for (const auto run : runs) {
    for (const auto& done : {store_->erase(run), alerts_->erase(run)}) {
      if (!done) log::error("task", "a run that was replaced is still recorded: {}", done.error().message);
    }
  }
}

TaskRun Tasks::requested_run(ObjectId of) {
  TaskRun run;
  {
    std::lock_guard lock(mutex_);
    run.id = scheduler_.reserve_id();
    requested_.insert(run.id);
  }
  run.task = run.root = of;
  run.scheduled = warehouse_.clock().now();
  run.from = ScheduledFrom::execute_task;
  return run;
}

SqlResult<void> Tasks::execute(const Object& task, std::string config) {
  auto run = requested_run(task.id);
  run.config = std::move(config);
  auto record = describe(run, &task);
  record.state = "SCHEDULED";
  if (auto stored = store_->put(record, false); !stored) return std::unexpected(sql::Error(freshet::Error(stored.error())));
  std::unique_lock lock(mutex_);
  const auto replaced = run_once(run, run.scheduled);
  lock.unlock();
  forget(replaced);
  return {};
}

SqlResult<void> Tasks::retry(const Object& task, std::optional<GraphRunId> which) {
  auto last = store_->last_graph(task.id, which);
  if (!last) return std::unexpected(sql::Error(freshet::Error(last.error())));
  std::lock_guard lock(mutex_);
  std::map<TaskId, RunOutcome> finished;
  bool suitable = false;
  if (*last) {
    for (const auto& [id, state, attempt] : (*last)->states) {
      suitable = suitable || state == "CANCELLED" || state.starts_with("FAILED");
      if (is_finalizer(id)) continue;
      if (state == "SUCCEEDED") finished[id] = RunOutcome::succeeded;
      if (state == "SKIPPED") finished[id] = RunOutcome::skipped;
    }
    suitable = suitable && (*last)->graph_version == task.as<Task>()->graph_version &&
               (*last)->root.scheduled >= warehouse_.clock().now() - k_retry_max;
  }
  if (!suitable) {
    return sql::fail(
        {91429, "22000", fmt::format("Cannot perform retry: no suitable run of graph with root task {} to retry.", task.name)});
  }
  const auto& graph = **last;
  if (scheduler_.running(task.id))
    return sql::fail({91429, "22000", fmt::format("Cannot retry task {} while it runs.", task.name)});
  take(scheduler_.restore(task.id, graph.root.graph_run, graph.root.scheduled, ScheduledFrom::manual_retry, graph.root.config,
                          finished, warehouse_.clock().now(), graph.attempt + 1));
  return {};
}

std::vector<std::string> Tasks::cancel(ObjectId task) {
  std::lock_guard lock(mutex_);
  std::vector<std::string> query_ids;
  for (auto& [id, running] : running_) {
    if (running.record.run.task != task || running.session == nullptr) continue;
    running.cancelled = true;
    running.session->cancel();
    query_ids.push_back(warehouse_.history().running_of(running.session->id()).value_or(""));
  }
  return query_ids;
}

std::optional<TaskRun> Tasks::run_of(const std::string& session_id) {
  std::lock_guard lock(mutex_);
  const auto found = run_of_session_.find(session_id);
  return found == run_of_session_.end() ? std::nullopt : std::optional(running_[found->second].record.run);
}

bool Tasks::set_return_value(const std::string& session_id, std::string value) {
  std::lock_guard lock(mutex_);
  const auto found = run_of_session_.find(session_id);
  if (found == run_of_session_.end()) return false;
  running_[found->second].record.return_value = std::move(value);
  return true;
}

std::vector<GraphRunId> Tasks::graphs_in_progress() {
  std::lock_guard lock(mutex_);
  return scheduler_.in_progress();
}

std::vector<TaskRecord> Tasks::in_progress_and_ahead() {
  std::lock_guard lock(mutex_);
  std::vector<TaskRecord> records;
  for (const auto& [id, running] : running_) {
    if (running.record.started) records.push_back(running.record);
  }
  for (const auto& object : warehouse_.catalog().all(ObjectKind::task)) {
    const auto slot = scheduler_.next_slot(object->id);
    if (!slot) continue;
    TaskRun run;
    run.task = run.root = object->id;
    run.scheduled = *slot;
    auto record = describe(run, object.get());
    record.state = "SCHEDULED";
    records.push_back(std::move(record));
  }
  return records;
}

} // namespace freshet::warehouse
