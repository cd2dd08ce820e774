#include "sql/volatile_aliases.h"

#include <fmt/format.h>

#include <algorithm>

#include "sql/expression_walk.h"
#include "sql/select_below.h"

namespace freshet::sql {
namespace {

constexpr std::string_view k_volatile[] = {"RANDOM", "UUID_STRING", "SEQ1", "SEQ2", "SEQ4", "SEQ8"};

/// By the text of the items, which is quicker than a walk through their trees.
bool may_be_volatile(const SelectItem& item) {
  const auto same = [](char a, char b) { return (a >= 'a' && a <= 'z' ? a - 32 : a) == b; };
  return std::ranges::any_of(k_volatile,
                             [&](std::string_view name) { return !std::ranges::search(item.text, name, same).empty(); });
}

bool is_volatile(const Expression& value) {
  bool found = false;
  walk_expressions(value, [&](const Expression& part) {
    const auto* call = part.as<FunctionCall>();
    return found = found || (call != nullptr && call->name.parts.size() == 1 &&
                             std::ranges::find(k_volatile, call->name.last()) != std::end(k_volatile) &&
                             (call->name.last() != "UUID_STRING" || call->arguments.empty()));
  });
  return found;
}

/// Puts `column` in the place of the alias; whether it was there.
bool replace_alias(Expression& value, std::string_view alias, const Identifier& column) {
  bool replaced = false;
  walk_expressions(value, [&](Expression& part) {
    auto* reference = part.as<ColumnReference>();
    if (reference == nullptr || reference->name.dynamic || reference->name.parts.size() != 1 || reference->name.last() != alias)
      return false;
    reference->name.parts = {column};
    return replaced = true;
  });
  return replaced;
}

} // namespace

std::optional<Select> with_volatile_aliases_below(const Select& select, const MayHaveColumn& may_have) {
  if (select.items.size() < 2 || select.connect_by || select.group_by_all || !select.group_by.empty()) return std::nullopt;
  if (std::ranges::none_of(select.items, may_be_volatile)) return std::nullopt;
  Select outer = select;
  std::vector<ColumnBelow> columns;
  bool named = false;
  for (size_t i = 0; i < outer.items.size(); ++i) {
    auto& item = outer.items[i];
    if (has_aggregate(item.value)) return std::nullopt;
    if (!item.alias || !is_volatile(item.value)) continue;
    const Identifier column{fmt::format("$v{}", i), true, {}};
    ColumnReference reference;
    reference.name.parts = {column};
    columns.push_back({column, std::exchange(item.value, Expression(std::move(reference), item.value.range))});
    if (select.from && may_have(*select.from, item.alias->name)) continue; // the table's column is meant
    for (size_t later = i + 1; later < outer.items.size(); ++later)
      named |= replace_alias(outer.items[later].value, item.alias->name, column);
  }
  if (!named) return std::nullopt;
  return over_columns_below(std::move(outer), select, std::move(columns));
}

} // namespace freshet::sql
