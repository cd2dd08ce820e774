#pragma once

#include "engine/rows.h"
#include "engine/value.h"

namespace freshet::engine {

/// How a ZonedTimestamp lives in the engine: as an INTERVAL of o months, −30·o days and the moment in microseconds, o being the
/// offset in minutes. The engine counts a month as 30 days wherever it compares intervals, so that values are equal, grouped,
/// joined and ordered by their moment alone, and still keep their offset (docs/adr).
///
/// Microseconds count from 66,000,000,000 s before 1970: comparing carries days into months, which must not change sign.
inline constexpr int64_t k_zoned_epoch_microseconds = 66'000'000'000'000'000;

inline Interval pack(const ZonedTimestamp& moment) {
  return {moment.offset_minutes, -30 * moment.offset_minutes, moment.microseconds + k_zoned_epoch_microseconds};
}

inline ZonedTimestamp unpack(const Interval& interval) {
  constexpr int64_t k_day_microseconds = 86'400'000'000;
  int64_t days = interval.days + int64_t{30} * interval.months; // 0 unless engine arithmetic has added days
  return {interval.microseconds + days * k_day_microseconds - k_zoned_epoch_microseconds, interval.months};
}

} // namespace freshet::engine
