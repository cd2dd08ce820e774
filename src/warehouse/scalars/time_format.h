#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::warehouse {

/// One of Snowflake's output formats of dates and times, compiled: `YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM`.
class TimeFormat {
 public:
  explicit TimeFormat(std::string_view format);
  /// `wall_clock` in microseconds since 1970.
  void append(std::string& out, int64_t wall_clock, int32_t offset_minutes) const;

 private:
  enum class Part : uint8_t {
    literal,
    year4,
    year2,
    month,
    month_short,
    month_long,
    day,
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
    size_t digits = 9; // of a fraction
  };
  std::vector<Piece> pieces_;
};

} // namespace freshet::warehouse
