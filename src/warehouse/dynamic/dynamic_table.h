#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "engine/engine.h"
#include "warehouse/functions.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// FRESHET.DYNAMIC_REFRESH: what became of each refresh, for `k_refreshes_kept`.
constexpr auto k_refreshes_kept = std::chrono::days(7);
engine::Result<void> create_dynamic_refreshes(engine::Connection& connection);

struct DynamicRefresh {
  TimePoint started;
  std::string state; // SUCCEEDED, FAILED
  int32_t error_code = 0;
  std::string error_message;
};
/// The latest one.
engine::Result<std::optional<DynamicRefresh>> last_refresh(engine::Connection& connection, ObjectId table);

/// The query's columns as the table's, and the tables it reads (through views too).
SqlResult<std::vector<Column>> dynamic_columns(StatementContext& context, const Object& table,
                                               const std::vector<std::string>& names);
/// Within a transaction that holds the table's lock: makes the table what its query gives now. Cost: the query, and a join of
/// its rows with those of the table.
SqlResult<void> write_difference(StatementContext& context, TransactionScope& transaction, const Object& table,
                                 std::string_view trigger);
/// In a transaction of its own. A failure is recorded, too, and leaves the table as it is. `trigger`: MANUAL, SCHEDULED.
SqlResult<void> refresh_dynamic_table(StatementContext& context, ObjectId table, std::string_view trigger);

/// INFORMATION_SCHEMA.DYNAMIC_TABLE_REFRESH_HISTORY([NAME => 'db.schema.table'] [, NAME_PREFIX => …] [, RESULT_LIMIT => n]).
void add_dynamic_table_functions(FunctionRegistry& functions);

} // namespace freshet::warehouse
