#include "warehouse/altered_columns.h"

namespace freshet::warehouse {
namespace {

int64_t identity(const Table& table, size_t place) {
  return table.last_column_id != 0 ? table.columns[place].id : static_cast<int64_t>(place + 1);
}

} // namespace

void number_columns(Table& table) {
  if (table.last_column_id != 0) return;
  for (auto& column : table.columns) column.id = ++table.last_column_id;
}

int64_t next_column_id(Table& table) {
  return ++table.last_column_id;
}

bool has_altered_columns(const Table& before, const Table& after) {
  if (before.columns.size() != after.columns.size()) return true;
  for (size_t i = 0; i < before.columns.size(); ++i) {
    const auto &old = before.columns[i], &now = after.columns[i];
    if (identity(before, i) != identity(after, i) || old.name != now.name || old.nullable != now.nullable ||
        old.type.engine_type() != now.type.engine_type())
      return true;
  }
  return false;
}

std::map<std::string, std::string> former_names(const Table& before, const Table& after) {
  std::map<int64_t, std::string> names;
  for (size_t i = 0; i < before.columns.size(); ++i) names[identity(before, i)] = before.columns[i].name;
  std::map<std::string, std::string> out;
  for (size_t i = 0; i < after.columns.size(); ++i) out[after.columns[i].name] = names[identity(after, i)];
  return out;
}

} // namespace freshet::warehouse
