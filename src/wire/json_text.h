#pragma once

#include <string>
#include <string_view>

namespace freshet::wire {

/// Appends `text` as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD, so that the answer always parses.
void append_json_string(std::string& out, std::string_view text);

} // namespace freshet::wire
