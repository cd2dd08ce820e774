// Queries in Snowflake's dialect.
#include "sql/snowflake_text.h"

namespace freshet::sql {

void SnowflakeText::query(const Query& query) {
  if (!query.with.empty()) {
    text(query.recursive ? "WITH RECURSIVE " : "WITH ");
    joined(query.with, [this](const CommonTable& table) {
      identifier(table.name);
      bracketed_identifiers(table.columns);
      text(" AS ");
      bracketed_query(*table.query);
    });
    text(" ");
  }
  body(query.body);
  if (query.order_by_all) {
    text(" ORDER BY ALL");
    for (const auto& all : query.order_by) direction(all.descending, all.nulls_first);
  } else if (!query.order_by.empty()) {
    text(" ORDER BY ");
    order_items(query.order_by);
  }
  limits(query);
}

/// In the order in which they were written, since `?` in them counts from left to right.
void SnowflakeText::limits(const Query& query) {
  bool offset_first = query.limit && query.offset && query.offset->range.offset < query.limit->range.offset;
  if (query.limit && !offset_first) {
    text(" LIMIT ");
    expression(*query.limit, Level::additive);
  }
  if (query.offset) {
    text(" OFFSET ");
    expression(*query.offset, Level::additive);
  }
  if (offset_first) {
    text(" ROWS FETCH FIRST ");
    expression(*query.limit, Level::additive);
    text(" ROWS ONLY");
  }
}

void SnowflakeText::body(const QueryBody& body) {
  if (const auto* inner = std::get_if<Box<Query>>(&body.node)) return bracketed_query(**inner);
  if (const auto* select = std::get_if<Select>(&body.node)) return print(*select);
  if (const auto* operation = std::get_if<SetOperation>(&body.node)) return print(*operation);
  print(std::get<ValuesClause>(body.node));
}

void SnowflakeText::print(const SetOperation& node) {
  std::string separator = node.op == SetOperator::union_      ? " UNION"
                          : node.op == SetOperator::intersect ? " INTERSECT"
                                                              : " EXCEPT";
  if (node.all) separator += " ALL";
  if (node.by_name) separator += " BY NAME";
  separator += " ";
  joined(
      node.operands, [this](const QueryBody& operand) { body(operand); }, separator);
}

void SnowflakeText::print(const ValuesClause& node) {
  text("VALUES ");
  joined(node.rows, [this](const std::vector<Expression>& row) {
    text("(");
    expressions(row);
    text(")");
  });
}

void SnowflakeText::print(const Select& node) {
  text(node.distinct ? "SELECT DISTINCT " : "SELECT ");
  if (node.top) {
    text("TOP ");
    expression(*node.top, Level::primary);
    text(" ");
  }
  joined(node.items, [this](const SelectItem& item) {
    expression(item.value);
    if (!item.alias) return;
    text(" AS ");
    identifier(*item.alias);
  });
  if (!node.into.empty()) {
    text(" INTO ");
    joined(node.into, [this](const Identifier& variable) {
      text(":");
      identifier(variable);
    });
  }
  if (node.from) {
    text(" FROM ");
    table(*node.from);
  }
  auto clause = [this](std::string_view word, const Box<Expression>& value) {
    if (!value) return;
    text(word);
    expression(*value);
  };
  clause(" WHERE ", node.where);
  if (node.connect_by) connect_by(*node.connect_by);
  group_by(node);
  clause(" HAVING ", node.having);
  if (!node.windows.empty()) {
    text(" WINDOW ");
    joined(node.windows, [this](const NamedWindow& named) {
      identifier(named.name);
      text(" AS ");
      window(named.window);
    });
  }
  clause(" QUALIFY ", node.qualify);
}

/// START WITH may stand behind CONNECT BY, too; `?` counts from left to right.
void SnowflakeText::connect_by(const ConnectBy& connect) {
  bool start_last = connect.start_with && connect.condition.range.offset < connect.start_with->range.offset;
  if (connect.start_with && !start_last) {
    text(" START WITH ");
    expression(*connect.start_with);
  }
  text(" CONNECT BY ");
  expression(connect.condition);
  if (start_last) {
    text(" START WITH ");
    expression(*connect.start_with);
  }
}

void SnowflakeText::group_by(const Select& select) {
  if (select.group_by_all) return text(" GROUP BY ALL");
  if (select.group_by.empty()) return;
  text(" GROUP BY ");
  joined(select.group_by, [this](const GroupingElement& element) {
    using enum GroupingElement::Kind;
    if (element.kind == expression) {
      const auto* called = element.items.at(0).as<FunctionCall>();
      bool looks_grouping = called && (called->name.last() == "CUBE" || called->name.last() == "ROLLUP");
      return looks_grouping ? bracketed(element.items[0]) : this->expression(element.items[0]);
    }
    text(element.kind == cube ? "CUBE (" : element.kind == rollup ? "ROLLUP (" : "GROUPING SETS (");
    expressions(element.items);
    text(")");
  });
}

} // namespace freshet::sql
