#include "sql/error.h"

#include <fmt/format.h>

namespace freshet::sql {

Error::Error(freshet::Error error) : message(std::move(error.message)) {
  switch (error.kind) {
    case ErrorKind::invalid_argument:
      code = 1007, sql_state = "22023";
      break;
    case ErrorKind::not_found:
      code = 2003, sql_state = "02000";
      break;
    case ErrorKind::already_exists:
      code = 2002, sql_state = "42710";
      break;
    case ErrorKind::permission_denied:
      code = 3001, sql_state = "42501";
      break;
    case ErrorKind::conflict:
      code = 625, sql_state = "57014";
      break;
    case ErrorKind::timed_out:
      code = 630, sql_state = "57014";
      break;
    case ErrorKind::cancelled:
      code = 604, sql_state = "57014";
      break;
    case ErrorKind::unsupported:
      code = 2, sql_state = "0A000";
      break;
    case ErrorKind::out_of_space:
    case ErrorKind::unavailable:
    case ErrorKind::corrupt:
    case ErrorKind::io:
      code = 603, sql_state = "XX000";
      break;
  }
}

Error syntax_error(uint32_t line, uint32_t position, std::string_view unexpected) {
  return {
      1003, "42000",
      fmt::format("SQL compilation error:\nsyntax error line {} at position {} unexpected '{}'.", line, position, unexpected),
      line, position};
}

Error does_not_exist(std::string_view kind, std::string_view name) {
  return {2003, kind == "Object" || kind == "Table" || kind == "View" ? "42S02" : "02000",
          fmt::format("SQL compilation error:\n{} '{}' does not exist or not authorized.", kind, name)};
}

Error already_exists(std::string_view name) {
  return {2002, "42710", fmt::format("SQL compilation error:\nObject '{}' already exists.", name)};
}

Error invalid_identifier(std::string_view name, uint32_t line, uint32_t position) {
  return {904, "42000",
          fmt::format("SQL compilation error: error line {} at position {}\ninvalid identifier '{}'", line, position, name),
          line, position};
}

Error unknown_function(std::string_view name, uint32_t line, uint32_t position) {
  return {2140, "42601", fmt::format("SQL compilation error:\nUnknown function {}.", name), line, position};
}

Error unsupported_feature(std::string_view feature, uint32_t line, uint32_t position) {
  return {2, "0A000",
          line ? fmt::format("SQL compilation error: error line {} at position {}\nUnsupported feature '{}'.", line, position,
                             feature)
               : fmt::format("SQL compilation error:\nUnsupported feature '{}'.", feature),
          line, position};
}

} // namespace freshet::sql
