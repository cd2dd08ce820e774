#pragma once

#include <string>

#include "sql/syntax.h"
#include "warehouse/catalog_objects.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// The properties of CREATE TASK and ALTER TASK … SET, and session parameters for its runs. Errors: 001008 a value that is out
/// of its range or does not go with another, 001420 no such property, 002003 an integration or user that does not exist.
SqlResult<void> set_task_properties(StatementContext& context, Task& task, const sql::Properties& properties);
SqlResult<void> unset_task_property(Task& task, const std::string& key);

/// Which properties go together: a child has no schedule, and what concerns the whole graph stands on its root.
SqlResult<void> check_task(const Catalog& catalog, const Task& task);

/// WHEN may ask SYSTEM$STREAM_HAS_DATA and SYSTEM$GET_PREDECESSOR_RETURN_VALUE, cast, compare and combine what they say: it is
/// evaluated without a warehouse.
SqlResult<void> check_task_condition(const sql::Expression& condition);

/// EXECUTE AS USER, if it is written. Errors: 002003 there is no such user.
SqlResult<void> set_task_user(StatementContext& context, Task& task, const std::optional<sql::Identifier>& user);

} // namespace freshet::warehouse
