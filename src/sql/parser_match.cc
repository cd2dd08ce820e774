// MATCH_RECOGNIZE: its clauses and its row patterns.
#include <charconv>

#include "sql/syntax_parser.h"

namespace freshet::sql {

TableReference SyntaxParser::match_recognize(TableReference table) {
  size_t first = position_;
  expect_words({"MATCH_RECOGNIZE", "("});
  MatchRecognize match;
  match.table = std::move(table);
  if (accept_words({"PARTITION", "BY"})) match.partition_by = expression_list();
  if (accept_words({"ORDER", "BY"})) match.order_by = order_items();
  if (accept("MEASURES")) {
    do {
      Expression value = expression();
      accept("AS");
      match.measures.push_back({std::move(value), identifier()});
    } while (accept(","));
  }
  match_output(match);
  match_skip(match);
  expect_words({"PATTERN", "("});
  match.pattern = row_pattern();
  expect(")");
  if (at("SUBSET")) unsupported("SUBSET of MATCH_RECOGNIZE", peek());
  expect("DEFINE");
  do {
    Identifier name = identifier();
    expect("AS");
    match.symbols.push_back({std::move(name), expression()});
  } while (accept(","));
  expect(")");
  grow();
  return {std::move(match), range_from(first)};
}

void SyntaxParser::match_output(MatchRecognize& match) {
  if (accept_words({"ONE", "ROW", "PER", "MATCH"}) || !at("ALL")) return;
  expect_words({"ALL", "ROWS", "PER", "MATCH"});
  using enum MatchRecognize::Output;
  match.output = all_rows;
  if (accept_words({"SHOW", "EMPTY", "MATCHES"})) return;
  if (accept_words({"OMIT", "EMPTY", "MATCHES"}))
    match.output = omit_empty_matches;
  else if (accept_words({"WITH", "UNMATCHED", "ROWS"}))
    match.output = with_unmatched_rows;
}

void SyntaxParser::match_skip(MatchRecognize& match) {
  if (!accept("AFTER")) return;
  expect_words({"MATCH", "SKIP"});
  using enum MatchRecognize::Skip;
  if (accept_words({"PAST", "LAST", "ROW"})) return;
  expect("TO");
  if (accept_words({"NEXT", "ROW"})) {
    match.skip = to_next_row;
    return;
  }
  bool is_symbol = is_at(peek(1), "PATTERN") && is_at(peek(2), "("); // one that is called FIRST or LAST
  match.skip = !is_symbol && accept("FIRST") ? to_first : to_last;
  if (!is_symbol && match.skip == to_last) accept("LAST");
  match.skip_symbol = identifier();
}

RowPattern SyntaxParser::row_pattern() {
  Nesting nesting(*this);
  RowPattern first = pattern_sequence();
  if (!at("|")) return first;
  RowPattern choice{.kind = RowPattern::Kind::alternation, .symbol = {}, .parts = {}};
  choice.parts.push_back(std::move(first));
  while (accept("|")) choice.parts.push_back(pattern_sequence());
  return choice;
}

RowPattern SyntaxParser::pattern_sequence() {
  RowPattern sequence;
  while (!failed() && !at_any({")", "|", ",", "-"}) && !at_end()) sequence.parts.push_back(pattern_factor());
  if (sequence.parts.empty()) unexpected();
  if (sequence.parts.size() != 1) return sequence;
  RowPattern only = std::move(sequence.parts[0]);
  return only;
}

RowPattern SyntaxParser::pattern_factor() {
  using enum RowPattern::Kind;
  RowPattern pattern;
  if (accept("^")) {
    pattern.kind = start;
    return pattern;
  }
  if (accept("$")) {
    pattern.kind = end;
    return pattern;
  }
  if (accept_words({"{", "-"})) {
    pattern.kind = exclusion;
    pattern.parts.push_back(row_pattern());
    expect_words({"-", "}"});
  } else if (at_words({"PERMUTE", "("})) {
    advance();
    advance();
    pattern.kind = permutation;
    do {
      pattern.parts.push_back(row_pattern());
    } while (accept(","));
    expect(")");
  } else if (accept("(")) {
    pattern = row_pattern();
    expect(")");
    if (pattern.at_least != 1 || pattern.at_most != 1) { // the group has a quantifier of its own
      RowPattern group;
      group.parts.push_back(std::move(pattern));
      pattern = std::move(group);
    }
  } else {
    pattern.kind = symbol;
    pattern.symbol = identifier();
  }
  pattern_quantifier(pattern);
  return pattern;
}

/// `*`, `+`, `?`, `{n}`, `{n,}`, `{,m}`, `{n,m}`, each reluctant with a `?` behind it.
void SyntaxParser::pattern_quantifier(RowPattern& pattern) {
  if (accept("*")) {
    pattern.at_least = 0;
    pattern.at_most = std::nullopt;
  } else if (accept("+")) {
    pattern.at_most = std::nullopt;
  } else if (accept("?")) {
    pattern.at_least = 0;
  } else if (at("{") && !is_at(peek(1), "-")) {
    advance();
    auto bound = [this]() -> uint32_t {
      const Token& token = peek();
      uint32_t value = 0;
      auto digits = text(token);
      auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
      if (token.kind != TokenKind::number || error != std::errc() || rest != digits.data() + digits.size()) unexpected();
      advance();
      return value;
    };
    bool has_low = !at(",");
    pattern.at_least = has_low ? bound() : 0;
    if (!accept(","))
      pattern.at_most = pattern.at_least;
    else
      pattern.at_most = at("}") ? std::nullopt : std::optional(bound());
    if (pattern.at_most && *pattern.at_most < pattern.at_least) unexpected();
    expect("}");
  } else {
    return;
  }
  pattern.reluctant = accept("?");
}

bool SyntaxParser::at_match_rows() const {
  return (at("RUNNING") || at("FINAL")) && peek(1).kind == TokenKind::word && is_at(peek(2), "(");
}

Expression SyntaxParser::match_call() {
  size_t first = position_;
  MatchRows rows = at("FINAL") ? MatchRows::final : MatchRows::running;
  advance();
  Expression value = word_primary();
  if (auto* call = value.as<FunctionCall>())
    call->match_rows = rows;
  else
    unexpected();
  value.range = range_from(first);
  return value;
}

} // namespace freshet::sql
