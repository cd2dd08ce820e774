#include "warehouse/physical.h"

#include <fmt/core.h>

namespace freshet::warehouse {

ColumnDefinition physical(const Column& column) {
  return {column.name, column.type.engine_type(), !column.nullable, "", column.type.stated_length()};
}

VersionedTable physical(const Object& table) {
  VersionedTable out{k_rows_schema, fmt::format("T{}", table.id), {}};
  for (const auto& column : table.as<Table>()->columns) out.columns.push_back(physical(column));
  return out;
}

std::string physical_sequence(ObjectId id) {
  return fmt::format("\"{}\".\"S{}\"", k_rows_schema, id);
}

std::string next_value_text(ObjectId sequence) {
  return fmt::format("nextval('{}.S{}')", k_rows_schema, sequence);
}

} // namespace freshet::warehouse
