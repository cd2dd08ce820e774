#pragma once

#include <mutex>
#include <vector>

#include "base/clock.h"

namespace freshet::observe {

/// The latest latencies of one kind, for exact percentiles over a bounded window.
///
/// Concurrency: all functions may be called from any thread. Limits: keeps the newest 10'000. Cost: `record` O(1), `percentile`
/// O(window).
class LatencyWindow {
 public:
  void record(Duration latency);
  /// The smallest recorded latency that at least `percent` % of the window do not exceed; zero when nothing was recorded.
  Duration percentile(double percent) const;
  size_t count() const; // ever recorded

 private:
  static constexpr size_t k_window = 10'000;
  mutable std::mutex mutex_;
  std::vector<Duration> window_;
  size_t recorded_ = 0;
};

}  // namespace freshet::observe
