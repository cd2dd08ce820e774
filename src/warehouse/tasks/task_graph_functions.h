#pragma once

#include "warehouse/functions.h"

namespace freshet::warehouse {

/// TASK_DEPENDENTS, CURRENT_TASK_GRAPHS, COMPLETE_TASK_GRAPHS
void add_task_graph_functions(FunctionRegistry& functions);

} // namespace freshet::warehouse
