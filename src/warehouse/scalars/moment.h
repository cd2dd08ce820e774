#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "engine/rows.h"
#include "warehouse/load/datetime_text.h"
#include "warehouse/scalars/time_zone.h"

namespace freshet::warehouse {

enum class MomentKind : uint8_t { date, time, timestamp_ntz, timestamp_ltz, timestamp_tz };

/// What a value of any type says of a moment: a wall clock or an instant, perhaps with an offset from UTC.
struct Moment {
  int64_t microseconds = 0; // since 1970: of the wall clock, or UTC if `is_instant`
  bool is_instant = false;
  std::optional<int32_t> offset_minutes;

  int64_t wall_clock(const TimeZone& zone) const;
  int64_t instant(const TimeZone& zone) const;
  int32_t offset(const TimeZone& zone) const;
};

/// A text in one of the formats that Snowflake's AUTO detects; whole numbers count seconds, milliseconds, microseconds or
/// nanoseconds since 1970, by their size.
std::optional<CivilTime> read_auto(std::string_view text, MomentKind kind);

/// Reads moments out of engine values of any type, with one zone and one format for a while.
class MomentReader {
 public:
  /// Unknown zone: false.
  bool use_zone(std::string_view name);
  void use_format(std::string_view format, MomentKind kind);

  const TimeZone& zone() const { return *zone_; }
  /// NULL inside a semi-structured value: an empty optional. Errors are in Snowflake's words: "Date 'x' is not recognized".
  std::expected<std::optional<Moment>, std::string> read(const engine::Vector& vector, size_t row) const;

 private:
  std::expected<std::optional<Moment>, std::string> read_text(std::string_view text) const;
  std::string refused(std::string_view text) const;
  Moment of_number(__int128 unscaled, int scale) const;

  std::string zone_name_;
  std::optional<TimeZone> zone_;
  std::string format_text_;
  MomentKind kind_ = MomentKind::timestamp_ntz;
  std::optional<DateTimeFormat> format_; // empty: AUTO
  int number_scale_ = 0;                 // of whole numbers: 3 for milliseconds
  bool has_format_ = false;
};

} // namespace freshet::warehouse
