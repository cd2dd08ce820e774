// `a.x = b.y (+)` in WHERE: the older way of writing LEFT JOIN.
#include <algorithm>
#include <set>

#include "sql/syntax_parser.h"

namespace freshet::sql {
namespace {

std::string name_in_from(const TableReference& table) {
  return table.visit([](const auto& node) -> std::string {
    if constexpr (requires { node.alias; }) {
      if (node.alias.name) return node.alias.name->name;
    }
    if constexpr (std::is_same_v<std::decay_t<decltype(node)>, NamedTable>) {
      if (!node.name.parts.empty()) return std::string(node.name.last());
    }
    return {};
  });
}

/// `a, b, c` as a list.
void collect(TableReference table, std::vector<TableReference>& out) {
  auto* join = table.as<Join>();
  if (join == nullptr || join->kind != JoinKind::comma) {
    out.push_back(std::move(table));
    return;
  }
  TableReference right = std::move(*join->right);
  collect(TableReference(std::move(*join->left)), out);
  out.push_back(std::move(right));
}

TableReference joined(TableReference left, TableReference right, JoinKind kind, std::vector<Expression> conditions) {
  Join join;
  join.kind = kind;
  const auto range = left.range;
  join.left = std::move(left);
  join.right = std::move(right);
  if (conditions.size() == 1) join.on = std::move(conditions[0]);
  if (conditions.size() > 1) join.on = Expression{Logical{true, std::move(conditions)}, {}};
  return {std::move(join), range};
}

} // namespace

bool SyntaxParser::at_outer_mark() const {
  return is_at(peek(), "(") && is_at(peek(1), "+") && is_at(peek(2), ")");
}

/// The tables that the tokens of a predicate name in front of a column: those with the mark, and the others.
SyntaxParser::PredicateTables SyntaxParser::predicate_tables(const SourceRange& range) const {
  PredicateTables out;
  const auto& tokens = list_.tokens;
  const auto name_of = [&](size_t i) {
    return tokens[i].kind == TokenKind::quoted ? quoted_value(text(tokens[i])) : std::string(folded(tokens[i]));
  };
  const auto is_name = [&](size_t i) { return tokens[i].kind == TokenKind::word || tokens[i].kind == TokenKind::quoted; };
  const auto begin = origin_.offset + range.offset, end = begin + range.length;
  auto first = std::ranges::lower_bound(tokens, begin, {}, &Token::offset) - tokens.begin();
  for (auto i = static_cast<size_t>(first); i + 1 < tokens.size() && tokens[i].offset < end; ++i) {
    if (!is_name(i)) continue;
    if (i > 0 && (is_at(tokens[i - 1], ".") || is_at(tokens[i - 1], ":"))) continue;
    size_t last = i; // of the chain of names
    while (last + 2 < tokens.size() && is_at(tokens[last + 1], ".") && is_name(last + 2)) last += 2;
    const bool marked = last + 3 < tokens.size() && is_at(tokens[last + 1], "(") && is_at(tokens[last + 2], "+") &&
                        is_at(tokens[last + 3], ")");
    const auto table = last > i ? name_of(last - 2) : std::string();
    if (marked) {
      out.has_mark = true;
      out.marked.insert(table);
    } else if (last > i && !is_at(tokens[last + 1], "(")) {
      out.others.insert(table);
    }
  }
  return out;
}

/// Predicates with marks become the conditions of LEFT JOINs; the others stay in WHERE. A table that is outer to another comes
/// after it. Errors: what Snowflake refuses, too (two outer tables in one predicate, a cycle), and a marked column without its
/// table's name where there are more than two tables.
void SyntaxParser::lower_outer_joins(Select& select) {
  if (!select.from || !select.where) return unsupported("(+) without FROM", peek());
  const Token& culprit = peek();
  std::vector<TableReference> tables;
  collect(std::move(*select.from), tables);
  std::vector<Expression> conjuncts;
  if (auto* all = select.where->as<Logical>(); all != nullptr && all->is_and)
    conjuncts = std::move(all->operands);
  else
    conjuncts.push_back(std::move(*select.where));
  std::vector<std::string> names;
  for (const auto& table : tables) names.push_back(name_in_from(table));
  const auto index_of = [&](const std::string& name) {
    return static_cast<size_t>(std::ranges::find(names, name) - names.begin());
  };
  std::vector<std::vector<Expression>> conditions(tables.size());
  std::vector<std::set<size_t>> needs(tables.size());
  std::vector<Expression> rest;
  for (auto& conjunct : conjuncts) {
    auto used = predicate_tables(conjunct.range);
    if (!used.has_mark) {
      rest.push_back(std::move(conjunct));
      continue;
    }
    if (used.marked.contains("") && tables.size() == 2 && used.others.size() == 1 && index_of(*used.others.begin()) < 2)
      used.marked = {names[1 - index_of(*used.others.begin())]};
    if (used.marked.contains("")) return unsupported("(+) behind a column without its table's name", culprit);
    if (used.marked.size() > 1) return unsupported("a predicate with (+) on two tables", culprit);
    const auto outer = index_of(*used.marked.begin());
    if (outer == tables.size()) return unsupported("(+) of a table that FROM does not list on its own", culprit);
    for (const auto& other : used.others) {
      const auto needed = index_of(other);
      if (needed != outer && needed < tables.size()) needs[outer].insert(needed);
    }
    conditions[outer].push_back(std::move(conjunct));
  }
  std::optional<TableReference> from;
  std::set<size_t> placed;
  const bool first_is_outer = tables.size() == 2 && !conditions[0].empty() && conditions[1].empty();
  if (first_is_outer) { // RIGHT JOIN keeps the order of the columns
    from = joined(std::move(tables[0]), std::move(tables[1]), JoinKind::right, std::move(conditions[0]));
    placed = {0, 1};
  }
  for (size_t i = 0; i < tables.size(); ++i) {
    if (!conditions[i].empty() || placed.contains(i)) continue;
    from = from ? joined(std::move(*from), std::move(tables[i]), JoinKind::cross, {}) : std::move(tables[i]);
    placed.insert(i);
  }
  for (bool more = true; more && placed.size() < tables.size();) {
    more = false;
    for (size_t i = 0; i < tables.size(); ++i) {
      if (placed.contains(i) || !from || !std::ranges::includes(placed, needs[i])) continue;
      from = joined(std::move(*from), std::move(tables[i]), JoinKind::left, std::move(conditions[i]));
      placed.insert(i);
      more = true;
    }
  }
  if (placed.size() < tables.size()) return unsupported("tables that are outer to each other by (+)", culprit);
  select.from = std::move(*from);
  grow(static_cast<uint32_t>(tables.size()));
  if (rest.empty())
    select.where = Box<Expression>();
  else if (rest.size() == 1)
    select.where = std::move(rest[0]);
  else
    select.where = Expression{Logical{true, std::move(rest)}, {}};
}

} // namespace freshet::sql
