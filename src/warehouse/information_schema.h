#pragma once

#include <string>

#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// The engine relation of `database.INFORMATION_SCHEMA.view`: TABLES, VIEWS, COLUMNS, SCHEMATA, DATABASES.
SqlResult<std::string> information_schema(StatementContext& context, const std::string& database, std::string_view view,
                                          const sql::QualifiedName& written_name);

} // namespace freshet::warehouse
