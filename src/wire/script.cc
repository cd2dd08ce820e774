#include "wire/script.h"

#include <fmt/format.h>

#include "sql/parser.h"

namespace freshet::wire {
namespace {

/// Where in the script: the statement's place plus the error's place in the statement, which counts columns from 0.
ScriptError placed(sql::Error error, const sql::SourceRange& statement) {
  ScriptError placed{std::move(error), statement.line, statement.column};
  if (placed.error.line == 0) return placed;
  placed.column = placed.error.position + (placed.error.line == 1 ? statement.column : 1);
  placed.line = statement.line + placed.error.line - 1;
  return placed;
}

} // namespace

std::string to_string(const ScriptError& error, std::string_view script_name) {
  return fmt::format("{}:{}:{}: {:06} ({}): {}", script_name, error.line, error.column, error.error.code, error.error.sql_state,
                     error.error.message);
}

size_t run_script(std::string_view script, const ScriptOptions& options, const ExecuteStatement& execute,
                  const std::function<void(const ResultTable&)>& on_result,
                  const std::function<void(const ScriptError&)>& on_error) {
  const auto statements = sql::split_script(script);
  if (!statements) {
    on_error(placed(statements.error(), {}));
    return 1;
  }
  size_t failed = 0;
  for (const auto& [text, range] : *statements) {
    const auto result = execute(text);
    if (result) {
      on_result(*result);
      continue;
    }
    ++failed;
    on_error(placed(result.error(), range));
    if (!options.go_on) break;
  }
  return failed;
}

} // namespace freshet::wire
