#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace freshet::sql {

/// A written number without its exponent: 1500 for 1.5e3. nullopt where that has more digits than a NUMBER: it is a FLOAT then.
std::optional<std::string> plain_number(const std::string& written);
/// Whether a text says a number in digits and a point alone.
bool is_written_number(std::string_view text);

} // namespace freshet::sql
