#pragma once

#include <vector>

#include "base/file_system.h"
#include "warehouse/warehouse.h"

namespace freshet::app {

/// Runs SQL scripts once in a data folder's life, in order. A crash in between runs them all again at the next start, so they should
/// replace what they create. The first failing statement ends the start, with file, line, column, code and SQLSTATE.
Result<void> run_first_start_scripts(FileSystem& files, warehouse::Warehouse& warehouse, const Path& data, const std::vector<Path>& scripts);

}  // namespace freshet::app
