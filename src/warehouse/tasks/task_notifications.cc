#include <fmt/core.h>

#include <boost/json.hpp>

#include "base/random.h"
#include "warehouse/notifications/event_log.h"
#include "warehouse/notifications/messages.h"
#include "warehouse/notifications/notifier.h"
#include "warehouse/tasks/task_graph.h"
#include "warehouse/tasks/tasks.h"

/// What the event table and the integrations of a graph's root are told of its runs.
namespace freshet::warehouse {
namespace {

/// The name that an integration has in the catalog: as written in the task's properties, folded.
std::string folded(std::string name) {
  for (char& c : name) c = c >= 'a' && c <= 'z' ? char(c - 32) : c;
  return name;
}

} // namespace

/// An event execution.status. Failures are logged unless LOG_EVENT_LEVEL keeps them out; successes when it asks for them.
/// Source: https://docs.snowflake.com/en/user-guide/tasks-events
void Tasks::log_outcome(const TaskRecord& record, bool failed) {
  auto* events = warehouse_.service<EventLog>();
  const auto& catalog = warehouse_.catalog();
  const auto object = catalog.find(record.run.task);
  if (events == nullptr || !object) return;
  const auto level = event_level_of(catalog, *object);
  const std::string severity = failed ? "ERROR" : "INFO";
  if (level ? !passes(severity, *level) : !failed) return;
  boost::json::object value{{"state", record.state}};
  if (failed) {
    const auto code = fmt::format("{:06}", record.error_code.value_or(0));
    value["message"] = code + ": " + record.error_message;
    value["error_code"] = code;
  }
  boost::json::object resource{
      {"snow.executable.type", "TASK"},        {"snow.executable.name", record.name}, {"snow.executable.id", object->id},
      {"snow.database.name", record.database}, {"snow.schema.name", record.schema},   {"snow.schema.id", object->parent},
      {"snow.owner.name", object->owner},      {"snow.owner.type", "ROLE"},           {"snow.query.id", record.query_id}};
  if (const auto schema = catalog.find(object->parent)) resource["snow.database.id"] = schema->parent;
  if (const auto owner = catalog.find(ObjectKind::role, k_account, object->owner)) resource["snow.owner.id"] = owner->id;
  if (const auto* task = object->as<Task>(); task != nullptr && !task->compute.empty()) {
    resource["snow.warehouse.name"] = task->compute;
    if (const auto compute = catalog.find(ObjectKind::compute_warehouse, k_account, task->compute))
      resource["snow.warehouse.id"] = compute->id;
  }
  events->add({.time = record.completed.value_or(warehouse_.clock().now()),
               .record_type = "EVENT",
               .severity = severity,
               .name = "execution.status",
               .resource_attributes = boost::json::serialize(resource),
               .record_attributes = {},
               .value = boost::json::serialize(value),
               .schema = object->parent});
}

void Tasks::notify_failure(const TaskRecord& record) {
  const auto root = warehouse_.catalog().find(record.run.root);
  auto* notifier = warehouse_.service<Notifier>();
  if (notifier == nullptr || !root || root->as<Task>() == nullptr || root->as<Task>()->error_integration.empty()) return;
  const auto message = TaskMessage{.account = warehouse_.options().account,
                                   .task = record.database + "." + record.schema + "." + record.name,
                                   .task_id = task_id_text(record.run.task),
                                   .root = warehouse_.catalog().full_name(*root),
                                   .root_id = task_id_text(root->id),
                                   .scheduled = record.run.scheduled,
                                   .started = record.started,
                                   .completed = record.completed,
                                   .query_id = record.query_id,
                                   .error_code = record.error_code.value_or(0),
                                   .error_message = record.error_message};
  notifier->send(folded(root->as<Task>()->error_integration), "TASK",
                 task_message(message, warehouse_.clock().now(), random_uuid()));
}

void Tasks::notify_success(const TaskRun& run) {
  const auto root = warehouse_.catalog().find(run.root);
  auto* notifier = warehouse_.service<Notifier>();
  if (notifier == nullptr || !root || root->as<Task>() == nullptr) return;
  const auto& options = root->as<Task>()->options;
  const auto integration = options.find("SUCCESS_INTEGRATION");
  if (integration == options.end() || integration->second.empty()) return;
  const auto name = warehouse_.catalog().full_name(*root);
  const auto id = task_id_text(root->id);
  const auto message = TaskMessage{.account = warehouse_.options().account,
                                   .task = name,
                                   .task_id = id,
                                   .root = name,
                                   .root_id = id,
                                   .scheduled = run.scheduled,
                                   .started = std::nullopt,
                                   .completed = warehouse_.clock().now(),
                                   .query_id = {},
                                   .error_code = std::nullopt,
                                   .error_message = {}};
  notifier->send(folded(integration->second.front()), "TASK", task_message(message, warehouse_.clock().now(), random_uuid()));
}

} // namespace freshet::warehouse
