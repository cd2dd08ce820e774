#pragma once

#include <optional>

#include "sql/syntax_query.h"

namespace freshet::sql {

/// Snowflake's CONDITIONAL_TRUE_EVENT and CONDITIONAL_CHANGE_EVENT, window functions both, take window functions as their
/// argument (the sessionizing idiom: CONDITIONAL_TRUE_EVENT(DATEDIFF(…, LAG(t) OVER w, t) > 30) OVER w); the engine does not.
/// The same SELECT over a subquery that computes the inner ones; nothing when there are none. Its FROM has to be one table.
std::optional<Select> with_inner_windows_below(const Select& select);

} // namespace freshet::sql
