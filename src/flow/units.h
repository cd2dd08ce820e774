#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace freshet::flow {

/// NiFi's time periods: "30 sec", "5 mins", "1 h", "500 ms", "7 days", "1.5 hours".
Result<Duration> parse_duration(std::string_view text);

/// NiFi's data sizes, in bytes; units are powers of 1024: "10 B", "64 KB", "1 GB".
Result<uint64_t> parse_size(std::string_view text);

} // namespace freshet::flow
