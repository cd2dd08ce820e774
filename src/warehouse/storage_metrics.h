#pragma once

#include <string>

#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// The living rows of a table and the bytes that reading them all takes: rows times the average width of a sample. One query.
struct TableSize {
  int64_t rows = 0;
  int64_t bytes = 0;
};
SqlResult<TableSize> live_size(StatementContext& context, const Object& table);

/// INFORMATION_SCHEMA.TABLE_STORAGE_METRICS: how much the living rows of each table take, how much the versions that are kept
/// for time travel and streams, and how much a dropped table takes until it is gone. Bytes are estimates: rows times the
/// average width of a sample. Cost: one query per table.
SqlResult<std::string> table_storage_metrics(StatementContext& context, const Object& database);

} // namespace freshet::warehouse
