#pragma once

#include <optional>
#include <string>

#include "sql/syntax.h"
#include "warehouse/catalog_objects.h"

namespace freshet::warehouse {

/// What a statement asks of an external table's partition columns alone: files of other partitions need not be read.
struct PartitionFilter {
  std::string alias; // what the condition calls the table
  sql::Expression condition;
};

/// The conjuncts of the WHERE beside which `table` stands in the statement (found by its place in the text) that name nothing
/// but partition columns. Empty when there are none, or rows that they drop could be missed: at the outer side of a join, with
/// CONNECT BY. Subqueries, functions of chance and of users are no part of it. A partition column is one of PARTITION BY whose
/// expression names METADATA$FILENAME and METADATA$EXTERNAL_TABLE_PARTITION only. Cost: O(length of the statement).
std::optional<PartitionFilter> partition_filter(const sql::Statement& statement, const sql::NamedTable& table,
                                                const Table& definition);

} // namespace freshet::warehouse
