#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "base/result.h"

namespace date {
class time_zone;
}

namespace freshet::warehouse {

/// `USING CRON minute hour day-of-month month day-of-week zone`: *, lists, ranges, /n, names (JAN, MON), L for a month's last
/// day and `5L` for its last Friday. When both day fields are restricted, a day that satisfies either counts. Daylight saving:
/// a local time that a day skips does not come; one that a day has twice comes twice, as Snowflake documents.
class CronSchedule {
 public:
  static Result<CronSchedule> parse(std::string_view expression, std::string_view zone);

  /// The first time strictly after `time`; empty when none comes within 12 years (February 30). Costs at most one step per day
  /// in between, usually a few.
  std::optional<TimePoint> next_after(TimePoint time) const;

 private:
  bool matches_day(std::chrono::year_month_day date) const;
  std::optional<std::chrono::sys_time<std::chrono::minutes>> next_local(std::chrono::sys_time<std::chrono::minutes> from,
                                                                        std::chrono::sys_seconds end) const;

  uint64_t minutes_ = 0;
  uint32_t hours_ = 0;
  uint32_t days_ = 0; // bit 1 is the first
  uint32_t months_ = 0;
  uint32_t weekdays_ = 0; // bit 0 is Sunday
  uint32_t last_weekdays_ = 0;
  bool last_day_ = false;
  bool any_day_ = false;
  bool any_weekday_ = false;
  const date::time_zone* zone_ = nullptr;
};

/// Every so often, counted from the moment the task was resumed.
struct IntervalSchedule {
  Duration every;
};

/// The SCHEDULE of a task: `5 MINUTES`, `USING CRON 0 9-17 * * SUN America/Los_Angeles`.
class Schedule {
 public:
  static Result<Schedule> parse(std::string_view text);

  /// The first time strictly after `time`. `base` is where an interval is counted from.
  std::optional<TimePoint> next_after(TimePoint time, TimePoint base) const;
  /// Empty: USING CRON.
  std::optional<Duration> interval() const {
    const auto* each = std::get_if<IntervalSchedule>(&rule_);
    return each == nullptr ? std::nullopt : std::optional(each->every);
  }

 private:
  std::variant<IntervalSchedule, CronSchedule> rule_;
};

} // namespace freshet::warehouse
