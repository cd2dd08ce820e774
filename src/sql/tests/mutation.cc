#include "sql/tests/mutation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "sql/lexer.h"
#include "sql/parser.h"
#include "sql/snowflake_printer.h"
#include "sql/syntax_scripting.h"

namespace freshet::sql::testing {
namespace {

constexpr size_t k_text_length_max = 20'000; // mutants of the corpus; longer ones say nothing new

/// The text cut at its tokens: each piece is a token with the blanks behind it. One piece when the lexer refuses it.
std::vector<std::string> pieces_of(const std::string& text) {
  auto tokens = tokenize(text);
  if (!tokens || tokens->tokens.size() < 3) return {text};
  std::vector<std::string> pieces;
  for (size_t i = 0; i + 1 < tokens->tokens.size(); ++i) {
    uint32_t begin = tokens->tokens[i].offset;
    pieces.push_back(text.substr(begin, tokens->tokens[i + 1].offset - begin));
  }
  return pieces;
}

std::string joined(const std::vector<std::string>& pieces) {
  std::string text;
  for (const auto& piece : pieces) text += piece;
  return text;
}

std::string repeated(std::string_view piece, size_t times) {
  std::string text;
  for (size_t i = 0; i < times; ++i) text += piece;
  return text;
}

std::string place_problem(const Error& error, std::string_view text) {
  if (error.code == 0 || error.sql_state.size() != 5 || error.message.empty()) return "an error without code: " + error.message;
  if (error.line == 0) return "an error without line: " + error.message;
  std::string_view rest = text;
  for (uint32_t line = 1; line < error.line; ++line) {
    size_t end = rest.find('\n');
    if (end == rest.npos) return fmt::format("an error behind the text, in line {}: {}", error.line, error.message);
    rest.remove_prefix(end + 1);
  }
  size_t length = std::min(rest.find('\n'), rest.size());
  if (error.position <= length) return {};
  return fmt::format("an error behind its line, at position {}: {}", error.position, error.message);
}

} // namespace

Mutator::Mutator(std::vector<std::string> corpus, uint64_t seed) : corpus_(std::move(corpus)), random_(seed) {
  std::erase_if(corpus_, [](const std::string& text) { return text.empty() || text.size() > k_text_length_max; });
}

std::string Mutator::next(size_t changes_max) {
  std::string text = any_text();
  for (size_t changes = 1 + below(changes_max); changes > 0; --changes) text = change(text);
  if (text.size() > 4 * k_text_length_max) text.resize(4 * k_text_length_max);
  return text;
}

std::string Mutator::change(const std::string& text) {
  switch (below(12)) {
    case 0:
      return change_bytes(text);
    case 1:
      return below(4) == 0 ? nested(text) : text.substr(0, below(text.size() + 1));
    default:
      return change_tokens(pieces_of(text));
  }
}

std::string Mutator::any_token() {
  static constexpr std::string_view k_favourites[] = {"(",
                                                      ")",
                                                      ",",
                                                      ";",
                                                      "NULL",
                                                      "'",
                                                      "\"",
                                                      "$$",
                                                      "/*",
                                                      "--",
                                                      "::",
                                                      "AS",
                                                      "SELECT",
                                                      "FROM",
                                                      "WHERE",
                                                      "CASE",
                                                      "END",
                                                      "BEGIN",
                                                      "DECLARE",
                                                      "WITH",
                                                      "TABLE",
                                                      "NOT",
                                                      "IN",
                                                      "LIKE",
                                                      "GROUP",
                                                      "BY",
                                                      "ALL",
                                                      "ANY",
                                                      "OVER",
                                                      "LATERAL",
                                                      "VALUES",
                                                      "DEFAULT",
                                                      "INTERVAL",
                                                      "DATE",
                                                      "'x'",
                                                      "1",
                                                      "1e400",
                                                      "$1",
                                                      "?",
                                                      ":x",
                                                      "@s/",
                                                      "0x",
                                                      "99999999999999999999999999999999999999999",
                                                      "*",
                                                      "->",
                                                      "=>",
                                                      "[",
                                                      "]",
                                                      "{",
                                                      "}",
                                                      "EXCLUDE",
                                                      "PRIOR",
                                                      "ROWS",
                                                      "PIVOT",
                                                      "UNPIVOT",
                                                      "SAMPLE",
                                                      "LEFT",
                                                      "JOIN",
                                                      "USING",
                                                      "IDENTIFIER('a.b')",
                                                      "CURRENT_DATE",
                                                      "QUALIFY",
                                                      "UNION",
                                                      "EXCEPT",
                                                      "LIMIT",
                                                      "OFFSET",
                                                      "-",
                                                      "||",
                                                      "IS",
                                                      "DISTINCT",
                                                      "INTO",
                                                      "SET",
                                                      "ORDER",
                                                      "X'0'",
                                                      "\xC3\xA9",
                                                      "''"};
  if (below(2) == 0) return std::string(k_favourites[below(std::size(k_favourites))]) + " ";
  auto pieces = pieces_of(any_text());
  return pieces[below(pieces.size())];
}

/// Of the same kind, from anywhere in the corpus: a name for a name, a text for a text.
std::string Mutator::token_like(const std::string& token) {
  auto kind = [](char c) {
    return std::isalpha(static_cast<unsigned char>(c)) ? 'a' : std::isdigit(static_cast<unsigned char>(c)) ? '0' : c;
  };
  for (int attempt = 0; attempt < 50; ++attempt) {
    auto pieces = pieces_of(any_text());
    std::string& other = pieces[below(pieces.size())];
    if (!other.empty() && !token.empty() && kind(other[0]) == kind(token[0])) return std::move(other) + " ";
  }
  return token;
}

std::string Mutator::change_tokens(std::vector<std::string> pieces) {
  size_t at = below(pieces.size());
  switch (below(11)) {
    case 8:
    case 9:
    case 10:
      pieces[at] = token_like(pieces[at]);
      break;
    case 0:
      pieces.erase(pieces.begin() + static_cast<ptrdiff_t>(at));
      break;
    case 1:
      pieces.insert(pieces.begin() + static_cast<ptrdiff_t>(at), pieces[at]);
      break;
    case 2:
      std::swap(pieces[at], pieces[below(pieces.size())]);
      break;
    case 3:
    case 4:
      pieces[at] = any_token();
      break;
    case 5:
      pieces.insert(pieces.begin() + static_cast<ptrdiff_t>(at), any_token());
      break;
    case 6: { // the beginning of this one, the end of another
      auto other = pieces_of(any_text());
      pieces.resize(at);
      pieces.insert(pieces.end(), other.begin() + static_cast<ptrdiff_t>(below(other.size())), other.end());
      break;
    }
    default: { // a part of it again, somewhere else
      size_t end = std::min(pieces.size(), at + 1 + below(8));
      std::vector<std::string> part(pieces.begin() + static_cast<ptrdiff_t>(at), pieces.begin() + static_cast<ptrdiff_t>(end));
      pieces.insert(pieces.begin() + static_cast<ptrdiff_t>(below(pieces.size())), part.begin(), part.end());
      break;
    }
  }
  return joined(pieces);
}

std::string Mutator::change_bytes(std::string text) {
  for (size_t count = 1 + below(4); count > 0 && !text.empty(); --count) {
    size_t at = below(text.size());
    char byte = static_cast<char>(below(256));
    if (below(2) == 0) {
      text[at] = byte;
    } else {
      text.insert(at, 1, byte);
    }
  }
  return text;
}

std::string Mutator::nested(const std::string& text) {
  static constexpr std::pair<std::string_view, std::string_view> k_nests[] = {{"(", ")"},
                                                                              {"((", "))"},
                                                                              {"NOT ", ""},
                                                                              {"- ", ""},
                                                                              {"CASE WHEN ", " THEN 1 END"},
                                                                              {"(SELECT ", ")"},
                                                                              {"f(", ")"},
                                                                              {"[", "]"},
                                                                              {"{'a': ", "}"},
                                                                              {"x IN (SELECT 1 WHERE ", ")"},
                                                                              {"EXISTS (SELECT ", ")"},
                                                                              {"CAST(", " AS INT)"},
                                                                              {"a OR (", ")"},
                                                                              {"a -> ", ""},
                                                                              {"1 + (", ")"},
                                                                              {"", "::int"},
                                                                              {"", " || 'a'"},
                                                                              {"", "[0]"},
                                                                              {"BEGIN ", "; END"},
                                                                              {"SELECT * FROM (", ")"}};
  auto pieces = pieces_of(text);
  size_t at = below(pieces.size());
  size_t end = std::min(pieces.size(), at + 1 + below(6));
  const auto& [open, close] = k_nests[below(std::size(k_nests))];
  size_t times = below(3) == 0 ? 2000 : 1 + below(300);
  pieces.insert(pieces.begin() + static_cast<ptrdiff_t>(end), " " + repeated(close, times));
  pieces.insert(pieces.begin() + static_cast<ptrdiff_t>(at), repeated(open, times));
  return joined(pieces);
}

std::string problem_with(std::string_view text) {
  static_cast<void>(split_script(text));
  static_cast<void>(parse_script_block(text));
  static_cast<void>(parse_qualified_name(text));
  static_cast<void>(parse_stage_location(text));
  static_cast<void>(parse_type(text));
  auto script = parse_script(text);
  if (!script) return place_problem(script.error(), text);
  for (const auto& statement : *script) {
    Statement copy = statement;
    if (!(copy == statement)) return "a copy differs from its statement";
    std::string printed = print_statement(statement);
    auto again = parse_statement(printed);
    if (!again) return fmt::format("what is printed does not parse: {}\nprinted: {}", again.error().message, printed);
    if (!(*again == statement)) return fmt::format("what is printed is another tree\nprinted: {}", printed);
  }
  return {};
}

} // namespace freshet::sql::testing
