#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace freshet::warehouse {

/// A time zone of the IANA database. A plain value; all functions may be called from any thread.
class TimeZone {
 public:
  /// Empty: there is no zone of this name (names are case-sensitive).
  static std::optional<TimeZone> find(std::string_view name);

  /// Of a moment, in microseconds since 1970 UTC.
  int32_t offset_minutes_at(int64_t utc) const;
  /// The moment of a wall clock: the first of two where clocks are set back; where they are set forward, as if they were not.
  int64_t utc_of(int64_t local) const;

 private:
  explicit TimeZone(const void* zone) : zone_(zone) {}
  const void* zone_; // date::time_zone, which lives as long as the program
};

} // namespace freshet::warehouse
