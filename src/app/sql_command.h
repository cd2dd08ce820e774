#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace freshet::app {

/// Adds `freshet sql` to the command line. When it is the one that was chosen, `command` becomes what to run; that returns the
/// exit status: 0, or 1 when a statement failed, or 2 when nothing could be run.
void add_sql_command(CLI::App& app, std::function<int()>& command);

} // namespace freshet::app
