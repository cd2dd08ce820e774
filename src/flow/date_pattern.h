#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace freshet::flow {

/// Java's date patterns ("yyyy-MM-dd'T'HH:mm:ssZ"): letters y M d D H k h K m s S E u a z Z X, text in single quotes. `zone` is
/// an IANA name, "GMT" or "UTC"; empty means this machine's zone.
Result<std::string> format_date(TimePoint time, std::string_view pattern, std::string_view zone = {});
Result<TimePoint> parse_date(std::string_view text, std::string_view pattern, std::string_view zone = {});

} // namespace freshet::flow
