#pragma once

#include "warehouse/object_parameters.h"

namespace freshet::warehouse {

inline constexpr const char* k_retention = "DATA_RETENTION_TIME_IN_DAYS";
inline constexpr const char* k_extension = "MAX_DATA_EXTENSION_TIME_IN_DAYS";
inline constexpr int64_t k_retention_days_max = 90;

/// DATA_RETENTION_TIME_IN_DAYS in force for a table, schema or database: its own, the nearest one set above it, the account's,
/// or one day. Transient and temporary tables keep at most one day.
int64_t retention_days(const Catalog& catalog, const Object& object);
/// MAX_DATA_EXTENSION_TIME_IN_DAYS in force: by how many days an unread stream prolongs it at most; 14 where it is set nowhere.
int64_t extension_days(const Catalog& catalog, const Object& object);
/// How long after its last consumption a stream on the table can still be read.
Duration stream_retention(const Catalog& catalog, const Object& table);


} // namespace freshet::warehouse
