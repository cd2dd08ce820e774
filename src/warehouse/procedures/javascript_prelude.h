#pragma once

#include <string_view>

namespace freshet::warehouse {

/// The file name under which the prelude is compiled; its frames are left out of the positions that errors report.
inline constexpr const char* k_prelude_file = "freshet:prelude";

/// The part of the procedure API that is written in JavaScript: a function expression that takes the native functions and the
/// global object, defines `snowflake` and SfDate, and returns {toScript, fromScript}.
extern const std::string_view k_prelude;

} // namespace freshet::warehouse
