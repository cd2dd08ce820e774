#pragma once

#include "warehouse/functions.h"

namespace freshet::warehouse {

/// SYSTEM$HISTORY_TABLE_STATUS.
void add_history_functions(FunctionRegistry& functions);

} // namespace freshet::warehouse
