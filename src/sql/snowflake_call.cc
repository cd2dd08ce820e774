// Calls with their arguments, windows and orders in Snowflake's dialect.
#include "sql/snowflake_text.h"

namespace freshet::sql {

void SnowflakeText::print(const FunctionCall& node) {
  call(node);
}

/// LEFT(…), INSERT(…) and the like are called without quotes, although they are reserved.
void SnowflakeText::call_name(const QualifiedName& function) {
  if (function.parts.size() == 1 && !function.parts[0].quoted && !function.dynamic) return bare_or_quoted(function.last());
  name(function);
}

void SnowflakeText::call(const FunctionCall& call, bool with_suffixes) {
  words(call.match_rows == MatchRows::running, "RUNNING ");
  words(call.match_rows == MatchRows::final, "FINAL ");
  call_name(call.name);
  if (!call.has_parentheses) return;
  bool is_root =
      call.name.last() == "CONNECT_BY_ROOT" && call.arguments.size() == 1 && call.arguments[0].value.as<ColumnReference>();
  if (is_root) {
    text(" ");
    return expression(call.arguments[0].value, Level::unary);
  }
  arguments(call, !with_suffixes);
  if (!with_suffixes) return;
  if (!call.within_group.empty()) {
    text(" WITHIN GROUP (ORDER BY ");
    order_items(call.within_group);
    text(")");
  }
  words(call.from_last, " FROM LAST");
  words(call.nulls == NullTreatment::ignore, " IGNORE NULLS");
  words(call.nulls == NullTreatment::respect, " RESPECT NULLS");
  if (!call.over) return;
  text(" OVER ");
  window(*call.over);
}

void SnowflakeText::arguments(const FunctionCall& call, bool nulls_inside) {
  bool plain = call.name.parts.size() == 1;
  bool takes_operand = plain && (call.name.last() == "EXTRACT" || call.name.last() == "POSITION");
  bool from_form = plain && call.name.last() == "EXTRACT" && call.arguments.size() == 2 && !call.distinct &&
                   !call.arguments[0].name && !call.arguments[1].name && !call.arguments[1].value.as<Star>();
  text(call.distinct ? "(DISTINCT " : "(");
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    words(i > 0, from_form ? " FROM " : ", ");
    argument(call.arguments[i], takes_operand && i == 0 ? Level::additive : Level::lowest);
  }
  words(nulls_inside && call.nulls == NullTreatment::ignore, " IGNORE NULLS");
  words(nulls_inside && call.nulls == NullTreatment::respect, " RESPECT NULLS");
  text(")");
}

void SnowflakeText::argument(const Argument& argument, Level place) {
  if (argument.name) {
    identifier(*argument.name);
    text(" => ");
  }
  expression(argument.value, place);
}

void SnowflakeText::window(const Window& window) {
  if (!window.parenthesized && window.base) return identifier(*window.base);
  text("(");
  std::string_view blank;
  auto next = [&](std::string_view clause) { words(true, std::exchange(blank, " "), clause); };
  if (window.base) {
    next("");
    identifier(*window.base);
  }
  if (!window.partition_by.empty()) {
    next("PARTITION BY ");
    expressions(window.partition_by);
  }
  if (!window.order_by.empty()) {
    next("ORDER BY ");
    order_items(window.order_by);
  }
  if (window.frame) {
    next(window.frame->unit == WindowFrame::Unit::rows ? "ROWS " : "RANGE ");
    words(window.frame->end.has_value(), "BETWEEN ");
    frame_bound(window.frame->start);
    if (window.frame->end) {
      text(" AND ");
      frame_bound(*window.frame->end);
    }
  }
  text(")");
}

void SnowflakeText::frame_bound(const FrameBound& bound) {
  using enum FrameBound::Kind;
  switch (bound.kind) {
    case unbounded_preceding:
      return text("UNBOUNDED PRECEDING");
    case unbounded_following:
      return text("UNBOUNDED FOLLOWING");
    case current_row:
      return text("CURRENT ROW");
    case preceding:
    case following:
      expression(*bound.distance, Level::additive);
      return text(bound.kind == preceding ? " PRECEDING" : " FOLLOWING");
  }
}

void SnowflakeText::order_items(const std::vector<OrderItem>& items) {
  joined(items, [this](const OrderItem& item) {
    expression(item.value);
    direction(item.descending, item.nulls_first);
  });
}

void SnowflakeText::direction(std::optional<bool> descending, std::optional<bool> nulls_first) {
  if (descending) text(*descending ? " DESC" : " ASC");
  if (nulls_first) text(*nulls_first ? " NULLS FIRST" : " NULLS LAST");
}

} // namespace freshet::sql
