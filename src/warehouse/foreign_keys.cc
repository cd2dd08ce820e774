#include "warehouse/foreign_keys.h"

#include <algorithm>

#include "sql/parser.h"
#include "warehouse/schema_objects.h"

namespace freshet::warehouse {

SqlResult<std::optional<ReferencedKey>> referenced_key(StatementContext& context, const Object& object,
                                                       const Constraint& constraint) {
  const auto bracket = constraint.references.find(" (");
  auto name = TRY(sql::parse_qualified_name(std::string_view(constraint.references).substr(0, bracket)));
  const auto at = context.scope_of(object);
  if (name.parts.size() < 2) name.parts.insert(name.parts.begin(), {at.schema, true, {}});
  if (name.parts.size() < 3) name.parts.insert(name.parts.begin(), {at.database, true, {}});
  ReferencedKey key;
  key.table = TRY(context.find_if_exists(ObjectKind::table, name));
  const auto* table = key.table ? key.table->as<Table>() : nullptr;
  if (table == nullptr) return std::nullopt;
  const auto primary = std::ranges::find(table->constraints, "PRIMARY KEY", &Constraint::kind);
  if (primary != table->constraints.end()) {
    key.columns = primary->columns;
    key.name = constraint_name(*key.table, static_cast<size_t>(primary - table->constraints.begin()));
  }
  if (bracket != std::string::npos) {
    key.columns.clear();
    auto rest = std::string_view(constraint.references).substr(bracket + 2);
    for (rest.remove_suffix(1); !rest.empty();) {
      const auto comma = std::min(rest.find(", "), rest.size());
      key.columns.emplace_back(rest.substr(0, comma));
      rest.remove_prefix(std::min(comma + 2, rest.size()));
    }
    for (size_t i = 0; i < table->constraints.size(); ++i) {
      const auto& unique = table->constraints[i];
      if (unique.kind == "UNIQUE" && unique.columns == key.columns) key.name = constraint_name(*key.table, i);
    }
  }
  return key;
}

} // namespace freshet::warehouse
