#include "warehouse/scalars/moment.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>

#include "engine/zoned_timestamp.h"
#include "warehouse/scalars/json_value.h"

namespace freshet::warehouse {
namespace {

constexpr int64_t k_minute = 60'000'000;
constexpr int64_t k_day = 86'400'000'000;

Moment moment_of(const CivilTime& time) {
  const std::chrono::sys_days day{std::chrono::year(time.year) / static_cast<int>(time.month) / static_cast<int>(time.day)};
  const int64_t seconds = int64_t{time.hour} * 3600 + time.minute * 60 + time.second;
  return {day.time_since_epoch().count() * k_day + seconds * 1'000'000 + time.nanosecond / 1000, false, time.offset_minutes};
}

std::string_view word_of(MomentKind kind) {
  return kind == MomentKind::date ? "Date" : kind == MomentKind::time ? "Time" : "Timestamp";
}

} // namespace

int32_t Moment::offset(const TimeZone& zone) const {
  return offset_minutes ? *offset_minutes : zone.offset_minutes_at(instant(zone));
}

int64_t Moment::wall_clock(const TimeZone& zone) const {
  return is_instant ? microseconds + offset(zone) * k_minute : microseconds;
}

int64_t Moment::instant(const TimeZone& zone) const {
  if (is_instant) return microseconds;
  return offset_minutes ? microseconds - *offset_minutes * k_minute : zone.utc_of(microseconds);
}

bool MomentReader::use_zone(std::string_view name) {
  if (zone_ && zone_name_ == name) return true;
  zone_ = TimeZone::find(name);
  zone_name_ = name;
  return zone_.has_value();
}

void MomentReader::use_format(std::string_view format, MomentKind kind) {
  if (has_format_ && format_text_ == format && kind_ == kind) return;
  has_format_ = true;
  format_text_ = format;
  kind_ = kind;
  number_scale_ = 0;
  format_.reset();
  auto [end, error] = std::from_chars(format.data(), format.data() + format.size(), number_scale_);
  if (error == std::errc{} && end == format.data() + format.size()) return;
  number_scale_ = 0;
  if (format == "AUTO" || format == "auto" || format.empty()) return;
  format_.emplace(format, kind == MomentKind::time ? DateTimeKind::time : DateTimeKind::timestamp);
}

std::string MomentReader::refused(std::string_view text) const {
  if (!format_) return fmt::format("{} '{}' is not recognized", word_of(kind_), text);
  std::string word(word_of(kind_));
  word[0] = static_cast<char>(word[0] | 0x20);
  return fmt::format("Can't parse '{}' as {} with format '{}'", text, word, format_text_);
}

std::expected<std::optional<Moment>, std::string> MomentReader::read_text(std::string_view text) const {
  auto time = format_ ? format_->parse(text) : read_auto(text, kind_);
  if (!time) return std::unexpected(refused(text));
  return moment_of(*time);
}

Moment MomentReader::of_number(__int128 unscaled, int scale) const {
  scale += number_scale_;
  for (; scale < 6; ++scale) unscaled *= 10;
  __int128 divisor = 1;
  for (; scale > 6; --scale) divisor *= 10;
  __int128 whole = unscaled / divisor - (unscaled % divisor < 0 ? 1 : 0);
  const bool is_instant = kind_ == MomentKind::timestamp_ltz || kind_ == MomentKind::timestamp_tz;
  return {static_cast<int64_t>(whole), is_instant, std::nullopt};
}

std::expected<std::optional<Moment>, std::string> MomentReader::read(const engine::Vector& vector, size_t row) const {
  using enum engine::TypeId;
  const auto& type = vector.type();
  switch (type.id) {
    case varchar: {
      if (type.alias != "JSON") return read_text(vector.text(row));
      auto value = JsonValue::parse(vector.text(row));
      if (!value || value->is_null()) return std::nullopt;
      if (value->kind != JsonValue::Kind::string && value->kind != JsonValue::Kind::number)
        return std::unexpected(fmt::format("Failed to cast variant value {} to {}", vector.text(row), word_of(kind_)));
      auto moment = read_text(value->text);
      if (value->kind == JsonValue::Kind::number && kind_ == MomentKind::timestamp_ntz && moment && *moment)
        *moment = Moment{(*moment)->microseconds, true, std::nullopt}; // in the session's time zone, unlike other numbers
      return moment;
    }
    case date:
      return Moment{vector.integer(row) * k_day, false, std::nullopt};
    case time:
    case timestamp:
      return Moment{vector.integer(row), false, std::nullopt};
    case timestamp_s:
      return Moment{vector.integer(row) * 1'000'000, false, std::nullopt};
    case timestamp_ms:
      return Moment{vector.integer(row) * 1'000, false, std::nullopt};
    case timestamp_ns:
      return Moment{vector.integer(row) / 1'000, false, std::nullopt};
    case timestamp_tz:
      return Moment{vector.integer(row), true, std::nullopt};
    case interval: {
      const auto zoned = engine::unpack(vector.value<engine::Interval>(row));
      return Moment{zoned.microseconds, true, zoned.offset_minutes};
    }
    case real:
    case double_:
      return of_number(static_cast<__int128>(std::llround(vector.floating(row) * 1e6)), 6);
    case decimal:
      return of_number(vector.wide_integer(row), type.scale);
    case tinyint:
    case smallint:
    case integer:
    case bigint:
    case utinyint:
    case usmallint:
    case uinteger:
    case ubigint:
    case hugeint:
    case uhugeint:
      return of_number(vector.wide_integer(row), 0);
    default:
      return std::unexpected(fmt::format("Invalid argument types for function 'TO_{}'", word_of(kind_)));
  }
}

} // namespace freshet::warehouse
