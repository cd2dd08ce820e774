#include "warehouse/load/usage_range.h"

#include <fmt/format.h>

namespace freshet::warehouse {
namespace {

constexpr auto k_minutes_shown_max = std::chrono::hours(8), k_hours_shown_max = std::chrono::hours(72);
constexpr auto k_default_length = std::chrono::minutes(10);

/// Midnight today, in the session's time zone.
SqlResult<TimePoint> current_date(StatementContext& context) {
  const auto rows = TRY(context.query(
      fmt::format("SELECT epoch_us(date_trunc('day', make_timestamptz({})))", context.now().time_since_epoch().count())));
  return TimePoint(Duration(rows.integer(0, 0)));
}

} // namespace

std::string_view UsageRange::step() const {
  const auto length = end - start;
  return length <= k_minutes_shown_max ? "5 MINUTE" : length <= k_hours_shown_max ? "1 HOUR" : "1 DAY";
}

std::string UsageRange::step_of(std::string_view moment) const {
  if (step() == "5 MINUTE") return fmt::format("time_bucket(INTERVAL 5 MINUTE, {})", moment);
  return fmt::format("date_trunc('{}', {})", step() == "1 HOUR" ? "hour" : "day", moment);
}

std::string UsageRange::holds(std::string_view moment) const {
  return fmt::format("{0} >= make_timestamptz({1}) AND {0} <= make_timestamptz({2})", moment, start.time_since_epoch().count(),
                     end.time_since_epoch().count());
}

SqlResult<UsageRange> usage_range(StatementContext& context, const NamedArguments& call, std::string_view function,
                                  int days_kept) {
  UsageRange range;
  const bool runs_until_now = call.has("DATE_RANGE_START") && !call.has("DATE_RANGE_END");
  range.end = TRY(call.time(context, "DATE_RANGE_END", runs_until_now ? context.now() : TRY(current_date(context))));
  range.start = TRY(call.time(context, "DATE_RANGE_START", range.end - k_default_length));
  TRY(check_age(function, range.start, context.now(), days_kept));
  return range;
}

SqlResult<void> check_age(std::string_view function, TimePoint start, TimePoint now, int days_kept) {
  const auto oldest =
      std::chrono::floor<std::chrono::days>(now - std::chrono::days(days_kept)); // DATEADD(DAY, -14, CURRENT_DATE())
  if (start >= oldest) return {};
  return sql::fail(
      {2142, "22023",
       fmt::format("SQL compilation error:\n{} shows the last {} days: the range starts earlier.", function, days_kept)});
}

} // namespace freshet::warehouse
