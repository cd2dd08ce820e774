#pragma once

#include "warehouse/functions.h"

namespace freshet::warehouse {

/// SYSTEM$LOG(level, message) and SYSTEM$LOG_TRACE, _DEBUG, _INFO, _WARN, _ERROR, _FATAL(message): to Freshet's own log.
void add_log_functions(FunctionRegistry& registry);

} // namespace freshet::warehouse
