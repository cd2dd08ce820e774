#include "sql/engine_printer.h"

#include <fmt/format.h>

#include <algorithm>

#include "sql/engine_text.h"

namespace freshet::sql {

std::string quote_identifier(std::string_view name) {
  std::string quoted = "\"";
  for (char c : name) quoted.append(c == '"' ? 2 : 1, c);
  return quoted += '"';
}

std::string quote_string(std::string_view text) {
  std::string quoted = "'";
  for (char c : text) quoted.append(c == '\'' ? 2 : 1, c);
  return quoted += '\'';
}

std::string output_name(const SelectItem& item) {
  if (item.alias) return item.alias->name;
  if (const auto* column = item.value.as<ColumnReference>(); column && !column->name.parts.empty())
    return column->name.parts.back().name;
  if (const auto* column = item.value.as<PositionalColumn>()) return "$" + std::to_string(column->position);
  std::string name = item.text;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return name;
}

SqlResult<std::string> print_engine_query(const Query& query, EngineNames& names, const PrintOptions& options) {
  EngineText printer(names, options);
  return printer.result(printer.query(query));
}

SqlResult<std::string> print_engine_expression(const Expression& expression, EngineNames& names, const PrintOptions& options) {
  EngineText printer(names, options);
  return printer.result(printer.expression(expression));
}

SqlResult<std::string> print_engine_table(const TableReference& table, EngineNames& names, const PrintOptions& options) {
  EngineText printer(names, options);
  return printer.result(printer.table(table));
}

namespace {

bool reads(const TableReference& table, std::string_view name) {
  if (const auto* named = table.as<NamedTable>()) return named->name.parts.size() == 1 && named->name.last() == name;
  if (const auto* join = table.as<Join>()) return reads(*join->left, name) || reads(*join->right, name);
  return false;
}

/// Whether a common table is recursive although RECURSIVE is optional in Snowflake: a later branch of its UNION reads its own
/// name.
bool reads_itself(const CommonTable& table) {
  const auto* operation = std::get_if<SetOperation>(&table.query->body.node);
  if (!operation || operation->op != SetOperator::union_) return false;
  return std::any_of(operation->operands.begin() + 1, operation->operands.end(), [&](const QueryBody& operand) {
    const auto* select = std::get_if<Select>(&operand.node);
    return select && select->from && reads(*select->from, table.name.name);
  });
}

} // namespace

std::string EngineText::with(const Query& query) {
  if (query.with.empty()) return {};
  bool recursive = false;
  std::string text;
  for (const auto& table : query.with) {
    bool sees_itself = reads_itself(table);
    recursive |= sees_itself;
    if (sees_itself) common_tables_.push_back(table.name.name);
    std::string inner = this->query(*table.query);
    if (!sees_itself) common_tables_.push_back(table.name.name);
    std::string columns;
    for (const auto& column : table.columns) columns.append(columns.empty() ? "" : ", ").append(quote_identifier(column.name));
    text += fmt::format("{}{}{} AS ({})", text.empty() ? "" : ", ", quote_identifier(table.name.name),
                        columns.empty() ? "" : " (" + columns + ")", inner);
  }
  return (recursive ? "WITH RECURSIVE " : "WITH ") + text + " ";
}

std::string EngineText::query(const Query& query) {
  size_t outer_tables = common_tables_.size();
  std::string text = with(query); // first: the body sees its names
  text += body(query.body);
  if (query.order_by_all) text += " ORDER BY ALL";
  if (!query.order_by.empty()) text += " ORDER BY " + order_by(query.order_by);
  if (query.limit) {
    text += " LIMIT " + expression(*query.limit);
  } else if (const auto* select = std::get_if<Select>(&query.body.node); select && select->top) {
    text += " LIMIT " + expression(*select->top);
  }
  if (query.offset) text += " OFFSET " + expression(*query.offset);
  common_tables_.resize(outer_tables);
  return text;
}

std::string EngineText::body(const QueryBody& body) {
  if (const auto* select = std::get_if<Select>(&body.node)) return this->select(*select);
  if (const auto* operation = std::get_if<SetOperation>(&body.node)) return set_operation(*operation);
  if (const auto* rows = std::get_if<ValuesClause>(&body.node)) return "SELECT * FROM " + values(*rows, "VALUES", {});
  return "(" + query(*std::get<Box<Query>>(body.node)) + ")";
}

std::string EngineText::set_operation(const SetOperation& operation) {
  std::string_view word = operation.op == SetOperator::union_      ? "UNION"
                          : operation.op == SetOperator::intersect ? "INTERSECT"
                                                                   : "EXCEPT";
  std::string text;
  for (const auto& operand : operation.operands) {
    if (!text.empty()) text += fmt::format(" {}{}{} ", word, operation.all ? " ALL" : "", operation.by_name ? " BY NAME" : "");
    bool nested = std::holds_alternative<SetOperation>(operand.node);
    text += nested ? "(" + body(operand) + ")" : body(operand);
  }
  return text;
}

std::string EngineText::values(const ValuesClause& values, std::string_view alias, const std::vector<Identifier>& columns) {
  std::string rows;
  for (const auto& row : values.rows) rows.append(rows.empty() ? "(" : ", (").append(list(row)).append(")");
  std::string names;
  size_t width = values.rows.empty() ? 0 : values.rows[0].size();
  for (size_t i = 0; i < width; ++i) {
    names.append(i ? ", " : "")
        .append(quote_identifier(i < columns.size() ? columns[i].name : "COLUMN" + std::to_string(i + 1)));
  }
  return fmt::format("(VALUES {}) AS {} ({})", rows, quote_identifier(alias), names);
}

std::string EngineText::select(const Select& select) {
  auto outer_stages = std::move(stages_);
  auto outer_values = std::move(value_tables_);
  stages_.clear();
  value_tables_.clear();
  if (select.connect_by) unsupported("CONNECT BY", select.connect_by->condition.range);
  if (!select.into.empty()) unsupported("SELECT INTO", select.into[0].range);
  std::string from;
  if (select.from) {
    note_source(*select.from);
    from = " FROM " + table(*select.from);
  }
  std::string text = select.distinct ? "SELECT DISTINCT " : "SELECT ";
  bool first = true;
  for (const auto& item : select.items) {
    text += (first ? "" : ", ") + select_item(item);
    first = false;
  }
  text += from;
  if (select.where) text += " WHERE " + expression(*select.where);
  text += group_by(select);
  if (select.having) text += " HAVING " + expression(*select.having);
  first = true;
  for (const auto& named : select.windows) {
    text += fmt::format("{} {} AS {}", first ? " WINDOW" : ",", quote_identifier(named.name.name), window(named.window, false));
    first = false;
  }
  if (select.qualify) text += " QUALIFY " + expression(*select.qualify);
  stages_ = std::move(outer_stages);
  value_tables_ = std::move(outer_values);
  return text;
}

std::string EngineText::select_item(const SelectItem& item) {
  std::string text = expression(item.value);
  if (item.value.as<Star>()) return text;
  const auto* column = item.value.as<ColumnReference>();
  bool named_already = !item.alias && column && !column->name.dynamic && column->name.last() != "NEXTVAL";
  return named_already ? text : text + " AS " + quote_identifier(output_name(item));
}

std::string EngineText::group_by(const Select& select) {
  if (select.group_by_all) return " GROUP BY ALL";
  std::string text;
  for (const auto& element : select.group_by) {
    text += text.empty() ? " GROUP BY " : ", ";
    if (element.kind == GroupingElement::Kind::expression) {
      text += expression(element.items[0]);
      continue;
    }
    text += element.kind == GroupingElement::Kind::cube     ? "CUBE ("
            : element.kind == GroupingElement::Kind::rollup ? "ROLLUP ("
                                                            : "GROUPING SETS (";
    text += list(element.items) + ")";
  }
  return text;
}

/// Nulls are Snowflake's highest values: last when ascending, first when descending.
std::string EngineText::order_by(const std::vector<OrderItem>& items) {
  std::string text;
  for (const auto& item : items) {
    bool descending = item.descending.value_or(false);
    text += fmt::format("{}{}{} NULLS {}", text.empty() ? "" : ", ", expression(item.value), descending ? " DESC" : "",
                        item.nulls_first.value_or(descending) ? "FIRST" : "LAST");
  }
  return text;
}

std::string EngineText::list(const std::vector<Expression>& expressions) {
  std::string text;
  for (const auto& one : expressions) text.append(text.empty() ? "" : ", ").append(expression(one));
  return text;
}

} // namespace freshet::sql
