#include "warehouse/engine_errors.h"

#include <fmt/core.h>

#include <cctype>
#include <optional>
#include <string>

#include "warehouse/binder_errors.h"

namespace freshet::warehouse {
namespace {

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// What stands between the first pair of double quotes after `from`.
std::string quoted(std::string_view message, size_t from = 0) {
  auto open = message.find('"', from);
  if (open == std::string_view::npos) return {};
  auto close = message.find('"', open + 1);
  return std::string(message.substr(open + 1, close == std::string_view::npos ? close : close - open - 1));
}

std::string_view first_line(std::string_view message) {
  return message.substr(0, message.find('\n'));
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.+-eE ") == std::string_view::npos;
}

/// What stands between the two in the message, else nothing.
std::string between(std::string_view message, std::string_view before, std::string_view after) {
  auto begin = message.find(before);
  if (begin == std::string_view::npos) return {};
  begin += before.size();
  auto end = message.find(after, begin);
  return end == std::string_view::npos ? std::string() : std::string(message.substr(begin, end - begin));
}

sql::Error conversion(const engine::Error& error) {
  const auto& message = error.message;
  if (auto cast = between(message, "Unimplemented type for cast (", ")"); has(cast, " -> ")) {
    auto arrow = cast.find(" -> ");
    auto target = snowflake_type(std::string_view(cast).substr(arrow + 4));
    return {1007, "22023",
            fmt::format("SQL compilation error:\ninvalid type [{}] for parameter 'TO_{}'",
                        snowflake_type(std::string_view(cast).substr(0, arrow)), target.substr(0, target.find('(')))};
  }
  auto value = error.value.empty() ? quoted(message) : error.value;
  if (value.empty()) value = between(message, "Could not cast value ", " to ");
  bool too_wide = is_number(value) && (has(message, "to DECIMAL(") || has(message, "to type DECIMAL("));
  if (too_wide) return {100039, "22003", fmt::format("Numeric value '{}' is out of range", value)};
  if (has(message, "BOOL")) return {100037, "22018", fmt::format("Boolean value '{}' is not recognized", value)};
  if (has(message, "timestamp") || has(message, "TIMESTAMP")) {
    return {100035, "22007", fmt::format("Timestamp '{}' is not recognized", value)};
  }
  if (has(message, "date") || has(message, "DATE")) return {100040, "22007", fmt::format("Date '{}' is not recognized", value)};
  if (has(message, "time field") || has(message, "TIME"))
    return {100108, "22007", fmt::format("Time '{}' is not recognized", value)};
  if (has(message, "out of range") || has(message, "because the value") || has(message, "does not fit") || is_number(value)) {
    return {100039, "22003", fmt::format("Numeric value '{}' is out of range", value)};
  }
  return {100038, "22018", fmt::format("Numeric value '{}' is not recognized", value)};
}

sql::Error invalid_input(const std::string& message) {
  if (has(message, "More than one row returned by a subquery"))
    return {90150, "22000", "Single-row subquery returns more than one row."};
  if (has(message, "Could not parse string")) {
    return {
        100096, "22007",
        fmt::format("Can't parse '{}' as timestamp with format '{}'", quoted(message), between(message, "specifier \"", "\""))};
  }
  if (message.starts_with("Malformed JSON"))
    return {100069, "22P02", fmt::format("Error parsing JSON: {}", first_line(message))};
  if (has(message, "Invalid input for hex digit"))
    return {100115, "22000",
            fmt::format("The following string is not a legal hex-encoded value: '{}'", message.substr(message.rfind(' ') + 1))};
  for (std::string_view complaint :
       {"missing ", "no argument for repetition operator", "bad repetition operator", "unexpected )", "trailing \\",
        "invalid escape sequence", "invalid character class", "invalid perl operator"}) {
    if (!message.starts_with(complaint)) continue;
    auto colon = message.find(": ");
    auto pattern = colon == std::string::npos ? std::string() : message.substr(colon + 2);
    return {100048, "2201B", fmt::format("Invalid regular expression: '{}', {}", pattern, message)};
  }
  return {100132, "P0000", message};
}

sql::Error catalog(const std::string& message) {
  if (has(message, "Function with name")) return sql::unknown_function(name_after(message, "with name "), 1, 0);
  if (has(message, "with name ")) return sql::does_not_exist("Object", name_after(message, "with name "));
  return {2003, "42S02", fmt::format("SQL compilation error:\n{}", first_line(message))};
}

sql::Error syntax(const std::string& message) {
  if (has(message, "at or near "))
    return {1003, "42000",
            fmt::format("SQL compilation error:\nsyntax error unexpected '{}'.", name_after(message, "at or near "))};
  return binder_error(message, "");
}

/// Errors of the functions in scalars/, which are in Snowflake's words already.
std::optional<sql::Error> of_scalar(const std::string& message) {
  struct Known {
    std::string_view begins;
    std::string_view contains;
    int32_t code;
    std::string_view state;
  };
  static constexpr Known k_known[] = {{"Date '", "is not recognized", 100040, "22007"},
                                      {"Time '", "is not recognized", 100108, "22007"},
                                      {"Timestamp '", "is not recognized", 100035, "22007"},
                                      {"Boolean value '", "is not recognized", 100037, "22018"},
                                      {"Numeric value '", "is not recognized", 100038, "22018"},
                                      {"Can't parse '", "with format", 100096, "22007"},
                                      {"String '", "too long and would be truncated", 100078, "22000"},
                                      {"Error parsing URL", "", 100139, "22000"},
                                      {"Not an array: 'Input argument to ARRAY_FLATTEN", "", 100107, "22000"},
                                      {"The lengths of two variable-sized fields", "", 100544, "22026"},
                                      {"Decryption failed", "", 100311, "22023"},
                                      {"Unknown timezone", "", 100138, "22023"}};
  for (const auto& known : k_known) {
    if (message.starts_with(known.begins) && has(message, known.contains))
      return sql::Error{known.code, std::string(known.state), message};
  }
  return std::nullopt;
}

} // namespace

sql::Error translate(const engine::Error& error, std::string_view statement) {
  using enum engine::ErrorKind;
  switch (error.kind) {
    case constraint:
      if (has(error.message, "NOT NULL")) return {100072, "22000", "NULL result in a non-nullable column"};
      return {100072, "22000", error.message};
    case conversion:
      return warehouse::conversion(error);
    case out_of_range:
      if (auto value = between(error.message, " (", ")"); has(error.message, "Overflow in") && !value.empty())
        return has(error.message, "INT128") || has(error.message, "HUGEINT")
                   ? sql::Error{100046, "22003",
                                fmt::format("Number out of representable range: type FIXED[SB16](38,0){{not null}}, value {}",
                                            value)}
                   : sql::Error{100039, "22003", fmt::format("Numeric value '{}' is out of range", value)};
      return {100039, "22003", fmt::format("Numeric value is out of range: {}", first_line(error.message))};
    case divide_by_zero:
      return {100051, "22012", "Division by zero"};
    case binder:
      return binder_error(error.message, statement);
    case catalog:
      return warehouse::catalog(error.message);
    case parser:
      return syntax(error.message);
    case invalid_input:
      if (has(error.message, "Division by zero")) return {100051, "22012", "Division by zero"};
      if (auto known = of_scalar(error.message)) return *known;
      if (error.message.starts_with("Error parsing JSON")) return {100069, "22P02", error.message};
      if (error.message.starts_with("Error parsing XML")) return {100100, "22P02", error.message};
      if (error.message.starts_with("JavaScript compilation error")) return {100131, "P0000", error.message};
      if (error.message == "SQL execution canceled") return {604, "57014", error.message};
      if (has(error.message, "is too long and would be truncated")) return {100078, "22000", error.message};
      if (error.message.starts_with("CHECK constraint ")) return {100072, "22000", error.message};
      if (error.message.starts_with("Failed to cast variant")) return {100071, "22000", error.message};
      return warehouse::invalid_input(error.message);
    case unsupported:
      if (has(error.message, "Cannot combine types")) return binder_error(error.message, statement);
      return {2, "0A000", fmt::format("Unsupported feature: {}", first_line(error.message))};
    case conflict:
      return {625, "57014", "Statement was aborted because another transaction changed the same rows"};
    case interrupted:
      return {604, "57014", "SQL execution canceled"};
    case out_of_memory:
      return {300, "XX000", "The statement needs more memory than it may use"};
    case out_of_space:
    case io:
    case fatal:
    case internal:
      break;
  }
  return {603, "XX000", fmt::format("SQL execution internal error:\n{}", error.message)};
}

} // namespace freshet::warehouse
