#pragma once

#include <string>
#include <string_view>

namespace freshet::sql {

/// How an array holds an element that is SQL's NULL, as JSON: a text that no document has, for U+FDD0 is no character. It is read
/// as NULL and shown as `undefined`, which JSON's null is not: user-guide/semistructured-considerations.
inline constexpr std::string_view k_undefined_element = "\"\xef\xb7\x90\"";

/// The text of a semi-structured value as it is shown. O(length).
inline std::string with_undefined_shown(std::string_view json, std::string_view word = "undefined") {
  std::string out;
  for (auto at = json.find(k_undefined_element); at != json.npos; at = json.find(k_undefined_element)) {
    out.append(json.substr(0, at)).append(word);
    json.remove_prefix(at + k_undefined_element.size());
  }
  return out.append(json);
}

} // namespace freshet::sql
