#pragma once

#include <optional>
#include <vector>

#include "sql/syntax_query.h"

namespace freshet::sql {

/// TABLE(GENERATOR(…)), which has rows and no columns.
bool is_generator(const TableReference& table);

struct ColumnBelow {
  Identifier name;
  Expression value;
};

/// `outer`, whose items are those of `select` with columns of these names in them, over a subquery that gives the columns beside
/// all that FROM gives; it takes WHERE and the named windows along. Nothing when FROM is more than one table.
std::optional<Select> over_columns_below(Select outer, const Select& select, std::vector<ColumnBelow> columns);

} // namespace freshet::sql
