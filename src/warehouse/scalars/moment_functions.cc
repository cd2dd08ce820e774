// Values of any type as dates, times and timestamps: freshet_date(value, zone, format) and its family. `zone` is the session's,
// `format` one of Snowflake's, AUTO, or for numbers how many digits stand for a second's fraction.
#include <fmt/format.h>

#include "engine/zoned_timestamp.h"
#include "warehouse/scalars/moment.h"
#include "warehouse/scalars/scalars.h"

namespace freshet::warehouse {
namespace {

using engine::Chunk;
using engine::ResultVector;
using engine::Type;
using engine::TypeId;
using Outcome = std::expected<void, std::string>;

constexpr int64_t k_minute = 60'000'000;
constexpr int64_t k_day = 86'400'000'000;

int64_t floor_divide(int64_t value, int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

void write(ResultVector& result, size_t row, const Moment& moment, MomentKind kind, const TimeZone& zone) {
  switch (kind) {
    case MomentKind::date:
      result.data<int32_t>()[row] = static_cast<int32_t>(floor_divide(moment.wall_clock(zone), k_day));
      return;
    case MomentKind::time: {
      const int64_t wall = moment.wall_clock(zone);
      result.data<int64_t>()[row] = wall - floor_divide(wall, k_day) * k_day;
      return;
    }
    case MomentKind::timestamp_ntz:
      result.data<int64_t>()[row] = moment.wall_clock(zone);
      return;
    case MomentKind::timestamp_ltz:
      result.data<int64_t>()[row] = moment.instant(zone);
      return;
    case MomentKind::timestamp_tz:
      result.data<engine::Interval>()[row] = engine::pack({moment.instant(zone), moment.offset(zone)});
      return;
  }
}

bool any_null(const Chunk& arguments, size_t row) {
  for (const auto& column : arguments.columns())
    if (column.is_null(row)) return true;
  return false;
}

std::string unknown_zone(std::string_view name) {
  return fmt::format("Unknown timezone: '{}'", name);
}

Outcome convert(const Chunk& arguments, ResultVector& result, MomentKind kind, bool is_try) {
  MomentReader reader;
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (any_null(arguments, row)) {
      result.set_null(row);
      continue;
    }
    if (!reader.use_zone(arguments[1].text(row))) return std::unexpected(unknown_zone(arguments[1].text(row)));
    reader.use_format(arguments[2].text(row), kind);
    auto moment = reader.read(arguments[0], row);
    if (!moment && !is_try) return std::unexpected(std::move(moment).error());
    if (!moment || !*moment)
      result.set_null(row);
    else
      write(result, row, **moment, kind, reader.zone());
  }
  return {};
}

/// freshet_tz_in(zone name, value, session zone): the same moment with the offset of a zone. CONVERT_TIMEZONE of two arguments.
Outcome tz_in(const Chunk& arguments, ResultVector& result) {
  MomentReader reader, target;
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (any_null(arguments, row)) {
      result.set_null(row);
      continue;
    }
    if (!target.use_zone(arguments[0].text(row))) return std::unexpected(unknown_zone(arguments[0].text(row)));
    if (!reader.use_zone(arguments[2].text(row))) return std::unexpected(unknown_zone(arguments[2].text(row)));
    reader.use_format("AUTO", MomentKind::timestamp_tz);
    auto moment = reader.read(arguments[1], row);
    if (!moment) return std::unexpected(std::move(moment).error());
    if (!*moment) {
      result.set_null(row);
      continue;
    }
    const int64_t instant = (*moment)->instant(reader.zone());
    result.data<engine::Interval>()[row] = engine::pack({instant, target.zone().offset_minutes_at(instant)});
  }
  return {};
}

/// freshet_ntz_in(target zone, source zone, value, session zone): a wall clock of one zone as one of another.
Outcome ntz_in(const Chunk& arguments, ResultVector& result) {
  MomentReader reader, source, target;
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (any_null(arguments, row)) {
      result.set_null(row);
      continue;
    }
    if (!target.use_zone(arguments[0].text(row))) return std::unexpected(unknown_zone(arguments[0].text(row)));
    if (!source.use_zone(arguments[1].text(row))) return std::unexpected(unknown_zone(arguments[1].text(row)));
    if (!reader.use_zone(arguments[3].text(row))) return std::unexpected(unknown_zone(arguments[3].text(row)));
    reader.use_format("AUTO", MomentKind::timestamp_ntz);
    auto moment = reader.read(arguments[2], row);
    if (!moment) return std::unexpected(std::move(moment).error());
    if (!*moment) {
      result.set_null(row);
      continue;
    }
    const int64_t instant = source.zone().utc_of((*moment)->wall_clock(reader.zone()));
    result.data<int64_t>()[row] = instant + target.zone().offset_minutes_at(instant) * k_minute;
  }
  return {};
}

/// freshet_tz_at(wall clock, TIMESTAMP_TZ): another wall clock with the offset of a value.
Outcome tz_at(const Chunk& arguments, ResultVector& result) {
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (any_null(arguments, row)) {
      result.set_null(row);
      continue;
    }
    const auto zoned = engine::unpack(arguments[1].value<engine::Interval>(row));
    const int64_t instant = arguments[0].integer(row) - zoned.offset_minutes * k_minute;
    result.data<engine::Interval>()[row] = engine::pack({instant, zoned.offset_minutes});
  }
  return {};
}

/// freshet_tz_cut(TIMESTAMP_TZ, unit): without what is finer than so many microseconds.
Outcome tz_cut(const Chunk& arguments, ResultVector& result) {
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (any_null(arguments, row)) {
      result.set_null(row);
      continue;
    }
    auto zoned = engine::unpack(arguments[0].value<engine::Interval>(row));
    const int64_t unit = arguments[1].integer(row);
    zoned.microseconds = floor_divide(zoned.microseconds, unit) * unit;
    result.data<engine::Interval>()[row] = engine::pack(zoned);
  }
  return {};
}

/// freshet_tz_offset(TIMESTAMP_TZ): in minutes.
Outcome tz_offset(const Chunk& arguments, ResultVector& result) {
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (arguments[0].is_null(row))
      result.set_null(row);
    else
      result.data<int64_t>()[row] = engine::unpack(arguments[0].value<engine::Interval>(row)).offset_minutes;
  }
  return {};
}

} // namespace

engine::Result<void> register_moment_functions(engine::Database& database) {
  struct Family {
    const char* name;
    MomentKind kind;
    TypeId type;
  };
  static constexpr Family k_families[] = {{"date", MomentKind::date, TypeId::date},
                                          {"time", MomentKind::time, TypeId::time},
                                          {"ntz", MomentKind::timestamp_ntz, TypeId::timestamp},
                                          {"ltz", MomentKind::timestamp_ltz, TypeId::timestamp_tz},
                                          {"tz", MomentKind::timestamp_tz, TypeId::interval}};
  const Type any{TypeId::other}, text{TypeId::varchar}, zoned{TypeId::interval}, wall_clock{TypeId::timestamp};
  const auto add = [&](std::string name, std::vector<Type> parameters, Type type, auto body) {
    return database.register_functions({{std::move(name), std::move(parameters), {}, std::move(type), false, false, body}});
  };
  for (const auto& family : k_families) {
    for (const bool is_try : {false, true}) {
      TRY(add(fmt::format("freshet_{}{}", is_try ? "try_" : "", family.name), {any, text, text}, Type{family.type},
              [kind = family.kind, is_try](const Chunk& arguments, ResultVector& result) {
                return convert(arguments, result, kind, is_try);
              }));
    }
  }
  TRY(add("freshet_tz_in", {text, any, text}, zoned, tz_in));
  TRY(add("freshet_ntz_in", {text, text, any, text}, wall_clock, ntz_in));
  TRY(add("freshet_tz_at", {wall_clock, zoned}, zoned, tz_at));
  TRY(add("freshet_tz_cut", {zoned, Type{TypeId::bigint}}, zoned, tz_cut));
  return add("freshet_tz_offset", {zoned}, Type{TypeId::bigint}, tz_offset);
}

} // namespace freshet::warehouse
