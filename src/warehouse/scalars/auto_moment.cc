// Dates, times and timestamps in the formats that Snowflake's AUTO detects.
#include <array>
#include <charconv>
#include <chrono>
#include <optional>

#include "warehouse/scalars/moment.h"

namespace freshet::warehouse {
namespace {

constexpr std::array<std::string_view, 12> k_months = {"january", "february", "march",     "april",   "may",      "june",
                                                       "july",    "august",   "september", "october", "november", "december"};

/// Reads a text from left to right; each function leaves the place alone when it fails.
struct Cursor {
  std::string_view text;
  size_t at = 0;

  bool done() const { return at >= text.size(); }
  char peek() const { return done() ? '\0' : text[at]; }
  bool accept(char c) {
    if (peek() != c) return false;
    ++at;
    return true;
  }
  void blanks() {
    while (peek() == ' ') ++at;
  }
  std::optional<uint32_t> number(size_t digits_min, size_t digits_max) {
    size_t end = at;
    while (end < text.size() && end - at < digits_max && text[end] >= '0' && text[end] <= '9') ++end;
    if (end - at < digits_min) return std::nullopt;
    uint32_t value = 0;
    std::from_chars(text.data() + at, text.data() + end, value);
    at = end;
    return value;
  }
  std::string_view word() {
    size_t end = at;
    while (end < text.size() && (text[end] | 0x20) >= 'a' && (text[end] | 0x20) <= 'z') ++end;
    auto found = text.substr(at, end - at);
    at = end;
    return found;
  }
  /// 1 … 12: a month's whole name or its first three letters.
  std::optional<uint32_t> month_name() {
    size_t start = at;
    std::string key(word());
    for (char& c : key) c = static_cast<char>(c | 0x20);
    for (size_t i = 0; i < k_months.size(); ++i)
      if (key == k_months[i] || key == k_months[i].substr(0, 3)) return static_cast<uint32_t>(i) + 1;
    at = start;
    return std::nullopt;
  }
};

bool set_day(CivilTime& time, uint32_t year, uint32_t month, uint32_t day) {
  time.year = static_cast<int32_t>(year);
  time.month = month;
  time.day = day;
  return true;
}

/// 2024-01-31, 2024/1/31, 01/31/2024, 31-JAN-2024
bool read_day(Cursor& cursor, CivilTime& time) {
  const size_t start = cursor.at;
  auto give_up = [&] {
    cursor.at = start;
    return false;
  };
  if (auto year = cursor.number(4, 4)) {
    const char separator = cursor.peek();
    if (separator != '-' && separator != '/') return give_up();
    ++cursor.at;
    auto month = cursor.number(1, 2);
    if (!month || !cursor.accept(separator)) return give_up();
    auto day = cursor.number(1, 2);
    return day ? set_day(time, *year, *month, *day) : give_up();
  }
  auto first = cursor.number(1, 2);
  if (!first) return give_up();
  if (cursor.accept('/')) {
    auto day = cursor.number(1, 2);
    if (!day || !cursor.accept('/')) return give_up();
    auto year = cursor.number(4, 4);
    return year ? set_day(time, *year, *first, *day) : give_up();
  }
  if (!cursor.accept('-')) return give_up();
  auto month = cursor.month_name();
  if (!month || !cursor.accept('-')) return give_up();
  auto year = cursor.number(4, 4);
  return year ? set_day(time, *year, *month, *first) : give_up();
}

bool read_fraction(Cursor& cursor, uint32_t& nanosecond) {
  size_t digits = 0;
  nanosecond = 0;
  for (; cursor.peek() >= '0' && cursor.peek() <= '9'; ++cursor.at, ++digits)
    if (digits < 9) nanosecond = nanosecond * 10 + static_cast<uint32_t>(cursor.peek() - '0');
  if (digits == 0 || digits > 9) return false;
  for (; digits < 9; ++digits) nanosecond *= 10;
  return true;
}

/// hh[:mm[:ss[.fraction]]] [AM|PM]
bool read_time(Cursor& cursor, CivilTime& time) {
  auto hour = cursor.number(1, 2);
  if (!hour) return false;
  time.hour = *hour;
  if (cursor.accept(':')) {
    auto minute = cursor.number(2, 2);
    if (!minute) return false;
    time.minute = *minute;
    if (cursor.accept(':')) {
      auto second = cursor.number(2, 2);
      if (!second) return false;
      time.second = *second;
      if (cursor.accept('.') && !read_fraction(cursor, time.nanosecond)) return false;
    }
  }
  const size_t place = cursor.at;
  cursor.blanks();
  auto half = cursor.word();
  if (half != "AM" && half != "PM" && half != "am" && half != "pm") {
    cursor.at = place;
    return true;
  }
  if (time.hour < 1 || time.hour > 12) return false;
  time.hour = time.hour % 12 + ((half[0] | 0x20) == 'p' ? 12 : 0);
  return true;
}

/// Z, +02, +0200, +02:00, after blanks, or nothing.
bool read_offset(Cursor& cursor, CivilTime& time) {
  cursor.blanks();
  if (cursor.done()) return true;
  if (cursor.accept('Z') || cursor.accept('z')) {
    time.offset_minutes = 0;
    return true;
  }
  const bool west = cursor.peek() == '-';
  if (!cursor.accept('+') && !cursor.accept('-')) return false;
  auto hours = cursor.number(1, 2);
  if (!hours || *hours > 14) return false;
  cursor.accept(':');
  const uint32_t minutes = *hours * 60 + cursor.number(2, 2).value_or(0);
  time.offset_minutes = west ? -static_cast<int32_t>(minutes) : static_cast<int32_t>(minutes);
  return true;
}

/// Thu, 21 Dec 2000 16:01:07 +0200 and Mon Jul 08 18:09:51 +0000 2013
bool read_with_weekday(Cursor& cursor, CivilTime& time) {
  if (cursor.word().size() < 3) return false;
  const bool comma = cursor.accept(',');
  cursor.blanks();
  auto number = [&](size_t least, size_t most) {
    auto value = cursor.number(least, most);
    cursor.blanks();
    return value;
  };
  auto month_name = [&] {
    auto value = cursor.month_name();
    cursor.blanks();
    return value;
  };
  if (comma) {
    auto day = number(1, 2);
    auto month = day ? month_name() : std::nullopt;
    auto year = month ? number(4, 4) : std::nullopt;
    return year && set_day(time, *year, *month, *day) && read_time(cursor, time) && read_offset(cursor, time) && cursor.done();
  }
  auto month = month_name();
  auto day = month ? number(1, 2) : std::nullopt;
  if (!day || !read_time(cursor, time)) return false;
  cursor.blanks();
  const bool west = cursor.peek() == '-';
  if (!cursor.accept('+') && !cursor.accept('-')) return false;
  auto offset = number(4, 4);
  auto year = offset ? number(4, 4) : std::nullopt;
  if (!year || !cursor.done()) return false;
  const auto minutes = static_cast<int32_t>(*offset / 100 * 60 + *offset % 100);
  time.offset_minutes = west ? -minutes : minutes;
  return set_day(time, *year, *month, *day);
}

std::optional<CivilTime> read_epoch(std::string_view text) {
  int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  CivilTime time = civil_from_epoch(number);
  time.offset_minutes = 0;
  return time;
}

} // namespace

std::optional<CivilTime> read_auto(std::string_view text, MomentKind kind) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  CivilTime time;
  Cursor cursor{text};
  if (read_day(cursor, time)) {
    if (cursor.done()) return is_valid(time) ? std::optional(time) : std::nullopt;
    if (!cursor.accept('T') && !cursor.accept(' ')) return std::nullopt;
    cursor.blanks();
    const bool whole = read_time(cursor, time) && read_offset(cursor, time) && cursor.done();
    return whole && is_valid(time) ? std::optional(time) : std::nullopt;
  }
  if (kind == MomentKind::time && text.find(':') != std::string_view::npos) {
    const bool whole = read_time(cursor, time) && read_offset(cursor, time) && cursor.done();
    return whole && is_valid(time) ? std::optional(time) : std::nullopt;
  }
  if (auto found = read_epoch(text)) return found;
  Cursor again{text};
  CivilTime with_weekday;
  if (read_with_weekday(again, with_weekday) && is_valid(with_weekday)) return with_weekday;
  return std::nullopt;
}

} // namespace freshet::warehouse
