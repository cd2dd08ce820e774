#pragma once

#include "warehouse/statements/show_table.h"

namespace freshet::warehouse {

/// The columns of SHOW TASKS and DESC TASK, and a task as their row.
inline constexpr std::string_view k_task_columns =
    "created_on! name id database_name schema_name owner comment warehouse schedule predecessors state definition condition "
    "allow_overlapping_execution error_integration last_committed_on! last_suspended_on! owner_role_type config budget "
    "task_relations last_suspended_reason success_integration scheduling_mode target_completion_interval execute_as_user";
SqlResult<ShowRow> task_row(StatementContext& context, const Object& object);

/// SHOW TERSE TASKS has a SCHEDULE, and no kind.
inline constexpr std::string_view k_terse_task_columns = "created_on! name kind database_name schema_name schedule";
ShowRow terse_task_row(StatementContext& context, const Object& object);

/// The columns of SHOW ALERTS and DESC ALERT, and an alert as their row.
inline constexpr std::string_view k_alert_columns =
    "created_on! name database_name schema_name owner comment warehouse schedule state condition action owner_role_type "
    "runbook "
    "config was_auto_suspended";
SqlResult<ShowRow> alert_row(StatementContext& context, const Object& object);
inline constexpr std::string_view k_terse_alert_columns = "created_on! name kind database_name schema_name schedule state";
ShowRow terse_alert_row(StatementContext& context, const Object& object);

/// ROOT ONLY: neither children nor finalizers.
bool is_root_task(const Catalog& catalog, const Object& object);

} // namespace freshet::warehouse
