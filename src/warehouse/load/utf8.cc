#include "warehouse/load/utf8.h"

#include <fmt/format.h>

#include <boost/algorithm/string/replace.hpp>
#include <cstdint>
#include <cstring>

namespace freshet::warehouse {

bool is_ascii(std::string_view bytes) {
  uint64_t all = 0;
  size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data() + i, 8);
    all |= word;
  }
  for (; i < bytes.size(); ++i) all |= static_cast<unsigned char>(bytes[i]);
  return (all & 0x8080808080808080ull) == 0;
}

size_t utf8_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto follows = [&](size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  if (lead < 0xE0) return follows(1) ? 2 : 0;
  if (lead < 0xF0) return follows(1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF) && follows(2) ? 3 : 0;
  return follows(1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF) && follows(2) && follows(3) ? 4 : 0;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string with_replacements(std::string_view text) {
  return with_bad_bytes(text, [](std::string& to, unsigned char) { to += "\xEF\xBF\xBD"; });
}

std::string with_hex(std::string_view text) {
  auto shown = with_bad_bytes(text, [](std::string& to, unsigned char byte) { to += fmt::format("0x{:02X}", byte); });
  boost::replace_all(shown, std::string_view("\0", 1), "0x00");
  return shown;
}

} // namespace freshet::warehouse
