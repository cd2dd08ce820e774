#pragma once

#include "warehouse/statements/statements.h"

namespace freshet::warehouse {

/// SHOW PARAMETERS [LIKE …] [IN SESSION | ACCOUNT | DATABASE d | SCHEMA s | TABLE t | TASK t | PIPE p | WAREHOUSE w | USER u]:
/// the value in force there, its default, and the level at which it was set.
Outcome show_parameters(StatementContext& context, const sql::Show& show);

} // namespace freshet::warehouse
