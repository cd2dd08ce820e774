#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "base/clock.h"

namespace freshet::engine {

/// A number in decimal notation, kept as text so that no digit is lost: "-12.340".
struct Decimal {
  std::string text;
  bool operator==(const Decimal&) const = default;
};
struct Date {
  int32_t days = 0; // since 1970-01-01
  bool operator==(const Date&) const = default;
};
struct Timestamp {
  int64_t microseconds = 0; // since 1970-01-01, no zone
  bool operator==(const Timestamp&) const = default;
};
struct TimestampTz {
  int64_t microseconds = 0; // since 1970-01-01 UTC
  bool operator==(const TimestampTz&) const = default;
};
/// A moment with the offset from UTC it was written with. The engine has no such type: see zoned_timestamp.h.
struct ZonedTimestamp {
  int64_t microseconds = 0; // since 1970-01-01 UTC
  int32_t offset_minutes = 0;
  bool operator==(const ZonedTimestamp&) const = default;
};
struct Time {
  int64_t microseconds = 0; // since midnight
  bool operator==(const Time&) const = default;
};
struct Blob {
  std::string bytes;
  bool operator==(const Blob&) const = default;
};

/// What can be bound to a prepared statement or appended: std::monostate is NULL.
using Value = std::variant<std::monostate, bool, int64_t, double, Decimal, std::string, Date, Time, Timestamp, TimestampTz,
                           ZonedTimestamp, Blob>;

} // namespace freshet::engine
