#pragma once

#include "sql/join_aliases.h"
#include "sql/syntax_query.h"

namespace freshet::sql {

/// `SELECT UNIFORM(1, 10, RANDOM()) AS u, u * 2`: an alias of an expression that is another one each time it is computed may be
/// named by later items; the engine refuses that. The same SELECT over a subquery that computes such items once a row; nothing
/// when no alias is named so, or the SELECT groups. Its FROM has to be one table, or nothing.
std::optional<Select> with_volatile_aliases_below(const Select& select, const MayHaveColumn& may_have);

} // namespace freshet::sql
