#pragma once

#include <map>
#include <string>

#include "warehouse/catalog_objects.h"

namespace freshet::warehouse {

// Who a column is through ADD, RENAME and DROP COLUMN: Column::id, or in a table that never saw one its place, from 1 on.

/// Before columns are added, renamed or dropped: afterwards their places no longer say who they are.
void number_columns(Table& table);
/// A new column's id. The table's columns have been numbered.
int64_t next_column_id(Table& table);

/// Whether rows of the one fit into the other as they are: the same columns of the same names and types.
bool has_altered_columns(const Table& before, const Table& after);
/// What the columns of `after` were called in `before`; those that are new there are called the empty string.
std::map<std::string, std::string> former_names(const Table& before, const Table& after);

} // namespace freshet::warehouse
