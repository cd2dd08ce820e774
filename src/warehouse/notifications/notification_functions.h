#pragma once

#include "warehouse/functions.h"

namespace freshet::warehouse {

/// NOTIFICATION_HISTORY, SYSTEM$SEND_SNOWFLAKE_NOTIFICATION and what makes its arguments: SNOWFLAKE.NOTIFICATION.TEXT_PLAIN, ….
void add_notification_functions(FunctionRegistry& functions);

} // namespace freshet::warehouse
