#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace freshet::warehouse {

/// How far a random test goes, where a long run asks for more than the suite does. Throws on what is no number.
inline uint64_t from_environment(const char* variable, uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::stoull(text);
}

} // namespace freshet::warehouse
