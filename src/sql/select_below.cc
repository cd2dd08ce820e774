#include "sql/select_below.h"

namespace freshet::sql {
namespace {

/// What the one table of FROM is called; nothing where there are several.
std::optional<TableAlias> alias_of(const TableReference& table) {
  return table.visit([]<typename T>(const T& node) -> std::optional<TableAlias> {
    if constexpr (requires { node.alias; }) {
      TableAlias alias;
      alias.name = node.alias.name;
      if constexpr (std::is_same_v<T, NamedTable>)
        if (!alias.name && !node.name.dynamic) alias.name = Identifier{std::string(node.name.last()), true, {}};
      return alias;
    } else {
      return std::nullopt;
    }
  });
}

} // namespace

bool is_generator(const TableReference& table) {
  const auto* function = table.as<TableFunction>();
  return function != nullptr && function->call.name.last() == "GENERATOR";
}

std::optional<Select> over_columns_below(Select outer, const Select& select, std::vector<ColumnBelow> columns) {
  Select inner;
  std::optional<TableAlias> alias = TableAlias{};
  SourceRange range;
  if (select.from) {
    alias = alias_of(*select.from);
    if (!alias) return std::nullopt;
    if (!is_generator(*select.from)) inner.items.push_back({{Star{}, {}}, std::nullopt, "*"});
    range = select.from->range;
  }
  for (auto& column : columns) {
    for (auto& item : outer.items)
      if (auto* star = item.value.as<Star>()) star->exclude.push_back(column.name);
    inner.items.push_back({std::move(column.value), column.name, ""});
  }
  inner.from = select.from;
  inner.where = select.where;
  inner.windows = select.windows;
  outer.where = nullptr;
  Query query;
  query.body.node = std::move(inner);
  outer.from = TableReference{SubqueryTable{Box<Query>(std::move(query)), false, std::move(*alias), {}}, range};
  return outer;
}

} // namespace freshet::sql
