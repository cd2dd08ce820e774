#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "base/file_system.h"

namespace freshet::app {

struct DemoOptions {
  std::optional<Path> data;  // an existing folder is gone on with; none: a new one in the temporary folder
  std::optional<Path> input; // the user's own CSV files instead of the generator's
  std::optional<Path> json;  // where the summary goes
  bool once = false;         // drain what is there and exit
  uint64_t rows = 1000;      // new customers in the first generated file
  uint64_t files = 5;        // generated with --once
  Duration every = std::chrono::seconds(3);
  uint64_t seed = 1;
};

/// `freshet demo`: the customer example over its own or the user's files, with a live view. Returns the exit status: 0 only when every
/// check holds.
int run_demo(const DemoOptions& options);

/// Adds `freshet demo` to the command line. When it is the one that was chosen, `command` becomes what to run.
void add_demo_command(CLI::App& app, std::function<int()>& command);

}  // namespace freshet::app
