#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::warehouse {

/// A moment as text spells it: a calendar date, a time of day, perhaps an offset from UTC.
struct CivilTime {
  int32_t year = 1970;
  uint32_t month = 1;
  uint32_t day = 1;
  uint32_t hour = 0;
  uint32_t minute = 0;
  uint32_t second = 0;
  uint32_t nanosecond = 0;
  std::optional<int32_t> offset_minutes;
};

/// A calendar day of the years 0 to 9999 and a time of day.
bool is_valid(const CivilTime& time);
/// Seconds, milliseconds, microseconds or nanoseconds since 1970, by the number's size.
CivilTime civil_from_epoch(int64_t number);

enum class DateTimeKind { date, time, timestamp };

/// Snowflake's input formats of dates, times and timestamps: `YYYY-MM-DD HH24:MI:SS.FF3`, `DD-MON-YYYY`, AUTO.
///
/// Compiled once, then used from one thread. AUTO tries the formats that Snowflake documents as detected, and whole numbers as
/// seconds, milliseconds, microseconds or nanoseconds since 1970, by their size.
class DateTimeFormat {
 public:
  DateTimeFormat(std::string_view format, DateTimeKind kind);
  std::optional<CivilTime> parse(std::string_view text) const;

 private:
  enum class Part {
    literal,
    year4,
    year2,
    month2,
    month_short,
    month_long,
    day2,
    weekday,
    hour24,
    hour12,
    meridian,
    minute,
    second,
    fraction,
    offset_hour,
    offset_minute,
  };
  struct Piece {
    Part part;
    std::string literal;
  };
  using Pieces = std::vector<Piece>;
  static Pieces compile(std::string_view format);
  static bool take(const Piece& piece, std::string_view& rest, CivilTime& time, bool& afternoon, bool& twelve);
  static std::optional<CivilTime> parse_with(const Pieces& pieces, std::string_view text);

  DateTimeKind kind_;
  bool automatic_;
  std::vector<Pieces> formats_;
};

/// `2026-01-31`, `12:34:56.789`, `2026-01-31 12:34:56.789+02:00`: what the engine casts without loss (to the microsecond).
std::string engine_text(const CivilTime& time, DateTimeKind kind);

} // namespace freshet::warehouse
