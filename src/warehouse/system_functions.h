#pragma once

#include "warehouse/functions.h"

namespace freshet::warehouse {

/// Who asks (roles, accounts), and SYSTEM$… functions about tables, streams and running statements.
void add_system_functions(FunctionRegistry& registry);
/// QUERY_HISTORY and QUERY_HISTORY_BY_SESSION, …_BY_USER, …_BY_WAREHOUSE.
void add_query_history_functions(FunctionRegistry& registry);

} // namespace freshet::warehouse
