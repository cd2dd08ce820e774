#include "base/clock.h"

#include <fmt/format.h>

#include <algorithm>

namespace freshet {

TimePoint SystemClock::now() const { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }

void SystemClock::wait(std::unique_lock<std::mutex>& lock, std::condition_variable& condition, std::optional<TimePoint> deadline) {
  if (deadline) {
    condition.wait_until(lock, *deadline);
  } else {
    condition.wait(lock);
  }
}

TimePoint FakeClock::now() const {
  std::lock_guard guard(mutex_);
  return now_;
}

void FakeClock::wait(std::unique_lock<std::mutex>& lock, std::condition_variable& condition, std::optional<TimePoint> deadline) {
  {
    std::lock_guard guard(mutex_);
    if (deadline && *deadline <= now_) return;
    waiting_.push_back(&condition);
  }
  // advance() may notify before this thread waits; the short bound turns that lost wake-up into a spurious one.
  condition.wait_for(lock, std::chrono::milliseconds(5));
  std::lock_guard guard(mutex_);
  waiting_.erase(std::find(waiting_.begin(), waiting_.end(), &condition));
}

void FakeClock::advance(Duration by) { set(now() + by); }

void FakeClock::set(TimePoint to) {
  std::lock_guard guard(mutex_);
  now_ = to;
  for (auto* condition : waiting_) condition->notify_all();
}

std::string iso8601(TimePoint time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{days};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::milliseconds>(time - days)};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", int(date.year()), unsigned(date.month()), unsigned(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

}  // namespace freshet
