#pragma once

#include <string>

#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// The relation behind db.INFORMATION_SCHEMA.view, or of one of ACCOUNT_USAGE's views of the same name, which show every
/// database: one engine subquery with the rows as they are now.
SqlResult<std::string> information_schema(StatementContext& context, const std::string& database, std::string_view view,
                                          const sql::QualifiedName& written_name);
SqlResult<std::string> account_usage(StatementContext& context, std::string_view view, const sql::QualifiedName& written_name);

} // namespace freshet::warehouse
