#pragma once

namespace freshet::warehouse {

class FunctionRegistry;

/// ALERT_HISTORY, SERVERLESS_ALERT_HISTORY, SYSTEM$GET_ALERT_CONFIG, and what a condition or action may ask: SNOWFLAKE.ALERT.….
void add_alert_functions(FunctionRegistry& functions);

} // namespace freshet::warehouse
