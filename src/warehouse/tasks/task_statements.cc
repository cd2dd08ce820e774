#include <fmt/core.h>

#include <algorithm>

#include "sql/parser.h"
#include "warehouse/statements/create.h"
#include "warehouse/tasks/task_config.h"
#include "warehouse/tasks/task_graph.h"
#include "warehouse/tasks/tasks.h"

namespace freshet::warehouse {
namespace {

constexpr std::string_view k_recorded[] = {"USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE",
                                           "USER_TASK_MINIMUM_TRIGGER_INTERVAL_IN_SECONDS",
                                           "TARGET_COMPLETION_INTERVAL",
                                           "SERVERLESS_TASK_MIN_STATEMENT_SIZE",
                                           "SERVERLESS_TASK_MAX_STATEMENT_SIZE",
                                           "SUCCESS_INTEGRATION",
                                           "LOG_LEVEL",
                                           "TRACE_LEVEL",
                                           "TAG"};
constexpr std::string_view k_members[] = {"WAREHOUSE",
                                          "SCHEDULE",
                                          "CONFIG",
                                          "ALLOW_OVERLAPPING_EXECUTION",
                                          "OVERLAP_POLICY",
                                          "USER_TASK_TIMEOUT_MS",
                                          "SUSPEND_TASK_AFTER_NUM_FAILURES",
                                          "TASK_AUTO_RETRY_ATTEMPTS",
                                          "ERROR_INTEGRATION"};

sql::Error invalid_value(std::string_view key, std::string_view value, std::string_view why) {
  return {1008, "22023",
          fmt::format("SQL compilation error:\ninvalid value ['{}'] for parameter '{}'{}{}", value, key,
                      why.empty() ? "" : ": ", why)};
}

SqlResult<int64_t> whole_number(const sql::Property& property, int64_t lowest, int64_t highest) {
  const int64_t value = number_property({property}, property.key, -1);
  if (value < lowest || value > highest) {
    return sql::fail(invalid_value(property.key, property.value.text, fmt::format("expected {} to {}", lowest, highest)));
  }
  return value;
}

/// A session parameter that the task's runs set first.
SqlResult<void> set_session_parameter(Task& task, const sql::Property& property) {
  if (property.key == "SEARCH_PATH" || (property.key == "AUTOCOMMIT" && !property.value.is_true())) {
    return sql::fail(invalid_value(property.key, property.value.text, "a task cannot set it"));
  }
  SessionParameters check;
  if (SessionParameters::find(property.key) == nullptr) {
    return sql::fail({1420, "22023", fmt::format("SQL compilation error:\ninvalid property '{}' for 'TASK'", property.key)});
  }
  TRY(check.set(property.key, property.value.text));
  task.session_parameters[property.key] = property.value.text;
  return {};
}

/// The object that a property names: written bare it is an identifier.
std::string named_object(const sql::PropertyValue& value) {
  return value.kind == sql::PropertyValue::Kind::word && !value.name.empty() ? std::string(value.name.last()) : value.text;
}

SqlResult<void> set_property(Task& task, const sql::Property& property) {
  const auto& [key, value, range] = property;
  if (key == "COMMENT") return {};
  if (key == "WAREHOUSE") {
    task.compute = named_object(value);
  } else if (key == "SCHEDULE") {
    if (auto schedule = Schedule::parse(value.text); !schedule && !value.text.empty()) {
      return sql::fail(invalid_value(key, value.text, schedule.error().message));
    }
    task.schedule = value.text;
  } else if (key == "CONFIG") {
    TRY(check_task_config(value.text));
    task.config = value.text;
  } else if (key == "ALLOW_OVERLAPPING_EXECUTION") {
    task.overlap_policy = value.is_true() ? "ALLOW_ALL_OVERLAP" : "NO_OVERLAP";
  } else if (key == "OVERLAP_POLICY") {
    std::string policy = value.text;
    std::ranges::transform(policy, policy.begin(), [](unsigned char c) { return char(std::toupper(c)); });
    if (policy != "NO_OVERLAP" && policy != "ALLOW_CHILD_OVERLAP" && policy != "ALLOW_ALL_OVERLAP") {
      return sql::fail(invalid_value(key, value.text, "expected NO_OVERLAP, ALLOW_CHILD_OVERLAP or ALLOW_ALL_OVERLAP"));
    }
    task.overlap_policy = policy;
  } else if (key == "USER_TASK_TIMEOUT_MS") {
    task.timeout_ms = TRY(whole_number(property, 0, 604'800'000));
  } else if (key == "SUSPEND_TASK_AFTER_NUM_FAILURES") {
    task.suspend_after_failures = TRY(whole_number(property, 0, INT64_MAX));
  } else if (key == "TASK_AUTO_RETRY_ATTEMPTS") {
    task.auto_retry_attempts = TRY(whole_number(property, 0, 30));
  } else if (key == "ERROR_INTEGRATION") {
    task.error_integration = named_object(value);
  } else if (std::ranges::find(k_recorded, key) != std::end(k_recorded)) {
    if (key == "USER_TASK_MINIMUM_TRIGGER_INTERVAL_IN_SECONDS") TRY(whole_number(property, 0, 604'800));
    task.options[key] = {key == "SUCCESS_INTEGRATION" ? named_object(value) : value.text};
  } else {
    return set_session_parameter(task, property);
  }
  return {};
}

/// Where messages go must exist, and be for messages.
SqlResult<void> check_integration(StatementContext& context, const sql::Property& property) {
  if (property.key != "ERROR_INTEGRATION" && property.key != "SUCCESS_INTEGRATION") return {};
  const auto found = TRY(context.find(ObjectKind::integration, TRY(sql::parse_qualified_name(property.value.text))));
  if (found->as<Integration>()->category == "NOTIFICATION") return {};
  return sql::fail(invalid_value(property.key, property.value.text, "it is no notification integration"));
}

SqlResult<void> unset_property(Task& task, const std::string& key) {
  const Task fresh;
  if (key == "WAREHOUSE") task.compute = fresh.compute;
  if (key == "SCHEDULE") task.schedule = fresh.schedule;
  if (key == "CONFIG") task.config = fresh.config;
  if (key == "ALLOW_OVERLAPPING_EXECUTION" || key == "OVERLAP_POLICY") task.overlap_policy = fresh.overlap_policy;
  if (key == "USER_TASK_TIMEOUT_MS") task.timeout_ms = fresh.timeout_ms;
  if (key == "SUSPEND_TASK_AFTER_NUM_FAILURES") task.suspend_after_failures = fresh.suspend_after_failures;
  if (key == "TASK_AUTO_RETRY_ATTEMPTS") task.auto_retry_attempts = fresh.auto_retry_attempts;
  if (key == "ERROR_INTEGRATION") task.error_integration = fresh.error_integration;
  task.options.erase(key);
  task.session_parameters.erase(key);
  const bool known = key == "COMMENT" || std::ranges::find(k_members, key) != std::end(k_members) ||
                     std::ranges::find(k_recorded, key) != std::end(k_recorded) || SessionParameters::find(key) != nullptr;
  if (known) return {};
  return sql::fail({1420, "22023", fmt::format("SQL compilation error:\ninvalid property '{}' for 'TASK'", key)});
}

/// The tasks that AFTER names: they must exist, in the same schema.
SqlResult<std::vector<ObjectId>> find_predecessors(StatementContext& context, ObjectId schema,
                                                   const std::vector<sql::QualifiedName>& names) {
  std::vector<ObjectId> ids;
  for (const auto& name : names) {
    const auto found = TRY(context.find(ObjectKind::task, name));
    if (found->parent != schema) {
      return sql::fail({91424, "22000",
                        fmt::format("Task {} is in another schema: all tasks of a graph must be in one schema.",
                                    context.catalog().full_name(*found))});
    }
    if (found->as<Task>()->finalizes != 0) {
      return sql::fail(
          {91425, "22000",
           fmt::format("Task {} is a finalizer and cannot have child tasks.", context.catalog().full_name(*found))});
    }
    if (std::ranges::find(ids, found->id) == ids.end()) ids.push_back(found->id);
  }
  return ids;
}

SqlResult<void> check_combination(const Task& task) {
  if (!task.schedule.empty() && (!task.predecessors.empty() || task.finalizes != 0)) {
    return sql::fail({91426, "22000", "A task that runs AFTER another, or is a finalizer, cannot have a SCHEDULE."});
  }
  if (task.finalizes != 0 && !task.predecessors.empty()) {
    return sql::fail({91426, "22000", "A finalizer cannot have predecessors."});
  }
  return {};
}

SqlResult<ObjectId> find_finalized(StatementContext& context, const Object& task, const sql::QualifiedName& name) {
  const auto root = TRY(context.find(ObjectKind::task, name));
  const auto& definition = *root->as<Task>();
  if (root->parent != task.parent || root->id == task.id || definition.finalizes != 0 ||
      !predecessors_of(context.catalog(), definition).empty()) {
    return sql::fail({91427, "22000",
                      fmt::format("Invalid finalized root task {}: it must be a root task of the same schema.", root->name)});
  }
  for (const auto& other : context.catalog().children(root->parent, ObjectKind::task)) {
    if (other->as<Task>()->finalizes == root->id && other->id != task.id && other->name != task.name) {
      return sql::fail({91427, "22000", fmt::format("Root task {} already has a finalizer, {}.", root->name, other->name)});
    }
  }
  TRY(check_root_suspended(context.catalog(), root));
  return root->id;
}

} // namespace

namespace {

/// The task that the statement describes.
SqlResult<Task> described(StatementContext& context, const Object& object, const sql::CreateTask& statement) {
  Task task;
  task.definition = statement.body_text;
  task.condition = statement.when_text;
  for (const auto& property : statement.properties) {
    TRY(check_integration(context, property));
    TRY(set_property(task, property));
  }
  task.predecessors = TRY(find_predecessors(context, object.parent, statement.after));
  TRY(check_predecessors(context.catalog(), object, task.predecessors));
  if (statement.finalize) task.finalizes = TRY(find_finalized(context, object, *statement.finalize));
  TRY(check_combination(task));
  return task;
}

/// CREATE OR ALTER of a task that exists: it becomes what the statement describes, and keeps its identity and state.
SqlResult<void> transform(StatementContext& context, const ObjectPointer& existing, const sql::CreateTask& statement,
                          CatalogChange& change) {
  TRY(check_root_suspended(context.catalog(), existing));
  Object object = *existing;
  auto task = TRY(described(context, object, statement));
  const auto& before = *existing->as<Task>();
  task.started = before.started;
  task.graph_version = before.graph_version;
  task.last_committed_on = before.last_committed_on;
  task.last_suspended_on = before.last_suspended_on;
  task.last_suspended_reason = before.last_suspended_reason;
  object.body = std::move(task);
  object.comment = text_property(statement.properties, "COMMENT");
  change.put(std::move(object));
  return {};
}

} // namespace

Outcome run(StatementContext& context, const sql::CreateTask& statement) {
  if (statement.options.or_alter && TRY(context.target(ObjectKind::task, statement.name)).existing) {
    TRY(context.change_catalog([&](CatalogChange& change) -> SqlResult<void> {
      return transform(context, TRY(context.find(ObjectKind::task, statement.name)), statement, change);
    }));
    return context.message(StatementKind::ddl, "Statement executed successfully.");
  }
  Creation creation{ObjectKind::task, "Task", statement.options, statement.name, &statement.properties};
  return create(context, creation, [&](Object& object, const ObjectPointer& replaced, CatalogChange&) -> SqlResult<void> {
    if (replaced && !predecessors_of(context.catalog(), *replaced->as<Task>()).empty()) {
      TRY(check_root_suspended(context.catalog(), replaced));
    }
    if (statement.clone) {
      Task task = *TRY(context.find(ObjectKind::task, statement.clone->source))->as<Task>();
      task.started = false;
      object.body = std::move(task);
      return {};
    }
    object.body = TRY(described(context, object, statement));
    return {};
  });
}

namespace {

SqlResult<void> apply_words(StatementContext& context, Object& object, const std::string& words) {
  auto& task = *object.as<Task>();
  if (words == "RESUME") {
    if (!task.started) {
      task.last_committed_on = context.now();
      ++task.graph_version;
    }
    task.started = true;
  } else if (words == "SUSPEND") {
    if (task.started) {
      task.last_suspended_on = context.now();
      task.last_suspended_reason = "USER_SUSPENDED";
    }
    task.started = false;
  } else {
    return sql::fail(sql::unsupported_feature("ALTER TASK … " + words));
  }
  return {};
}

SqlResult<void> apply_after(StatementContext& context, Object& object, const sql::AlterTaskAfter& action) {
  auto& task = *object.as<Task>();
  const auto ids = TRY(find_predecessors(context, object.parent, action.tasks));
  if (action.add) {
    TRY(check_predecessors(context.catalog(), object, ids));
    for (ObjectId id : ids) {
      if (std::ranges::find(task.predecessors, id) == task.predecessors.end()) task.predecessors.push_back(id);
    }
  } else {
    for (ObjectId id : ids) std::erase(task.predecessors, id);
  }
  return {};
}

SqlResult<void> apply(StatementContext& context, Object& object, const sql::AlterAction& action) {
  auto& task = *object.as<Task>();
  if (TRY(alter_common(context, object, action))) return {};
  if (const auto* words = std::get_if<sql::AlterWords>(&action)) return apply_words(context, object, words->words);
  if (const auto* set = std::get_if<sql::SetProperties>(&action)) {
    for (const auto& property : set->properties) {
      TRY(check_integration(context, property));
      TRY(set_property(task, property));
    }
  } else if (const auto* unset = std::get_if<sql::UnsetProperties>(&action)) {
    for (const auto& key : unset->keys) TRY(unset_property(task, key));
  } else if (const auto* after = std::get_if<sql::AlterTaskAfter>(&action)) {
    TRY(apply_after(context, object, *after));
  } else if (const auto* finalize = std::get_if<sql::AlterTaskFinalize>(&action)) {
    task.finalizes = finalize->root ? TRY(find_finalized(context, object, *finalize->root)) : 0;
  } else if (const auto* body = std::get_if<sql::AlterTaskBody>(&action)) {
    task.definition = body->body_text;
    ++task.graph_version; // an earlier run is no run of this graph: nothing to retry or to go on with
  } else if (const auto* when = std::get_if<sql::AlterTaskWhen>(&action)) {
    task.condition = when->when_text;
  } else {
    return sql::fail(sql::unsupported_feature("this form of ALTER TASK"));
  }
  return check_combination(task);
}

/// Suspending and resuming a root is what may be done to a graph at any time.
bool needs_suspended_root(const Catalog& catalog, const ObjectPointer& task, const sql::AlterAction& action) {
  if (!std::holds_alternative<sql::AlterWords>(action)) return true;
  const auto& definition = *task->as<Task>();
  return definition.finalizes != 0 || !predecessors_of(catalog, definition).empty();
}

} // namespace

Outcome alter_task(StatementContext& context, const sql::Alter& statement) {
  bool found = true;
  TRY(context.change_catalog([&](CatalogChange& change) -> SqlResult<void> {
    auto existing = TRY(statement.if_exists ? context.find_if_exists(ObjectKind::task, statement.name)
                                            : context.find(ObjectKind::task, statement.name));
    found = existing != nullptr;
    if (!found) return {};
    Object object = *existing;
    for (const auto& action : statement.actions) {
      if (needs_suspended_root(context.catalog(), existing, action)) TRY(check_root_suspended(context.catalog(), existing));
      TRY(apply(context, object, action));
    }
    change.put(std::move(object));
    return {};
  }));
  return context.message(StatementKind::ddl,
                         found ? "Statement executed successfully."
                               : fmt::format("{} does not exist; statement succeeded.", written(statement.name)));
}

Outcome run(StatementContext& context, const sql::ExecuteTask& statement) {
  const auto task = TRY(context.find(ObjectKind::task, statement.name));
  const auto& definition = *task->as<Task>();
  if (definition.finalizes != 0 || !predecessors_of(context.catalog(), definition).empty()) {
    return sql::fail({91428, "22000",
                      fmt::format("Cannot execute task {}: it is not a root task. Execute the root of its graph instead.",
                                  context.catalog().full_name(*task))});
  }
  auto* tasks = context.warehouse().service<Tasks>();
  if (tasks == nullptr) return sql::fail(sql::unsupported_feature("EXECUTE TASK: this warehouse runs no tasks"));
  if (statement.retry_last) {
    TRY(tasks->retry_last(*task));
  } else {
    TRY(tasks->execute(*task, statement.config ? TRY(merged_task_config(definition.config, *statement.config)) : ""));
  }
  return context.message(StatementKind::session_command, fmt::format("Task {} is scheduled to run immediately.", task->name));
}

} // namespace freshet::warehouse
