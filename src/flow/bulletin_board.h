#pragma once

#include <deque>
#include <mutex>
#include <vector>

#include "flow/flow.h"

namespace freshet::flow {

/// The latest warnings and errors of a flow; the oldest go first. All functions may be called from any thread.
class BulletinBoard {
 public:
  static constexpr size_t k_kept_max = 1000;

  void add(Bulletin bulletin);
  std::vector<Bulletin> newest(size_t limit) const;

 private:
  mutable std::mutex mutex_;
  std::deque<Bulletin> bulletins_;
};

} // namespace freshet::flow
