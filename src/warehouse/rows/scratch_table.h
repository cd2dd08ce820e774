#pragma once

#include <fmt/format.h>

#include <atomic>
#include <string>

#include "engine/engine.h"

namespace freshet::warehouse {

/// A temporary table of a name that was never used before, gone at the end of the scope.
class ScratchTable {
 public:
  explicit ScratchTable(engine::Connection& connection)
      : connection_(connection), name_(fmt::format("temp.main.\"$plan_{}\"", ++counter_)) {}
  ~ScratchTable() { [[maybe_unused]] auto dropped = connection_.query("DROP TABLE IF EXISTS " + name_); }
  ScratchTable(const ScratchTable&) = delete;
  ScratchTable& operator=(const ScratchTable&) = delete;

  const std::string& name() const { return name_; }
  engine::Result<void> drop() {
    auto dropped = connection_.execute("DROP TABLE IF EXISTS " + name_);
    if (!dropped) return std::unexpected(dropped.error());
    return {};
  }
  engine::Result<int64_t> fill(const std::string& select) {
    return connection_.execute("CREATE TEMP TABLE " + name_ + " AS " + select);
  }

 private:
  static inline std::atomic<int64_t> counter_ = 0;
  engine::Connection& connection_;
  std::string name_;
};

} // namespace freshet::warehouse
