#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace freshet::wire {

/// Decompresses a gzip (or zlib) body. Errors: invalid_argument when it is damaged or would be larger than `bytes_max`.
Result<std::string> gunzip(std::string_view compressed, size_t bytes_max);
std::string gzip(std::string_view plain);

} // namespace freshet::wire
