#pragma once

#include "warehouse/functions.h"

namespace freshet::warehouse {

/// CURRENT_DATABASE(), CURRENT_TIMESTAMP, LAST_QUERY_ID(), SYSTEM$STREAM_HAS_DATA(), RESULT_SCAN(), …: what the warehouse
/// itself knows.
void add_context_functions(FunctionRegistry& registry);

/// Why RESULT_SCAN has no rows of this statement: 000707 it is unknown or failed, 000709 its result was not kept.
sql::Error no_result(StatementContext& context, const std::string& query_id);
/// The engine's relation with the rows of an earlier result of this user, as far as it was kept.
SqlResult<std::string> result_relation(StatementContext& context, const std::string& query_id);
/// What RESULT_SCAN with these arguments gives; nothing when it gives an error.
std::optional<std::vector<sql::OutputColumn>> result_columns_of(StatementContext& context, const FunctionArguments& arguments);

} // namespace freshet::warehouse
