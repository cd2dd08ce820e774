#include "wire/json_text.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "sql/undefined_element.h"

namespace freshet::wire {
namespace {

/// The length of the well-formed UTF-8 sequence at the start of `text`; 0 when there is none.
size_t utf8_length(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto continues = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const unsigned lead = byte(0);
  if (lead >= 0xc2 && lead <= 0xdf) return continues(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const unsigned low = lead == 0xe0 ? 0xa0 : 0x80, high = lead == 0xed ? 0x9f : 0xbf;
    return byte(1) >= low && byte(1) <= high && continues(2) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const unsigned low = lead == 0xf0 ? 0x90 : 0x80, high = lead == 0xf4 ? 0x8f : 0xbf;
    return byte(1) >= low && byte(1) <= high && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

constexpr auto k_plain = [] {
  std::array<bool, 256> plain{};
  for (size_t c = 0x20; c < 0x7f; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

void append_escaped(std::string& out, unsigned char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  constexpr char k_digits[] = "0123456789abcdef";
  out += "\\u00";
  out += k_digits[c >> 4];
  out += k_digits[c & 15];
}

} // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  size_t i = 0;
  while (i < text.size()) {
    const size_t start = i;
    while (i < text.size() && k_plain[static_cast<unsigned char>(text[i])]) ++i;
    out.append(text, start, i - start);
    if (i == text.size()) break;
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) {
      append_escaped(out, c);
      ++i;
    } else if (const auto length = utf8_length(text.substr(i)); length != 0) {
      out.append(text, i, length);
      i += length;
    } else {
      out += "\xef\xbf\xbd";
      ++i;
    }
  }
  out += '"';
}

void append_indented_json(std::string& out, std::string_view compact, size_t indent) {
  constexpr size_t k_levels_indented = 100;
  if (indent == 0) {
    out += sql::with_undefined_shown(compact);
    return;
  }
  size_t level = 0;
  const auto new_line = [&] {
    out += '\n';
    out.append(indent * std::min(level, k_levels_indented), ' ');
  };
  for (size_t i = 0; i < compact.size(); ++i) {
    const char c = compact[i];
    if (c == '"') {
      const size_t begin = i++;
      while (i < compact.size() && compact[i] != '"') i += compact[i] == '\\' ? 2 : 1;
      const auto text = compact.substr(begin, i + 1 - begin);
      out += text == sql::k_undefined_element ? "undefined" : text;
    } else if (c == '{' || c == '[') {
      out += c;
      const bool empty = i + 1 < compact.size() && (compact[i + 1] == '}' || compact[i + 1] == ']');
      if (empty) {
        out += compact[++i];
      } else {
        ++level;
        new_line();
      }
    } else if (c == '}' || c == ']') {
      if (level > 0) --level;
      new_line();
      out += c;
    } else {
      out += c;
      if (c == ',') new_line();
      if (c == ':') out += ' ';
    }
  }
}

} // namespace freshet::wire
