#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "sql/error.h"
#include "warehouse/load/engine_read.h"
#include "warehouse/load/load_history.h"
#include "warehouse/load/load_options.h"
#include "warehouse/load/parquet_file.h"
#include "warehouse/load/stage_source.h"
#include "warehouse/load/staged_file.h"
#include "warehouse/load/staged_format.h"

namespace freshet::warehouse {

/// What a load reads and makes of it.
struct LoadPlan {
  StageSource source;
  StagedFormat format;
  OnError on_error;
  std::string table_name;          // as error messages call it
  std::vector<LoadColumn> columns; // that the fields fill, in order; empty with a transform
  bool check_column_count = true;
  bool truncate_columns = false;
  size_t staged_fields = 0; // with a transform: $1 … $n that its relation has; 1 when the files are semi-structured
  /// MATCH_BY_COLUMN_NAME of CSV with PARSE_HEADER: $n is the field under this name, wherever it stands. Of Parquet: $n+1 is
  /// the column of this name where all files that have it agree on its type (`column_types`); $1 is the row.
  std::vector<std::string> header_names;
  bool match_case = false;
  EngineQuery query;      // for Parquet
  size_t errors_kept = 1; // per file
  TimePoint started;
};

/// Files on their way into a table: each is read once and checked completely, so that nothing can fail when its rows are
/// inserted; then all of them are inserted by a few statements.
///
/// Files that the engine's own reader understands alike (and that are large) are handed to it as they lie; the rest goes
/// through canonical copies, small files together in one. Not thread-safe. The files and copies live as long as the loader.
/// Cost: O(bytes) of time, one block of memory plus the small file at hand; without a transform one statement per 64 large
/// files and one for all small ones.
class FileLoader {
 public:
  FileLoader(LoadPlan plan, FileSystem& files, Path temporary_directory);

  /// Reads and checks one file. Its outcome, by ON_ERROR, is the last of `outcomes`. Errors are those of access (not_found:
  /// the object is gone), and nothing of the file remains.
  Result<void> add(const objects::ObjectInfo& object, std::optional<TimePoint> received = {});

  const std::vector<FileOutcome>& outcomes() const { return outcomes_; }
  std::vector<FileOutcome>& outcomes() { return outcomes_; }
  /// All errors that were kept, with their files: VALIDATION_MODE, and the statement's error when it aborts.
  struct FileError {
    std::string file;
    RowError error;
  };
  const std::vector<FileError>& errors() const { return errors_; }
  uint64_t rows_accepted() const;

  /// Engine texts of relations that together give the accepted rows: columns c1, c2, … of the plan's types, or with a transform
  /// "$1", "$2", … and METADATA$FILENAME, …. Call once, after the last `add`.
  Result<std::vector<std::string>> relations();
  /// With a transform: all accepted rows as one relation, perhaps of a single file (index into outcomes). What a transform does
  /// not name costs nothing.
  Result<std::string> staged_relation(std::optional<size_t> file = {});
  /// Of Parquet files, one per header_names: the type that it has in all files that have it; nothing where they differ or none
  /// has it. Call after the last `add`. O(files · columns), once.
  const std::vector<std::optional<engine::Type>>& column_types();

  /// Where a row of an accepted file (index into outcomes) starts. O(bytes before it).
  Result<uint64_t> line_of(size_t file, uint64_t row);

 private:
  struct Copy { // canonical
    std::unique_ptr<TemporaryFile> file;
    std::unique_ptr<WritableFile> writer;
    uint64_t longest_record = 0;
    bool line_ends = false;
  };
  struct Direct { // read by the engine as they lie, with the same options
    std::string options;
    std::vector<Path> paths;
    std::vector<StagedFile> keep;
  };
  struct DirectStaged { // the same for a transform: a file that has its own file name, row numbers and number of fields
    size_t outcome = 0;
    std::string options;
    StagedFile file;
    objects::ObjectInfo object;
    size_t fields = 0;
  };
  struct ParquetStaged {
    size_t outcome = 0;
    StagedFile file;
    objects::ObjectInfo object;
    std::vector<engine::Column> columns;
  };

  ScanRequest request_for(const objects::ObjectInfo& object) const;
  Result<ScanReport> add_csv(const objects::ObjectInfo& object, StagedFile file);
  Result<ScanReport> add_json(const objects::ObjectInfo& object, StagedFile file);
  Result<ScanReport> add_parquet(const objects::ObjectInfo& object, StagedFile file);
  bool refuses(const ScanReport& report) const;
  void note_outcome(const objects::ObjectInfo& object, const ScanReport& report, std::optional<TimePoint> received);
  Result<std::vector<std::optional<size_t>>> header_sources(const StagedFile& file) const;
  Result<Copy*> new_copy();
  Path next_temporary();
  void take(const objects::ObjectInfo& object, const ScanReport& report, StagedFile file);
  Result<void> copy(const ScanRequest& request, const ScanReport& report, const StagedFile& file, const std::string& scanned);
  std::string staged_direct(const DirectStaged& file) const;
  const engine::Column* column_of(const ParquetStaged& file, std::string_view name) const;
  std::string staged_parquet(const ParquetStaged& file, const std::vector<std::optional<engine::Type>>& types) const;
  std::string own_columns(const objects::ObjectInfo& object, std::string_view row_number) const;
  std::string_view field_type() const;
  std::string staged_copies(std::optional<size_t> file) const;
  std::string staged_nothing() const;
  FileOutcome outcome_of(const objects::ObjectInfo& object, const ScanReport& report) const;

  LoadPlan plan_;
  FileSystem& files_;
  Path temporary_directory_;
  std::string unique_;
  uint64_t next_file_ = 0;
  std::vector<FileOutcome> outcomes_;
  std::vector<FileError> errors_;
  std::vector<std::unique_ptr<Copy>> copies_;
  Copy* shared_ = nullptr;
  std::vector<Direct> direct_;
  std::vector<DirectStaged> direct_staged_;
  std::vector<ParquetStaged> parquet_;
  std::optional<std::vector<std::optional<engine::Type>>> column_types_;
};

/// A refused row as a statement's error: the message, the file, the place, and what to do.
sql::Error load_error(const std::string& file, const RowError& error);

} // namespace freshet::warehouse
