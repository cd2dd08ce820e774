#pragma once

#include <optional>
#include <vector>

#include "engine/rows.h"
#include "sql/syntax.h"
#include "warehouse/load/load_options.h"
#include "warehouse/load/staged_format.h"

namespace freshet::warehouse {

/// How the values of a file find their columns, as a transform over $1, …: by name (MATCH_BY_COLUMN_NAME), or whole into the
/// one semi-structured column. Of delimited files with a header $n is the field of the n-th column. Errors: 002019 when the
/// columns do not fit semi-structured files. `as_they_are`, one per column: $n+1 has its value, of this type (Parquet).
sql::SqlResult<sql::Query> matching_transform(const std::vector<Column>& columns, const StagedFormat& format,
                                              const CopyOptions& options,
                                              const std::vector<std::optional<sql::SnowflakeType>>& as_they_are = {});

/// The columns of Parquet files whose values need not become JSON on their way into the table's: numbers, texts, dates,
/// booleans and moments without a zone that go into columns of their own kind. `file_types` has one type per column, or
/// nothing.
std::vector<std::optional<sql::SnowflakeType>> types_as_they_are(const std::vector<Column>& columns,
                                                                 const std::vector<std::optional<engine::Type>>& file_types,
                                                                 const StagedFormat& format);

} // namespace freshet::warehouse
