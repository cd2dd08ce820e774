#include <utility>

#include "sql/syntax_parser.h"

namespace freshet::sql {

Query SyntaxParser::query() {
  Nesting nesting(*this);
  size_t first = position_;
  Query result;
  if (accept("WITH")) {
    result.recursive = at("RECURSIVE") && !is_at(peek(1), "AS") && !is_at(peek(1), "(");
    if (result.recursive) advance();
    do {
      CommonTable table;
      table.name = identifier();
      if (at("(")) table.columns = identifier_list();
      expect("AS");
      table.query = bracketed_query();
      result.with.push_back(std::move(table));
    } while (accept(","));
  }
  result.body = query_body();
  if (accept_words({"ORDER", "BY"})) {
    if (at("ALL") && !is_at(peek(1), "(")) {
      advance();
      result.order_by_all = true;
      OrderItem all{{Star{}, {}}, std::nullopt, std::nullopt}; // its direction, when one is written
      order_direction(all.descending, all.nulls_first);
      if (all.descending || all.nulls_first) result.order_by.push_back(std::move(all));
    } else {
      result.order_by = order_items();
    }
  }
  limits(result);
  result.range = range_from(first);
  return result;
}

/// LIMIT and OFFSET take NULL, '' and $$$$ for no limit.
void SyntaxParser::limits(Query& result) {
  const auto none = [this] {
    if (accept("NULL")) return true;
    if (!at_string() || !(text(peek()) == "''" || text(peek()) == "$$$$")) return false;
    advance();
    return true;
  };
  bool limited = false, moved = false; // each clause once
  for (;;) {
    if (!limited && accept("LIMIT")) {
      limited = true;
      if (!none()) result.limit = additive();
    } else if (!moved && accept("OFFSET")) {
      moved = true;
      if (!none()) result.offset = additive();
      if (!accept("ROWS")) accept("ROW");
    } else if (!limited && accept("FETCH")) {
      limited = true;
      if (!accept("FIRST")) accept("NEXT");
      result.limit = at("ROW") || at("ROWS") ? Expression{NumberLiteral{"1"}, {}} : additive();
      if (!accept("ROWS")) accept("ROW");
      accept("ONLY");
    } else {
      return;
    }
  }
}

/// UNION, EXCEPT and MINUS from left to right; INTERSECT binds tighter.
QueryBody SyntaxParser::query_body() {
  size_t first = position_;
  QueryBody left = query_term();
  for (;;) {
    SetOperation operation;
    if (accept("UNION")) {
      operation.op = SetOperator::union_;
    } else if (accept("EXCEPT") || accept("MINUS")) {
      operation.op = SetOperator::except;
    } else {
      return left;
    }
    operation.all = accept("ALL");
    if (!operation.all) accept("DISTINCT");
    operation.by_name = accept_words({"BY", "NAME"});
    auto* chain = std::get_if<SetOperation>(&left.node);
    if (chain && chain->op == operation.op && chain->all == operation.all && chain->by_name == operation.by_name) {
      chain->operands.push_back(query_term());
    } else {
      operation.operands.push_back(std::move(left));
      operation.operands.push_back(query_term());
      left = {std::move(operation), {}};
      grow();
    }
    left.range = range_from(first);
  }
}

QueryBody SyntaxParser::query_term() {
  size_t first = position_;
  QueryBody left = query_primary();
  while (accept("INTERSECT")) {
    if (auto* chain = std::get_if<SetOperation>(&left.node)) {
      chain->operands.push_back(query_primary());
    } else {
      SetOperation operation;
      operation.op = SetOperator::intersect;
      operation.operands.push_back(std::move(left));
      operation.operands.push_back(query_primary());
      left = {std::move(operation), {}};
      grow();
    }
    left.range = range_from(first);
  }
  return left;
}

QueryBody SyntaxParser::query_primary() {
  size_t first = position_;
  QueryBody body;
  if (at("SELECT")) {
    select(std::get<Select>(body.node));
  } else if (at("VALUES")) {
    body.node = values_clause();
  } else if (at("(")) {
    body.node = bracketed_query();
  } else if (accept("TABLE")) { // TABLE t: all of its rows
    Select all;
    all.items.push_back({{Star{}, {}}, std::nullopt, "*"});
    NamedTable table;
    table.name = qualified_name();
    all.from = TableReference{std::move(table), range_from(first)};
    body.node = std::move(all);
  } else {
    unexpected();
  }
  body.range = range_from(first);
  return body;
}

void SyntaxParser::select(Select& result) {
  expect("SELECT");
  result.distinct = accept("DISTINCT");
  if (!result.distinct) accept("ALL");
  if (at("TOP") && peek(1).kind == TokenKind::number) {
    advance();
    result.top = primary();
  }
  result.items.reserve(k_usual_list);
  do {
    select_item(result.items.emplace_back());
  } while (accept(",") && !at("FROM")); // a comma in front of FROM is let pass
  if (accept("INTO")) {
    do {
      accept(":");
      result.into.push_back(identifier());
    } while (accept(","));
  }
  if (accept("FROM")) result.from = from_clause();
  if (accept("WHERE")) {
    const bool outer = std::exchange(has_outer_mark_, false);
    result.where = expression();
    if (has_outer_mark_ && !failed()) lower_outer_joins(result);
    has_outer_mark_ = outer;
  }
  ConnectBy connect;
  if (accept_words({"START", "WITH"})) connect.start_with = expression();
  if (accept_words({"CONNECT", "BY"})) {
    connect.condition = expression();
    if (!connect.start_with && accept_words({"START", "WITH"})) connect.start_with = expression();
    result.connect_by = std::move(connect);
  } else if (connect.start_with) {
    unexpected();
  }
  for (;;) {
    if (accept_words({"GROUP", "BY"})) {
      group_by(result);
    } else if (accept("HAVING")) {
      result.having = expression();
    } else if (at("WINDOW") && is_at(peek(2), "AS")) {
      advance();
      do {
        NamedWindow named{identifier(), {}};
        expect("AS");
        named.window = window();
        result.windows.push_back(std::move(named));
      } while (accept(","));
    } else if (accept("QUALIFY")) {
      result.qualify = expression();
    } else {
      return;
    }
  }
}

void SyntaxParser::select_item(SelectItem& item) {
  size_t first = position_;
  if (at("*")) {
    item.value.node = star({});
    item.value.range = range_from(first);
    item.text = "*";
    return;
  }
  item.value = expression();
  item.text = text_from(first);
  if (accept("AS")) {
    item.alias = any_word();
  } else if (at_select_alias()) {
    item.alias = identifier();
  }
}

bool SyntaxParser::at_select_alias() const {
  if (at_kind(TokenKind::quoted)) return true;
  return at_identifier() && !at_any({"LIMIT", "OFFSET", "FETCH", "EXCEPT", "MINUS"}) && !at_words({"START", "WITH"}) &&
         !(at("WINDOW") && is_at(peek(2), "AS"));
}

void SyntaxParser::group_by(Select& result) {
  if (at("ALL") && !is_at(peek(1), "(")) {
    advance();
    result.group_by_all = true;
    return;
  }
  do {
    result.group_by.push_back(grouping_element());
  } while (accept(","));
}

GroupingElement SyntaxParser::grouping_element() {
  GroupingElement element;
  if (accept_words({"GROUPING", "SETS"})) {
    element.kind = GroupingElement::Kind::sets;
  } else if (at_words({"CUBE", "("})) {
    element.kind = GroupingElement::Kind::cube;
    advance();
  } else if (at_words({"ROLLUP", "("})) {
    element.kind = GroupingElement::Kind::rollup;
    advance();
  } else {
    element.items.push_back(expression());
    return element;
  }
  expect("(");
  do {
    if (accept_words({"(", ")"})) {
      element.items.push_back({Row{}, {}});
    } else {
      element.items.push_back(expression());
    }
  } while (accept(","));
  expect(")");
  return element;
}

ValuesClause SyntaxParser::values_clause() {
  ValuesClause values;
  expect("VALUES");
  do {
    expect("(");
    std::vector<Expression> row;
    row.reserve(values.rows.empty() ? k_usual_list : values.rows.back().size());
    do {
      row.push_back(value_or_default());
    } while (accept(","));
    expect(")");
    values.rows.push_back(std::move(row));
  } while (accept(","));
  return values;
}

} // namespace freshet::sql
