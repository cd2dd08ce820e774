#pragma once

#include "engine/error.h"
#include "sql/error.h"

namespace freshet::warehouse {

/// The one place where the engine's objections become Snowflake's errors. `statement` is the user's text: it tells where a name
/// that the engine did not find stands.
sql::Error translate(const engine::Error& error, std::string_view statement);

/// For TRY: the engine's result with its error translated.
template <typename T>
sql::SqlResult<T> translated(engine::Result<T> result, std::string_view statement) {
  if (result) {
    if constexpr (std::is_void_v<T>) {
      return {};
    } else {
      return std::move(*result);
    }
  }
  return std::unexpected(translate(result.error(), statement));
}

} // namespace freshet::warehouse
