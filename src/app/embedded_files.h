#pragma once

#include <map>
#include <string_view>

namespace freshet::app {

/// The text files that are compiled into the program (the demo's example, the status page), by their path in the project.
const std::map<std::string_view, std::string_view>& embedded_files();

}  // namespace freshet::app
