#include "warehouse/tasks/task_graph.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "sql/parser.h"

namespace freshet::warehouse {
namespace {

constexpr size_t k_graph_tasks_max = 1000;
constexpr size_t k_edges_max = 100;

ObjectPointer find_task(const Catalog& catalog, ObjectId id) {
  auto found = catalog.find(id);
  return found && found->as<Task>() != nullptr ? found : nullptr;
}

std::vector<ObjectPointer> children_of(const Catalog& catalog, const Object& parent) {
  std::vector<ObjectPointer> children;
  for (const auto& task : catalog.children(parent.parent, ObjectKind::task)) {
    const auto& definition = *task->as<Task>();
    if (std::ranges::find(definition.predecessors, parent.id) != definition.predecessors.end() ||
        definition.finalizes == parent.id)
      children.push_back(task);
  }
  return children;
}

int64_t option_number(const Task& task, std::string_view key) {
  const auto found = task.options.find(std::string(key));
  int64_t number = 0;
  if (found != task.options.end() && !found->second.empty()) {
    const auto& text = found->second[0];
    std::from_chars(text.data(), text.data() + text.size(), number);
  }
  return number;
}

/// The stream names that a condition asks SYSTEM$STREAM_HAS_DATA for; empty when they cannot be told.
std::vector<std::string> streams_in(std::string_view condition) {
  constexpr std::string_view k_function = "SYSTEM$STREAM_HAS_DATA";
  std::string upper(condition);
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return char(std::toupper(c)); });
  std::vector<std::string> names;
  for (size_t at = upper.find(k_function); at != std::string::npos; at = upper.find(k_function, at + 1)) {
    const size_t open = condition.find_first_not_of(" \t\n(", at + k_function.size());
    if (open == std::string_view::npos || condition[open] != '\'') return {};
    const size_t close = condition.find('\'', open + 1);
    if (close == std::string_view::npos) return {};
    names.emplace_back(condition.substr(open + 1, close - open - 1));
  }
  return names;
}

ObjectPointer find_stream(const Catalog& catalog, const Object& task, std::string_view text) {
  auto name = sql::parse_qualified_name(text);
  if (!name || name->parts.empty()) return nullptr;
  ObjectId schema = task.parent;
  if (name->parts.size() > 1) {
    const auto own_schema = catalog.find(task.parent);
    ObjectId database = own_schema ? own_schema->parent : 0;
    if (name->parts.size() > 2) {
      const auto found = catalog.find(ObjectKind::database, k_account, name->parts[name->parts.size() - 3].name);
      if (!found) return nullptr;
      database = found->id;
    }
    const auto found = catalog.find(ObjectKind::schema, database, name->parts[name->parts.size() - 2].name);
    if (!found) return nullptr;
    schema = found->id;
  }
  return catalog.find_relation(schema, name->last());
}

} // namespace

std::vector<ObjectPointer> predecessors_of(const Catalog& catalog, const Task& task) {
  std::vector<ObjectPointer> result;
  for (ObjectId id : task.predecessors) {
    if (auto found = find_task(catalog, id)) result.push_back(std::move(found));
  }
  return result;
}

std::vector<ObjectPointer> roots_of(const Catalog& catalog, const ObjectPointer& task) {
  std::vector<ObjectPointer> roots, ahead{task};
  std::set<ObjectId> seen{task->id};
  while (!ahead.empty()) {
    const auto next = ahead.back();
    ahead.pop_back();
    const auto& definition = *next->as<Task>();
    auto parents = predecessors_of(catalog, definition);
    if (auto root = find_task(catalog, definition.finalizes)) parents.push_back(std::move(root));
    if (parents.empty()) roots.push_back(next);
    for (auto& parent : parents) {
      if (seen.insert(parent->id).second) ahead.push_back(std::move(parent));
    }
  }
  return roots;
}

std::vector<ObjectPointer> dependents_of(const Catalog& catalog, const Object& root) {
  std::vector<ObjectPointer> result;
  std::set<ObjectId> seen{root.id};
  auto ahead = children_of(catalog, root);
  while (!ahead.empty()) {
    const auto next = ahead.back();
    ahead.pop_back();
    if (!seen.insert(next->id).second) continue;
    result.push_back(next);
    for (auto& child : children_of(catalog, *next)) ahead.push_back(std::move(child));
  }
  return result;
}

SqlResult<void> check_root_suspended(const Catalog& catalog, const ObjectPointer& task) {
  for (const auto& root : roots_of(catalog, task)) {
    if (!root->as<Task>()->started) continue;
    return sql::fail({91421, "22000",
                      fmt::format("Unable to update graph with root task {} since that root task is not suspended.",
                                  catalog.full_name(*root))});
  }
  return {};
}

SqlResult<void> check_graph_suspended(const Catalog& catalog, const ObjectPointer& task) {
  const auto& definition = *task->as<Task>();
  const bool alone = predecessors_of(catalog, definition).empty() && !find_task(catalog, definition.finalizes) &&
                     children_of(catalog, *task).empty();
  return alone ? SqlResult<void>{} : check_root_suspended(catalog, task);
}

void suspend_task(Task& task, TimePoint now, std::string reason) {
  task.started = false;
  task.last_suspended_on = now;
  task.last_suspended_reason = std::move(reason);
}

ObjectPointer finalizer_of(const Catalog& catalog, const Object& root) {
  for (const auto& task : catalog.children(root.parent, ObjectKind::task)) {
    if (task->as<Task>()->finalizes == root.id) return task;
  }
  return nullptr;
}

SqlResult<void> check_predecessors(const Catalog& catalog, const Object& task, const std::vector<ObjectId>& predecessors) {
  if (predecessors.size() > k_edges_max) {
    return sql::fail(
        {91422, "22000",
         fmt::format("Task {} has {} predecessors; at most {} are allowed.", task.name, predecessors.size(), k_edges_max)});
  }
  for (ObjectId id : predecessors) {
    const auto predecessor = find_task(catalog, id);
    if (!predecessor) continue;
    TRY(check_root_suspended(catalog, predecessor));
    const auto roots = roots_of(catalog, predecessor);
    if (predecessor->id == task.id || std::ranges::any_of(roots, [&](const auto& root) { return root->id == task.id; }) ||
        std::ranges::any_of(dependents_of(catalog, task), [&](const auto& below) { return below->id == predecessor->id; })) {
      return sql::fail({91423, "22000",
                        fmt::format("Graph has at least one cycle containing the task {}.", catalog.full_name(*predecessor))});
    }
    if (children_of(catalog, *predecessor).size() >= k_edges_max) {
      return sql::fail(
          {91422, "22000",
           fmt::format("Task {} already has {} child tasks, the most that are allowed.", predecessor->name, k_edges_max)});
    }
    for (const auto& root : roots) {
      if (dependents_of(catalog, *root).size() + 1 >= k_graph_tasks_max) {
        return sql::fail({91422, "22000",
                          fmt::format("The graph of root task {} already has {} tasks, the most that are allowed.",
                                      catalog.full_name(*root), k_graph_tasks_max)});
      }
    }
  }
  return {};
}

std::string task_id_text(ObjectId task) {
  return fmt::format("01000000-0000-0000-0000-{:012x}", task);
}

std::string task_id_sql(std::string_view expression) {
  return fmt::format("format('01000000-0000-0000-0000-{{:012x}}', {})", expression);
}

bool is_triggered(const Catalog& catalog, const Task& task) {
  return task.schedule.empty() && !task.condition.empty() && task.finalizes == 0 && predecessors_of(catalog, task).empty();
}

Result<TaskSpec> spec_of(const Catalog& catalog, const Object& object) {
  const auto& task = *object.as<Task>();
  TaskSpec spec;
  spec.id = object.id;
  for (const auto& predecessor : predecessors_of(catalog, task)) spec.predecessors.push_back(predecessor->id);
  spec.finalizes = find_task(catalog, task.finalizes) ? task.finalizes : 0;
  if (!task.schedule.empty()) spec.schedule = TRY(Schedule::parse(task.schedule));
  spec.interval_base = task.last_committed_on.value_or(object.created_on);
  spec.triggered = is_triggered(catalog, task);
  spec.started = task.started;
  spec.overlap = task.overlap_policy == "ALLOW_ALL_OVERLAP"     ? OverlapPolicy::allow_all_overlap
                 : task.overlap_policy == "ALLOW_CHILD_OVERLAP" ? OverlapPolicy::allow_child_overlap
                                                                : OverlapPolicy::no_overlap;
  spec.minimum_trigger_interval = std::chrono::seconds(option_number(task, "USER_TASK_MINIMUM_TRIGGER_INTERVAL_IN_SECONDS"));
  spec.suspend_after_failures = task.suspend_after_failures;
  spec.auto_retry_attempts = task.auto_retry_attempts;
  return spec;
}

std::vector<ObjectId> watched_tables(const Catalog& catalog, const Object& object) {
  std::vector<ObjectId> tables;
  const auto names = streams_in(object.as<Task>()->condition);
  for (const auto& name : names) {
    const auto stream = find_stream(catalog, object, name);
    const auto source = stream && stream->as<Stream>() != nullptr ? catalog.find(stream->as<Stream>()->source) : nullptr;
    if (!source || (source->as<Table>() == nullptr && source->as<Stage>() == nullptr)) return {};
    tables.push_back(source->id);
  }
  return tables;
}

} // namespace freshet::warehouse
