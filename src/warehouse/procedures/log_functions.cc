#include "warehouse/procedures/log_functions.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/log.h"
#include "warehouse/notifications/event_log.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {
namespace {

log::Level level_of(std::string name) {
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (name == "fatal" || name == "error") return log::Level::error;
  if (name == "warn" || name == "warning") return log::Level::warn;
  return name == "info" ? log::Level::info : log::Level::debug;
}

} // namespace

void add_log_functions(FunctionRegistry& registry) {
  registry.add_scalar("SYSTEM$LOG",
                      [](StatementContext& context, const FunctionArguments& arguments) -> SqlResult<std::string> {
                        if (arguments.size() != 2)
                          return sql::fail({938, "22023", "SQL compilation error:\nSYSTEM$LOG takes a level and a message"});
                        auto level = TRY(context.constant_text(arguments[0])).value_or("info");
                        const auto message = TRY(context.constant_text(arguments[1])).value_or("NULL");
                        log::write(level_of(level), "script", message);
                        std::ranges::transform(level, level.begin(), [](unsigned char c) { return char(std::toupper(c)); });
                        log_message(context.session(), level == "WARNING" ? "WARN" : level, message);
                        return "CAST(NULL AS VARCHAR)";
                      });
  for (std::string name : {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"}) {
    registry.add_scalar("SYSTEM$LOG_" + name,
                        [level = level_of(name), name](StatementContext& context,
                                                       const FunctionArguments& arguments) -> SqlResult<std::string> {
                          if (arguments.size() != 1)
                            return sql::fail({938, "22023", "SQL compilation error:\nSYSTEM$LOG_" + name + " takes a message"});
                          const auto message = TRY(context.constant_text(arguments[0])).value_or("NULL");
                          log::write(level, "script", message);
                          log_message(context.session(), name, message);
                          return "CAST(NULL AS VARCHAR)";
                        });
  }
}

} // namespace freshet::warehouse
