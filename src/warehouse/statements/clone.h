#pragma once

#include "warehouse/statements/create.h"

namespace freshet::warehouse {

/// CREATE TABLE … CLONE: fills the new table with the rows of the other, as they are or were. Rows keep their ids, so streams
/// on both name them alike. Cost: a copy of the rows.
SqlResult<void> clone_rows(StatementContext& context, const Object& from, const Object& to,
                           const sql::Box<sql::HistoryPoint>& at);
/// The definition for a clone: its sequences are its own and go on where the other's are.
SqlResult<Table> clone_definition(StatementContext& context, const Object& from);

/// CREATE SCHEMA … CLONE and CREATE DATABASE … CLONE: everything that stands (or stood, with `at`) in `from`, put into `to`.
/// Streams start at the clone; tasks are suspended and pipes paused; internal stages are left out.
SqlResult<void> clone_contents(StatementContext& context, CatalogChange& change, const Object& from, const Object& to,
                               const sql::Box<sql::HistoryPoint>& at);

} // namespace freshet::warehouse
