#pragma once

#include <string>
#include <vector>

#include "warehouse/external/partition_filter.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// VALUE and the table's own columns, and after them what is there by its name only: METADATA$FILENAME, ….
std::vector<sql::OutputColumn> external_columns(const Table& table);

/// The rows of the files that an external table has registered, read now, as a relation with these columns; files of partitions
/// that the filter leaves out are not read. Errors: 091016 a file is gone; what is wrong with a file, as COPY says it. Cost:
/// O(bytes of the files).
SqlResult<std::string> external_rows(StatementContext& context, const Object& table,
                                     const std::optional<PartitionFilter>& filter = std::nullopt);
/// Those of the files that are there at the window's end and were not (or were others) at its start, with METADATA$ACTION, …:
/// what an insert-only stream shows.
SqlResult<std::string> external_changes(StatementContext& context, const Object& table, const StreamWindow& window);

/// Says what is wrong with the columns' expressions, without a file.
SqlResult<void> check_external_columns(StatementContext& context, const Object& table);

} // namespace freshet::warehouse
