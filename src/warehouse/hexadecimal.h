#pragma once

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <string_view>

namespace freshet::warehouse {

/// Two digits a byte, in upper case, as Snowflake shows BINARY.
inline std::string hexadecimal(std::string_view bytes) {
  std::string out;
  out.reserve(2 * bytes.size());
  for (unsigned char byte : bytes) fmt::format_to(std::back_inserter(out), "{:02X}", byte);
  return out;
}

} // namespace freshet::warehouse
