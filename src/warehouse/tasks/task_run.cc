#include <fmt/core.h>

#include <algorithm>

#include "base/log.h"
#include "engine/engine.h"
#include "warehouse/alerts/alert_definition.h"
#include "warehouse/session.h"
#include "warehouse/tasks/task_graph.h"
#include "warehouse/tasks/tasks.h"

/// One run of a task: its session, its WHEN, its body, its record.
namespace freshet::warehouse {
namespace {

std::string_view state_name(RunOutcome outcome) {
  switch (outcome) {
    case RunOutcome::succeeded:
      return "SUCCEEDED";
    case RunOutcome::failed:
      return "FAILED";
    case RunOutcome::skipped:
      return "SKIPPED";
    case RunOutcome::cancelled:
      return "CANCELLED";
  }
  return "FAILED";
}

} // namespace

TaskRecord Tasks::describe(const TaskRun& run, const Object* object) const {
  TaskRecord record;
  record.run = run;
  if (object == nullptr) return record;
  const auto& catalog = warehouse_.catalog();
  const auto& task = *object->as<Task>();
  record.name = object->name;
  record.query_text = task.definition;
  record.condition = task.condition;
  if (const auto schema = catalog.find(object->parent)) {
    record.schema = schema->name;
    if (const auto database = catalog.find(schema->parent)) record.database = database->name;
  }
  const auto root = catalog.find(run.root);
  const auto& of_graph = root && root->as<Task>() != nullptr ? *root->as<Task>() : task;
  record.graph_version = of_graph.graph_version;
  if (record.run.config.empty()) record.run.config = of_graph.config;
  return record;
}

void Tasks::perform(const TaskRun& run) {
  const auto object = warehouse_.catalog().find(run.task);
  if (object && object->as<Alert>() != nullptr) return perform_alert(run, *object);
  const bool exists = object && object->as<Task>() != nullptr;
  auto record = describe(run, exists ? object.get() : nullptr);
  record.state = "EXECUTING";
  {
    std::lock_guard lock(mutex_);
    running_[run.id].record = record;
  }
  const auto outcome = exists ? run_task(run, *object, record) : RunOutcome::cancelled;
  finish(run, outcome, std::move(record));
}

RunOutcome Tasks::run_task(const TaskRun& run, const Object& object, TaskRecord& record) {
  const auto& task = *object.as<Task>();
  const std::string user = task.execute_as_user.empty() ? "SYSTEM" : task.execute_as_user;
  auto session = warehouse_.create_session({user, object.owner, task.compute, record.database, record.schema});
  if (!session) {
    record.error_code = 603;
    record.error_message = session.error().message;
    return RunOutcome::failed;
  }
  {
    std::lock_guard lock(mutex_);
    running_[run.id].session = session->get();
    run_of_session_[(*session)->id()] = run.id;
  }
  const auto outcome = run_body(**session, task, run.id, record);
  std::lock_guard lock(mutex_);
  auto& running = running_[run.id];
  running.session = nullptr;
  record.return_value = running.record.return_value;
  run_of_session_.erase((*session)->id());
  return running.cancelled && outcome == RunOutcome::failed ? RunOutcome::cancelled : outcome;
}

RunOutcome Tasks::run_body(Session& session, const Task& task, RunId id, TaskRecord& record) {
  auto failed = [&](const sql::Error& error) {
    record.error_code = error.code;
    record.error_message = error.message;
    return RunOutcome::failed;
  };
  for (const auto& [name, value] : task.session_parameters) {
    if (auto set = session.parameters().set(name, value); !set) return failed(set.error());
  }
  if (!task.condition.empty()) {
    auto holds = session.execute("SELECT CASE WHEN (" + task.condition + ") THEN 1 ELSE 0 END");
    if (!holds) return failed(holds.error());
    if (holds->row_count() != 1 || holds->rows->integer(0, 0) == 0) {
      record.error_message = "Conditional expression for task evaluated to false.";
      return RunOutcome::skipped;
    }
  }
  record.started = warehouse_.clock().now();
  {
    std::lock_guard lock(mutex_);
    running_[id].record.started = record.started;
    ++bodies_run_;
  }
  std::atomic<bool> timed_out = false;
  std::unique_ptr<Warehouse::Deadline> deadline;
  if (task.timeout_ms > 0) {
    deadline = warehouse_.interrupt_at(*record.started + std::chrono::milliseconds(task.timeout_ms), [&] {
      timed_out = true;
      session.cancel();
    });
  }
  auto result = session.execute(task.definition);
  deadline.reset();
  record.query_id = session.last_query_id();
  if (result) {
    record.query_id = result->query_id;
    return RunOutcome::succeeded;
  }
  if (timed_out) {
    return failed({630, "57014",
                   fmt::format("Statement reached its statement or warehouse timeout of {} second(s) and was canceled.",
                               double(task.timeout_ms) / 1000)});
  }
  return failed(result.error());
}

void Tasks::finish(const TaskRun& run, RunOutcome outcome, TaskRecord record) {
  Finished finished{run, outcome, std::move(record), {}};
  auto& ended = finished.record;
  bool replace = false, interrupted = false;
  ended.completed = warehouse_.clock().now();
  ended.state = state_name(outcome);
  {
    std::lock_guard lock(mutex_);
    interrupted = stopping_ && outcome == RunOutcome::cancelled; // it runs again after the next start
    if (!interrupted) finished.actions = scheduler_.finished(run, outcome, *ended.completed);
    ended.next_scheduled = scheduler_.next_slot(run.task);
    ended.ends_graph = !scheduler_.in_progress(run.graph_run);
    ended.root_next = scheduler_.next_slot(run.root);
    replace = requested_.erase(run.id) > 0;
  }
  if (outcome == RunOutcome::failed && !finished.actions.suspend.empty()) ended.state = "FAILED_AND_AUTO_SUSPENDED";
  if (outcome == RunOutcome::failed) {
    log::error("task", "{}.{}.{} failed with {:06}: {}", ended.database, ended.schema, ended.name, ended.error_code.value_or(0),
               ended.error_message);
  }
  const bool nothing_happened = outcome == RunOutcome::skipped && run.from == ScheduledFrom::trigger && run.task == run.root;
  if (interrupted || nothing_happened) return settle(std::move(finished), {});
  if (options_.runners_max == 0) {
    const auto stored = store_->put(ended, replace);
    return settle(std::move(finished), stored);
  }
  auto copy = ended;
  store_->put_later(std::move(copy), replace,
                    [this, finished = std::move(finished)](const engine::Result<void>& stored) mutable {
                      settle(std::move(finished), stored);
                    });
}

/// What comes after a run, once its record is durable.
void Tasks::settle(Finished finished, const engine::Result<void>& stored) {
  auto& [run, outcome, record, actions] = finished;
  if (!stored) log::error("task", "the run of {} cannot be recorded: {}", record.name, stored.error().message);
  if (outcome == RunOutcome::failed) notify_failure(record);
  if (outcome == RunOutcome::failed || outcome == RunOutcome::succeeded) log_outcome(record, outcome == RunOutcome::failed);
  for (const auto& root : actions.succeeded) notify_success(root);
  for (ObjectId root : actions.suspend) {
    suspend(root);
    if (auto marked = store_->mark_suspended(run.graph_run); !marked)
      log::error("task", "what suspended {} cannot be recorded: {}", record.name, marked.error().message);
  }
  end_run(run.id, std::move(actions));
}

void Tasks::end_run(RunId run, TaskActions actions) {
  bool earlier = false;
  {
    std::lock_guard lock(mutex_);
    running_.erase(run);
    take(std::move(actions));
    if (stopping_) condition_.notify_all();
    const auto next = scheduler_.next_due();
    earlier = next && (!awaited_ || *next < *awaited_);
  }
  if (earlier && worker_) worker_->wake();
}

/// As ALTER TASK … SUSPEND and ALTER ALERT … SUSPEND do it, in the service's own name.
void Tasks::suspend(ObjectId root) {
  auto& catalog = warehouse_.catalog();
  auto work = [&]() -> Result<void> {
    auto lock = catalog.changing();
    const auto found = catalog.find(root);
    if (!found) return {};
    Object object = *found;
    if (auto* task = object.as<Task>()) {
      suspend_task(*task, warehouse_.clock().now(), "SUSPENDED_DUE_TO_ERRORS");
    } else if (auto* alert = object.as<Alert>()) {
      suspend_alert(*alert);
      alert->auto_suspended = true;
    }
    CatalogChange change;
    change.put(std::move(object));
    auto connection = TRY(warehouse_.database().connect());
    TRY(connection->begin());
    TRY(catalog.write(*connection, change));
    TRY(connection->commit());
    catalog.publish(change);
    log::warn("task", "{} is suspended after too many failures in a row; resume it with ALTER {} … RESUME",
              catalog.full_name(*found), name_of(found->kind()));
    return {};
  };
  if (auto done = work(); !done) {
    log::error("task", "task {} cannot be suspended: {}", root, done.error().message);
    return;
  }
  warehouse_.catalog_changed(std::span(&root, 1));
}

} // namespace freshet::warehouse
