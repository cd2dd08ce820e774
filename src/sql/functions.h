#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sql/types.h"

namespace freshet::sql {

struct FunctionCall;

/// How a Snowflake function is written for the engine.
enum class FunctionForm : uint8_t {
  pattern,   // `text` with {0}, {1} … replaced; {1=x}: x where the argument is missing; {*}: all, comma-separated
  aggregate, // `text` is the engine's name; DISTINCT, WITHIN GROUP and OVER are carried over
  window,    // like aggregate, OVER required
  special,   // has code of its own (engine_function_printer.cc)
};

/// What the function returns, as far as the printer wants to know: `unknown` where it depends on the arguments.
enum class ResultKind : uint8_t {
  unknown,
  integer,
  real,
  text,
  boolean,
  date,
  timestamp,
  instant,
  json,
  first_argument,
  common
};

/// One row of the map of Snowflake's functions. Adding a function means adding a row here (and, for `special`, a case there).
struct FunctionRule {
  std::string_view name;
  uint8_t arguments_min;
  uint8_t arguments_max; // 255: any number
  FunctionForm form;
  std::string_view text;
  ResultKind result;
  /// How each argument is written, a letter each, the last one for all that follow: '.' as it is; 't' as text; 'd' as a number;
  /// 'm' as a date or time; 'v' as a semi-structured value; 'b' as a truth value; 'n' as a number of at most 64 bits, 'r' as a
  /// float.
  std::string_view modes = {};
};

/// Whether it is an aggregate or a function of windows.
bool is_aggregate(const FunctionRule& rule);
/// Null when Snowflake has no such function, or we do not know it. Of an alias: the rule of the main name. Constant time.
const FunctionRule* find_function(std::string_view upper_name);
/// The rule of the function that is called; null when it is none of Snowflake's own.
const FunctionRule* rule_of(const FunctionCall& call);
bool is_aggregate(const FunctionCall& call);
/// The whole map, for documentation and tests.
const std::vector<FunctionRule>& all_functions();

} // namespace freshet::sql
