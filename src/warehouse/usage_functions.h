#pragma once

#include "warehouse/functions.h"

namespace freshet::warehouse {

/// SYSTEM$CLUSTERING_INFORMATION, WAREHOUSE_METERING_HISTORY and other questions about cost.
void add_usage_functions(FunctionRegistry& registry);
/// SYSTEM$EXPLAIN_PLAN_JSON (statements/explain.cc).
void add_explain_functions(FunctionRegistry& registry);

} // namespace freshet::warehouse
