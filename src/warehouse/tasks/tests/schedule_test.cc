#include "warehouse/tasks/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace freshet::warehouse {
namespace {

using namespace std::chrono_literals;

TimePoint utc(int year, unsigned month, unsigned day, int hour = 0, int minute = 0, int second = 0) {
  return std::chrono::sys_days(std::chrono::year(year) / int(month) / int(day)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second);
}

std::string next(const std::string& text, TimePoint after, TimePoint base = utc(2026, 1, 1)) {
  auto schedule = Schedule::parse(text);
  if (!schedule) return schedule.error().message;
  auto time = schedule->next_after(after, base);
  return time ? iso8601(*time) : "never";
}

TEST(Schedule, IntervalsCountFromTheResume) {
  EXPECT_EQ(next("10 MINUTE", utc(2026, 1, 1, 9, 3), utc(2026, 1, 1, 9, 3)), "2026-01-01T09:13:00.000Z");
  EXPECT_EQ(next("10 minutes", utc(2026, 1, 1, 9, 13), utc(2026, 1, 1, 9, 3)), "2026-01-01T09:23:00.000Z");
  EXPECT_EQ(next("10 m", utc(2026, 1, 1, 9, 14), utc(2026, 1, 1, 9, 3)), "2026-01-01T09:23:00.000Z");
  EXPECT_EQ(next("2 hours", utc(2026, 1, 1, 9, 14), utc(2026, 1, 1, 9, 3)), "2026-01-01T11:03:00.000Z");
  EXPECT_EQ(next("15 seconds", utc(2026, 1, 1), utc(2026, 1, 1)), "2026-01-01T00:00:15.000Z");
}

TEST(Schedule, CronFieldsTakeListsRangesStepsAndNames) {
  const auto start = utc(2026, 1, 1, 12, 0); // a Thursday
  EXPECT_EQ(next("USING CRON * * * * * UTC", start), "2026-01-01T12:01:00.000Z");
  EXPECT_EQ(next("using cron */15 * * * * UTC", start), "2026-01-01T12:15:00.000Z");
  EXPECT_EQ(next("USING CRON 0 9-17/4 * * MON-FRI UTC", start), "2026-01-01T13:00:00.000Z");
  EXPECT_EQ(next("USING CRON 0 9-17/4 * * MON-FRI UTC", utc(2026, 1, 2, 17, 0)), "2026-01-05T09:00:00.000Z");
  EXPECT_EQ(next("USING CRON 5,35 3 1,15 JAN,JUN * UTC", utc(2026, 1, 15, 3, 35)), "2026-06-01T03:05:00.000Z");
  EXPECT_EQ(next("USING CRON 0 0 * * 7 UTC", start), "2026-01-04T00:00:00.000Z");
  EXPECT_EQ(next("USING CRON 0 0 29 2 * UTC", start), "2028-02-29T00:00:00.000Z");
  EXPECT_EQ(next("USING CRON 0 0 30 2 * UTC", start), "never");
}

TEST(Schedule, LIsTheLastDay) {
  EXPECT_EQ(next("USING CRON 0 0 L * * UTC", utc(2026, 2, 1)), "2026-02-28T00:00:00.000Z");
  EXPECT_EQ(next("USING CRON 0 0 L * * UTC", utc(2028, 2, 1)), "2028-02-29T00:00:00.000Z");
  EXPECT_EQ(next("USING CRON 0 0 * * 5L UTC", utc(2026, 1, 1)), "2026-01-30T00:00:00.000Z");
  EXPECT_EQ(next("USING CRON 0 0 * * 5L UTC", utc(2026, 1, 30)), "2026-02-27T00:00:00.000Z");
}

TEST(Schedule, EitherDayFieldSatisfiesWhenBothAreRestricted) {
  EXPECT_EQ(next("USING CRON 0 0 13 * FRI UTC", utc(2026, 1, 1)), "2026-01-02T00:00:00.000Z");
  EXPECT_EQ(next("USING CRON 0 0 13 * FRI UTC", utc(2026, 1, 9)), "2026-01-13T00:00:00.000Z");
}

TEST(Schedule, ALocalTimeThatIsSkippedDoesNotCome) {
  // Los Angeles 2026-03-08: 02:00 becomes 03:00.
  EXPECT_EQ(next("USING CRON 30 2 * * * America/Los_Angeles", utc(2026, 3, 7, 12)), "2026-03-09T09:30:00.000Z");
  EXPECT_EQ(next("USING CRON 30 1 * * * America/Los_Angeles", utc(2026, 3, 7, 12)), "2026-03-08T09:30:00.000Z");
  EXPECT_EQ(next("USING CRON 0 3 * * * America/Los_Angeles", utc(2026, 3, 8, 9, 30)), "2026-03-08T10:00:00.000Z");
}

TEST(Schedule, ALocalTimeThatComesTwiceRunsTwice) {
  // Los Angeles 2026-11-01: 02:00 PDT becomes 01:00 PST.
  EXPECT_EQ(next("USING CRON 0 1 * * SUN America/Los_Angeles", utc(2026, 10, 31)), "2026-11-01T08:00:00.000Z");
  EXPECT_EQ(next("USING CRON 0 1 * * SUN America/Los_Angeles", utc(2026, 11, 1, 8)), "2026-11-01T09:00:00.000Z");
  EXPECT_EQ(next("USING CRON 0 1 * * SUN America/Los_Angeles", utc(2026, 11, 1, 9)), "2026-11-08T09:00:00.000Z");
  EXPECT_EQ(next("USING CRON 0 2 * * SUN America/Los_Angeles", utc(2026, 11, 1, 8)), "2026-11-01T10:00:00.000Z");
}

TEST(Schedule, OffsetsOfHalfHoursAndHalfHourShifts) {
  EXPECT_EQ(next("USING CRON 0 9 * * * Asia/Kolkata", utc(2026, 1, 1)), "2026-01-01T03:30:00.000Z");
  // Lord Howe 2026-04-05 02:00 +11 becomes 01:30 +10:30: 01:45 comes twice.
  EXPECT_EQ(next("USING CRON 45 1 * * * Australia/Lord_Howe", utc(2026, 4, 4, 14)), "2026-04-04T14:45:00.000Z");
  EXPECT_EQ(next("USING CRON 45 1 * * * Australia/Lord_Howe", utc(2026, 4, 4, 14, 45)), "2026-04-04T15:15:00.000Z");
}

TEST(Schedule, EveryMinuteOfAYearWithBothEdgesComesOnce) {
  auto schedule = Schedule::parse("USING CRON * * * * * Europe/Berlin");
  auto time = utc(2026, 3, 28);
  for (int i = 0; i < 3000; ++i) {
    auto following = schedule->next_after(time, time);
    ASSERT_EQ(*following, time + 1min);
    time = *following;
  }
}

TEST(Schedule, SaysWhatIsWrong) {
  EXPECT_THAT(next("often", utc(2026, 1, 1)), testing::HasSubstr("'often' is not a schedule"));
  EXPECT_THAT(next("0 MINUTE", utc(2026, 1, 1)), testing::HasSubstr("is not a schedule"));
  EXPECT_THAT(next("9 days", utc(2026, 1, 1)), testing::HasSubstr("is not a schedule"));
  EXPECT_THAT(next("USING CRON 60 * * * * UTC", utc(2026, 1, 1)), testing::HasSubstr("'60' is not a minute"));
  EXPECT_THAT(next("USING CRON * * * * UTC", utc(2026, 1, 1)), testing::HasSubstr("five fields and a time zone"));
  EXPECT_THAT(next("USING CRON * * * * * Mars/Olympus", utc(2026, 1, 1)), testing::HasSubstr("is not a time zone"));
  EXPECT_THAT(next("USING CRON * * * * 5-2 UTC", utc(2026, 1, 1)), testing::HasSubstr("is not a day of week"));
}

} // namespace
} // namespace freshet::warehouse
