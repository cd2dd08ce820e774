#include "warehouse/engine_errors.h"

#include <fmt/core.h>

#include <cctype>
#include <optional>
#include <string>

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

char folded(char c) {
  return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
}
bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$';
}

struct Place {
  uint32_t line = 1;
  uint32_t position = 0;
};

/// Where `name` stands as a whole word in the statement, outside of strings and comments.
std::optional<Place> place_of(std::string_view name, std::string_view statement) {
  Place place;
  for (size_t i = 0; i < statement.size();) {
    char c = statement[i];
    size_t length = 1;
    if (c == '\'') {
      auto close = statement.find('\'', i + 1);
      length = (close == std::string_view::npos ? statement.size() : close + 1) - i;
    } else if (statement.substr(i, 2) == "--" || statement.substr(i, 2) == "//") {
      length = std::min(statement.find('\n', i), statement.size()) - i;
    } else if (is_word(c)) {
      while (i + length < statement.size() && is_word(statement[i + length])) ++length;
      auto word = statement.substr(i, length);
      bool same = word.size() == name.size();
      for (size_t k = 0; same && k < word.size(); ++k) same = folded(word[k]) == folded(name[k]);
      if (same) return place;
    }
    for (size_t k = 0; k < length; ++k) {
      if (statement[i + k] == '\n') {
        ++place.line;
        place.position = 0;
      } else {
        ++place.position;
      }
    }
    i += length;
  }
  return std::nullopt;
}

sql::Error invalid_name(const std::string& name, std::string_view statement) {
  auto dot = name.rfind('.');
  auto place = place_of(dot == std::string::npos ? name : name.substr(dot + 1), statement).value_or(Place{});
  return sql::invalid_identifier(name, place.line, place.position);
}

bool is_number(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  bool digits = false, point = false;
  for (char c : text) {
    if (c == '.' && !point)
      point = true;
    else if (std::isdigit(static_cast<unsigned char>(c)) != 0)
      digits = true;
    else
      return false;
  }
  return digits;
}

/// "Could not cast value 123456 to DECIMAL(5,0)"
sql::Error out_of_type(std::string_view message) {
  auto between = [&](std::string_view before, char end) {
    auto start = message.find(before) + before.size();
    return message.substr(start, message.find(end, start) - start);
  };
  auto value = between("cast value ", ' ');
  auto digits = between("DECIMAL(", ')');
  int precision = 0;
  for (char c : digits.substr(0, digits.find(','))) precision = precision * 10 + (c - '0');
  int bytes = precision <= 2 ? 1 : precision <= 4 ? 2 : precision <= 9 ? 4 : precision <= 18 ? 8 : 16;
  return {100046, "22003",
          fmt::format("Number out of representable range: type FIXED[SB{}]({}){{nullable}}, value {}", bytes, digits, value)};
}

sql::Error conversion(const engine::Error& error) {
  const auto& message = error.message;
  auto value = error.value.empty() ? quoted(message) : error.value;
  if (has(message, "BOOL")) return {100037, "22018", fmt::format("Boolean value '{}' is not recognized", value)};
  if (has(message, "timestamp") || has(message, "TIMESTAMP")) {
    return {100035, "22007", fmt::format("Timestamp '{}' is not recognized", value)};
  }
  if (has(message, "date") || has(message, "DATE")) return {100040, "22007", fmt::format("Date '{}' is not recognized", value)};
  if (has(message, "time field") || has(message, "TIME"))
    return {100108, "22007", fmt::format("Time '{}' is not recognized", value)};
  if (has(message, "Could not cast value") && has(message, "DECIMAL(")) return out_of_type(message);
  if (has(message, "out of range") || has(message, "because the value") || has(message, "does not fit") || is_number(value)) {
    return {100039, "22003", fmt::format("Numeric value '{}' is out of range", value)};
  }
  return {100038, "22018", fmt::format("Numeric value '{}' is not recognized", value)};
}

sql::Error binder(const engine::Error& error, std::string_view statement) {
  const auto& message = error.message;
  if (has(message, "mbiguous reference")) {
    auto name = quoted(message);
    auto place = place_of(name, statement).value_or(Place{});
    return {2028, "42601",
            fmt::format("SQL compilation error: error line {} at position {}\nambiguous column name '{}'", place.line,
                        place.position, name),
            place.line, place.position};
  }
  if (has(message, "must appear in the GROUP BY clause")) {
    auto name = quoted(message);
    auto place = place_of(name, statement).value_or(Place{});
    return {979, "42601",
            fmt::format("SQL compilation error: error line {} at position {}\n'{}' in select clause is neither an aggregate "
                        "nor in the group "
                        "by clause.",
                        place.line, place.position, name),
            place.line, place.position};
  }
  if (auto at = message.find("does not have a column named"); at != std::string::npos) {
    return invalid_name(quoted(message, at), statement);
  }
  if (has(message, "Referenced column") || has(message, "Referenced table") || has(message, "not found in FROM clause")) {
    return invalid_name(quoted(message), statement);
  }
  if (has(message, "No function matches")) {
    return {1044, "42P13", fmt::format("SQL compilation error:\nInvalid argument types for function: {}", message)};
  }
  return {1003, "42000", fmt::format("SQL compilation error:\n{}", message)};
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
      return {100039, "22003", fmt::format("Numeric value is out of range: {}", error.message)};
    case divide_by_zero:
      return {100051, "22012", "Division by zero"};
    case binder:
      return warehouse::binder(error, statement);
    case catalog:
      if (has(error.message, "Function with name")) return sql::unknown_function(quoted(error.message), 1, 0);
      return {2003, "42S02", fmt::format("SQL compilation error:\n{}", error.message)};
    case parser:
      return {1003, "42000", fmt::format("SQL compilation error:\n{}", error.message)};
    case invalid_input:
      if (has(error.message, "Division by zero")) return {100051, "22012", "Division by zero"};
      if (auto known = of_scalar(error.message)) return *known;
      if (error.message.starts_with("Error parsing JSON")) return {100069, "22P02", error.message};
      if (error.message.starts_with("JavaScript compilation error")) return {100131, "P0000", error.message};
      if (error.message == "SQL execution canceled") return {604, "57014", error.message};
      if (has(error.message, "is too long and would be truncated")) return {100078, "22000", error.message};
      if (error.message.starts_with("Failed to cast variant")) return {100071, "22000", error.message};
      return {100132, "P0000", error.message};
    case unsupported:
      return {2, "0A000", fmt::format("Unsupported feature: {}", error.message)};
    case conflict:
      return {625, "57014",
              fmt::format("Statement was aborted because another transaction changed the same rows: {}", error.message)};
    case interrupted:
      return {604, "57014", "SQL execution canceled"};
    case out_of_memory:
      return {300, "XX000", fmt::format("The statement needs more memory than it may use: {}", error.message)};
    case out_of_space:
    case io:
    case fatal:
    case internal:
      break;
  }
  return {603, "XX000", fmt::format("SQL execution internal error:\n{}", error.message)};
}

} // namespace freshet::warehouse
