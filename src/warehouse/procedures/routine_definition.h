#pragma once

#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// What CREATE PROCEDURE and CREATE FUNCTION have in common: arguments, what is returned, the body and how it runs.
SqlResult<std::vector<RoutineArgument>> routine_arguments(StatementContext& context,
                                                          const std::vector<sql::Parameter>& parameters);
SqlResult<void> define_routine(StatementContext& context, const sql::CreateRoutine& statement, Routine& routine);

} // namespace freshet::warehouse
