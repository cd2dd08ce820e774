#pragma once

#include <vector>

#include "warehouse/load/copy.h"

namespace freshet::warehouse {

/// ENABLE_SCHEMA_EVOLUTION = TRUE
bool evolves(const Table& table);

/// Before files are loaded by column name into a table that evolves: columns that only the files have are added to it (100 a
/// load at most), and NOT NULL goes from columns that one of the files does not have. Files are looked at by INFER_SCHEMA's
/// means: O(their bytes). Numbers become NUMBER(38, s), so that larger ones still fit. It is DDL of its own: it commits an open
/// transaction, and stays if the load then fails. Nothing happens with a transform, a column list, VALIDATION_MODE, or CSV
/// files whose format has ERROR_ON_COLUMN_COUNT_MISMATCH = TRUE.
SqlResult<void> evolve_schema(StatementContext& context, LoadService& service, const CopyJob& job,
                              const std::vector<objects::ObjectInfo>& files);

/// Whether evolve_schema would look at the files.
bool may_evolve(const CopyJob& job);

} // namespace freshet::warehouse
