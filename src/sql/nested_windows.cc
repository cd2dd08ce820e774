#include "sql/nested_windows.h"

#include <fmt/format.h>

#include <algorithm>

#include "sql/expression_walk.h"

namespace freshet::sql {
namespace {

bool takes_windows(const FunctionCall& call) {
  const auto name = call.name.last();
  return call.over && (name == "CONDITIONAL_TRUE_EVENT" || name == "CONDITIONAL_CHANGE_EVENT");
}

Identifier column_name(size_t number) {
  return {fmt::format("$w{}", number), true, {}};
}

/// Takes the windows inside such calls out of an expression: columns stand for them.
void take_out(Expression& expression, std::vector<Expression>& taken) {
  walk_expressions(expression, [&](Expression& part) {
    auto* call = part.as<FunctionCall>();
    if (call == nullptr || !takes_windows(*call)) return false;
    for (auto& argument : call->arguments) {
      walk_expressions(argument.value, [&](Expression& inner) {
        const auto* window = inner.as<FunctionCall>();
        if (window == nullptr || !window->over) return false;
        ColumnReference column;
        column.name.parts.push_back(column_name(taken.size()));
        taken.push_back(std::move(inner));
        inner = {std::move(column), {}};
        return true;
      });
    }
    return true;
  });
}

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

/// By the text of the items, which is quicker than a walk through their trees.
bool may_have_events(const Select& select) {
  constexpr std::string_view k_event = "CONDITIONAL_";
  const auto same = [](char a, char b) { return (a >= 'a' && a <= 'z' ? a - 32 : a) == b; };
  return select.qualify || std::ranges::any_of(select.items, [&](const SelectItem& item) {
           return !std::ranges::search(item.text, k_event, same).empty();
         });
}

} // namespace

std::optional<Select> with_inner_windows_below(const Select& select) {
  if (!select.from || select.connect_by || select.group_by_all || !select.group_by.empty()) return std::nullopt;
  if (!may_have_events(select)) return std::nullopt;
  Select outer = select;
  std::vector<Expression> taken;
  for (auto& item : outer.items) take_out(item.value, taken);
  if (outer.qualify) take_out(*outer.qualify, taken);
  if (taken.empty()) return std::nullopt;
  auto alias = alias_of(*select.from);
  if (!alias) return std::nullopt;
  Select inner;
  inner.items.push_back({{Star{}, {}}, std::nullopt, "*"});
  for (size_t i = 0; i < taken.size(); ++i) {
    inner.items.push_back({std::move(taken[i]), column_name(i), ""});
    for (auto& item : outer.items)
      if (auto* star = item.value.as<Star>()) star->exclude.push_back(column_name(i));
  }
  inner.from = select.from;
  inner.where = select.where;
  inner.windows = select.windows;
  outer.where = nullptr;
  Query query;
  query.body.node = std::move(inner);
  outer.from = TableReference{SubqueryTable{Box<Query>(std::move(query)), false, std::move(*alias), {}}, select.from->range};
  return outer;
}

} // namespace freshet::sql
