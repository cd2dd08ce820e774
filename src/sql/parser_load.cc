// COPY INTO, LIST, REMOVE, PUT, GET, and how locations are written.
#include <fmt/format.h>

#include "sql/syntax_parser.h"

namespace freshet::sql {

namespace {

/// Where the `%` of a table's stage stands: in front of the last name, but not inside its quotes.
size_t table_sign(std::string_view name) {
  bool in_quotes = false;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '"') in_quotes = !in_quotes;
    if (name[i] == '%' && !in_quotes) return i;
  }
  return name.npos;
}

} // namespace

/// @name/path, @~/path, @%table/path, or a URL.
StageLocation SyntaxParser::location_of(std::string_view location_text, const Token& token) {
  StageLocation location;
  if (!location_text.starts_with('@')) {
    location.kind = StageLocation::Kind::url;
    location.path = location_text;
    if (location_text.find("://") == location_text.npos) unexpected(token);
    return location;
  }
  bool in_quotes = false;
  size_t slash = 1;
  for (; slash < location_text.size() && (in_quotes || location_text[slash] != '/'); ++slash)
    in_quotes ^= location_text[slash] == '"';
  std::string name(location_text.substr(1, slash - 1));
  if (slash < location_text.size()) location.path = location_text.substr(slash + 1);
  if (name == "~") {
    location.kind = StageLocation::Kind::user;
    return location;
  }
  if (size_t percent = table_sign(name); percent != name.npos) {
    location.kind = StageLocation::Kind::table;
    name.erase(percent, 1);
  }
  auto parsed = parse_qualified_name(name, options_);
  if (!parsed) {
    unexpected(token);
    return location;
  }
  location.name = std::move(*parsed);
  return location;
}

SqlResult<StageLocation> SyntaxParser::location(std::string_view location_text) {
  TokenList nothing{{}, {}, {Token{}}};
  SyntaxParser parser(nothing);
  StageLocation result = parser.location_of(location_text, nothing.tokens[0]);
  if (parser.failed())
    return fail(Error(1003, "42000", fmt::format("SQL compilation error:\ninvalid URL or stage '{}'.", location_text)));
  return result;
}

bool SyntaxParser::at_location() const {
  return at_kind(TokenKind::stage) || at_kind(TokenKind::url) || at_string() || at_kind(TokenKind::variable) || at("?") ||
         at(":");
}

StageLocation SyntaxParser::stage_location() {
  const Token& token = peek();
  if (auto dynamic = dynamic_name()) {
    StageLocation location;
    location.name.dynamic = std::move(dynamic);
    return location;
  }
  if (token.kind == TokenKind::stage || token.kind == TokenKind::url) {
    advance();
    return location_of(text(token), token);
  }
  return location_of(string(), token);
}

Statement::Node SyntaxParser::copy_into() {
  if (accept_words({"COPY", "FILES", "INTO"})) {
    CopyFiles copy;
    copy.target = stage_location();
    expect("FROM");
    if (query_in_brackets())
      copy.query = bracketed_query();
    else
      copy.source = stage_location();
    copy.options = properties({});
    return copy;
  }
  expect_words({"COPY", "INTO"});
  if (at_location()) {
    CopyIntoLocation copy;
    copy.location = stage_location();
    expect("FROM");
    if (query_in_brackets()) {
      copy.query = bracketed_query();
    } else {
      copy.table = qualified_name();
    }
    copy.options = properties({});
    if (accept_words({"PARTITION", "BY"})) {
      bool bracket = accept("(");
      copy.partition_by = expression();
      if (bracket) expect(")");
      auto more = properties({});
      std::move(more.begin(), more.end(), std::back_inserter(copy.options));
    }
    if (at_words({"HEADER"})) unexpected();
    return copy;
  }
  CopyIntoTable copy;
  copy.table = qualified_name();
  if (at("(")) copy.columns = identifier_list();
  if (!accept("FROM")) {
    copy.location = StageLocation{StageLocation::Kind::table, copy.table, {}};
  } else if (query_in_brackets()) {
    copy.query = bracketed_query();
  } else {
    copy.location = stage_location();
  }
  copy.options = properties({});
  return copy;
}

namespace {

std::optional<std::string> pattern_of(const Properties& options) {
  const PropertyValue* pattern = find_property(options, "PATTERN");
  return pattern ? std::optional(pattern->text) : std::nullopt;
}

} // namespace

Statement::Node SyntaxParser::list_files() {
  advance();
  ListFiles result{stage_location(), {}};
  result.pattern = pattern_of(properties({}));
  return result;
}

Statement::Node SyntaxParser::remove_files() {
  advance();
  RemoveFiles result{stage_location(), {}};
  result.pattern = pattern_of(properties({}));
  return result;
}

Statement::Node SyntaxParser::put_files() {
  advance();
  PutFiles result;
  result.source = at_kind(TokenKind::url) ? std::string(text(peek())) : std::string();
  if (result.source.empty()) {
    result.source = string();
  } else {
    advance();
  }
  result.target = stage_location();
  result.options = properties({});
  return result;
}

Statement::Node SyntaxParser::get_files() {
  advance();
  GetFiles result;
  result.source = stage_location();
  result.target = at_kind(TokenKind::url) ? std::string(text(peek())) : std::string();
  if (result.target.empty()) {
    result.target = string();
  } else {
    advance();
  }
  result.options = properties({});
  return result;
}

} // namespace freshet::sql
