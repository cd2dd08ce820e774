#include "objects/names.h"

#include <fmt/format.h>

#include <algorithm>

namespace freshet::objects {
namespace {

bool letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80                   ? 1
                          : lead >= 0xc2 && lead < 0xe0 ? 2
                          : lead >= 0xe0 && lead < 0xf0 ? 3
                          : lead >= 0xf0 && lead < 0xf5 ? 4
                                                        : 0;
    if (length == 0 || i + length > text.size()) return false;
    for (size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
    }
    i += length;
  }
  return true;
}

} // namespace

Result<void> check_bucket_name(std::string_view name) {
  const bool characters =
      std::all_of(name.begin(), name.end(), [](char c) { return letter_or_digit(c) || c == '-' || c == '.'; });
  if (characters && name.size() >= 3 && name.size() <= 63 && letter_or_digit(name.front()) && letter_or_digit(name.back()) &&
      name.find("..") == std::string_view::npos) {
    return {};
  }
  return fail(ErrorKind::invalid_argument,
              fmt::format("'{}' is not a bucket name: use 3 to 63 lower-case letters, digits, hyphens and dots", name));
}

Result<void> check_key(std::string_view key) {
  if (!key.empty() && key.size() <= 1024 && key.find('\0') == std::string_view::npos && is_utf8(key)) return {};
  return fail(ErrorKind::invalid_argument, "an object's key must have 1 to 1024 bytes of UTF-8 text");
}

} // namespace freshet::objects
