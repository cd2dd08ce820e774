// Calls with their arguments, windows and orders.
#include "sql/syntax_parser.h"

namespace freshet::sql {

Expression SyntaxParser::function_call(QualifiedName name, size_t first) {
  FunctionCall call = call_of(std::move(name));
  return {std::move(call), range_from(first)};
}

FunctionCall SyntaxParser::call_of(QualifiedName name) {
  Nesting nesting(*this);
  FunctionCall call;
  call.name = std::move(name);
  arguments(call);
  call_suffixes(call);
  return call;
}

void SyntaxParser::arguments(FunctionCall& call) {
  expect("(");
  if (accept(")")) return;
  bool plain = call.name.parts.size() == 1;
  const bool of_part = call.name.last() == "EXTRACT" || call.name.last() == "DATE_PART";
  if (plain && (of_part || call.name.last() == "POSITION")) {
    Expression left = additive();
    call.arguments.push_back({std::nullopt, std::move(left)});
    if (accept(of_part ? Word("FROM") : Word("IN"))) {
      call.arguments.push_back({std::nullopt, expression()});
      expect(")");
      return;
    }
    if (!accept(",")) {
      expect(")");
      return;
    }
  }
  call.distinct = accept("DISTINCT");
  if (!call.distinct && at("ALL") && !is_at(peek(1), ")") && !is_at(peek(1), ",")) advance();
  do {
    if (at_words({"*", "*"})) {
      for (auto& item : expression_list()) call.arguments.push_back({std::nullopt, std::move(item)});
    } else {
      call.arguments.push_back(argument());
    }
  } while (accept(","));
  if (accept_words({"IGNORE", "NULLS"})) call.nulls = NullTreatment::ignore;
  if (accept_words({"RESPECT", "NULLS"})) call.nulls = NullTreatment::respect;
  expect(")");
}

Argument SyntaxParser::argument() {
  Argument result;
  if ((at_kind(TokenKind::word) || at_kind(TokenKind::quoted)) && is_at(peek(1), "=>")) {
    result.name = any_word();
    advance();
  }
  size_t first = position_;
  if (at("*")) {
    result.value.node = star({});
    result.value.range = range_from(first);
  } else if (at("SELECT") || at("WITH")) { // f(SELECT …) without brackets of its own
    result.value.node = ScalarSubquery{Box<Query>(query())};
    result.value.range = range_from(first);
  } else if (at("TABLE") && is_at(peek(1), "(")) {
    QualifiedName name;
    name.parts.push_back(any_word());
    result.value = function_call(std::move(name), first);
  } else {
    result.value = expression();
  }
  return result;
}

void SyntaxParser::call_suffixes(FunctionCall& call) {
  if (accept_words({"WITHIN", "GROUP"})) {
    expect("(");
    expect_words({"ORDER", "BY"});
    call.within_group = order_items();
    expect(")");
  }
  bool ordered = is_at(peek(2), "OVER") || is_at(peek(2), "IGNORE") || is_at(peek(2), "RESPECT"); // else FIRST is a table
  if (ordered && !accept_words({"FROM", "FIRST"})) call.from_last = accept_words({"FROM", "LAST"});
  if (accept_words({"IGNORE", "NULLS"})) call.nulls = NullTreatment::ignore;
  if (accept_words({"RESPECT", "NULLS"})) call.nulls = NullTreatment::respect;
  if (at("OVER") && (is_at(peek(1), "(") || peek(1).kind == TokenKind::word || peek(1).kind == TokenKind::quoted)) {
    advance();
    call.over = window();
  }
}

Window SyntaxParser::window() {
  Window result;
  if (!at("(")) {
    result.base = identifier();
    result.parenthesized = false;
    return result;
  }
  advance();
  window_body(result);
  expect(")");
  return result;
}

void SyntaxParser::window_body(Window& result) {
  if (at_identifier() && !at("PARTITION") && !at("ROWS") && !at("RANGE")) result.base = identifier();
  if (accept_words({"PARTITION", "BY"})) result.partition_by = expression_list();
  if (accept_words({"ORDER", "BY"})) result.order_by = order_items();
  if (!at("ROWS") && !at("RANGE")) return;
  WindowFrame frame;
  frame.unit = at("ROWS") ? WindowFrame::Unit::rows : WindowFrame::Unit::range;
  advance();
  if (accept("BETWEEN")) {
    frame.start = frame_bound();
    expect("AND");
    frame.end = frame_bound();
  } else {
    frame.start = frame_bound();
  }
  result.frame = std::move(frame);
}

FrameBound SyntaxParser::frame_bound() {
  using enum FrameBound::Kind;
  if (accept_words({"UNBOUNDED", "PRECEDING"})) return {unbounded_preceding, nullptr};
  if (accept_words({"UNBOUNDED", "FOLLOWING"})) return {unbounded_following, nullptr};
  if (accept_words({"CURRENT", "ROW"})) return {current_row, nullptr};
  FrameBound bound;
  bound.distance = additive();
  bound.kind = at("PRECEDING") ? preceding : following;
  if (!accept("PRECEDING")) expect("FOLLOWING");
  return bound;
}

void SyntaxParser::order_direction(std::optional<bool>& descending, std::optional<bool>& nulls_first) {
  if (at("ASC") || at("DESC")) {
    descending = at("DESC");
    advance();
  }
  if (accept_words({"NULLS", "FIRST"})) nulls_first = true;
  if (accept_words({"NULLS", "LAST"})) nulls_first = false;
}

std::vector<OrderItem> SyntaxParser::order_items() {
  std::vector<OrderItem> items;
  do {
    OrderItem item;
    item.value = expression();
    order_direction(item.descending, item.nulls_first);
    items.push_back(std::move(item));
  } while (accept(","));
  return items;
}

} // namespace freshet::sql
