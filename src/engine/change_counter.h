#pragma once

#include "engine/native.h"

namespace freshet::engine {

/// freshet_changes(UBIGINT): how often a value differs from the one in front of it; NULL is no change from anything.
Result<void> register_change_counter(duckdb_connection connection);

} // namespace freshet::engine
