#pragma once

#include <string>

#include "sql/syntax.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// The moment that AT | BEFORE (TIMESTAMP | OFFSET | STATEMENT | STREAM => …) names, as a point of the statement's snapshot.
SqlResult<Point> point_of(StatementContext& context, const sql::HistoryPoint& at, const Object& table);
/// `t AT (…)` and `t CHANGES (…) AT (…) [END (…)]`.
SqlResult<std::string> history_relation(StatementContext& context, const Object& table, const sql::NamedTable& reference);
/// The changes that a stream shows; consumes it when the statement writes.
SqlResult<std::string> stream_relation(StatementContext& context, const Object& stream);
/// SYSTEM$STREAM_HAS_DATA: exact. Cost: stops at the first change found.
SqlResult<bool> stream_has_data(StatementContext& context, const Object& stream);

} // namespace freshet::warehouse
