#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "warehouse/result.h"

namespace freshet::warehouse {

/// CONFIG of a graph: an object of JSON. Errors: 001008.
SqlResult<void> check_task_config(std::string_view text);
/// What EXECUTE TASK … USING CONFIG makes of the root's own CONFIG: fields that both have are those of `given`.
SqlResult<std::string> merged_task_config(std::string_view own, std::string_view given);
/// The value at a path such as `a.b[0]` or `a["b c"]`, texts without their quotes; empty when there is none or it is null.
std::optional<std::string> task_config_value(std::string_view config, std::string_view path);

} // namespace freshet::warehouse
