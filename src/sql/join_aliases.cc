#include "sql/join_aliases.h"

#include <algorithm>
#include <span>
#include <utility>

#include "sql/engine_printer.h"
#include "sql/expression_walk.h"

namespace freshet::sql {
namespace {

using Items = std::span<const SelectItem>;

/// The item that a bare name may stand for.
const SelectItem* aliased_item(const Expression& part, Items items) {
  const auto* column = part.as<ColumnReference>();
  if (column == nullptr || column->name.dynamic || column->name.parts.size() != 1) return nullptr;
  const auto found = std::ranges::find_if(
      items, [&](const SelectItem& item) { return item.alias && item.alias->name == column->name.last(); });
  return found == items.end() ? nullptr : &*found;
}

bool mentions_alias(const TableReference& table, Items items) {
  const auto* join = table.as<Join>();
  if (join == nullptr) return false;
  if (mentions_alias(*join->left, items) || mentions_alias(*join->right, items)) return true;
  bool found = false;
  if (!join->on) return found;
  walk_expressions(std::as_const(*join->on),
                   [&](const Expression& part) { return found |= aliased_item(part, items) != nullptr; });
  return found;
}

bool any_may_have(const TableReference& table, std::string_view column, const MayHaveColumn& may_have) {
  const auto* join = table.as<Join>();
  if (join == nullptr) return may_have(table, column);
  return any_may_have(*join->left, column, may_have) || any_may_have(*join->right, column, may_have);
}

/// Puts expressions in the place of the aliases; an alias may be made of those before it.
class Speller {
 public:
  Speller(const TableReference& from, const MayHaveColumn& may_have) : from_(from), may_have_(may_have) {}

  void spell_out(TableReference& table, Items items) {
    auto* join = table.as<Join>();
    if (join == nullptr) return;
    spell_out(*join->left, items);
    spell_out(*join->right, items);
    if (join->on) spell_out(*join->on, items);
  }
  bool changed() const { return changed_; }

 private:
  void spell_out(Expression& expression, Items items) {
    walk_expressions(expression, [&](Expression& part) {
      const auto* item = aliased_item(part, items);
      if (item == nullptr || any_may_have(from_, item->alias->name, may_have_)) return false;
      part = item->value;
      spell_out(part, items.first(static_cast<size_t>(item - items.data())));
      return changed_ = true;
    });
  }

  const TableReference& from_;
  const MayHaveColumn& may_have_;
  bool changed_ = false;
};

bool may_give_column(const QueryBody& body, std::string_view column) {
  if (const auto* select = std::get_if<Select>(&body.node)) {
    return std::ranges::any_of(
        select->items, [&](const SelectItem& item) { return item.value.as<Star>() != nullptr || output_name(item) == column; });
  }
  if (const auto* operation = std::get_if<SetOperation>(&body.node))
    return operation->operands.empty() || may_give_column(operation->operands.front(), column);
  if (const auto* query = std::get_if<Box<Query>>(&body.node)) return may_give_column((*query)->body, column);
  return column.starts_with("COLUMN"); // of VALUES
}

} // namespace

bool may_give_column(const Query& query, std::string_view column) {
  return may_give_column(query.body, column);
}

std::optional<Select> with_join_aliases_spelled_out(const Select& select, const MayHaveColumn& may_have) {
  const bool has_alias = std::ranges::any_of(select.items, [](const SelectItem& item) { return item.alias.has_value(); });
  if (!has_alias || !select.from || !mentions_alias(*select.from, select.items)) return std::nullopt;
  TableReference from = *select.from;
  Speller speller(*select.from, may_have);
  speller.spell_out(from, select.items);
  if (!speller.changed()) return std::nullopt;
  Select out = select;
  *out.from = std::move(from);
  return out;
}

} // namespace freshet::sql
