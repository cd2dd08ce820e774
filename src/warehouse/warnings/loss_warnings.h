#pragma once

#include "warehouse/statement_context.h"

/// What makes a script lose data although every statement of it succeeds. Each function adds to the statement's warnings.
namespace freshet::warehouse {

/// After a statement that has written: the tables it read, as far as pipes load them. Cost: nothing unless there are such.
SqlResult<void> note_table_reads(StatementContext& context, TransactionScope& transaction);

/// TRUNCATE_LOST_ROWS: rows that came after the session had read the table were deleted unread. TRUNCATE_MAY_LOSE_ROWS: none
/// did this time, but a pipe loads the table, and the read and the TRUNCATE are not one transaction. Called where all rows of a
/// table are deleted, within the transaction.
SqlResult<void> warn_of_unread_rows(StatementContext& context, TransactionScope& transaction, const Object& table);

/// NONDETERMINISTIC_MERGE and NONDETERMINISTIC_UPDATE: one of several source rows was picked for `rows` target rows.
void warn_of_picked_rows(StatementContext& context, const Object& table, std::string_view statement, int64_t rows);

/// STREAM_NEAR_STALENESS: of a stream that is read, but not consumed.
void warn_of_staleness(StatementContext& context, const Object& stream, TimePoint moved_at, Duration retention);
/// The warning itself; nullopt while there is time.
std::optional<Warning> staleness_warning(const Catalog& catalog, const Object& stream, TimePoint moved_at, Duration retention,
                                         TimePoint now);

/// CREATE OR REPLACE of a table or view that streams or history tables follow, of a table or pipe that remembers what was
/// loaded. Within the transaction of the DDL, while the old object still stands.
SqlResult<void> warn_of_replacement(StatementContext& context, const Object& replaced);
/// STREAM_CHANGES_FORGOTTEN: the replaced stream had unread changes, and the new one does not begin where it stood.
SqlResult<void> warn_of_forgotten_changes(StatementContext& context, const Object& replaced);

} // namespace freshet::warehouse
