#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

namespace freshet::sql {

/// Engine text of a VARCHAR's or BLOB's size in bytes.
inline std::string byte_length(const std::string& value, bool is_binary) {
  return fmt::format("{}({})", is_binary ? "octet_length" : "strlen", value);
}

/// Engine text of the value, which is error 100078 when it has more characters (bytes of a BLOB) than `length_max`. A look at
/// the number of bytes settles it for nearly all.
inline std::string checked_length(const std::string& value, int64_t length_max, bool is_binary = false) {
  return fmt::format("CASE WHEN {1} > {2} THEN freshet_check_length({0}, {2}) ELSE {0} END", value,
                     byte_length(value, is_binary), length_max);
}

} // namespace freshet::sql
