#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "sql/syntax_query.h"

namespace freshet::sql {

/// Whether a table of FROM, which is no join, has such a column, or may have it as far as the text tells.
using MayHaveColumn = std::function<bool(const TableReference& table, std::string_view column)>;

/// Snowflake's ON may use an alias of the SELECT list where no table has a column of that name; the engine's may not. The same
/// SELECT with the alias's expression in its place; nothing when there is none.
std::optional<Select> with_join_aliases_spelled_out(const Select& select, const MayHaveColumn& may_have);

/// Whether the query gives a column of that name, or may do so (*, PIVOT, …).
bool may_give_column(const Query& query, std::string_view column);

} // namespace freshet::sql
