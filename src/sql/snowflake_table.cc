// What stands in FROM, in Snowflake's dialect.
#include "sql/snowflake_text.h"

namespace freshet::sql {

/// `a, b` binds less than JOIN, and JOIN goes from left to right.
void SnowflakeText::table(const TableReference& table, TablePlace place) {
  const auto* join = table.as<Join>();
  bool brackets = join && (place == TablePlace::factor || (place == TablePlace::left_of_join && join->kind == JoinKind::comma));
  words(brackets, "(");
  table.visit([this](const auto& node) { print(node); });
  words(brackets, ")");
}

void SnowflakeText::alias(const TableAlias& alias) {
  if (!alias.name) return;
  text(" AS ");
  identifier(*alias.name);
  bracketed_identifiers(alias.columns);
}

void SnowflakeText::sample(const Box<Sample>& sample) {
  if (!sample) return;
  text(sample->system ? " SAMPLE SYSTEM (" : " SAMPLE (");
  expression(sample->amount, Level::additive);
  text(sample->rows ? " ROWS)" : ")");
  if (!sample->seed) return;
  text(" SEED (");
  expression(*sample->seed, Level::additive);
  text(")");
}

void SnowflakeText::history_point(const HistoryPoint& point) {
  text(point.before ? " BEFORE (" : " AT (");
  switch (point.kind) {
    case HistoryPoint::Kind::timestamp:
      text("TIMESTAMP => ");
      break;
    case HistoryPoint::Kind::offset:
      text("OFFSET => ");
      break;
    case HistoryPoint::Kind::statement:
      text("STATEMENT => ");
      break;
    case HistoryPoint::Kind::stream:
      text("STREAM => ");
      break;
  }
  expression(point.value);
  text(")");
}

void SnowflakeText::print(const NamedTable& node) {
  if (node.is_result())
    text(node.name.last());
  else
    name(node.name);
  if (node.changes)
    text(node.changes->append_only ? " CHANGES (INFORMATION => APPEND_ONLY)" : " CHANGES (INFORMATION => DEFAULT)");
  if (node.at) history_point(*node.at);
  if (node.changes && node.changes->end) {
    HistoryPoint end = *node.changes->end;
    end.before = false;
    text(" END");
    SnowflakeText point;
    point.history_point(end);
    text(std::string_view(point.out_).substr(std::string_view(" AT").size()));
  }
  alias(node.alias);
  sample(node.sample);
}

void SnowflakeText::print(const StageTable& node) {
  location(node.location);
  if (!node.options.empty()) {
    text(" (");
    joined(node.options, [this](const Property& option) { property(option, " => "); });
    text(")");
  }
  alias(node.alias);
}

void SnowflakeText::print(const TableFunction& node) {
  text(node.lateral ? "LATERAL " : "TABLE(");
  call(node.call, !node.lateral);
  words(!node.lateral, ")");
  alias(node.alias);
  sample(node.sample);
}

void SnowflakeText::print(const SubqueryTable& node) {
  words(node.lateral, "LATERAL ");
  bracketed_query(*node.query);
  alias(node.alias);
  sample(node.sample);
}

void SnowflakeText::print(const ValuesTable& node) {
  print(node.values);
  alias(node.alias);
}

void SnowflakeText::print(const Join& node) {
  if (node.kind == JoinKind::comma) {
    table(*node.left);
    text(", ");
    return table(*node.right, TablePlace::left_of_join);
  }
  table(*node.left, TablePlace::left_of_join);
  words(node.natural, " NATURAL");
  switch (node.kind) {
    case JoinKind::left:
      text(" LEFT");
      break;
    case JoinKind::right:
      text(" RIGHT");
      break;
    case JoinKind::full:
      text(" FULL");
      break;
    case JoinKind::cross:
      text(" CROSS");
      break;
    case JoinKind::asof:
      text(" ASOF");
      break;
    case JoinKind::inner:
    case JoinKind::comma:
      break;
  }
  text(" JOIN ");
  table(*node.right, TablePlace::factor);
  if (node.match_condition) {
    text(" MATCH_CONDITION (");
    expression(*node.match_condition);
    text(")");
  }
  if (node.on) {
    text(" ON ");
    expression(*node.on);
  }
  if (!node.using_columns.empty()) {
    text(" USING");
    bracketed_identifiers(node.using_columns);
  }
}

void SnowflakeText::print(const Pivot& node) {
  table(*node.table, TablePlace::factor);
  text(" PIVOT (");
  for (size_t i = 0; i < node.aggregates.size(); ++i) {
    words(i > 0, ", ");
    call(node.aggregates[i]);
    if (!node.aggregate_names[i]) continue;
    text(" AS ");
    identifier(*node.aggregate_names[i]);
  }
  text(" FOR ");
  identifier(node.column);
  text(" IN ");
  if (node.query) {
    bracketed_query(*node.query);
  } else {
    text(node.any ? "(ANY" : "(");
    words(!node.any_order.empty(), " ORDER BY ");
    order_items(node.any_order);
    joined(node.values, [this](const PivotValue& value) {
      expression(value.value);
      if (!value.alias) return;
      text(" AS ");
      identifier(*value.alias);
    });
    text(")");
  }
  if (node.default_on_null) {
    text(" DEFAULT ON NULL (");
    expression(*node.default_on_null);
    text(")");
  }
  text(")");
  alias(node.alias);
}

void SnowflakeText::print(const Unpivot& node) {
  table(*node.table, TablePlace::factor);
  text(node.include_nulls ? " UNPIVOT INCLUDE NULLS (" : " UNPIVOT (");
  identifier(node.value);
  text(" FOR ");
  identifier(node.name);
  text(" IN (");
  joined(node.columns, [this](const UnpivotColumn& column) {
    identifier(column.column);
    if (!column.alias) return;
    text(" AS ");
    string(*column.alias);
  });
  text("))");
  alias(node.alias);
}

} // namespace freshet::sql
