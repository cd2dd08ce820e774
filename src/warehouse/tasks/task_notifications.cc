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

/// An event execution.status. Failures are logged unless LOG_LEVEL keeps them out; successes when it asks for them.
void Tasks::log_outcome(const TaskRecord& record, bool failed) {
  auto* events = warehouse_.service<EventLog>();
  const auto object = warehouse_.catalog().find(record.run.task);
  if (events == nullptr || !object) return;
  const auto level = log_level_of(warehouse_.catalog(), *object);
  const std::string severity = failed ? "ERROR" : "INFO";
  if (level ? !passes(severity, *level) : !failed) return;
  boost::json::object value{{"state", record.state}};
  if (failed) {
    value["message"] = record.error_message;
    value["error_code"] = fmt::format("{:06}", record.error_code.value_or(0));
  }
  const boost::json::object resource{{"snow.executable.type", "task"},
                                     {"snow.executable.name", record.name},
                                     {"snow.executable.id", task_id_text(record.run.task)},
                                     {"snow.database.name", record.database},
                                     {"snow.schema.name", record.schema},
                                     {"snow.owner.name", object->owner},
                                     {"snow.query.id", record.query_id}};
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
