#pragma once

#include <functional>
#include <map>
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
  bool substitute = false;    // &name, &{name} and <% name %> are variables
  std::map<std::string, std::string> variables = {};
};

/// A statement's failure, placed in its script: line and column count from 1.
struct ScriptError {
  sql::Error error;
  std::string script;
  uint32_t line = 0;
  uint32_t column = 0;
};
/// `load.sql:3:15: 002003 (42S02): SQL compilation error: …`
std::string to_string(const ScriptError& error);

/// What a script needs and gives.
struct ScriptHost {
  ExecuteStatement execute;
  std::function<void(const ResultTable&)> on_result;
  std::function<void(const ScriptError&)> on_error;
  std::function<void(std::string_view line)> print = {};                      // !print
  std::function<Result<std::string>(const std::string& path)> read_file = {}; // !source
};

/// Runs a script's statements in order and hands over what each gives. Returns how many failed; stops at the first one unless
/// told to go on.
///
/// Lines that begin with `!` where a statement could are SnowSQL's commands: !set variable_substitution=…, !set exit_on_error=…
/// (other options only change SnowSQL's own output and are passed over), !define name=value, !print, !source and !load, !quit
/// and !exit. Variables are SnowSQL's (&name, &{name}; && is one &) and those of `snow sql` (<% name %>). Source:
/// docs.snowflake.com, "Using SnowSQL" and "snow sql".
size_t run_script(std::string_view script, ScriptOptions options, const ScriptHost& host);

/// The text with its variables replaced. Fails (code 1003) when one is not defined.
sql::SqlResult<std::string> substitute(std::string_view text, const std::map<std::string, std::string>& variables);

} // namespace freshet::wire
