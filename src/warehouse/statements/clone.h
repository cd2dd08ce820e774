#pragma once

#include "warehouse/statements/create.h"

namespace freshet::warehouse {

/// CREATE TABLE … CLONE: fills the new table with the rows of the other, as they are or were. Rows keep their ids, so streams
/// on both name them alike. Cost: a copy of the rows.
SqlResult<void> clone_rows(StatementContext& context, const Object& from, const Object& to,
                           const sql::Box<sql::HistoryPoint>& at);
/// The definition for a clone: its sequences are its own and go on where the other's are.
SqlResult<Table> clone_definition(StatementContext& context, const Object& from);

/// 002120: what is transient, or temporary, has no permanent clone.
SqlResult<void> check_permanence(bool is_transient, bool becomes_transient);

/// CREATE SCHEMA … CLONE and CREATE DATABASE … CLONE: everything that stands (or stood, AT a time) in the clause's source, put
/// into `to`. Streams start at the clone; tasks and alerts are suspended (and left out AT a time) and pipes paused; external
/// tables, and internal stages with the pipes that read them, are left out. INCLUDE INTERNAL STAGES makes empty ones.
SqlResult<void> clone_contents(StatementContext& context, CatalogChange& change, const Object& from, const Object& to,
                               const sql::CloneClause& options);

} // namespace freshet::warehouse
