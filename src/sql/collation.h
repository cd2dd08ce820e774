#pragma once

#include <string>
#include <string_view>

namespace freshet::sql {

/// Engine text of a VARCHAR that compares, groups and sorts as the specification ('en-ci', 'de-ci-ai', …) says; the text itself
/// where that changes nothing. `own`: the specification that the text has already.
std::string in_collation(std::string text, std::string_view specification, std::string_view own = {});
/// The same value for all texts that are equal under the specification.
std::string collation_key(std::string text, std::string_view specification);
/// Whether the engine has to be told of the specification.
bool changes_comparison(std::string_view specification);
bool is_known_collation(std::string_view specification);

} // namespace freshet::sql
