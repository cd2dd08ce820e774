#pragma once

#include <string>

#include "warehouse/external/registered_files.h"
#include "warehouse/statements/statements.h"

namespace freshet::warehouse {

/// What DIRECTORY(@stage) shows of `rows`, a relation over the stage's list of files: its columns and FILE_URL; of a stream's
/// changes METADATA$ACTION, … as well.
std::string directory_rows(StatementContext& context, const Object& stage, const std::string& rows, bool changes);

/// The stage, when it has a directory table. Errors: 002003 no such stage; 000391 it has none.
SqlResult<ObjectPointer> stage_with_directory(StatementContext& context, const sql::QualifiedName& name);

/// Within CREATE STAGE and ALTER STAGE: makes or drops the list as DIRECTORY = (ENABLE = …) says. `had`: it was there before.
SqlResult<void> set_directory(StatementContext& context, const Object& stage, bool had);
/// Reads the stage below `subpath` and registers what is there, in the writing transaction.
SqlResult<std::vector<Registration>> refresh_directory(StatementContext& context, const Object& stage,
                                                       const std::string& subpath);
/// The rows that REFRESH answers with.
Outcome registrations_table(StatementContext& context, const std::vector<Registration>& registrations,
                            const std::string& prefix);

/// Engine text of https://<account>.snowflakecomputing.com/api/files/
std::string files_url(StatementContext& context);
/// Engine text of https://<account>.snowflakecomputing.com/api/files/<db>/<schema>/<stage>/, to which a file's encoded path is
/// added.
std::string file_url_prefix(StatementContext& context, const Object& stage);

} // namespace freshet::warehouse
