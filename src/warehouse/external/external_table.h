#pragma once

#include <string>

#include "warehouse/external/registered_files.h"
#include "warehouse/load/stage_source.h"
#include "warehouse/statements/statements.h"

namespace freshet::warehouse {

Outcome create_external_table(StatementContext& context, const sql::CreateTable& statement);
/// ALTER EXTERNAL TABLE, and ALTER TABLE of one.
Outcome alter_external_table(StatementContext& context, const sql::Alter& statement);

/// A column as CREATE and ADD COLUMN define it. Errors: 001507 it has no expression.
SqlResult<Column> external_column(StatementContext& context, const sql::ColumnDefinition& definition);

/// Where its files are: its stage, and the path that it gives below it and below that `subpath`. Errors: 002003 the stage is
/// gone.
SqlResult<StageSource> external_source(StatementContext& context, const Object& table, const std::string& subpath);
/// Registers what is there below `subpath`, in the writing transaction.
SqlResult<std::vector<Registration>> refresh_external_table(StatementContext& context, Object& table,
                                                            const std::string& subpath);

/// TABLE is not the word for an external table, nor the other way round. Errors: 002203.
SqlResult<void> check_table_word(const Object& object, sql::ObjectKind written);
/// 002203
sql::Error wrong_kind(std::string_view found, std::string_view specified);

} // namespace freshet::warehouse
