#pragma once

#include <string>
#include <vector>

#include "sql/syntax.h"
#include "warehouse/catalog.h"
#include "warehouse/statement_context.h"
#include "warehouse/tasks/task_scheduler.h"

namespace freshet::warehouse {

/// The properties of CREATE ALERT and ALTER ALERT … SET. Errors: 001008 a value that is out of its range, 001420 no such
/// property.
SqlResult<void> set_alert_properties(Alert& alert, const sql::Properties& properties);
SqlResult<void> unset_alert_property(Alert& alert, const std::string& key);

/// A condition is a SELECT, SHOW or CALL. What its names stand for is seen when it runs, as documented.
SqlResult<void> check_alert_condition(const sql::Statement& condition);
/// Of an alert on new data: the one table or view that its condition reads. Errors: 000002 it reads others, too, or calls
/// procedures, or the table's changes are not tracked.
SqlResult<ObjectPointer> watched_by_alert(StatementContext& context, const sql::Statement& condition);

/// What the stream that an alert on new data is would look like: append-only, under the alert's id.
Object new_rows_stream(const Catalog& catalog, ObjectId alert, const Object& source);

void suspend_alert(Alert& alert);

/// What the scheduler needs of it.
Result<TaskSpec> spec_of_alert(const Object& object);
/// The tables whose commits bring new data; empty: any.
std::vector<ObjectId> tables_of_alert(const Catalog& catalog, const Alert& alert);

} // namespace freshet::warehouse
