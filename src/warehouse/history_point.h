#pragma once

#include <string>

#include "sql/syntax.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

constexpr int32_t k_not_available = 707; // Time travel data is not available for table …
/// The time that AT | BEFORE (TIMESTAMP | OFFSET | STATEMENT => …) names.
SqlResult<TimePoint> time_of(StatementContext& context, const sql::HistoryPoint& at);
/// The moment that AT | BEFORE (TIMESTAMP | OFFSET | STATEMENT | STREAM => …) names, as a point of the statement's snapshot.
SqlResult<Point> point_of(StatementContext& context, const sql::HistoryPoint& at, const Object& table);
/// `t AT (…)` and `t CHANGES (…) AT (…) [END (…)]`.
SqlResult<std::string> history_relation(StatementContext& context, const Object& table, const sql::NamedTable& reference);

} // namespace freshet::warehouse
