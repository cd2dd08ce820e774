#pragma once

#include <string>

#include "warehouse/catalog_objects.h"
#include "warehouse/rows/versioned_table.h"

namespace freshet::warehouse {

/// The engine schema of all users' tables and sequences. They are called by their object's id, so that renaming a table, schema
/// or database touches the catalog only.
inline constexpr const char* k_rows_schema = "ROWS";

/// The physical side of a table; defaults are left out (they are texts of Snowflake's dialect: see DefaultValues). Of an external table
/// and of a stage it is the list of the files that they know (external/registered_files.h).
VersionedTable physical(const Object& table);
ColumnDefinition physical(const Column& column);

/// `"ROWS"."S12"`: a sequence object's, or an AUTOINCREMENT column's, engine sequence.
std::string physical_sequence(ObjectId id);
/// Engine text that draws the next number.
std::string next_value_text(ObjectId sequence);

} // namespace freshet::warehouse
