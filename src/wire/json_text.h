#pragma once

#include <string>
#include <string_view>

namespace freshet::wire {

/// Appends `text` as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD, so that the answer always parses.
void append_json_string(std::string& out, std::string_view text);

/// Appends JSON written without blanks as Snowflake shows semi-structured values: a member or element a line, `indent` blanks
/// deeper per level; 0: as it is. Linear in what it appends; below 100 levels lines are indented no further.
void append_indented_json(std::string& out, std::string_view compact, size_t indent = 2);

} // namespace freshet::wire
