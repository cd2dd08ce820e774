#pragma once

#include "warehouse/functions.h"

namespace freshet::warehouse {

/// SYSTEM$ABORT_TRANSACTION
void add_transaction_functions(FunctionRegistry& registry);

} // namespace freshet::warehouse
