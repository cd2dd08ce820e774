#pragma once

#include <optional>

#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// SELECT … FROM TABLE(procedure(arguments)): calls the procedures that stand in the FROM clauses of a query and gives the
/// query with their results in their place; nullopt: there are none. Procedures in views and functions are not looked for.
/// Errors: 002090 a procedure whose RETURNS TABLE does not name its columns.
SqlResult<std::optional<sql::Query>> with_called_procedures(StatementContext& context, const sql::Query& query);

} // namespace freshet::warehouse
