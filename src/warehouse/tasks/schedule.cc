#include "warehouse/tasks/schedule.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <array>
#include <bit>
#include <charconv>
#include <span>
#include <vector>

namespace freshet::warehouse {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::sys_days;
using LocalMinutes = std::chrono::sys_time<minutes>; // local time, counted as if it were UTC

constexpr auto k_search_max = days(366 * 12);
constexpr std::array<std::string_view, 12> k_months = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                       "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> k_weekdays = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

struct Field {
  std::string_view name;
  int lowest;
  int highest;
  std::span<const std::string_view> names; // of the values from `lowest` on
};
const Field k_minute{"minute", 0, 59, {}}, k_hour{"hour", 0, 23, {}}, k_day{"day of month", 1, 31, {}},
    k_month{"month", 1, 12, k_months}, k_weekday{"day of week", 0, 7, k_weekdays};

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'a' && c <= 'z' ? char(c - 32) : c;
  return result;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t end = text.find_first_of(separators);
    if (end != 0) parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

std::unexpected<Error> wrong(const Field& field, std::string_view part) {
  return fail(ErrorKind::invalid_argument, fmt::format("'{}' is not a {}: expected {} to {}, a list, a range or *", part,
                                                       field.name, field.lowest, field.highest));
}

Result<int> parse_value(const Field& field, std::string_view text) {
  const std::string word = upper(text);
  for (size_t i = 0; i < field.names.size(); ++i) {
    if (field.names[i] == word) return field.lowest + int(i);
  }
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < field.lowest || value > field.highest)
    return wrong(field, text);
  return value;
}

/// `*`, `a`, `a-b`, each with `/n`, as bits.
Result<uint64_t> parse_part(const Field& field, std::string_view part) {
  int step = 1;
  bool stepped = false;
  if (const size_t slash = part.find('/'); slash != std::string_view::npos) {
    const auto text = part.substr(slash + 1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), step);
    if (error != std::errc() || end != text.data() + text.size() || step < 1) return wrong(field, part);
    part = part.substr(0, slash);
    stepped = true;
  }
  int first = field.lowest, last = field.highest;
  if (part != "*") {
    const size_t dash = part.find('-');
    first = TRY(parse_value(field, part.substr(0, dash)));
    last = dash == std::string_view::npos ? (stepped ? field.highest : first) : TRY(parse_value(field, part.substr(dash + 1)));
    if (last < first) return wrong(field, part);
  }
  uint64_t bits = 0;
  for (int value = first; value <= last; value += step) bits |= uint64_t{1} << value;
  return bits;
}

Result<uint64_t> parse_field(const Field& field, std::string_view text) {
  const auto parts = split(text, ",");
  if (parts.empty()) return wrong(field, text);
  uint64_t bits = 0;
  for (auto part : parts) bits |= TRY(parse_part(field, part));
  return bits;
}

/// The lowest set bit at or above `from`; -1 when there is none.
int next_bit(uint64_t bits, int from) {
  if (from > 63) return -1;
  const uint64_t rest = bits >> from;
  return rest == 0 ? -1 : from + std::countr_zero(rest);
}

Result<Duration> parse_interval(std::span<const std::string_view> words, std::string_view text) {
  int64_t count = 0;
  const auto [end, error] = std::from_chars(words[0].data(), words[0].data() + words[0].size(), count);
  const std::string unit = upper(words[1]);
  std::optional<Duration> each;
  if (unit == "SECOND" || unit == "SECONDS" || unit == "S") each = std::chrono::seconds(1);
  if (unit == "MINUTE" || unit == "MINUTES" || unit == "M") each = minutes(1);
  if (unit == "HOUR" || unit == "HOURS" || unit == "H") each = hours(1);
  if (error != std::errc() || end != words[0].data() + words[0].size() || !each || count < 1 || count > 691'200 ||
      *each * count > minutes(11'520)) {
    return fail(
        ErrorKind::invalid_argument,
        fmt::format("'{}' is not a schedule: expected '<n> SECONDS', '<n> MINUTES' or '<n> HOURS' of at most 8 days, or 'USING "
                    "CRON <minute> <hour> <day> <month> <weekday> <time zone>'",
                    text));
  }
  return *each * count;
}

} // namespace

Result<CronSchedule> CronSchedule::parse(std::string_view expression, std::string_view zone) {
  const auto fields = split(expression, " \t\n");
  if (fields.size() != 5)
    return fail(ErrorKind::invalid_argument,
                fmt::format("'{}' has {} fields: a cron expression has 5", expression, fields.size()));
  CronSchedule schedule;
  schedule.minutes_ = TRY(parse_field(k_minute, fields[0]));
  schedule.hours_ = uint32_t(TRY(parse_field(k_hour, fields[1])));
  schedule.months_ = uint32_t(TRY(parse_field(k_month, fields[3])));
  schedule.any_day_ = fields[2].starts_with('*');
  schedule.any_weekday_ = fields[4].starts_with('*');
  for (auto part : split(fields[2], ",")) {
    if (part == "L" || part == "l") {
      schedule.last_day_ = true;
    } else {
      schedule.days_ |= uint32_t(TRY(parse_part(k_day, part)));
    }
  }
  for (auto part : split(fields[4], ",")) {
    if (part.size() > 1 && (part.back() == 'L' || part.back() == 'l')) {
      schedule.last_weekdays_ |= 1u << (TRY(parse_value(k_weekday, part.substr(0, part.size() - 1))) % 7);
    } else {
      const uint64_t bits = TRY(parse_part(k_weekday, part));
      schedule.weekdays_ |= uint32_t((bits | bits >> 7) & 0x7f); // 7 is Sunday too
    }
  }
  try {
    schedule.zone_ = date::locate_zone(std::string(zone));
  } catch (const std::exception&) {
    return fail(ErrorKind::invalid_argument,
                fmt::format("'{}' is not a time zone: expected a name such as America/Los_Angeles or UTC", zone));
  }
  return schedule;
}

bool CronSchedule::matches_day(std::chrono::year_month_day day) const {
  if ((months_ >> unsigned(day.month()) & 1) == 0) return false;
  const std::chrono::year_month_day last = day.year() / day.month() / std::chrono::last;
  const unsigned weekday = std::chrono::weekday(sys_days(day)).c_encoding();
  const bool day_fits = (days_ >> unsigned(day.day()) & 1) || (last_day_ && day == last);
  const bool weekday_fits =
      (weekdays_ >> weekday & 1) || ((last_weekdays_ >> weekday & 1) && unsigned(last.day()) - unsigned(day.day()) < 7);
  if (any_day_ || any_weekday_) return day_fits && weekday_fits;
  return day_fits || weekday_fits;
}

/// The first matching local minute in [from, end).
std::optional<LocalMinutes> CronSchedule::next_local(LocalMinutes from, std::chrono::sys_seconds end) const {
  auto day = std::chrono::floor<days>(from);
  int first_minute = int((from - day).count());
  for (; day < end; day += days(1), first_minute = 0) {
    if (!matches_day(day)) continue;
    int hour = next_bit(hours_, first_minute / 60);
    int minute = hour == first_minute / 60 ? next_bit(minutes_, first_minute % 60) : next_bit(minutes_, 0);
    if (hour >= 0 && minute < 0) {
      hour = next_bit(hours_, hour + 1);
      minute = next_bit(minutes_, 0);
    }
    if (hour < 0) continue;
    const LocalMinutes found = day + hours(hour) + minutes(minute);
    if (found < end) return found;
    return std::nullopt;
  }
  return std::nullopt;
}

std::optional<TimePoint> CronSchedule::next_after(TimePoint time) const {
  // Within a stretch of constant offset local time runs straight; a change of offset starts the next stretch. Skipped local
  // times are in no stretch, repeated ones in two.
  const auto end = std::chrono::floor<std::chrono::seconds>(time) + k_search_max;
  auto from = std::chrono::floor<minutes>(time) + minutes(1);
  while (from < end) {
    const auto stretch = zone_->get_info(std::chrono::time_point_cast<std::chrono::seconds>(from));
    const auto stretch_end = std::min<std::chrono::sys_seconds>(stretch.end, end);
    const auto local_from = std::chrono::ceil<minutes>(std::chrono::sys_seconds(from) + stretch.offset);
    if (const auto found = next_local(local_from, stretch_end + stretch.offset)) return TimePoint(*found - stretch.offset);
    from = std::chrono::ceil<minutes>(stretch_end);
  }
  return std::nullopt;
}

Result<Schedule> Schedule::parse(std::string_view text) {
  const auto words = split(text, " \t\n");
  Schedule schedule;
  if (words.size() == 2) {
    schedule.rule_ = IntervalSchedule{TRY(parse_interval(words, text))};
    return schedule;
  }
  if (words.size() < 2 || upper(words[0]) != "USING" || upper(words[1]) != "CRON") {
    constexpr std::string_view nothing[] = {"", ""};
    return std::unexpected(parse_interval(nothing, text).error());
  }
  if (words.size() != 8) {
    return fail(ErrorKind::invalid_argument, fmt::format("'{}' needs five fields and a time zone after USING CRON", text));
  }
  const std::string_view expression(words[2].data(), size_t(words[6].data() + words[6].size() - words[2].data()));
  schedule.rule_ = TRY(CronSchedule::parse(expression, words[7]));
  return schedule;
}

std::optional<TimePoint> Schedule::next_after(TimePoint time, TimePoint base) const {
  if (const auto* cron = std::get_if<CronSchedule>(&rule_)) return cron->next_after(time);
  const auto every = std::get<IntervalSchedule>(rule_).every;
  if (time < base) return base + every;
  return base + ((time - base) / every + 1) * every;
}

} // namespace freshet::warehouse
