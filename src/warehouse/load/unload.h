#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "warehouse/load/stage_source.h"
#include "warehouse/load/staged_file.h"
#include "warehouse/load/staged_format.h"
#include "warehouse/load/unload_text.h"

namespace freshet::warehouse {

/// What COPY INTO location says besides where and what.
struct UnloadOptions {
  StagedFormat format;
  bool overwrite = false;
  bool single = false;
  bool header = false;
  bool detailed_output = false;
  bool partitioned = false;
  std::optional<bool> query_ids; // INCLUDE_QUERY_ID; by default of partitioned files only
  uint64_t file_bytes_max = 16 << 20;
};
/// Errors: unknown options, values they do not take, and what excludes each other.
sql::SqlResult<UnloadOptions> unload_options(StatementContext& context, const sql::Properties& properties,
                                             const Options& stage_format, bool partitioned);

struct UnloadedFile {
  std::string key;
  uint64_t rows = 0;
  uint64_t bytes = 0; // as stored
};
struct UnloadReport {
  std::vector<UnloadedFile> files;
  uint64_t rows = 0;
  uint64_t input_bytes = 0; // before packing
  uint64_t output_bytes = 0;
};

/// What ends a statement with SINGLE = TRUE whose file is too large.
Error larger_than(uint64_t bytes_max);

/// The names of unloaded files: prefix_0_0_0.csv.gz, data_<query id>_0_0_0.csv.gz in partitions, or the path itself (SINGLE).
class UnloadNames {
 public:
  UnloadNames(std::string prefix, const UnloadOptions& options, std::string query_id);
  /// The n-th file of a partition ("" without PARTITION BY).
  std::string key(const std::string& partition, size_t number) const;

 private:
  std::string prefix_;
  std::string stem_;
  std::string ending_;
  bool single_;
};

/// Files on their way into a stage: written beside the store first, put into it when all are complete, so that a statement that
/// fails leaves nothing. Not thread-safe.
class Unloader {
 public:
  Unloader(const StageSource& target, const UnloadOptions& options, const UnloadNames& names, FileSystem& files,
           Path temporary_directory);

  /// One row of text files, as it stands in its file.
  Result<void> append(const std::string& partition, std::string_view row, std::string_view header);
  /// A whole file that is finished, with its rows: Parquet.
  Result<void> add(const std::string& partition, std::unique_ptr<TemporaryFile> file, uint64_t rows);
  Path next_temporary();
  /// Puts them. already_exists, with the name, when one is there and OVERWRITE is not said.
  Result<UnloadReport> finish();

 private:
  struct Part { // a file under way
    std::unique_ptr<TemporaryFile> file;
    std::unique_ptr<WritableFile> writer;
    std::string buffer;
    uint64_t rows = 0;
    uint64_t bytes = 0;
  };
  struct Finished {
    std::string key;
    std::unique_ptr<TemporaryFile> file;
    uint64_t rows = 0;
    uint64_t plain_bytes = 0;
  };
  Result<void> flush(Part& part);
  Result<void> close(const std::string& partition, Part part);

  const StageSource& target_;
  const UnloadOptions& options_;
  const UnloadNames& names_;
  FileSystem& files_;
  const Path temporary_directory_;
  std::string unique_;
  uint64_t next_file_ = 0;
  std::map<std::string, Part> open_;
  std::map<std::string, size_t> numbers_;
  std::vector<Finished> finished_;
};

} // namespace freshet::warehouse
