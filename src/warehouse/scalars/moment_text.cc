// Dates and timestamps in the formats that Snowflake's AUTO detects, as the engine reads them.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>

#include "warehouse/scalars/row_function.h"
#include "warehouse/scalars/scalars.h"

namespace freshet::warehouse {
namespace {

constexpr std::array<std::string_view, 12> k_months = {"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};

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
  std::optional<int> number(size_t digits_min, size_t digits_max) {
    size_t end = at;
    while (end < text.size() && end - at < digits_max && text[end] >= '0' && text[end] <= '9') ++end;
    if (end - at < digits_min) return std::nullopt;
    int value = 0;
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
  /// 1 … 12, from the first three letters of a month.
  std::optional<int> month_name() {
    size_t start = at;
    auto name = word();
    if (name.size() >= 3) {
      std::string key(name.substr(0, 3));
      for (char& c : key) c = static_cast<char>(c | 0x20);
      for (size_t i = 0; i < k_months.size(); ++i)
        if (k_months[i] == key) return static_cast<int>(i) + 1;
    }
    at = start;
    return std::nullopt;
  }
};

struct Day {
  int year = 0, month = 0, day = 0;
};

/// 2024-01-31, 2024/1/31, 01/31/2024, 31-JAN-2024
std::optional<Day> read_day(Cursor& cursor) {
  size_t start = cursor.at;
  auto give_up = [&] {
    cursor.at = start;
    return std::nullopt;
  };
  if (auto year = cursor.number(4, 4)) {
    char separator = cursor.peek();
    if (separator != '-' && separator != '/') return give_up();
    ++cursor.at;
    auto month = cursor.number(1, 2);
    if (!month || !cursor.accept(separator)) return give_up();
    auto day = cursor.number(1, 2);
    if (!day) return give_up();
    return Day{*year, *month, *day};
  }
  auto first = cursor.number(1, 2);
  if (!first) return give_up();
  if (cursor.accept('/')) {
    auto day = cursor.number(1, 2);
    if (!day || !cursor.accept('/')) return give_up();
    auto year = cursor.number(4, 4);
    if (!year) return give_up();
    return Day{*year, *first, *day};
  }
  if (!cursor.accept('-')) return give_up();
  auto month = cursor.month_name();
  if (!month || !cursor.accept('-')) return give_up();
  auto year = cursor.number(4, 4);
  if (!year) return give_up();
  return Day{*year, *month, *first};
}

/// hh:mm[:ss[.fraction]] [AM|PM] as "hh:mm:ss.ffffff"
std::optional<std::string> read_time(Cursor& cursor) {
  auto hour = cursor.number(1, 2);
  if (!hour) return std::nullopt;
  int minute = 0, second = 0;
  std::string fraction;
  if (cursor.accept(':')) {
    auto read_minute = cursor.number(2, 2);
    if (!read_minute) return std::nullopt;
    minute = *read_minute;
    if (cursor.accept(':')) {
      auto read_second = cursor.number(2, 2);
      if (!read_second) return std::nullopt;
      second = *read_second;
      if (cursor.accept('.') || cursor.accept(',')) {
        while (cursor.peek() >= '0' && cursor.peek() <= '9') fraction += cursor.text[cursor.at++];
        if (fraction.size() > 9) return std::nullopt;
        fraction.resize(6, '0');
      }
    }
  }
  size_t place = cursor.at;
  cursor.blanks();
  auto half = cursor.word();
  if (half == "AM" || half == "PM" || half == "am" || half == "pm") {
    if (*hour < 1 || *hour > 12) return std::nullopt;
    *hour = *hour % 12 + ((half[0] | 0x20) == 'p' ? 12 : 0);
  } else {
    cursor.at = place;
  }
  if (*hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return fmt::format("{:02}:{:02}:{:02}{}{}", *hour, minute, second, fraction.empty() ? "" : ".", fraction);
}

/// Z, +02, +0200, +02:00, after blanks; empty where there is none.
std::optional<std::string> read_offset(Cursor& cursor) {
  cursor.blanks();
  if (cursor.accept('Z') || cursor.accept('z')) return "+00:00";
  char sign = cursor.peek();
  if (sign != '+' && sign != '-') return cursor.done() ? std::optional<std::string>("") : std::nullopt;
  ++cursor.at;
  auto hours = cursor.number(1, 2);
  if (!hours) return std::nullopt;
  cursor.accept(':');
  int minutes = cursor.number(2, 2).value_or(0);
  return fmt::format("{}{:02}:{:02}", sign, *hours, minutes);
}

std::string moment_text(const Day& day, std::string_view time, std::string_view offset) {
  return fmt::format("{:04}-{:02}-{:02} {}{}", day.year, day.month, day.day, time, offset);
}

/// Thu, 21 Dec 2000 16:01:07 +0200 and Mon Jul 08 18:09:51 +0000 2013
std::optional<std::string> read_with_weekday(Cursor cursor, bool zoned) {
  if (cursor.word().size() < 3) return std::nullopt;
  bool comma = cursor.accept(',');
  cursor.blanks();
  Day day;
  auto number = [&](int& out, size_t least, size_t most) {
    auto value = cursor.number(least, most);
    out = value.value_or(0);
    cursor.blanks();
    return value.has_value();
  };
  auto month = [&] {
    auto value = cursor.month_name();
    day.month = value.value_or(0);
    cursor.blanks();
    return value.has_value();
  };
  if (comma) {
    if (!number(day.day, 1, 2) || !month() || !number(day.year, 4, 4)) return std::nullopt;
    auto time = read_time(cursor);
    auto offset = time ? read_offset(cursor) : std::nullopt;
    if (!offset || !cursor.done()) return std::nullopt;
    return moment_text(day, *time, zoned ? *offset : "");
  }
  if (!month() || !number(day.day, 1, 2)) return std::nullopt;
  auto time = read_time(cursor);
  cursor.blanks();
  if (!time || (cursor.peek() != '+' && cursor.peek() != '-')) return std::nullopt;
  size_t start = cursor.at++;
  if (!cursor.number(4, 4)) return std::nullopt;
  std::string offset(cursor.text.substr(start, 3));
  offset.append(":").append(cursor.text.substr(start + 3, 2));
  cursor.blanks();
  if (!number(day.year, 4, 4) || !cursor.done()) return std::nullopt;
  return moment_text(day, *time, zoned ? offset : "");
}

/// A whole number: seconds, milliseconds, microseconds or nanoseconds since 1970, by its size.
std::optional<std::string> read_epoch(std::string_view text, bool zoned) {
  int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || text.size() < 5) return std::nullopt;
  constexpr int64_t k_seconds_max = 31'536'000'000, k_million = 1'000'000;
  int64_t size = number < 0 ? -number : number;
  int64_t micros = size < k_seconds_max               ? number * k_million
                   : size < k_seconds_max * 1000      ? number * 1000
                   : size < k_seconds_max * k_million ? number
                                                      : number / 1000;
  int64_t days = micros / 86'400'000'000 - (micros % 86'400'000'000 < 0 ? 1 : 0);
  int64_t rest = micros - days * 86'400'000'000;
  // civil date of a day number (Gregorian, proleptic)
  int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, of_era = z - era * 146097;
  int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100), shifted = (5 * of_year + 2) / 153;
  Day day{static_cast<int>(year_of_era + era * 400 + (shifted >= 10)),
          static_cast<int>(shifted < 10 ? shifted + 3 : shifted - 9), static_cast<int>(of_year - (153 * shifted + 2) / 5 + 1)};
  int64_t seconds = rest / k_million;
  return moment_text(day,
                     fmt::format("{:02}:{:02}:{:02}.{:06}", seconds / 3600, seconds / 60 % 60, seconds % 60, rest % k_million),
                     zoned ? "+00:00" : "");
}

/// What the engine's cast understands; a text that is none of the known formats stays as it is, for the cast to refuse.
RowResult engine_moment(RowArguments arguments, bool zoned) {
  std::string_view text = *arguments[0];
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  Cursor cursor{text};
  if (auto day = read_day(cursor)) {
    if (cursor.done()) return moment_text(*day, "00:00:00", "");
    if (cursor.accept('T') || cursor.accept(' ')) {
      cursor.blanks();
      auto time = read_time(cursor);
      auto offset = time ? read_offset(cursor) : std::nullopt;
      if (offset && cursor.done()) return moment_text(*day, *time, zoned ? *offset : "");
    }
    return std::string(*arguments[0]);
  }
  if (auto found = read_epoch(text, zoned)) return found;
  if (auto found = read_with_weekday({text}, zoned)) return found;
  return std::string(*arguments[0]);
}

} // namespace

engine::Result<void> register_moment_functions(engine::Database& database) {
  TRY(register_row_function(database, "freshet_moment", 1, false, false, RowNulls::give_null,
                            [](RowArguments arguments) { return engine_moment(arguments, false); }));
  return register_row_function(database, "freshet_moment_tz", 1, false, false, RowNulls::give_null,
                               [](RowArguments arguments) { return engine_moment(arguments, true); });
}

} // namespace freshet::warehouse
