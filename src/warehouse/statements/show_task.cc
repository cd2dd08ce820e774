#include "warehouse/statements/show_task.h"

#include <fmt/core.h>

#include "warehouse/tasks/task_graph.h"

namespace freshet::warehouse {
namespace {

std::string predecessor_list(const Catalog& catalog, const Task& task) {
  std::string names;
  for (const auto& each : predecessors_of(catalog, task))
    names += fmt::format("{}\"{}\"", names.empty() ? "" : ",", catalog.full_name(*each));
  return "[" + names + "]";
}

std::string relations(const Catalog& catalog, const Object& object, const std::string& predecessors) {
  const auto root = catalog.find(object.as<Task>()->finalizes);
  const auto finalizer = finalizer_of(catalog, object);
  std::string out = "{";
  if (root) out += fmt::format("\"FinalizedRootTask\":\"{}\",", catalog.full_name(*root));
  out += "\"Predecessors\":" + predecessors;
  if (finalizer) out += fmt::format(",\"FinalizerTask\":\"{}\"", catalog.full_name(*finalizer));
  return out + "}";
}

std::optional<std::string> instant(const std::optional<TimePoint>& value) {
  return value ? std::optional(engine_text(*value)) : std::nullopt;
}

std::optional<std::string> option(const Task& task, const std::string& key) {
  const auto found = task.options.find(key);
  return found == task.options.end() || found->second.empty() ? std::nullopt : std::optional(found->second.front());
}

} // namespace

bool is_root_task(const Catalog& catalog, const Object& object) {
  const auto& task = *object.as<Task>();
  return task.finalizes == 0 && predecessors_of(catalog, task).empty();
}

SqlResult<ShowRow> task_row(StatementContext& context, const Object& object) {
  const auto& task = *object.as<Task>();
  const auto& catalog = context.catalog();
  const auto at = context.scope_of(object);
  const auto predecessors = predecessor_list(catalog, task);
  const bool is_root = is_root_task(catalog, object);
  return ShowRow{engine_text(object.created_on),
                 object.name,
                 task_id_text(object.id),
                 at.database,
                 at.schema,
                 object.owner,
                 object.comment,
                 null_if_empty(task.compute),
                 null_if_empty(task.schedule),
                 predecessors,
                 task.started ? "started" : "suspended",
                 task.definition,
                 null_if_empty(task.condition),
                 is_root ? std::optional(true_or_false(task.overlap_policy != "NO_OVERLAP")) : std::nullopt,
                 null_if_empty(task.error_integration),
                 instant(task.last_committed_on),
                 instant(task.last_suspended_on),
                 "ROLE",
                 is_root ? null_if_empty(task.config) : std::nullopt,
                 std::nullopt,
                 relations(catalog, object, predecessors),
                 null_if_empty(task.last_suspended_reason),
                 option(task, "SUCCESS_INTEGRATION"),
                 task.schedule.empty() ? std::nullopt : std::optional<std::string>("FIXED"),
                 option(task, "TARGET_COMPLETION_INTERVAL"),
                 null_if_empty(task.execute_as_user)};
}

ShowRow terse_task_row(StatementContext& context, const Object& object) {
  const auto at = context.scope_of(object);
  return {engine_text(object.created_on),
          object.name,
          std::nullopt,
          at.database,
          at.schema,
          null_if_empty(object.as<Task>()->schedule)};
}

SqlResult<ShowRow> alert_row(StatementContext& context, const Object& object) {
  const auto& alert = *object.as<Alert>();
  const auto at = context.scope_of(object);
  return ShowRow{engine_text(object.created_on),
                 object.name,
                 at.database,
                 at.schema,
                 object.owner,
                 object.comment,
                 null_if_empty(alert.compute),
                 null_if_empty(alert.schedule),
                 alert.started ? "started" : "suspended",
                 alert.condition,
                 alert.action,
                 "ROLE",
                 null_if_empty(alert.runbook),
                 null_if_empty(alert.config),
                 alert.auto_suspended ? std::optional(true_or_false(*alert.auto_suspended)) : std::nullopt};
}

ShowRow terse_alert_row(StatementContext& context, const Object& object) {
  const auto& alert = *object.as<Alert>();
  const auto at = context.scope_of(object);
  return {
      engine_text(object.created_on),         object.name, std::nullopt, at.database, at.schema, null_if_empty(alert.schedule),
      alert.started ? "started" : "suspended"};
}

} // namespace freshet::warehouse
