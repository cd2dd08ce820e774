#include <fmt/core.h>

#include <algorithm>

#include "base/log.h"
#include "engine/engine.h"
#include "warehouse/alerts/alert_definition.h"
#include "warehouse/session.h"
#include "warehouse/streams.h"
#include "warehouse/tasks/tasks.h"
#include "warehouse/transaction.h"

/// One evaluation of an alert: its session, its condition, its action, its record.
namespace freshet::warehouse {
namespace {

void note(AlertRecord& record, std::string_view state, const sql::Error& error) {
  record.state = state;
  record.error_code = error.code;
  record.error_message = error.message;
}

/// The condition over the rows that are new since the last evaluation, which they are no longer afterwards.
SqlResult<StatementResult> evaluate_new_rows(Session& session, const Alert& alert, ObjectId id) {
  TRY(session.begin());
  session.new_rows() = {.source = alert.watched, .alert = id};
  auto result = session.execute(alert.condition);
  session.new_rows().reset();
  if (!result) {
    session.rollback();
    return result;
  }
  TRY(session.transaction()->consume(id));
  TRY(session.commit());
  return result;
}

} // namespace

AlertRecord Tasks::describe_alert(const TaskRun& run, const Object& object) const {
  AlertRecord record;
  const auto& alert = *object.as<Alert>();
  record.run = run;
  record.name = object.name;
  record.condition = alert.condition;
  record.action = alert.action;
  record.runbook = alert.runbook;
  record.config = alert.config;
  if (const auto schema = warehouse_.catalog().find(object.parent)) {
    record.schema = schema->name;
    if (const auto database = warehouse_.catalog().find(schema->parent)) record.database = database->name;
  }
  return record;
}

void Tasks::perform_alert(const TaskRun& run, const Object& object) {
  auto record = describe_alert(run, object);
  record.state = "EXECUTING";
  {
    std::lock_guard lock(mutex_);
    running_[run.id].alert = record;
    ++bodies_run_;
  }
  const auto outcome = run_alert(run, object, record);
  finish_alert(run, outcome, std::move(record));
}

RunOutcome Tasks::run_alert(const TaskRun& run, const Object& object, AlertRecord& record) {
  const auto& alert = *object.as<Alert>();
  auto session = warehouse_.create_session({"SYSTEM", object.owner, alert.compute, record.database, record.schema});
  if (!session) {
    note(record, "FAILED", sql::Error(session.error()));
    return RunOutcome::failed;
  }
  {
    std::lock_guard lock(mutex_);
    running_[run.id].session = session->get();
    run_of_session_[(*session)->id()] = run.id;
  }
  const auto outcome = evaluate_alert(**session, object, record);
  std::lock_guard lock(mutex_);
  auto& running = running_[run.id];
  running.session = nullptr;
  run_of_session_.erase((*session)->id());
  if (!running.cancelled || outcome != RunOutcome::failed) return outcome;
  record.state = "CANCELLED";
  return RunOutcome::cancelled;
}

RunOutcome Tasks::evaluate_alert(Session& session, const Object& object, AlertRecord& record) {
  const auto& alert = *object.as<Alert>();
  const bool on_new_data = alert.schedule.empty();
  if (on_new_data) {
    const auto any = has_new_rows(session, object);
    if (!any) {
      note(record, "CONDITION_FAILED", any.error());
      return RunOutcome::failed;
    }
    if (!*any) return RunOutcome::skipped;
  }
  auto condition = on_new_data ? evaluate_new_rows(session, alert, object.id) : session.execute(alert.condition);
  record.condition_query_id = condition ? condition->query_id : session.last_query_id();
  if (!condition) {
    note(record, "CONDITION_FAILED", condition.error());
    return RunOutcome::failed;
  }
  if (condition->row_count() == 0) {
    record.state = "CONDITION_FALSE";
    return on_new_data ? RunOutcome::skipped : RunOutcome::succeeded;
  }
  {
    std::lock_guard lock(mutex_);
    running_[record.run.id].alert->condition_query_id = record.condition_query_id; // GET_CONDITION_QUERY_UUID()
  }
  auto action = session.execute(alert.action);
  record.action_query_id = action ? action->query_id : session.last_query_id();
  if (!action) {
    note(record, "ACTION_FAILED", action.error());
    return RunOutcome::failed;
  }
  record.state = "TRIGGERED";
  return RunOutcome::succeeded;
}

/// Looks as SYSTEM$STREAM_HAS_DATA does.
SqlResult<bool> Tasks::has_new_rows(Session& session, const Object& object) {
  const auto source = warehouse_.catalog().find(object.as<Alert>()->watched);
  if (!source) return sql::fail({2003, "02000", "SQL compilation error:\nThe table of the alert's condition was dropped."});
  sql::Statement nothing;
  StatementContext context(session, nothing, {}, warehouse_.new_query_id());
  return stream_has_data(context, new_rows_stream(warehouse_.catalog(), object.id, *source));
}

void Tasks::finish_alert(const TaskRun& run, RunOutcome outcome, AlertRecord record) {
  TaskActions actions;
  bool replace = false, interrupted = false;
  record.completed = warehouse_.clock().now();
  {
    std::lock_guard lock(mutex_);
    interrupted = stopping_ && outcome == RunOutcome::cancelled; // it runs again after the next start
    if (!interrupted) actions = scheduler_.finished(run, outcome, *record.completed);
    record.next_scheduled = scheduler_.next_slot(run.task);
    replace = requested_.erase(run.id) > 0;
  }
  record.auto_suspended = std::ranges::find(actions.suspend, run.root) != actions.suspend.end();
  if (outcome == RunOutcome::failed) {
    log::error("alert", "{}.{}.{}: {} with {:06}: {}", record.database, record.schema, record.name, record.state,
               record.error_code.value_or(0), record.error_message);
  }
  if (!interrupted && outcome != RunOutcome::skipped) {
    if (auto stored = alerts_->put(record, replace); !stored)
      log::error("alert", "the evaluation of {} cannot be recorded: {}", record.name, stored.error().message);
  }
  for (ObjectId alert : actions.suspend) suspend(alert);
  end_run(run.id, std::move(actions));
}

SqlResult<void> Tasks::execute_alert(const Object& alert) {
  const auto run = requested_run(alert.id);
  auto record = describe_alert(run, alert);
  record.state = "SCHEDULED";
  if (auto stored = alerts_->put(record, false); !stored) return std::unexpected(sql::Error(freshet::Error(stored.error())));
  std::unique_lock lock(mutex_);
  const auto replaced = run_once(run, run.scheduled);
  lock.unlock();
  forget(replaced);
  return {};
}

std::optional<AlertRecord> Tasks::alert_run_of(const std::string& session_id) {
  std::lock_guard lock(mutex_);
  const auto found = run_of_session_.find(session_id);
  return found == run_of_session_.end() ? std::nullopt : running_[found->second].alert;
}

std::vector<AlertRecord> Tasks::alerts_in_progress_and_ahead() {
  std::lock_guard lock(mutex_);
  std::vector<AlertRecord> records;
  for (const auto& [id, running] : running_) {
    if (running.alert) records.push_back(*running.alert);
  }
  for (const auto& object : warehouse_.catalog().all(ObjectKind::alert)) {
    const auto slot = scheduler_.next_slot(object->id);
    if (!slot) continue;
    TaskRun run;
    run.task = run.root = object->id;
    run.scheduled = *slot;
    auto record = describe_alert(run, *object);
    record.state = "SCHEDULED";
    records.push_back(std::move(record));
  }
  return records;
}

} // namespace freshet::warehouse
