#pragma once

#include <string_view>
#include <vector>

#include "sql/syntax.h"
#include "warehouse/statements/target_table.h"

namespace freshet::warehouse {

/// The conjuncts of a MERGE's ON, told apart by what they mention: the engine joins by hash only what compares both sides.
struct MergeCondition {
  std::vector<const sql::Expression*> joining;
  std::vector<const sql::Expression*> of_source; // certainly no column of the target: no subquery, no doubtful name
};

MergeCondition split_condition(const sql::Expression& on, const TargetTable& target, std::string_view source_alias);

} // namespace freshet::warehouse
