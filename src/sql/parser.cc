#include "sql/parser.h"

#include "sql/syntax_parser.h"

namespace freshet::sql {

Statement::Node SyntaxParser::statement_node() {
  Nesting nesting(*this);
  const Token& token = peek();
  if (at("(")) return with_or_select();
  if (token.kind != TokenKind::word) {
    unexpected();
    return Block{};
  }
  if (block_ahead()) return block();
  if (at("WITH") && is_at(peek(2), "AS") && is_at(peek(3), "PROCEDURE")) return call_with_procedure();
  struct Rule {
    Word word;
    Statement::Node (SyntaxParser::*rule)();
  };
  static constexpr Rule k_rules[] = {
      {"SELECT", &SyntaxParser::with_or_select},
      {"WITH", &SyntaxParser::with_or_select},
      {"VALUES", &SyntaxParser::with_or_select},
      {"TABLE", &SyntaxParser::with_or_select},
      {"INSERT", &SyntaxParser::insert},
      {"UPDATE", &SyntaxParser::update},
      {"DELETE", &SyntaxParser::remove},
      {"TRUNCATE", &SyntaxParser::truncate},
      {"MERGE", &SyntaxParser::merge},
      {"CREATE", &SyntaxParser::create},
      {"DROP", &SyntaxParser::drop},
      {"UNDROP", &SyntaxParser::undrop},
      {"ALTER", &SyntaxParser::alter},
      {"COMMENT", &SyntaxParser::comment_on},
      {"COPY", &SyntaxParser::copy_into},
      {"LIST", &SyntaxParser::list_files},
      {"LS", &SyntaxParser::list_files},
      {"REMOVE", &SyntaxParser::remove_files},
      {"RM", &SyntaxParser::remove_files},
      {"PUT", &SyntaxParser::put_files},
      {"GET", &SyntaxParser::get_files},
      {"USE", &SyntaxParser::use},
      {"BEGIN", &SyntaxParser::begin},
      {"START", &SyntaxParser::begin},
      {"CALL", &SyntaxParser::call},
      {"SET", &SyntaxParser::set_variables},
      {"UNSET", &SyntaxParser::unset_variables},
      {"EXECUTE", &SyntaxParser::execute},
      {"SHOW", &SyntaxParser::show},
      {"DESCRIBE", &SyntaxParser::describe},
      {"DESC", &SyntaxParser::describe},
      {"EXPLAIN", &SyntaxParser::explain},
  };
  for (const auto& [word, rule] : k_rules) {
    if (at(word)) return (this->*rule)();
  }
  if (accept("COMMIT")) {
    accept("WORK");
    return Commit{};
  }
  if (accept("ROLLBACK")) {
    accept("WORK");
    return Rollback{};
  }
  if (accept("GRANT")) return grant(false);
  if (accept("REVOKE")) return grant(true);
  unexpected();
  return Block{};
}

Statement SyntaxParser::statement() {
  size_t first = position_;
  binds_ = 0;
  Statement result = link();
  if (failed() || !at("->>")) return result;
  Flow flow;
  flow.statements.push_back({std::move(result)});
  while (!failed() && accept("->>")) {
    grow();
    flow.statements.push_back({link()});
  }
  result = {};
  result.node = std::move(flow);
  result.range = range_from(first);
  result.text = text_from(first);
  result.binds = binds_;
  return result;
}

Statement SyntaxParser::link() {
  size_t first = position_;
  Statement result;
  result.node = statement_node();
  if (failed()) return result;
  result.range = range_from(first);
  result.text = text_from(first);
  result.binds = binds_;
  return result;
}

Box<StatementBox> SyntaxParser::nested_statement() {
  uint32_t outer_binds = binds_;
  StatementBox inner{statement()};
  binds_ += outer_binds;
  return inner;
}

std::vector<Statement> SyntaxParser::script() {
  constexpr size_t k_usual_statement = 64; // tokens
  std::vector<Statement> statements;
  statements.reserve(list_.tokens.size() / k_usual_statement + 1);
  for (;;) {
    while (accept(";")) {
    }
    if (at_end()) return statements;
    statements.push_back(statement());
    if (!at(";")) expect_end();
  }
}

/// Cuts at `;`, but not inside the block that a statement is or has as its body.
std::vector<StatementText> SyntaxParser::split() {
  // Elsewhere `AS BEGIN` names a column.
  const auto may_have_body = [this] {
    if (at("EXPLAIN")) return true;
    if (at("WITH")) return is_at(peek(2), "AS") && is_at(peek(3), "PROCEDURE");
    if (!at("CREATE") && !at("ALTER")) return false;
    constexpr size_t k_words_max = 6; // CREATE OR REPLACE SECURE AGGREGATE FUNCTION
    for (size_t i = 1; i < k_words_max; ++i) {
      const Token& token = peek(i);
      if (is_at(token, "PROCEDURE") || is_at(token, "FUNCTION") || is_at(token, "TASK") || is_at(token, "ALERT")) return true;
    }
    return false;
  };
  std::vector<StatementText> texts;
  while (!at_end()) {
    if (accept(";")) continue;
    size_t first = position_;
    const bool has_body = may_have_body();
    bool may_open_block = true;
    while (!at_end() && !at(";")) {
      if (may_open_block && block_ahead()) {
        position_ = block_end(position_);
        break;
      }
      may_open_block = has_body && (at("AS") || at("THEN") || at("ACTION") || at("EXPLAIN"));
      advance();
    }
    while (!at_end() && !at(";")) advance();
    SourceRange range = range_from(first);
    texts.push_back({list_.source.substr(range.offset, range.length), range});
  }
  return texts;
}

namespace {

template <typename Rule>
auto parse_whole(std::string_view text, Rule rule, ParseOptions options = {})
    -> SqlResult<decltype(rule(std::declval<SyntaxParser&>()))> {
  TokenList tokens = TRY(tokenize(text));
  SyntaxParser parser(tokens, options);
  auto result = rule(parser);
  if (!parser.failed()) parser.expect_end();
  if (parser.failed()) return fail(parser.take_error());
  return result;
}

} // namespace

SqlResult<std::vector<Statement>> parse_script(std::string_view script) {
  return parse_whole(script, [](SyntaxParser& parser) { return parser.script(); });
}

SqlResult<Statement> parse_statement(std::string_view text, ParseOptions options) {
  return parse_whole(
      text,
      [](SyntaxParser& parser) {
        auto result = parser.statement();
        parser.skip_semicolons();
        return result;
      },
      options);
}

SqlResult<Query> parse_query(std::string_view text, ParseOptions options) {
  return parse_whole(
      text,
      [](SyntaxParser& parser) {
        auto result = parser.query();
        parser.skip_semicolons();
        return result;
      },
      options);
}

SqlResult<Expression> parse_expression(std::string_view text, ParseOptions options) {
  return parse_whole(
      text, [](SyntaxParser& parser) { return parser.expression(); }, options);
}

SqlResult<TypeName> parse_type(std::string_view text) {
  return parse_whole(text, [](SyntaxParser& parser) { return parser.type_name(); });
}

SqlResult<QualifiedName> parse_qualified_name(std::string_view text, ParseOptions options) {
  return parse_whole(
      text, [](SyntaxParser& parser) { return parser.qualified_name(); }, options);
}

SqlResult<StageLocation> parse_stage_location(std::string_view text) {
  return SyntaxParser::location(text);
}

namespace {

/// Where the token stands that a lexical error is about.
size_t offset_of(std::string_view text, const Error& error) {
  size_t start = 0;
  for (uint32_t line = 1; line < error.line; ++line) {
    size_t end = text.find('\n', start);
    if (end == text.npos) break;
    start = end + 1;
  }
  return std::min(start + error.position, text.size());
}

} // namespace

/// An unterminated string or comment spoils only the statement that it stands in, which then reaches to the end.
SqlResult<std::vector<StatementText>> split_script(std::string_view script) {
  auto tokens = tokenize(script);
  if (tokens) return SyntaxParser(*tokens).split();
  const Error& error = tokens.error();
  size_t offset = offset_of(script, error);
  if (error.line == 0 || offset == 0) return fail(error);
  TokenList sound = TRY(tokenize(script.substr(0, offset)));
  auto texts = SyntaxParser(sound).split();
  const Token& last = sound.tokens[sound.tokens.size() < 2 ? 0 : sound.tokens.size() - 2];
  bool goes_on = sound.tokens.size() >= 2 && sound.folded(last) != ";";
  if (!goes_on) texts.push_back({{}, {static_cast<uint32_t>(offset), 0, error.line, error.position + 1}});
  auto& spoilt = texts.back();
  spoilt.text = script.substr(spoilt.range.offset);
  spoilt.range.length = static_cast<uint32_t>(spoilt.text.size());
  return texts;
}

} // namespace freshet::sql
