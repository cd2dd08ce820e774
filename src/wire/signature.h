#pragma once

#include <string>
#include <string_view>

namespace freshet::wire {

/// HMAC-SHA-256, as bytes.
std::string hmac(std::string_view key, std::string_view text);
std::string hex(std::string_view bytes);
/// Empty when the text is no hexadecimal.
std::string from_hex(std::string_view text);
bool equal_in_constant_time(std::string_view a, std::string_view b);

} // namespace freshet::wire
