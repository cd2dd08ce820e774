#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace freshet::app {

/// Adds `freshet serve` to the command line. When it is the one that was chosen, `command` becomes what to run; that returns the exit
/// status.
void add_serve_command(CLI::App& app, std::function<int()>& command);

}  // namespace freshet::app
