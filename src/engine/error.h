#pragma once

#include <expected>
#include <string>

#include "base/result.h"

namespace freshet::engine {

/// What the engine objected to, finer than base ErrorKind where the warehouse has a code of its own for it.
enum class ErrorKind {
  constraint,   // NOT NULL, CHECK, UNIQUE
  conversion,   // a value that does not fit the type; Error::value names it
  out_of_range, // numeric overflow
  divide_by_zero,
  catalog, // a name that does not exist, or exists already
  binder,  // names and types do not fit together
  parser,
  invalid_input, // an argument that a function refuses, and error('…') of generated SQL
  unsupported,
  conflict, // another transaction changed the same rows or table since this one began
  out_of_memory,
  out_of_space,
  io,
  interrupted,
  fatal,    // the database refuses further work until it is opened again
  internal, // a bug of DuckDB or ours
};

struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message; // without DuckDB's prefix and without the echo of our generated SQL
  std::string value;   // conversion: the offending value, when the message names one

  operator freshet::Error() const; // NOLINT: TRY carries it into a Result<T> of base/result.h
};

template <typename T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return std::unexpected(Error{kind, std::move(message), {}});
}

} // namespace freshet::engine
