// What stands in FROM: tables, stages, functions, joins, pivots.
#include <algorithm>

#include "sql/syntax_parser.h"

namespace freshet::sql {

namespace {

TableAlias* alias_of(TableReference& table) {
  return table.visit([](auto& node) -> TableAlias* {
    if constexpr (requires { node.alias; }) {
      return &node.alias;
    } else {
      return nullptr;
    }
  });
}

Box<Sample>* sample_of(TableReference& table) {
  return table.visit([](auto& node) -> Box<Sample>* {
    if constexpr (requires { node.sample; }) {
      return &node.sample;
    } else {
      return nullptr;
    }
  });
}

/// A string in quotes, or in $$.
bool starts_like_location(std::string_view text) {
  text.remove_prefix(text.starts_with("$$") ? 2 : 1);
  for (auto scheme : {"@", "s3://", "s3gov://", "s3china://", "gcs://", "azure://", "S3://"}) {
    if (text.starts_with(scheme)) return true;
  }
  return false;
}

/// What begins with a function that reads the tables before the comma, and goes on with joins: `f(t.x) JOIN u ON …`.
bool begins_with_function(const TableReference& table) {
  if (const auto* inner = table.as<SubqueryTable>()) return inner->lateral;
  if (table.as<TableFunction>()) return true;
  const auto* join = table.as<Join>();
  const bool keeps_left =
      join && (join->kind == JoinKind::inner || join->kind == JoinKind::left || join->kind == JoinKind::cross);
  return keeps_left && !join->natural && join->using_columns.empty() && begins_with_function(*join->left);
}

/// t, f(t.x) JOIN u ON … is (t CROSS JOIN f(t.x)) JOIN u ON …: the same rows, and no join inside a lateral one.
TableReference joined_first(TableReference left, TableReference right) {
  if (auto* join = right.as<Join>()) {
    join->left = joined_first(std::move(left), std::move(*join->left));
    return right;
  }
  Join cross;
  cross.kind = JoinKind::cross;
  const auto range = left.range;
  cross.left = std::move(left);
  cross.right = std::move(right);
  return {std::move(cross), range};
}

} // namespace

TableReference SyntaxParser::from_clause() {
  Nesting nesting(*this);
  size_t first = position_;
  TableReference left = joined_table();
  while (accept(",")) {
    TableReference right = joined_table();
    if (right.as<Join>() && begins_with_function(right)) {
      left = joined_first(std::move(left), std::move(right));
      left.range = range_from(first);
    } else {
      Join join;
      join.kind = JoinKind::comma;
      join.left = std::move(left);
      join.right = std::move(right);
      left = {std::move(join), range_from(first)};
    }
    grow();
  }
  return left;
}

TableReference SyntaxParser::joined_table() {
  size_t first = position_;
  TableReference left = table_factor();
  while (auto join = join_head()) {
    join->left = std::move(left);
    join->right = table_factor();
    join_condition(*join);
    left = {std::move(*join), range_from(first)};
    grow();
  }
  return left;
}

/// [NATURAL] [INNER | LEFT | RIGHT | FULL [OUTER] | CROSS | ASOF] JOIN, up to and with the word JOIN.
std::optional<Join> SyntaxParser::join_head() {
  size_t start = position_;
  Join join;
  join.natural = accept("NATURAL");
  if (accept("INNER"))
    join.kind = JoinKind::inner;
  else if (accept("LEFT"))
    join.kind = JoinKind::left;
  else if (accept("RIGHT"))
    join.kind = JoinKind::right;
  else if (accept("FULL"))
    join.kind = JoinKind::full;
  else if (accept("CROSS"))
    join.kind = JoinKind::cross;
  else if (at_words({"ASOF", "JOIN"}))
    advance(), join.kind = JoinKind::asof;
  accept("OUTER");
  accept("DIRECTED");
  if (accept("JOIN")) return join;
  if (position_ != start) unexpected();
  return std::nullopt;
}

void SyntaxParser::join_condition(Join& join) {
  if (join.kind == JoinKind::asof && accept("MATCH_CONDITION")) {
    expect("(");
    join.match_condition = expression();
    expect(")");
  }
  if (accept("ON")) {
    join.on = expression();
  } else if (at("USING") && is_at(peek(1), "(")) {
    advance();
    join.using_columns = identifier_list();
  }
}

TableReference SyntaxParser::table_factor() {
  size_t first = position_;
  TableReference table = table_primary();
  for (;;) {
    TableAlias* alias = alias_of(table);
    Box<Sample>* sampled = sample_of(table);
    if (at_words({"PIVOT", "("})) {
      table = pivot(std::move(table));
    } else if (at("UNPIVOT") && (is_at(peek(1), "(") || is_at(peek(1), "INCLUDE") || is_at(peek(1), "EXCLUDE"))) {
      table = unpivot(std::move(table));
    } else if (at("MATCH_RECOGNIZE")) {
      table = match_recognize(std::move(table));
    } else if (sampled && !*sampled && (at("SAMPLE") || at("TABLESAMPLE"))) {
      *sampled = sample();
    } else if (alias && !alias->name && at_table_alias()) {
      *alias = table_alias();
    } else {
      break;
    }
    table.range = range_from(first);
  }
  return table;
}

TableReference SyntaxParser::table_primary() {
  size_t first = position_;
  bool lateral = at("LATERAL");
  if (lateral) advance();
  if (at("(")) {
    bool values = is_at(peek(1), "VALUES"); // their alias may stand within the brackets
    size_t row = position_ + 2;
    while (values && is_at(list_.tokens[row], "(")) {
      row = std::min(matching_bracket(row) + 1, list_.tokens.size() - 1);
      if (is_at(list_.tokens[row], ",")) ++row;
    }
    if (values && is_at(list_.tokens[row], "AS")) {
      advance();
      TableReference inner = table_factor();
      expect(")");
      return inner;
    }
    if (query_in_brackets()) {
      SubqueryTable table{bracketed_query(), lateral, {}, {}};
      return {std::move(table), range_from(first)};
    }
    advance();
    TableReference inner = from_clause();
    expect(")");
    return inner;
  }
  if (at("TABLE") && is_at(peek(1), "(")) return table_keyword();
  if (at("VALUES")) {
    ValuesTable table{values_clause(), {}};
    return {std::move(table), range_from(first)};
  }
  if (at_kind(TokenKind::stage) || (at_string() && starts_like_location(text(peek())))) return stage_table();
  if (at_kind(TokenKind::position) && !lateral) { // a result of the chain by ->> that the query stands in
    NamedTable result;
    result.name.parts.push_back({std::string(text(peek())), false, {}});
    advance();
    result.name.range = range_from(first);
    return {std::move(result), range_from(first)};
  }
  QualifiedName name = qualified_name();
  if (at("(")) {
    FunctionCall call;
    call.name = std::move(name);
    arguments(call);
    return {TableFunction{std::move(call), lateral, {}, {}}, range_from(first)};
  }
  if (lateral) unexpected();
  NamedTable table;
  table.name = std::move(name);
  if (accept("CHANGES")) {
    ChangesClause changes;
    expect("(");
    expect("INFORMATION");
    expect("=>");
    changes.append_only = at("APPEND_ONLY");
    if (!accept("APPEND_ONLY")) expect("DEFAULT");
    expect(")");
    table.changes = std::move(changes);
  }
  if ((at("AT") || at("BEFORE")) && is_at(peek(1), "(")) table.at = history_point();
  if (table.changes && at_words({"END", "("})) table.changes->end = history_point();
  return {std::move(table), range_from(first)};
}

/// TABLE(f(…)), TABLE('name'), TABLE($variable)
TableReference SyntaxParser::table_keyword() {
  size_t first = position_;
  advance();
  expect("(");
  TableReference table;
  if (at_string()) {
    const Token& token = peek();
    auto name = parse_qualified_name(string(), options_);
    if (!name) unexpected(token);
    if (name) table.node = NamedTable{std::move(*name), {}, {}, {}, {}};
  } else if (auto dynamic = dynamic_name()) {
    NamedTable named;
    named.name.dynamic = std::move(dynamic);
    table.node = std::move(named);
  } else {
    QualifiedName name = qualified_name();
    if (at("(")) {
      FunctionCall call = call_of(std::move(name));
      table.node = TableFunction{std::move(call), false, {}, {}};
    } else {
      table.node = NamedTable{std::move(name), {}, {}, {}, {}};
    }
  }
  expect(")");
  table.range = range_from(first);
  return table;
}

TableReference SyntaxParser::stage_table() {
  size_t first = position_;
  StageTable table;
  table.location = stage_location();
  if (at("(")) table.options = bracketed_properties();
  return {std::move(table), range_from(first)};
}

HistoryPoint SyntaxParser::history_point() {
  HistoryPoint point;
  point.before = at("BEFORE");
  advance();
  expect("(");
  using enum HistoryPoint::Kind;
  if (accept("TIMESTAMP"))
    point.kind = timestamp;
  else if (accept("OFFSET"))
    point.kind = offset;
  else if (accept("STATEMENT"))
    point.kind = statement;
  else if (accept("STREAM"))
    point.kind = stream;
  else
    unexpected();
  expect("=>");
  point.value = expression();
  expect(")");
  return point;
}

Sample SyntaxParser::sample() {
  advance();
  Sample result;
  if (at("SYSTEM") || at("BLOCK")) {
    result.system = true;
    advance();
  } else if (!accept("BERNOULLI")) {
    accept("ROW");
  }
  expect("(");
  result.amount = additive();
  result.rows = accept("ROWS");
  expect(")");
  if (accept("SEED") || accept("REPEATABLE")) {
    expect("(");
    result.seed = additive();
    expect(")");
  }
  return result;
}

bool SyntaxParser::at_table_alias() const {
  if (at("AS") || at_kind(TokenKind::quoted)) return true;
  if (!at_identifier()) return false;
  if (at_any({"LIMIT", "OFFSET", "FETCH", "EXCEPT", "MINUS", "WINDOW", "MATCH_CONDITION"})) return false;
  if (at_words({"ASOF", "JOIN"}) || at_words({"START", "WITH"}) || at_words({"CONNECT", "BY"})) return false;
  return !(at_any({"PIVOT", "UNPIVOT", "AT", "BEFORE", "CHANGES", "END"}) && is_at(peek(1), "("));
}

TableAlias SyntaxParser::table_alias() {
  TableAlias alias;
  accept("AS");
  alias.name = identifier();
  if (at("(")) alias.columns = identifier_list();
  return alias;
}

TableReference SyntaxParser::pivot(TableReference table) {
  size_t first = position_;
  expect_words({"PIVOT", "("});
  Pivot result;
  result.table = std::move(table);
  do {
    result.aggregates.push_back(call_of(qualified_name()));
    result.aggregate_names.push_back(accept("AS") || at_identifier() ? std::optional(identifier()) : std::nullopt);
  } while (accept(","));
  expect("FOR");
  result.column = identifier();
  expect("IN");
  if (query_in_brackets()) {
    result.query = bracketed_query();
  } else {
    expect("(");
    result.any = accept("ANY");
    if (result.any) {
      if (accept_words({"ORDER", "BY"})) result.any_order = order_items();
    } else {
      do {
        PivotValue value{expression(), std::nullopt};
        if (accept("AS") || at_identifier()) value.alias = identifier();
        result.values.push_back(std::move(value));
      } while (accept(","));
    }
    expect(")");
  }
  if (accept_words({"DEFAULT", "ON", "NULL"})) {
    expect("(");
    result.default_on_null = expression();
    expect(")");
  }
  expect(")");
  grow();
  return {std::move(result), range_from(first)};
}

TableReference SyntaxParser::unpivot(TableReference table) {
  size_t first = position_;
  expect("UNPIVOT");
  Unpivot result;
  result.table = std::move(table);
  result.include_nulls = accept_words({"INCLUDE", "NULLS"});
  accept_words({"EXCLUDE", "NULLS"});
  expect("(");
  result.value = identifier();
  expect("FOR");
  result.name = identifier();
  expect("IN");
  expect("(");
  do {
    UnpivotColumn column{identifier(), std::nullopt};
    if (accept("AS")) column.alias = at_string() ? string() : identifier().name;
    result.columns.push_back(std::move(column));
  } while (accept(","));
  expect(")");
  expect(")");
  grow();
  return {std::move(result), range_from(first)};
}

} // namespace freshet::sql
