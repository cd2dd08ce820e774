#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace freshet {

using Duration = std::chrono::microseconds;
using TimePoint = std::chrono::sys_time<Duration>;

/// Where time comes from. Every decision that depends on time asks the Clock it was given, so that tests run schedules of
/// minutes in milliseconds (DESIGN.md D8). All functions may be called from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;

  /// Waits on `condition` until it is notified or the clock reaches `deadline` (never, when empty). May wake spuriously.
  virtual void wait(std::unique_lock<std::mutex>& lock, std::condition_variable& condition, std::optional<TimePoint> deadline) = 0;
};

class SystemClock final : public Clock {
 public:
  TimePoint now() const override;
  void wait(std::unique_lock<std::mutex>& lock, std::condition_variable& condition, std::optional<TimePoint> deadline) override;
};

/// A clock that stands still until a test moves it.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(TimePoint start = TimePoint{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}}) : now_(start) {}

  TimePoint now() const override;
  void wait(std::unique_lock<std::mutex>& lock, std::condition_variable& condition, std::optional<TimePoint> deadline) override;

  /// Moves time forward and wakes every thread that waits on this clock.
  void advance(Duration by);
  void set(TimePoint to);

 private:
  mutable std::mutex mutex_;
  TimePoint now_;
  std::vector<std::condition_variable*> waiting_;
};

/// `2026-01-31T12:34:56.789Z`, in UTC.
std::string iso8601(TimePoint time);

}  // namespace freshet
