#pragma once

#include <memory>
#include <vector>

#include "app/services.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "generate/customer_files.h"
#include "warehouse/session.h"

namespace freshet::bench {

/// The customer example, triggered form, in this process: what `freshet serve` would run.
class ExamplePipeline {
 public:
  /// `folder` gets the inbox, the data folder and the unpacked example.
  explicit ExamplePipeline(const Path& folder);

  /// Renames the files into the folder that the flow lists.
  void deliver(const std::vector<Path>& files);
  /// Waits, without polling the tables, until CUSTOMER_HISTORY has this many rows; throws after `seconds_max`.
  void wait_for_history(int64_t rows, double seconds_max);
  int64_t count(const std::string& table);
  warehouse::Session& session() { return *session_; }

 private:
  SystemClock clock_;
  RealFileSystem files_;
  Path inbox_;
  std::unique_ptr<app::Services> services_;
  std::unique_ptr<warehouse::Session> session_;
};

/// Batches of generated customers as files in `folder`: the first of `rows`, each later one `changed` percent of them changed
/// and `added` percent new, each batch cut into `files_per_batch` files.
std::vector<Path> generate_files(const Path& folder, const generate::CustomerOptions& customers, size_t files);

} // namespace freshet::bench
