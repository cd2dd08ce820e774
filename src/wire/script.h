#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "sql/error.h"
#include "wire/result_table.h"

namespace freshet::wire {

/// Runs one statement somewhere: on a server, or in this process.
using ExecuteStatement = std::function<sql::SqlResult<ResultTable>(std::string_view text)>;

struct ScriptOptions {
  std::string name = "query"; // of the script, in messages
  bool go_on = false;         // after an error, with the next statement
};

/// A statement's failure, placed in its script: line and column count from 1.
struct ScriptError {
  sql::Error error;
  uint32_t line = 0;
  uint32_t column = 0;
};
/// `load.sql:3:15: 002003 (42S02): SQL compilation error: …`
std::string to_string(const ScriptError& error, std::string_view script_name);

/// Runs a script's statements in order and hands over what each gives. Returns how many failed; stops at the first one unless
/// told to go on.
size_t run_script(std::string_view script, const ScriptOptions& options, const ExecuteStatement& execute,
                  const std::function<void(const ResultTable&)>& on_result,
                  const std::function<void(const ScriptError&)>& on_error);

} // namespace freshet::wire
