#pragma once

#include <string>

#include "sql/syntax.h"
#include "warehouse/load/unload.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// The column that PARTITION BY's value stands in.
inline constexpr std::string_view k_partition_column = "$partition";

/// Engine text of `SELECT … FROM (query) AS "$q"`, with the items given as Snowflake text.
SqlResult<std::string> select_over(StatementContext& context, const std::string& items, const sql::Query& query);

/// The query with one more column: what PARTITION BY gives for each row, as text.
SqlResult<sql::Query> with_partition(const sql::Query& query, const sql::Expression& by);

/// Writes the query's rows into Parquet files, one per partition. `query` has the partition's column when the options say so.
SqlResult<void> unload_parquet(StatementContext& context, const UnloadOptions& options, const sql::Query& query,
                               const std::vector<ResultColumn>& columns, FileSystem& files, Unloader& unloader);

} // namespace freshet::warehouse
