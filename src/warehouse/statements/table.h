#pragma once

#include <vector>

#include "warehouse/statements/create.h"

namespace freshet::warehouse {

/// A column as CREATE TABLE and ADD COLUMN declare it. The DEFAULT is checked by binding it; an AUTOINCREMENT gets its number
/// source.
SqlResult<Column> column_of(StatementContext& context, const sql::ColumnDefinition& definition);
Constraint constraint_of(const sql::Constraint& constraint, const std::string& column = "");
/// Creates the engine's sequence of an AUTOINCREMENT column (within the DDL's transaction).
SqlResult<void> create_sequence(StatementContext& context, ObjectId id, int64_t start, int64_t step);

/// ALTER SEQUENCE … SET INCREMENT, within the DDL's transaction.
SqlResult<void> set_sequence_step(StatementContext& context, Object& sequence, int64_t step);
/// CLUSTER BY as SHOW prints it: LINEAR(a, b).
std::string clustering_text(StatementContext& context, const std::vector<sql::Expression>& keys);

/// Marks hybrid tables, which are tables like others here, among a table's options.
inline constexpr const char* k_hybrid_table = "HYBRID_TABLE";

/// The engine's table and the sequences of its AUTOINCREMENT columns.
SqlResult<void> create_physical(StatementContext& context, const Object& table);

} // namespace freshet::warehouse
