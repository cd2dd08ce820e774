#pragma once

#include <string>

#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// INFORMATION_SCHEMA.TABLE_STORAGE_METRICS: how much the living rows of each table take, how much the versions that are kept
/// for time travel and streams, and how much a dropped table takes until it is gone. Bytes are estimates: rows times the
/// average width of a sample. Cost: one query per table.
SqlResult<std::string> table_storage_metrics(StatementContext& context, const Object& database);

} // namespace freshet::warehouse
