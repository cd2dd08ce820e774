#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "warehouse/physical.h"
#include "warehouse/rows/row_writer.h"
#include "warehouse/statements/statements.h"

namespace freshet::warehouse {

template <typename Range, typename T, typename Projection = std::identity>
bool contains(const Range& range, const T& value, Projection projection = {}) {
  return std::ranges::find(range, value, projection) != std::ranges::end(range);
}

/// The table that a DML statement writes.
struct TargetTable {
  ObjectPointer object;
  const Table& definition() const { return *object->as<Table>(); }
  const Column* column(std::string_view name) const;
};

/// Errors: does not exist; is a view or stream.
SqlResult<TargetTable> existing_table(StatementContext& context, const sql::QualifiedName& name);
/// One that statements may change. Errors: the same; it is a history table.
SqlResult<TargetTable> target_table(StatementContext& context, const sql::QualifiedName& name);
/// The physical table with every column's default as engine text, bound in this statement (CURRENT_TIMESTAMP is its time).
SqlResult<VersionedTable> with_defaults(StatementContext& context, const Object& table);
/// The engine text of one value for a column: DEFAULT is the column's default.
SqlResult<std::string> value_text(StatementContext& context, const sql::Expression& value, const TargetTable& target,
                                  const VersionedTable& table, std::string_view column);
bool is_default(const sql::Expression& value);
/// A query whose columns go into columns of these types.
std::string assigned_select(StatementContext& context, const sql::PrintedQuery& query,
                            const std::vector<sql::SnowflakeType>& types);
/// The types of a table's columns of these names.
std::vector<sql::SnowflakeType> types_of(const TargetTable& table, const std::vector<std::string>& columns);
/// Makes the target's columns known to the expressions of the statement, under its alias.
void note_target(StatementContext& context, const TargetTable& table, const std::optional<sql::Identifier>& alias);
/// Checks that the names are columns of the table, none twice; all columns when there are none.
SqlResult<std::vector<std::string>> column_names(const TargetTable& table, const std::vector<sql::Identifier>& written);
/// 002020/21S01
sql::Error count_mismatch(size_t expected, size_t got);
/// `SET a = 1, t.b = 2` as the plan wants it. `alias`: what the target is called in the statement.
SqlResult<std::vector<Assignment>> assignments_of(StatementContext& context, const std::vector<sql::Assignment>& written,
                                                  const TargetTable& target, const VersionedTable& table);
/// 100090/42P18 of a nondeterministic MERGE or UPDATE.
sql::Error duplicate_row(const std::string& values);
/// The writer of this transaction. In an explicit one a failed statement leaves everything as it was.
RowWriter writer_of(TransactionScope& transaction);
/// The writer's answer in Snowflake's words.
template <typename T>
SqlResult<T> written_by(StatementContext& context, TransactionScope& transaction, ObjectId table, engine::Result<T> result) {
  transaction.wrote(table); // also where a write broke off half way
  return context.checked(std::move(result));
}

} // namespace freshet::warehouse
