#pragma once

#include <string_view>
#include <vector>

namespace freshet::warehouse {

/// The characters of UTF-8 text, as parts of it.
inline std::vector<std::string_view> characters_of(std::string_view text) {
  std::vector<std::string_view> characters;
  for (size_t at = 0; at < text.size();) {
    size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    characters.push_back(text.substr(at, end - at));
    at = end;
  }
  return characters;
}

} // namespace freshet::warehouse
