#pragma once

#include <string>
#include <vector>

#include "warehouse/catalog.h"
#include "warehouse/result.h"
#include "warehouse/tasks/task_scheduler.h"

namespace freshet::warehouse {

/// The graphs that the catalog's tasks form. All functions look at one schema's tasks: O(tasks of the schema).

/// The predecessors that still exist.
std::vector<ObjectPointer> predecessors_of(const Catalog& catalog, const Task& task);
/// The roots of the graphs that the task is part of (through its finalized root too); the task itself when it stands alone.
std::vector<ObjectPointer> roots_of(const Catalog& catalog, const ObjectPointer& task);
/// The tasks that run after this one, directly or not, with the finalizer; without the task itself.
std::vector<ObjectPointer> dependents_of(const Catalog& catalog, const Object& root);

/// 091421: a graph is changed only while its root is suspended.
SqlResult<void> check_root_suspended(const Catalog& catalog, const ObjectPointer& task);
/// The same for a task that stands in a graph; one that stands alone may be dropped or replaced at any time.
SqlResult<void> check_graph_suspended(const Catalog& catalog, const ObjectPointer& task);
/// What SHOW TASKS says of it afterwards: `reason` is one of Snowflake's, such as USER_SUSPENDED.
void suspend_task(Task& task, TimePoint now, std::string reason);
/// The task that finalizes this root; null when none does.
ObjectPointer finalizer_of(const Catalog& catalog, const Object& root);
/// Whether adding these predecessors keeps the graph free of cycles and within Snowflake's limits.
SqlResult<void> check_predecessors(const Catalog& catalog, const Object& task, const std::vector<ObjectId>& predecessors);

/// The id that SHOW TASKS, TASK_HISTORY and notifications give a task.
std::string task_id_text(ObjectId task);
/// The same of an engine expression.
std::string task_id_sql(std::string_view expression);

/// What the scheduler needs of a task.
Result<TaskSpec> spec_of(const Catalog& catalog, const Object& object);
/// WHEN without SCHEDULE and AFTER.
bool is_triggered(const Catalog& catalog, const Task& task);
/// The tables whose commits can make the WHEN of a triggered task true; empty: any.
std::vector<ObjectId> watched_tables(const Catalog& catalog, const Object& object);

} // namespace freshet::warehouse
