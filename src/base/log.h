#pragma once

#include <fmt/core.h>

#include <string_view>

namespace freshet::log {

enum class Level { debug, info, warn, error };

/// Lines below this level are dropped. The default is info.
void set_level(Level level);

/// Where lines go besides standard error; empty for nowhere.
void set_file(const std::string& path);

void write(Level level, std::string_view component, std::string_view message);

/// `component` names the part that speaks ("pipe", "flow", …). Never pass a secret.
template <typename... Arguments>
void debug(std::string_view component, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write(Level::debug, component, fmt::format(format, std::forward<Arguments>(arguments)...));
}
template <typename... Arguments>
void info(std::string_view component, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write(Level::info, component, fmt::format(format, std::forward<Arguments>(arguments)...));
}
template <typename... Arguments>
void warn(std::string_view component, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write(Level::warn, component, fmt::format(format, std::forward<Arguments>(arguments)...));
}
template <typename... Arguments>
void error(std::string_view component, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write(Level::error, component, fmt::format(format, std::forward<Arguments>(arguments)...));
}

}  // namespace freshet::log
