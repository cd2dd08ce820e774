#pragma once

#include <expected>
#include <string>
#include <utility>

namespace freshet {

/// What went wrong, in the terms a caller can act on. Each protocol maps these to its own codes in one table (DESIGN.md D9).
enum class ErrorKind {
  invalid_argument,    // the caller's input is wrong; trying again cannot help
  not_found,
  already_exists,
  permission_denied,
  conflict,            // somebody else changed it meanwhile; trying again may help
  out_of_space,
  unavailable,         // the other side is away or too busy; trying again later may help
  timed_out,
  cancelled,
  corrupt,             // stored data does not have the form we wrote
  unsupported,         // understood, and not something Freshet does
  io,
};

std::string_view name_of(ErrorKind kind);

/// A failure that was to be expected. The message is a sentence a user can act on: what is wrong, where, what to do.
struct Error {
  ErrorKind kind = ErrorKind::io;
  std::string message;
};

template <typename T, typename E = Error>
using Result = std::expected<T, E>;

inline std::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return std::unexpected(Error{kind, std::move(message)});
}

}  // namespace freshet

/// The value of a Result, or return its error from the enclosing function (not usable inside a coroutine). May be nested.
#define TRY(expression) FRESHET_TRY_NAMED(expression, __COUNTER__)
#define FRESHET_TRY_NAMED(expression, number) FRESHET_TRY_EXPANDED(expression, number)
#define FRESHET_TRY_EXPANDED(expression, number) FRESHET_TRY(expression, freshet_try_##number)
#define FRESHET_TRY(expression, result)                             \
  ({                                                                \
    auto&& result = (expression);                                   \
    if (!result) return std::unexpected(std::move(result).error()); \
    *std::move(result);                                             \
  })
