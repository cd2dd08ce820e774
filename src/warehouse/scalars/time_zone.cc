#include "warehouse/scalars/time_zone.h"

#include <date/tz.h>

#include <chrono>
#include <stdexcept>
#include <string>

namespace freshet::warehouse {
namespace {

const date::time_zone& zone_of(const void* zone) {
  return *static_cast<const date::time_zone*>(zone);
}

} // namespace

std::optional<TimeZone> TimeZone::find(std::string_view name) {
  try {
    return TimeZone(date::locate_zone(std::string(name)));
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

int32_t TimeZone::offset_minutes_at(int64_t utc) const {
  const date::sys_seconds second =
      date::floor<std::chrono::seconds>(date::sys_time<std::chrono::microseconds>{std::chrono::microseconds{utc}});
  const auto offset = zone_of(zone_).get_info(second).offset;
  return static_cast<int32_t>(std::chrono::floor<std::chrono::minutes>(offset).count());
}

int64_t TimeZone::utc_of(int64_t local) const {
  const auto second =
      date::floor<std::chrono::seconds>(date::local_time<std::chrono::microseconds>{std::chrono::microseconds{local}});
  const auto info = zone_of(zone_).get_info(second);
  return local - std::chrono::duration_cast<std::chrono::microseconds>(info.first.offset).count();
}

} // namespace freshet::warehouse
