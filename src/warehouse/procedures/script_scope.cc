#include "warehouse/procedures/script_scope.h"

#include <ranges>

#include "warehouse/literal.h"

namespace freshet::warehouse {

ScriptScopes::Meaning* ScriptScopes::find(std::string_view name) {
  for (auto& scope : std::views::reverse(scopes_)) {
    auto found = scope.find(name);
    if (found != scope.end()) return &found->second;
  }
  return nullptr;
}

Bind bind_at(const StatementResult& result, size_t row, size_t column) {
  return {result.columns[column].type, cell(*result.rows, row, column)};
}

std::optional<Bind> column_of(const ScriptRow& row, std::string_view column) {
  for (size_t i = 0; i < row.result->columns.size(); ++i) {
    if (row.result->columns[i].name == column) return bind_at(*row.result, row.row, i);
  }
  return std::nullopt;
}

} // namespace freshet::warehouse
