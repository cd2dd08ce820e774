#include "warehouse/physical.h"

#include <fmt/core.h>

#include "warehouse/external/registered_files.h"
#include "warehouse/own_columns.h"

namespace freshet::warehouse {

ColumnDefinition physical(const Column& column) {
  return {column.name, column.type.engine_type(), !column.nullable, "", column.type.stated_length()};
}

VersionedTable physical(const Object& table) {
  VersionedTable out{k_rows_schema, fmt::format("T{}", table.id), {}, {}, {}};
  if (table.as<Table>() == nullptr || table.as<Table>()->external) {
    out.columns = registered_columns();
    return out;
  }
  for (const auto& column : table.as<Table>()->columns)
    if (column.computed.empty()) out.columns.push_back(physical(column));
  add_own_expressions(*table.as<Table>(), out);
  return out;
}

std::string physical_sequence(ObjectId id) {
  return fmt::format("\"{}\".\"S{}\"", k_rows_schema, id);
}

std::string next_value_text(ObjectId sequence) {
  return fmt::format("nextval('{}.S{}')", k_rows_schema, sequence);
}

} // namespace freshet::warehouse
