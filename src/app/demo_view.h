#pragma once

#include <cstdint>
#include <string>

#include "app/demo_checks.h"
#include "base/clock.h"

namespace freshet::app {

/// What the live view shows at one moment.
struct DemoProgress {
  Duration running{0};
  uint64_t files_delivered = 0;
  uint64_t files_listed = 0;
  uint64_t files_put = 0;
  PipelineTotals totals;
  Duration freshness_p50{0};
  Duration freshness_p99{0};
  uint64_t errors = 0;
  std::string latest_error;
  std::string hint; // the last line: what the user can do now
};

/// The demo's picture in a terminal, redrawn in place; where standard output is no terminal, one line whenever a number changed.
/// Not thread-safe.
class DemoView {
 public:
  explicit DemoView(bool terminal) : terminal_(terminal) {}
  void show(const DemoProgress& progress);

 private:
  bool terminal_;
  size_t drawn_lines_ = 0;
  std::string latest_line_;
};

/// The picture as text lines, without cursor movements: a bar per station from folder to history.
std::string draw(const DemoProgress& progress);

}  // namespace freshet::app
