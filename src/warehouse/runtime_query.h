#pragma once

#include "warehouse/routines/function_call.h"

namespace freshet::warehouse {

/// Whether the call is TO_QUERY, which stands in FROM for the query that its argument says.
bool is_runtime_query(const sql::FunctionCall& call);

/// TO_QUERY(SQL => 'text' [, name => 'value', …]): the text bound where the call stands, with a value for each `:name` of its.
/// Errors: those of the text; 002049 a name without value.
SqlResult<sql::PrintedQuery> runtime_query(StatementContext& context, const CallPlace& place,
                                           const FunctionArguments& arguments);

} // namespace freshet::warehouse
