#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace freshet::objects {

/// 3 to 63 of a-z, 0-9, hyphens and dots, beginning and ending with a letter or digit ("Bucket naming rules" of S3).
Result<void> check_bucket_name(std::string_view name);
/// 1 to 1024 bytes of UTF-8 without a zero byte.
Result<void> check_key(std::string_view key);

} // namespace freshet::objects
