#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace freshet::sql {

/// A statement's failure as a Snowflake client sees it: code, SQLSTATE, message in Snowflake's wording, and where.
///
/// A base Error turns into one by itself, so that TRY works across the boundary.
struct Error {
  int32_t code = 0;      // 1003 is shown as 001003
  std::string sql_state; // five characters
  std::string message;   // "SQL compilation error:\nsyntax error line 1 at position 7 unexpected 'x'."
  uint32_t line = 0;     // from 1; 0: unknown
  uint32_t position = 0; // the column, from 0, as Snowflake counts it

  Error() = default;
  Error(int32_t code_value, std::string state, std::string text, uint32_t at_line = 0, uint32_t at_position = 0)
      : code(code_value), sql_state(std::move(state)), message(std::move(text)), line(at_line), position(at_position) {}
  Error(freshet::Error error); // NOLINT(google-explicit-constructor): internal errors become 000603/XX000 and the like
};

template <typename T>
using SqlResult = freshet::Result<T, Error>;

// The errors that several parts of the dialect raise, in Snowflake's wording. (Line, position) where the culprit stands.

/// 001003/42000: syntax error line 1 at position 7 unexpected 'x'.
Error syntax_error(uint32_t line, uint32_t position, std::string_view unexpected);
/// 002003/42S02 (02000 of other kinds than tables): Object 'X' does not exist or not authorized.
Error does_not_exist(std::string_view kind, std::string_view name);
/// 002002/42710: Object 'X' already exists.
Error already_exists(std::string_view name);
/// 000904/42000: invalid identifier 'X'
Error invalid_identifier(std::string_view name, uint32_t line, uint32_t position);
/// 002140/42601: Unknown function X.
Error unknown_function(std::string_view name, uint32_t line, uint32_t position);
/// 000002/0A000: Unsupported feature 'x'.
Error unsupported_feature(std::string_view feature, uint32_t line = 0, uint32_t position = 0);

inline std::unexpected<Error> fail(Error error) {
  return std::unexpected(std::move(error));
}

} // namespace freshet::sql
