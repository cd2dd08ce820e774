#pragma once

#include "warehouse/statements/show_table.h"

namespace freshet::warehouse {

/// SHOW [TERSE] USERS: the properties that were set, and Snowflake's defaults of the others.
Outcome show_users(StatementContext& context, const sql::Show& show);
/// DESC USER: a row for each property, "null" where there is no value.
Outcome describe_user(StatementContext& context, const Object& object);

} // namespace freshet::warehouse
