#pragma once

#include <memory>
#include <vector>

#include "base/file_system.h"
#include "engine/engine.h"

namespace freshet::bench {

/// DuckDB with its own settings, as a hand-written script would have it; threads and memory as ours.
std::unique_ptr<engine::Database> bare_database(const Path& file);

/// The pipeline as a data engineer would write it by hand for DuckDB alone: read the files, keep a current table and a history. No
/// versions, streams, queue, load history or protocol. It does as little as the job allows, on disk like ours.
class Yardstick {
 public:
  explicit Yardstick(const Path& database_file);

  /// One batch: files → raw → customer (SCD1) → customer_history (SCD2).
  void load(const std::vector<Path>& files);
  int64_t count(const std::string& table);
  engine::Connection& connection() { return *connection_; }

 private:
  std::unique_ptr<engine::Database> database_;
  std::unique_ptr<engine::Connection> connection_;
};

}  // namespace freshet::bench
