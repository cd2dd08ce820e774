#include "warehouse/binder_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "sql/functions.h"
#include "sql/lexer.h"
#include "sql/parser.h"
#include "sql/snowflake_printer.h"
#include "sql/types.h"

namespace freshet::warehouse {
namespace {

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return result;
}

bool is_aggregate(std::string_view function) {
  const auto* rule = sql::find_function(function);
  return rule != nullptr && rule->form != sql::FunctionForm::window && sql::is_aggregate(*rule);
}

struct Place {
  uint32_t line = 1;
  uint32_t position = 0;
};

/// The user's statement as tokens, to find what the engine spoke about.
class Words {
 public:
  explicit Words(std::string_view statement) {
    if (auto tokens = sql::tokenize(statement)) list_ = std::move(*tokens);
  }

  size_t size() const { return list_.tokens.size(); }
  bool is(size_t at, std::string_view word) const {
    bool plain =
        at < size() && (list_.tokens[at].kind == sql::TokenKind::word || list_.tokens[at].kind == sql::TokenKind::symbol);
    return plain && list_.folded(list_.tokens[at]) == word;
  }
  std::string_view word(size_t at) const { return at < size() ? list_.folded(list_.tokens[at]) : std::string_view(); }
  Place place(size_t at) const { return at < size() ? Place{list_.tokens[at].line, list_.tokens[at].column - 1} : Place{}; }

  /// The first token that is this name, quoted or not; size() of none.
  size_t find_name(std::string_view name) const {
    for (size_t i = 0; i < size(); ++i) {
      const auto& token = list_.tokens[i];
      if (token.kind == sql::TokenKind::word && list_.folded(token) == upper(name)) return i;
      if (token.kind == sql::TokenKind::quoted && sql::quoted_value(list_.text(token)) == name) return i;
    }
    return size();
  }
  size_t find(std::string_view word, size_t from = 0) const {
    while (from < size() && !is(from, word)) ++from;
    return from;
  }
  size_t closing(size_t open) const {
    size_t depth = 0;
    for (size_t i = open; i < size(); ++i) {
      if (is(i, "(")) ++depth;
      if (is(i, ")") && --depth == 0) return i;
    }
    return size();
  }
  /// The first call of an aggregate function behind `from`; size() of none.
  size_t find_aggregate(size_t from) const {
    for (size_t i = from; i + 1 < size(); ++i) {
      if (!is(i + 1, "(") || list_.tokens[i].kind != sql::TokenKind::word) continue;
      if (is_aggregate(word(i))) return i;
    }
    return size();
  }
  size_t find_window(size_t from) const {
    for (size_t i = from; i + 1 < size(); ++i) {
      if (is(i + 1, "(") && is(closing(i + 1) + 1, "OVER")) return i;
    }
    return size();
  }
  /// The call at this token as Snowflake writes it: SUM(A).
  std::string call(size_t at) const {
    size_t last = at < size() ? closing(at + 1) : size();
    if (is(last + 1, "OVER") && is(last + 2, "(")) last = closing(last + 2);
    if (last >= size()) return {};
    const auto& begin = list_.tokens[at];
    const auto& end = list_.tokens[last];
    auto text = list_.source.substr(begin.offset, end.offset + end.length - begin.offset);
    auto expression = sql::parse_expression(text);
    return expression ? sql::print_expression(*expression) : std::string(text);
  }
  /// The first whole number behind `from` that is not from 1 to `highest`.
  std::string number_beyond(size_t from, int64_t highest) const {
    for (size_t i = from; i < size(); ++i) {
      if (list_.tokens[i].kind != sql::TokenKind::number) continue;
      int64_t value = 0;
      auto text = word(i);
      std::from_chars(text.data(), text.data() + text.size(), value);
      if (value < 1 || value > highest) return std::string(text);
    }
    return {};
  }

 private:
  sql::TokenList list_;
};

sql::Error compilation(std::string_view text, int32_t code = 1003, std::string_view state = "42000") {
  return {code, std::string(state), fmt::format("SQL compilation error:\n{}", text)};
}

sql::Error compilation_at(Place place, std::string_view text, int32_t code, std::string_view state) {
  return {code, std::string(state),
          fmt::format("SQL compilation error: error line {} at position {}\n{}", place.line, place.position, text), place.line,
          place.position};
}

// ---- names

std::optional<sql::Error> unknown_name(std::string_view message, std::string_view statement) {
  for (std::string_view marker :
       {"does not have a column named ", "Referenced column ", "Referenced table ", "Cannot extract field "}) {
    if (has(message, marker)) return invalid_name(name_after(message, marker), statement);
  }
  bool of_column = has(message, "does not exist on left side of join") ||
                   has(message, "does not exist on right side of join") || has(message, "referenced in UNPIVOT but") ||
                   has(message, "not found in FROM clause");
  if (of_column) return invalid_name(name_after(message, "olumn "), statement);
  if (has(message, "Ambiguous reference to table ")) {
    return compilation(fmt::format("duplicate alias '{}'", name_after(message, "Ambiguous reference to table ")), 2012,
                       "42710");
  }
  if (!has(message, "mbiguous reference")) return std::nullopt;
  Words words(statement);
  auto name = name_after(message, "name ");
  return compilation_at(words.place(words.find_name(name)), fmt::format("ambiguous column name '{}'", name), 2028, "42601");
}

// ---- grouping, aggregates and windows

std::optional<sql::Error> grouping(std::string_view message, std::string_view statement) {
  if (has(message, "must appear in the GROUP BY clause")) {
    Words words(statement);
    auto name = name_after(message, "column ");
    return compilation_at(words.place(words.find_name(name)),
                          fmt::format("'{}' in select clause is neither an aggregate nor in the group by clause.", upper(name)),
                          979, "42601");
  }
  auto highest = [&] {
    int64_t value = 0;
    size_t at = message.rfind(' ');
    std::from_chars(message.data() + at + 1, message.data() + message.size(), value);
    return value;
  };
  Words words(statement);
  if (has(message, "GROUP BY term out of range")) {
    auto number = words.number_beyond(words.find("GROUP"), highest());
    return compilation(fmt::format("[{}] is not a valid group by expression", number), 979, "42601");
  }
  if (has(message, "ORDER term out of range")) {
    auto number = words.number_beyond(words.find("ORDER"), highest());
    return compilation(fmt::format("[{}] is not a valid order by expression", number));
  }
  if (has(message, "GROUP BY clause cannot contain aggregates")) {
    auto call = words.call(words.find_aggregate(words.find("GROUP")));
    return compilation(fmt::format("[{}] is not a valid group by expression", call), 979, "42601");
  }
  if (has(message, "clause cannot contain aggregates")) {
    auto call = words.call(words.find_aggregate(words.find("WHERE")));
    return compilation(fmt::format("Invalid aggregate function in where clause [{}]", call));
  }
  if (has(message, "cannot contain window functions")) {
    size_t window = words.find_window(words.find("WHERE"));
    auto call = words.call(window < words.size() ? window : words.find_window(0));
    return compilation(fmt::format("Window function [{}] appears outside of SELECT, QUALIFY, and ORDER BY clauses.", call));
  }
  if (!has(message, "aggregate function calls cannot be nested")) return std::nullopt;
  for (size_t outer = words.find_aggregate(0); outer < words.size(); outer = words.find_aggregate(outer + 1)) {
    size_t inner = words.find_aggregate(outer + 1);
    if (inner >= words.closing(outer + 1)) continue;
    return compilation(
        fmt::format("Aggregate functions cannot be nested: [{}] nested in [{}]", words.call(inner), words.call(outer)));
  }
  return compilation("Aggregate functions cannot be nested");
}

// ---- types

/// "BIGINT, DECIMAL(10,2)" as Snowflake calls them.
std::string snowflake_types(std::string_view types) {
  std::string result;
  size_t depth = 0;
  size_t begin = 0;
  for (size_t i = 0; i <= types.size(); ++i) {
    if (i < types.size() && types[i] == '(') ++depth;
    if (i < types.size() && types[i] == ')') --depth;
    if (i < types.size() && (types[i] != ',' || depth > 0)) continue;
    auto one = types.substr(begin, i - begin);
    if (one.starts_with(' ')) one.remove_prefix(1);
    if (!one.empty()) result.append(result.empty() ? "" : ", ").append(snowflake_type(one));
    begin = i + 1;
  }
  return result;
}

/// The token of the statement that stands behind a call of the engine: the function itself, or one that is written with it.
size_t culprit(const Words& words, std::string_view engine_name) {
  size_t found = words.find_name(engine_name);
  if (found < words.size()) return found;
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (words.is(i, engine_name)) return i; // an operator
    const auto* rule = words.is(i + 1, "(") ? sql::find_function(words.word(i)) : nullptr;
    if (rule != nullptr && has(rule->text, engine_name)) return i;
  }
  return words.size();
}

sql::Error no_function(std::string_view message, std::string_view statement) {
  auto signature = name_after(message, has(message, "function call ") ? "function call " : "argument types ");
  auto open = std::min(signature.find('('), signature.size());
  auto name = std::string_view(signature).substr(0, open);
  auto types = open < signature.size() ? std::string_view(signature).substr(open + 1, signature.rfind(')') - open - 1)
                                       : std::string_view();
  Words words(statement);
  size_t at = culprit(words, name);
  return compilation_at(words.place(at),
                        fmt::format("Invalid argument types for function '{}': ({})",
                                    at < words.size() ? std::string(words.word(at)) : upper(name), snowflake_types(types)),
                        1044, "42P13");
}

/// Of "… type(s of) A and (type) B …": both.
std::optional<std::pair<std::string, std::string>> two_types(std::string_view message) {
  for (std::string_view marker : {"types of ", "values of type ", "combine types "}) {
    size_t begin = message.find(marker);
    if (begin == message.npos) continue;
    auto rest = message.substr(begin + marker.size());
    size_t conjunction = rest.find(" and ");
    if (conjunction == rest.npos) continue;
    auto second = rest.substr(conjunction + 5);
    if (second.starts_with("type ")) second.remove_prefix(5);
    size_t end = std::min({second.find(" in "), second.find(" - "), second.size()});
    return std::pair(snowflake_type(rest.substr(0, conjunction)), snowflake_type(second.substr(0, end)));
  }
  return std::nullopt;
}

std::optional<sql::Error> typing(std::string_view message, std::string_view statement) {
  if (has(message, "No function matches") || has(message, "best candidate function")) return no_function(message, statement);
  if (auto types = two_types(message)) {
    return compilation(fmt::format("Can not convert a value of type [{}] into expected type [{}]", types->second, types->first),
                       1038, "22023");
  }
  if (has(message, "types with different collation")) return compilation("Incompatible collations", 2322, "42846");
  if (has(message, "Cannot deduce template type"))
    return compilation("The elements are of types that have no common type", 1038, "22023");
  return std::nullopt;
}

// ---- the rest

std::optional<sql::Error> shape(std::string_view message, std::string_view statement) {
  if (has(message, "Set operations can only apply"))
    return compilation("invalid number of result columns for set operator input branches", 1789, "42601");
  if (auto at = message.find("Subquery returns "); at != message.npos) {
    auto got = name_after(message, "Subquery returns ");
    auto expected = name_after(message, "expected ");
    return compilation(fmt::format("invalid number of result columns for subquery, expected {}, got {}", expected, got));
  }
  if (has(message, "LIMIT/OFFSET cannot be negative")) {
    Words words(statement);
    Place place = words.place(words.find("-", std::min(words.find("LIMIT"), words.find("OFFSET"))));
    return sql::syntax_error(place.line, place.position, "-");
  }
  if (has(message, "Separator argument to StringAgg"))
    return compilation("argument 2 to function LISTAGG needs to be constant", 1015, "22023");
  if (has(message, "columns available but"))
    return compilation(fmt::format("invalid number of column aliases for '{}'", name_after(message, "table ")));
  if (has(message, "VALUES lists must all be the same length"))
    return compilation("the rows of VALUES are of different lengths");
  if (has(message, "empty set of columns")) return compilation("SELECT with no columns");
  if (has(message, "without FROM clause")) return compilation("SELECT * needs a FROM clause");
  if (has(message, "NATURAL JOIN")) return compilation("the tables of a NATURAL JOIN have no column in common");
  if (message.starts_with("window \""))
    return compilation(fmt::format("window '{}' is not defined", name_after(message, "window ")));
  return std::nullopt;
}

} // namespace

std::string name_after(std::string_view message, std::string_view marker) {
  size_t at = message.find(marker);
  if (at == message.npos) return {};
  auto rest = message.substr(at + marker.size());
  char quote = rest.empty() ? ' ' : rest[0];
  bool quoted = quote == '"' || quote == '\'';
  if (quoted) rest.remove_prefix(1);
  auto name = rest.substr(0, quoted ? rest.find(quote) : rest.find_first_of(" !\n"));
  if (name.starts_with('$') && name.contains('.')) name.remove_prefix(1); // the hidden column "$F.VALUE" of a FLATTEN
  return std::string(name);
}

std::string snowflake_type(std::string_view engine_type) {
  if (engine_type == "INTEGER_LITERAL") engine_type = "BIGINT";
  if (engine_type == "STRING_LITERAL") engine_type = "VARCHAR";
  if (engine_type == "INTERVAL") return "INTERVAL";
  return sql::type_from_engine(engine_type).to_string();
}

sql::Error invalid_name(std::string_view name, std::string_view statement) {
  auto dot = name.rfind('.');
  Words words(statement);
  Place place = words.place(words.find_name(dot == name.npos ? name : name.substr(dot + 1)));
  return sql::invalid_identifier(name, place.line, place.position);
}

sql::Error binder_error(std::string_view message, std::string_view statement) {
  for (auto rule : {unknown_name, grouping, typing, shape}) {
    if (auto error = rule(message, statement)) return *error;
  }
  return compilation(message.substr(0, message.find('\n')));
}

} // namespace freshet::warehouse
