#pragma once

#include <string>
#include <vector>

#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// CREATE TABLE … USING TEMPLATE (query): the columns that the query's one value, an array of objects as INFER_SCHEMA's rows make
/// them, describes. Errors: 002023 when it is something else.
SqlResult<std::vector<Column>> template_columns(StatementContext& context, const std::string& query);

} // namespace freshet::warehouse
