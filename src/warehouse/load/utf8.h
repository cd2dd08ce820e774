#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace freshet::warehouse {

bool is_ascii(std::string_view bytes);
/// The length of the well-formed UTF-8 sequence at the front, 0 when there is none.
size_t utf8_length(std::string_view text);
bool is_utf8(std::string_view text);

/// Text with each byte that is not UTF-8 given to `bad(result, byte)`.
template <typename Bad>
std::string with_bad_bytes(std::string_view text, const Bad& bad) {
  std::string result;
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0)
      bad(result, static_cast<unsigned char>(text.front()));
    else
      result.append(text.substr(0, length));
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return result;
}

/// With U+FFFD for them, as REPLACE_INVALID_CHARACTERS asks.
std::string with_replacements(std::string_view text);
/// With 0xNN for them and for NUL, as messages show it.
std::string with_hex(std::string_view text);

} // namespace freshet::warehouse
