#pragma once

#include <string>
#include <string_view>

namespace freshet::sql {

/// Engine text of a VARCHAR that compares and sorts as the specification ('en-ci', 'de-ci-ai', …) says; the text itself where
/// that changes nothing.
std::string in_collation(std::string text, std::string_view specification);
bool is_known_collation(std::string_view specification);

} // namespace freshet::sql
