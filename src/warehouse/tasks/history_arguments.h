#pragma once

#include <string>
#include <string_view>

#include "warehouse/functions.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

// What TASK_HISTORY and ALERT_HISTORY take alike.

/// The argument that is given by this name; null when it is not.
const FunctionArgument* argument_called(const FunctionArguments& arguments, std::string_view name);
/// 002141 when one has no name, or another one than these.
SqlResult<void> check_argument_names(const FunctionArguments& arguments, std::span<const std::string_view> names,
                                     std::string_view function);
/// A condition on the column `scheduled`: from seven days back to eight days ahead, and within SCHEDULED_TIME_RANGE_START and
/// SCHEDULED_TIME_RANGE_END. Errors: 002142 all of it lies too far back.
SqlResult<std::string> scheduled_between(StatementContext& context, const FunctionArguments& arguments,
                                         std::string_view function);
/// RESULT_LIMIT: 1 to 10000, 100 by default. Errors: 002142.
SqlResult<int64_t> result_limit(StatementContext& context, const FunctionArguments& arguments, std::string_view function);

} // namespace freshet::warehouse
