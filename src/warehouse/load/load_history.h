#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "engine/engine.h"
#include "warehouse/catalog_objects.h"

namespace freshet::warehouse {

class TransactionScope;

/// What became of one file: a line of COPY's result and of COPY_HISTORY.
struct FileOutcome {
  std::string file;           // s3://bucket/key
  std::string shown;          // as COPY's result calls it
  std::string file_name;      // relative to the stage's location
  std::string stage_location; // s3://bucket/prefix/
  uint64_t size = 0;
  std::string etag;
  std::string status = "Loaded"; // Loaded, Partially loaded, Load failed
  uint64_t rows_parsed = 0;
  uint64_t rows_loaded = 0;
  uint64_t error_limit = 1;
  uint64_t errors_seen = 0;
  std::optional<std::string> first_error;
  std::optional<uint64_t> first_error_line;
  std::optional<uint64_t> first_error_character;
  std::optional<std::string> first_error_column;
  std::optional<TimePoint> received; // by the pipe

  bool failed() const { return status == "Load failed"; }
};

/// Where a load went: the names are those of the moment.
struct LoadTarget {
  ObjectId table = 0;
  std::string table_database, table_schema, table_name;
  ObjectId pipe = 0; // 0: COPY
  std::string pipe_database, pipe_schema, pipe_name;
};

/// Which files were loaded into which table, by whom and with what result: FRESHET.LOAD_HISTORY, one row per file and load,
/// written in the engine transaction of the rows themselves: that is what makes a load happen exactly once.
///
/// COPY skips a file that it has loaded into the same table with the same size and ETag, for 64 days or until TRUNCATE. A pipe
/// skips a file of the same name whatever its content, for 14 days and as long as the pipe lives, TRUNCATE or not: that is kept
/// in FRESHET.PIPE_FILE. Cost: writing O(files); `copied` reads the entries of one table, `pipe_files` of one pipe.
namespace load_history {

constexpr auto k_copy_days = 64;
constexpr auto k_history_days = 14;

engine::Result<void> create_tables(engine::Connection& connection);

engine::Result<void> write(engine::Connection& transaction, const LoadTarget& target, std::span<const FileOutcome> outcomes,
                           TimePoint now);

struct LoadedFile {
  uint64_t size = 0;
  std::string etag;
};
/// s3://bucket/key → what COPY loaded of it into the table, at `since` or later.
engine::Result<std::unordered_map<std::string, LoadedFile>> copied(engine::Connection& connection, ObjectId table,
                                                                   TimePoint since);

/// The same, as part of the transaction's statement. Cost in an explicit transaction: a copy of the outcomes, and a look at the
/// table's entries of that time.
engine::Result<void> write_in(TransactionScope& transaction, const LoadTarget& target, std::span<const FileOutcome> outcomes,
                              TimePoint now);
/// TRUNCATE deletes a table's load metadata, in its own transaction. Pipes keep theirs.
engine::Result<void> forget_table(TransactionScope& transaction, ObjectId table);

struct PipeFile {
  bool failed = false; // tried, and refused with this content
  std::string etag;    // empty: to be tried again whatever its content
};
engine::Result<std::unordered_map<std::string, PipeFile>> pipe_files(engine::Connection& connection, ObjectId pipe,
                                                                     TimePoint since);
/// The files that failed may be tried again as they are.
engine::Result<void> reopen_failures(engine::Connection& transaction, ObjectId pipe);
/// A dropped or recreated pipe forgets what it loaded.
engine::Result<void> forget_pipe(engine::Connection& transaction, ObjectId pipe);
/// Deletes what is too old to count.
engine::Result<void> prune(engine::Connection& transaction, TimePoint now);

/// Engine text of the relation behind INFORMATION_SCHEMA.COPY_HISTORY: Snowflake's columns, the table's entries between two
/// times.
std::string copy_history_relation(ObjectId table, const std::string& start, const std::string& end);

/// The same behind PIPE_USAGE_HISTORY: what a pipe (0: all together) loaded in each step. `step_start`, `step` and `condition`
/// are engine text over the moment `loaded`.
std::string pipe_usage_relation(ObjectId pipe, std::string_view step_start, std::string_view step, std::string_view condition);

} // namespace load_history

} // namespace freshet::warehouse
