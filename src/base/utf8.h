#pragma once

#include <cstdint>
#include <string>

namespace freshet {

/// Appends the character of a code point, at most 0x10FFFF, in UTF-8.
inline void append_utf8(std::string& out, uint32_t code) {
  const auto byte = [&out](uint32_t value) { out += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | (code >> 6)), byte(0x80 | (code & 63));
  } else if (code < 0x10000) {
    byte(0xE0 | (code >> 12)), byte(0x80 | ((code >> 6) & 63)), byte(0x80 | (code & 63));
  } else {
    byte(0xF0 | (code >> 18)), byte(0x80 | ((code >> 12) & 63)), byte(0x80 | ((code >> 6) & 63)), byte(0x80 | (code & 63));
  }
}

} // namespace freshet
