#pragma once

#include "sql/syntax.h"
#include "warehouse/load/load_options.h"
#include "warehouse/load/staged_format.h"

namespace freshet::warehouse {

/// How the values of a file find their columns, as a transform over $1, …: by name (MATCH_BY_COLUMN_NAME), or whole into the
/// one semi-structured column. Of delimited files with a header $n is the field of the n-th column. Errors: 002019 when the
/// columns do not fit semi-structured files.
sql::SqlResult<sql::Query> matching_transform(const std::vector<Column>& columns, const StagedFormat& format,
                                              const CopyOptions& options);

} // namespace freshet::warehouse
