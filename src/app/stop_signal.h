#pragma once

#include <csignal>

#include "base/clock.h"

namespace freshet::app {

/// SIGINT and SIGTERM as something to wait for. Construct it before the first thread starts: every thread inherits the blocked
/// signals, so that only `wait` receives them.
class StopSignal {
 public:
  StopSignal();
  /// True when the user asked to stop within `timeout`; asking again counts again.
  bool wait(Duration timeout);
  void wait();

 private:
  sigset_t signals_;
};

}  // namespace freshet::app
