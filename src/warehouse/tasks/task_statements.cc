#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "sql/parser.h"
#include "warehouse/statements/create.h"
#include "warehouse/tasks/task_config.h"
#include "warehouse/tasks/task_graph.h"
#include "warehouse/tasks/task_properties.h"
#include "warehouse/tasks/tasks.h"

namespace freshet::warehouse {
namespace {

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
  if (statement.when) TRY(check_task_condition(*statement.when));
  TRY(set_task_properties(context, task, statement.properties));
  TRY(set_task_user(context, task, statement.execute_as_user));
  task.predecessors = TRY(find_predecessors(context, object.parent, statement.after));
  TRY(check_predecessors(context.catalog(), object, task.predecessors));
  if (statement.finalize) task.finalizes = TRY(find_finalized(context, object, *statement.finalize));
  TRY(check_task(context.catalog(), task));
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
  const bool was_child = !predecessors_of(context.catalog(), before).empty();
  const bool was_finalizer = before.finalizes != 0;
  if (was_child && predecessors_of(context.catalog(), task).empty()) suspend_task(task, context.now(), "CHILD_BECAME_ROOT");
  if (was_finalizer && task.finalizes == 0) suspend_task(task, context.now(), "FINALIZER_BECAME_ROOT");
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
    if (replaced) TRY(check_graph_suspended(context.catalog(), replaced));
    if (statement.clone) {
      Task task = *TRY(context.find(ObjectKind::task, statement.clone->source))->as<Task>();
      task.started = false;
      task.last_committed_on = task.last_suspended_on = std::nullopt;
      task.last_suspended_reason.clear();
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
    if (task.started) suspend_task(task, context.now(), "USER_SUSPENDED");
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
    if (predecessors_of(context.catalog(), task).empty()) suspend_task(task, context.now(), "CHILD_BECAME_ROOT");
  }
  return {};
}

SqlResult<void> apply(StatementContext& context, Object& object, const sql::AlterAction& action) {
  auto& task = *object.as<Task>();
  if (TRY(alter_common(context, object, action))) return {};
  if (const auto* words = std::get_if<sql::AlterWords>(&action)) return apply_words(context, object, words->words);
  if (const auto* set = std::get_if<sql::SetProperties>(&action)) {
    TRY(set_task_properties(context, task, set->properties));
    TRY(set_task_user(context, task, set->execute_as_user));
  } else if (const auto* unset = std::get_if<sql::UnsetProperties>(&action)) {
    for (const auto& key : unset->keys) TRY(unset_task_property(task, key));
    if (unset->execute_as_user) task.execute_as_user.clear();
  } else if (const auto* after = std::get_if<sql::AlterTaskAfter>(&action)) {
    TRY(apply_after(context, object, *after));
  } else if (const auto* finalize = std::get_if<sql::AlterTaskFinalize>(&action)) {
    const bool was_finalizer = task.finalizes != 0;
    task.finalizes = finalize->root ? TRY(find_finalized(context, object, *finalize->root)) : 0;
    if (was_finalizer && task.finalizes == 0) suspend_task(task, context.now(), "FINALIZER_BECAME_ROOT");
  } else if (const auto* body = std::get_if<sql::AlterTaskBody>(&action)) {
    task.definition = body->body_text;
    ++task.graph_version; // an earlier run is no run of this graph: nothing to retry or to go on with
  } else if (const auto* when = std::get_if<sql::AlterTaskWhen>(&action)) {
    if (when->when) TRY(check_task_condition(*when->when));
    task.condition = when->when_text;
  } else {
    return sql::fail(sql::unsupported_feature("this form of ALTER TASK"));
  }
  return check_task(context.catalog(), task);
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

namespace {

/// What GRAPH_RUN_GROUP_ID of TASK_HISTORY says.
SqlResult<GraphRunId> graph_run_called(const std::string& text) {
  GraphRunId id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error == std::errc() && end == text.data() + text.size()) return id;
  return sql::fail({91429, "22000", fmt::format("Graph run group '{}' does not exist.", text)});
}

} // namespace

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
  if (statement.retried_group) {
    TRY(tasks->retry(*task, TRY(graph_run_called(*statement.retried_group))));
  } else if (statement.retry_last) {
    TRY(tasks->retry(*task));
  } else {
    TRY(tasks->execute(*task, statement.config ? TRY(merged_task_config(definition.config, *statement.config)) : ""));
  }
  return context.message(StatementKind::session_command, fmt::format("Task {} is scheduled to run immediately.", task->name));
}

} // namespace freshet::warehouse
