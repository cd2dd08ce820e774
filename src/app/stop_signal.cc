#include "app/stop_signal.h"

#include <pthread.h>

#include <cerrno>

namespace freshet::app {

StopSignal::StopSignal() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  std::signal(SIGPIPE, SIG_IGN); // a client that went away is an error of its connection, not the end of the process
}

bool StopSignal::wait(Duration timeout) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(timeout);
  const timespec bound{seconds.count(), std::chrono::nanoseconds(timeout - seconds).count()};
  return sigtimedwait(&signals_, nullptr, &bound) > 0;
}

void StopSignal::wait() {
  while (!wait(std::chrono::hours(1))) {
  }
}

}  // namespace freshet::app
