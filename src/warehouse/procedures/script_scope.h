#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sql/syntax_scripting.h"
#include "warehouse/result.h"

namespace freshet::warehouse {

using SharedResult = std::shared_ptr<const StatementResult>;

/// What a name means inside a block of Snowflake Scripting.

/// A variable keeps its declared type; without one it takes the type of each value it is given.
struct ScriptVariable {
  std::optional<sql::TypeName> type;
  Bind value;
};
/// Null before it was given a statement.
struct ScriptResultset {
  SharedResult result;
};
struct ScriptCursor {
  const sql::ScriptCursor* declaration = nullptr;
  SharedResult result; // null while it is closed
  size_t next = 0;
};
/// The row that a FOR loop stands at.
struct ScriptRow {
  SharedResult result;
  size_t row = 0;
};
struct ScriptException {
  int32_t number = 0;
  std::string message;
};
struct ScriptNestedProcedure {
  const sql::ScriptNestedProcedure* declaration = nullptr;
};

/// The names of the blocks under way, the innermost last. Lives as long as the outermost block runs, on its thread.
class ScriptScopes {
 public:
  using Meaning =
      std::variant<ScriptVariable, ScriptResultset, ScriptCursor, ScriptRow, ScriptException, ScriptNestedProcedure>;

  void open() { scopes_.emplace_back(); }
  void close() { scopes_.pop_back(); }
  void declare(std::string name, Meaning meaning) { scopes_.back().insert_or_assign(std::move(name), std::move(meaning)); }

  /// The innermost meaning of a name in upper case; null when it has none.
  Meaning* find(std::string_view name);
  template <typename T>
  T* find_as(std::string_view name) {
    auto* meaning = find(name);
    return meaning == nullptr ? nullptr : std::get_if<T>(meaning);
  }

 private:
  std::vector<std::map<std::string, Meaning, std::less<>>> scopes_;
};

/// One value of a result, with its column's type.
Bind bind_at(const StatementResult& result, size_t row, size_t column);
/// The value of a row's column; nothing when there is no such column.
std::optional<Bind> column_of(const ScriptRow& row, std::string_view column);

} // namespace freshet::warehouse
