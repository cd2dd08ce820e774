#pragma once

#include "warehouse/statements/statements.h"

namespace freshet::warehouse {

/// CREATE FUNCTION. A SQL body is bound once, also one in Snowflake Scripting, so that what it misses is an error now; a body in JavaScript is compiled when it
/// is called; one in another language is recorded, and calls of it are refused.
Outcome create_function(StatementContext& context, const sql::CreateRoutine& statement);

} // namespace freshet::warehouse
