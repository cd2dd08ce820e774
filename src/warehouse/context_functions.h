#pragma once

#include "warehouse/functions.h"

namespace freshet::warehouse {

/// CURRENT_DATABASE(), CURRENT_TIMESTAMP, LAST_QUERY_ID(), SYSTEM$STREAM_HAS_DATA(), RESULT_SCAN(), …: what the warehouse
/// itself knows.
void add_context_functions(FunctionRegistry& registry);

} // namespace freshet::warehouse
