#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "warehouse/session.h"

namespace freshet::app {

/// One promise of the pipeline and whether the tables keep it; `detail` names what was counted.
struct Check {
  std::string name;
  bool ok = false;
  std::string detail;
};

/// The customer example's tables in numbers.
struct PipelineTotals {
  int64_t files_loaded = 0; // distinct file names in the load history
  int64_t files_failed = 0; // of which no version was loaded
  int64_t raw_rows_loaded = 0;
  int64_t customer_rows = 0;
  int64_t history_rows = 0;
  int64_t history_current_rows = 0;
};

/// A file that was not loaded, as COPY_HISTORY says why.
struct RefusedFile {
  std::string name;
  int64_t line = 0; // 0: none
  std::string error;
};

/// The session's current schema must be the example's. O(load history + 2 counts).
sql::SqlResult<PipelineTotals> read_totals(warehouse::Session& session);

/// By name, at most 1,000.
sql::SqlResult<std::vector<RefusedFile>> read_refused(warehouse::Session& session);

/// Everything `freshet demo` promises, over the whole tables: O(n log n) in the history. `files_delivered` is how many files
/// came in.
sql::SqlResult<std::vector<Check>> run_checks(warehouse::Session& session, int64_t files_delivered);

}  // namespace freshet::app
