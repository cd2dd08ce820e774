// MATCH_RECOGNIZE in Snowflake's dialect.
#include "sql/snowflake_text.h"

namespace freshet::sql {

void SnowflakeText::print(const MatchRecognize& node) {
  table(*node.table, TablePlace::factor);
  text(" MATCH_RECOGNIZE (");
  if (!node.partition_by.empty()) {
    text("PARTITION BY ");
    expressions(node.partition_by);
    text(" ");
  }
  if (!node.order_by.empty()) {
    text("ORDER BY ");
    order_items(node.order_by);
    text(" ");
  }
  if (!node.measures.empty()) {
    text("MEASURES ");
    joined(node.measures, [this](const MatchMeasure& measure) {
      expression(measure.value);
      text(" AS ");
      identifier(measure.name);
    });
    text(" ");
  }
  using enum MatchRecognize::Output;
  words(node.output == one_row, "ONE ROW PER MATCH");
  words(node.output != one_row, "ALL ROWS PER MATCH");
  words(node.output == omit_empty_matches, " OMIT EMPTY MATCHES");
  words(node.output == with_unmatched_rows, " WITH UNMATCHED ROWS");
  using enum MatchRecognize::Skip;
  text(" AFTER MATCH SKIP ");
  words(node.skip == past_last_row, "PAST LAST ROW");
  words(node.skip == to_next_row, "TO NEXT ROW");
  words(node.skip == to_first, "TO FIRST ");
  words(node.skip == to_last, "TO LAST ");
  if (node.skip == to_first || node.skip == to_last) identifier(node.skip_symbol);
  text(" PATTERN (");
  row_pattern(node.pattern, false);
  text(") DEFINE ");
  joined(node.symbols, [this](const MatchSymbol& symbol) {
    identifier(symbol.name);
    text(" AS ");
    expression(symbol.condition);
  });
  text(")");
  alias(node.alias);
}

void SnowflakeText::row_pattern(const RowPattern& pattern, bool is_part) {
  using enum RowPattern::Kind;
  auto parts = [&](std::string_view separator) {
    for (size_t i = 0; i < pattern.parts.size(); ++i) {
      words(i > 0, separator);
      row_pattern(pattern.parts[i], pattern.kind != permutation && pattern.kind != exclusion &&
                                        !(pattern.kind == alternation && pattern.parts[i].kind == sequence));
    }
  };
  bool once = pattern.at_least == 1 && pattern.at_most == 1;
  bool brackets = (pattern.kind == sequence || pattern.kind == alternation) && (is_part || !once);
  words(brackets, "(");
  switch (pattern.kind) {
    case symbol:
      identifier(pattern.symbol);
      break;
    case sequence:
      parts(" ");
      break;
    case alternation:
      parts(" | ");
      break;
    case permutation:
      text("PERMUTE(");
      parts(", ");
      text(")");
      break;
    case exclusion:
      text("{- ");
      parts(" ");
      text(" -}");
      break;
    case start:
      text("^");
      break;
    case end:
      text("$");
      break;
  }
  words(brackets, ")");
  if (once) return;
  text("{" + std::to_string(pattern.at_least) + ",");
  if (pattern.at_most) text(std::to_string(*pattern.at_most));
  text("}");
  words(pattern.reluctant, "?");
}

} // namespace freshet::sql
