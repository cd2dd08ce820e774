#include "sql/nested_windows.h"

#include <fmt/format.h>

#include <algorithm>

#include "sql/expression_walk.h"
#include "sql/select_below.h"

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
  std::vector<ColumnBelow> columns;
  for (size_t i = 0; i < taken.size(); ++i) columns.push_back({column_name(i), std::move(taken[i])});
  return over_columns_below(std::move(outer), select, std::move(columns));
}

} // namespace freshet::sql
