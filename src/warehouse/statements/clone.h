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

/// What a clone of a schema or database is made from, and what may be left out of it or is taken along.
struct CloneOptions {
  const sql::Box<sql::HistoryPoint>& at;
  bool ignores_short_retention = false; // IGNORE TABLES WITH INSUFFICIENT DATA RETENTION
  bool internal_stages = false;         // INCLUDE INTERNAL STAGES
};
CloneOptions clone_options(const sql::CloneClause& clause, const sql::Properties& properties);

/// CREATE SCHEMA … CLONE and CREATE DATABASE … CLONE: everything that stands (or stood, AT a time) in the clause's source, put
/// into `to`. Streams start at the clone; tasks are suspended (and left out AT a time) and pipes paused; external tables, and
/// internal stages with the pipes that read them, are left out. INCLUDE INTERNAL STAGES makes empty ones.
SqlResult<void> clone_contents(StatementContext& context, CatalogChange& change, const Object& from, const Object& to,
                               const CloneOptions& options);

} // namespace freshet::warehouse
