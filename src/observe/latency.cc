#include "observe/latency.h"

#include <algorithm>
#include <cmath>

namespace freshet::observe {

void LatencyWindow::record(Duration latency) {
  std::lock_guard guard(mutex_);
  if (window_.size() < k_window) {
    window_.push_back(latency);
  } else {
    window_[recorded_ % k_window] = latency;
  }
  ++recorded_;
}

Duration LatencyWindow::percentile(double percent) const {
  std::vector<Duration> sorted;
  {
    std::lock_guard guard(mutex_);
    sorted = window_;
  }
  if (sorted.empty()) return Duration::zero();
  const auto rank = static_cast<size_t>(std::ceil(percent / 100.0 * static_cast<double>(sorted.size())));
  const auto position = sorted.begin() + static_cast<ptrdiff_t>(std::clamp<size_t>(rank, 1, sorted.size()) - 1);
  std::nth_element(sorted.begin(), position, sorted.end());
  return *position;
}

size_t LatencyWindow::count() const {
  std::lock_guard guard(mutex_);
  return recorded_;
}

}  // namespace freshet::observe
