#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <functional>

#include "app/demo_command.h"
#include "app/generate_command.h"
#include "app/serve_command.h"
#include "app/sql_command.h"
#include "base/allocator.h"

int main(int argc, char** argv) {
  freshet::set_up_allocator();
  CLI::App app{"Freshet: from customer file to history, on one machine"};
  app.set_version_flag("--version", FRESHET_VERSION);
  app.require_subcommand(1);
  std::function<int()> command;
  freshet::app::add_demo_command(app, command);
  freshet::app::add_serve_command(app, command);
  freshet::app::add_sql_command(app, command);
  freshet::app::add_generate_command(app, command);
  try {
    app.parse(argc, argv);
    return command();
  } catch (const CLI::ParseError& answer) { // --help and --version, too
    return app.exit(answer) == 0 ? 0 : 2;
  } catch (const std::exception& bug) {
    fmt::print(stderr, "freshet: this is a bug in Freshet: {}\n", bug.what());
    return 70;
  }
}
