#include "sql/syntax_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace freshet::sql {

void SyntaxParser::too_deep() {
  const Token& token = peek();
  fail_with(Error(1003, "42000",
                  fmt::format("SQL compilation error:\nerror line {} at position {}: expressions and queries may nest {} deep.",
                              token.line, token.column - 1, k_nesting_max),
                  token.line, token.column - 1));
}

void SyntaxParser::grow(uint32_t levels) {
  height_ += levels;
  if (height_ <= k_height_max) return;
  const Token& token = peek();
  fail_with(
      Error(1003, "42000",
            fmt::format("SQL compilation error:\nerror line {} at position {}: a chain of operators or joins may be {} long.",
                        token.line, token.column - 1, k_height_max),
            token.line, token.column - 1));
}

bool SyntaxParser::others_follow(std::span<const Word> words) const {
  for (size_t i = 1; i < words.size(); ++i) {
    if (!is_at(peek(i), words[i])) return false;
  }
  return true;
}

void SyntaxParser::expect_words(std::initializer_list<Word> words) {
  for (Word word : words) expect(word);
}

void SyntaxParser::fail_with(Error error) {
  if (!error_) error_ = std::move(error);
  position_ = list_.tokens.size() - 1;
}

void SyntaxParser::unexpected(const Token& token) {
  fail_with(syntax_error(token.line, token.column - 1, token.kind == TokenKind::end ? "<EOF>" : text(token)));
}

void SyntaxParser::unsupported(std::string_view construct, const Token& token) {
  fail_with(unsupported_feature(construct, token.line, token.column - 1));
}

SourceRange SyntaxParser::range_from(size_t first) const {
  const Token& start = list_.tokens[first];
  const Token& last = list_.tokens[position_ > first ? position_ - 1 : first];
  uint32_t column = start.line == origin_.line ? start.column - origin_.column + 1 : start.column;
  return {start.offset - origin_.offset, last.offset + last.length - start.offset, start.line - origin_.line + 1, column};
}

std::string SyntaxParser::text_from(size_t first) const {
  return text_until(first, position_);
}

std::string SyntaxParser::text_until(size_t first, size_t last) const {
  if (last <= first) return {};
  const Token& start = list_.tokens[first];
  const Token& end = list_.tokens[last - 1];
  return std::string(list_.source.substr(start.offset, end.offset + end.length - start.offset));
}

/// The index of the bracket that closes the one at `open`, or of the last token.
size_t SyntaxParser::matching_bracket(size_t open) const {
  if (brackets_.empty()) { // all at once: asking for each of many nested ones has to stay linear
    brackets_.assign(list_.tokens.size(), static_cast<uint32_t>(list_.tokens.size() - 1));
    std::vector<uint32_t> opened;
    for (uint32_t i = 0; i < list_.tokens.size(); ++i) {
      if (is_at(list_.tokens[i], "(")) opened.push_back(i);
      if (!is_at(list_.tokens[i], ")") || opened.empty()) continue;
      brackets_[opened.back()] = i;
      opened.pop_back();
    }
  }
  return brackets_[open];
}

const Token& SyntaxParser::after_bracket(size_t open) const {
  return list_.tokens[std::min(matching_bracket(open) + 1, list_.tokens.size() - 1)];
}

/// BEGIN opens a block unless it begins a transaction or is a column's alias; DECLARE always does.
bool SyntaxParser::block_ahead(size_t ahead) const {
  if (is_at(peek(ahead), "DECLARE")) return true;
  if (!is_at(peek(ahead), "BEGIN")) return false;
  const Token& next = peek(ahead + 1);
  return next.kind != TokenKind::end && !is_at(next, ";") && !is_at(next, "TRANSACTION") && !is_at(next, "WORK") &&
         !is_at(next, "NAME") && !is_at(next, ",") && !is_at(next, ")") && !is_at(next, "FROM");
}

/// The index after the block that starts at token `first` (DECLARE or BEGIN). Of a block that does not parse: BEGIN and CASE
/// nest, and END closes them; END IF, END LOOP and the like close what is not counted.
size_t SyntaxParser::block_end(size_t first) const {
  SyntaxParser attempt(list_);
  attempt.position_ = first;
  attempt.script_block();
  if (!attempt.failed()) return attempt.position_;
  size_t depth = 0;
  for (size_t i = first; i + 1 < list_.tokens.size(); ++i) {
    const Token& token = list_.tokens[i];
    if (token.kind != TokenKind::word || (i > 0 && is_at(list_.tokens[i - 1], "."))) continue;
    const Token& next = list_.tokens[i + 1];
    if (is_at(token, "CASE")) {
      ++depth;
    } else if (is_at(token, "BEGIN")) {
      if (!is_at(next, "TRANSACTION") && !is_at(next, "WORK") && !is_at(next, ";")) ++depth;
    } else if (is_at(token, "END") && !is_at(next, "(") && !is_at(list_.tokens[i - 1], "AS")) {
      bool of_statement =
          is_at(next, "IF") || is_at(next, "FOR") || is_at(next, "WHILE") || is_at(next, "LOOP") || is_at(next, "REPEAT");
      if (of_statement) continue;
      if (depth > 0 && --depth == 0) return i + 1;
      if (is_at(next, "CASE")) ++i;
    }
  }
  return list_.tokens.size() - 1;
}

// ---- names and values

bool SyntaxParser::is_reserved(std::string_view word) {
  return Word::of(word).is_reserved();
}

bool SyntaxParser::at_identifier() const {
  const Token& token = peek();
  return token.kind == TokenKind::quoted || (token.kind == TokenKind::word && !token.word.is_reserved());
}

Identifier SyntaxParser::identifier() {
  if (!at_identifier()) {
    unexpected();
    return {};
  }
  return any_word();
}

Identifier SyntaxParser::column_name() {
  const auto reserved_elsewhere = [&] {
    return at_any({"CASE", "CAST", "CROSS", "FALSE", "FULL", "INNER", "JOIN", "LATERAL", "LEFT", "NATURAL", "RIGHT", "TRUE",
                   "TRY_CAST", "USING", "WHEN"});
  };
  return reserved_elsewhere() ? any_word() : identifier();
}

Identifier SyntaxParser::any_word() {
  const Token& token = peek();
  size_t first = position_;
  if (token.kind != TokenKind::word && token.kind != TokenKind::quoted) {
    unexpected();
    return {};
  }
  advance();
  if (token.kind == TokenKind::word) return {std::string(folded(token)), false, range_from(first)};
  std::string name = quoted_value(text(token));
  if (options_.folds_quoted)
    std::ranges::transform(name, name.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return {std::move(name), true, range_from(first)};
}

std::vector<Identifier> SyntaxParser::identifier_list() {
  std::vector<Identifier> names;
  names.reserve(k_usual_list);
  expect("(");
  do {
    names.push_back(column_name());
  } while (accept(","));
  expect(")");
  return names;
}

std::vector<QualifiedName> SyntaxParser::name_list() {
  std::vector<QualifiedName> names;
  bool bracketed_list = accept("(");
  do {
    names.push_back(at_string() ? location_of(string(), peek()).name : qualified_name());
  } while (accept(","));
  if (bracketed_list) expect(")");
  return names;
}

QualifiedName SyntaxParser::qualified_name() {
  size_t first = position_;
  if (at("IDENTIFIER") && is_at(peek(1), "(")) return identifier_function();
  QualifiedName name;
  if (is_at(peek(1), ".")) name.parts.reserve(2);
  name.parts.push_back(identifier());
  while (accept(".")) {
    if (accept(".")) name.parts.emplace_back(); // db..table
    name.parts.push_back(any_word());
  }
  name.range = range_from(first);
  return name;
}

Box<DynamicName> SyntaxParser::dynamic_name() {
  const Token& token = peek();
  if (token.kind == TokenKind::variable) {
    advance();
    return DynamicName{DynamicName::Kind::variable, std::string(folded(token).substr(1)), 0};
  }
  if (accept("?")) return DynamicName{DynamicName::Kind::positional_bind, {}, binds_++};
  if (at(":") && (peek(1).kind == TokenKind::word || peek(1).kind == TokenKind::number)) {
    advance();
    std::string name(folded(peek()));
    advance();
    if (in_script_ && at(".") && peek(1).kind == TokenKind::word) {
      advance();
      name += "." + any_word().name;
    }
    return DynamicName{DynamicName::Kind::named_bind, std::move(name), 0};
  }
  return {};
}

QualifiedName SyntaxParser::identifier_function() {
  size_t first = position_;
  advance();
  expect("(");
  QualifiedName name;
  if (auto dynamic = dynamic_name()) {
    name.dynamic = std::move(dynamic);
  } else if (at_string()) {
    const Token& token = peek();
    auto parsed = parse_qualified_name(string(), options_);
    if (parsed) {
      name.parts = std::move(parsed->parts);
    } else {
      unexpected(token);
    }
  } else {
    name = qualified_name();
  }
  expect(")");
  name.range = range_from(first);
  return name;
}

bool SyntaxParser::at_string() const {
  return at_kind(TokenKind::string) || at_kind(TokenKind::dollars);
}

std::string SyntaxParser::string() {
  const Token& token = peek();
  if (!at_string()) {
    unexpected();
    return {};
  }
  advance();
  return token.kind == TokenKind::dollars ? dollars_value(text(token)) : string_value(text(token));
}

int64_t SyntaxParser::integer() {
  bool negative = accept("-");
  if (!negative) accept("+");
  const Token& token = peek();
  int64_t value = 0;
  auto digits = text(token);
  auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (token.kind != TokenKind::number || problem != std::errc() || end != digits.data() + digits.size()) {
    unexpected();
    return 0;
  }
  advance();
  return negative ? -value : value;
}

std::optional<std::vector<TypeName>> SyntaxParser::argument_types() {
  if (!accept("(")) return std::nullopt;
  std::vector<TypeName> types;
  if (!at(")")) {
    do {
      bool of_type =
          is_at(peek(1), "PRECISION") || is_at(peek(1), "VARYING") || is_at(peek(1), "WITH") || is_at(peek(1), "WITHOUT");
      if (peek(1).kind == TokenKind::word && !of_type) any_word(); // a name
      types.push_back(type_name());
    } while (accept(","));
  }
  expect(")");
  return types;
}

bool SyntaxParser::if_exists() {
  return accept_words({"IF", "EXISTS"});
}
bool SyntaxParser::if_not_exists() {
  return accept_words({"IF", "NOT", "EXISTS"});
}

void SyntaxParser::expect_end() {
  if (!at_end()) unexpected();
}

TypeName SyntaxParser::type_name() {
  Nesting nesting(*this);
  size_t first = position_;
  TypeName type;
  type.name = identifier().name;
  if (type.name == "DOUBLE" && accept("PRECISION")) type.name = "DOUBLE PRECISION";
  if ((type.name == "CHAR" || type.name == "CHARACTER" || type.name == "NCHAR") && accept("VARYING")) type.name += " VARYING";
  if (accept("(")) {
    while (!at(")") && !at_end()) {
      if (at_kind(TokenKind::number)) {
        type.parameters.push_back(integer());
      } else if (at_words({"MAX"})) {
        advance();
      } else {
        if (type.name == "OBJECT") {
          const std::string written(text(peek()));
          const bool is_word = at_kind(TokenKind::word);
          type.fields.push_back(any_word());
          if (is_word) type.fields.back().name = written; // keys are not folded
        }
        type.elements.push_back(type_name());
        type.elements.back().not_null = accept_words({"NOT", "NULL"});
      }
      if (!accept(",")) break;
    }
    expect(")");
  }
  for (Word zone : {Word("WITH"), Word("WITHOUT")}) {
    for (bool local : {false, true}) {
      bool matched = local ? accept_words({zone, "LOCAL", "TIME", "ZONE"}) : accept_words({zone, "TIME", "ZONE"});
      if (matched) type.name += fmt::format(" {} {}TIME ZONE", zone.text(), local ? "LOCAL " : "");
    }
  }
  type.range = range_from(first);
  return type;
}

} // namespace freshet::sql
