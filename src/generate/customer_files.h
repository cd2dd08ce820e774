#pragma once

#include <optional>

#include "base/clock.h"
#include "base/file_system.h"
#include "generate/customer.h"

namespace freshet::generate {

struct CustomerFilesOptions {
  CustomerOptions customers;
  Path directory;
  uint64_t files = 1;                       // 0: without end
  Duration every = std::chrono::seconds(0); // from the start of one file to the start of the next; 0: no pause
};

struct GeneratedFile {
  Path path;
  BatchCounts counts;
  uint64_t bytes = 0;
};

/// Writes the batches of a population as files `customer_YYYYMMDDHHMMSSffffff.csv` (UTC, microseconds, always later than the
/// file before) into a folder, as an outside system would: under a hidden name that ends in `.partial`, then renamed, so that
/// nobody who lists the folder meets half a file. Files are not synced: after a power loss they may be gone.
///
/// Not thread-safe. A file that could not be written is removed and ends the generator's usefulness: its batch is spent.
class CustomerFiles {
 public:
  CustomerFiles(CustomerFilesOptions options, FileSystem& files, Clock& clock);

  /// Creates the folder where it is missing, and writes the next file now, whatever the schedule says.
  Result<GeneratedFile> write_next();

  /// When the next file is due; empty once all are written.
  std::optional<TimePoint> due() const;

  uint64_t written() const { return written_; }

 private:
  Result<GeneratedFile> write(const Path& partial, const Path& final_path);
  std::string next_stamp();

  CustomerFilesOptions options_;
  FileSystem& file_system_;
  Clock& clock_;
  CustomerBatches batches_;
  uint64_t written_ = 0;
  TimePoint due_;
  TimePoint last_stamp_;
};

} // namespace freshet::generate
