#include "wire/cell.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "engine/zoned_timestamp.h"
#include "warehouse/scalars/xml_functions.h"
#include "wire/json_text.h"

namespace freshet::wire {
namespace {

using engine::TypeId;
using sql::TypeKind;
using Wide = __int128;

constexpr int64_t k_nanos_per_second = 1'000'000'000;

void append_wide(std::string& out, Wide value) {
  char digits[40];
  char* end = digits + sizeof digits;
  char* begin = end;
  auto magnitude = value < 0 ? -static_cast<unsigned __int128>(value) : static_cast<unsigned __int128>(value);
  do {
    *--begin = static_cast<char>('0' + static_cast<int>(magnitude % 10));
    magnitude /= 10;
  } while (magnitude != 0);
  if (value < 0) out += '-';
  out.append(begin, end);
}

/// `unscaled` × 10^-scale, with exactly `scale` digits after the point.
void append_decimal(std::string& out, Wide unscaled, int scale) {
  if (scale <= 0) {
    append_wide(out, unscaled);
    return;
  }
  std::string digits;
  append_wide(digits, unscaled < 0 ? -unscaled : unscaled);
  const auto width = static_cast<size_t>(scale);
  if (digits.size() <= width) digits.insert(0, width + 1 - digits.size(), '0');
  if (unscaled < 0) out += '-';
  out.append(digits, 0, digits.size() - width);
  out += '.';
  out.append(digits, digits.size() - width);
}

bool is_integer(TypeId id) {
  return id >= TypeId::tinyint && id <= TypeId::uhugeint;
}

void append_number(std::string& out, const sql::SnowflakeType& type, const engine::Vector& vector, size_t row) {
  const auto& engine_type = vector.type();
  if (engine_type.id == TypeId::decimal) {
    append_decimal(out, vector.wide_integer(row), engine_type.scale);
  } else if (is_integer(engine_type.id)) {
    append_wide(out, vector.wide_integer(row));
    if (type.scale > 0) out.append(".").append(static_cast<size_t>(type.scale), '0');
  } else {
    engine::append_text(out, vector, row);
  }
}

/// Nanoseconds since 1970 or midnight of any of the engine's types for times.
std::optional<Wide> nanoseconds(const engine::Vector& vector, size_t row) {
  switch (vector.type().id) {
    case TypeId::time:
    case TypeId::timestamp:
    case TypeId::timestamp_tz:
      return Wide{vector.integer(row)} * 1000;
    case TypeId::timestamp_s:
      return Wide{vector.integer(row)} * k_nanos_per_second;
    case TypeId::timestamp_ms:
      return Wide{vector.integer(row)} * 1'000'000;
    case TypeId::time_ns:
    case TypeId::timestamp_ns:
      return Wide{vector.integer(row)};
    case TypeId::interval:
      return Wide{engine::unpack(vector.value<engine::Interval>(row)).microseconds} * 1000;
    case TypeId::date:
      return Wide{vector.integer(row)} * 86'400 * k_nanos_per_second;
    default:
      return std::nullopt;
  }
}

/// Appends "seconds.fraction" with the fraction cut to `scale` digits.
void append_seconds(std::string& out, Wide nanos, int scale) {
  scale = std::clamp(scale, 0, 9);
  for (int i = scale; i < 9; ++i) nanos = nanos >= 0 ? nanos / 10 : -((-nanos + 9) / 10); // toward the past
  append_decimal(out, nanos, scale);
}

void append_instant(std::string& out, const sql::SnowflakeType& type, const engine::Vector& vector, size_t row,
                    const ZoneOffsets& zone) {
  const auto nanos = nanoseconds(vector, row);
  if (!nanos) {
    engine::append_text(out, vector, row);
    return;
  }
  append_seconds(out, *nanos, type.scale);
  if (type.kind != TypeKind::timestamp_tz) return;
  if (vector.type().id == TypeId::interval) {
    fmt::format_to(std::back_inserter(out), " {}", engine::unpack(vector.value<engine::Interval>(row)).offset_minutes + 1440);
    return;
  }
  const Wide seconds = *nanos >= 0 ? *nanos / k_nanos_per_second : -((-*nanos + k_nanos_per_second - 1) / k_nanos_per_second);
  fmt::format_to(std::back_inserter(out), " {}", zone.minutes_at(static_cast<int64_t>(seconds)) + 1440);
}

void append_hex(std::string& out, std::string_view bytes) {
  constexpr char k_digits[] = "0123456789ABCDEF";
  for (const unsigned char byte : bytes) {
    out += k_digits[byte >> 4];
    out += k_digits[byte & 15];
  }
}

void append_text_value(std::string& out, const engine::Vector& vector, size_t row) {
  const auto id = vector.type().id;
  if (id == TypeId::varchar || id == TypeId::blob)
    out += vector.text(row);
  else
    engine::append_text(out, vector, row);
}

bool is_floating(TypeId id) {
  return id == TypeId::real || id == TypeId::double_;
}

/// Letters, digits and the like only: needs no escaping in JSON.
bool is_plain(TypeKind kind) {
  switch (kind) {
    case TypeKind::number:
    case TypeKind::real:
    case TypeKind::binary:
    case TypeKind::boolean:
    case TypeKind::date:
    case TypeKind::time:
    case TypeKind::timestamp_ntz:
    case TypeKind::timestamp_ltz:
    case TypeKind::timestamp_tz:
      return true;
    default:
      return false;
  }
}

void append_cell_json(std::string& out, std::string& scratch, const sql::SnowflakeType& type, const engine::Vector& vector,
                      size_t row, const ZoneOffsets& zone, size_t json_indent) {
  if (vector.is_null(row)) {
    out += "null";
  } else if (is_semi_structured(type.kind) && vector.type().id == TypeId::varchar) {
    scratch.clear();
    if (auto xml = warehouse::xml_text(vector.text(row), json_indent > 0))
      scratch = std::move(*xml);
    else
      append_indented_json(scratch, vector.text(row), json_indent);
    append_json_string(out, scratch);
  } else if (vector.type().id == TypeId::varchar) { // also dates and numbers that the engine holds as text
    append_json_string(out, vector.text(row));
  } else if (is_plain(type.kind)) {
    out += '"';
    append_cell(out, type, vector, row, zone);
    out += '"';
  } else {
    scratch.clear();
    append_cell(scratch, type, vector, row, zone);
    append_json_string(out, scratch);
  }
}

} // namespace

ZoneOffsets::ZoneOffsets(std::string_view iana_name) : zone_(nullptr) {
  try {
    zone_ = date::locate_zone(std::string(iana_name));
  } catch (const std::runtime_error&) { // no such zone, or no zone data on this machine: UTC
  }
}

int32_t ZoneOffsets::minutes_at(int64_t epoch_seconds) const {
  if (zone_ == nullptr) return 0;
  const date::sys_seconds time{std::chrono::seconds(epoch_seconds)};
  const auto info = static_cast<const date::time_zone*>(zone_)->get_info(time);
  return static_cast<int32_t>(std::chrono::floor<std::chrono::minutes>(info.offset).count());
}

void append_cell(std::string& out, const sql::SnowflakeType& type, const engine::Vector& vector, size_t row,
                 const ZoneOffsets& zone) {
  switch (type.kind) {
    case TypeKind::number:
      append_number(out, type, vector, row);
      return;
    case TypeKind::real:
      if (is_floating(vector.type().id))
        fmt::format_to(std::back_inserter(out), "{}", vector.floating(row));
      else
        append_number(out, type, vector, row);
      return;
    case TypeKind::boolean:
      if (vector.type().id == TypeId::boolean)
        out += vector.boolean(row) ? '1' : '0';
      else
        engine::append_text(out, vector, row);
      return;
    case TypeKind::date:
      if (vector.type().id == TypeId::date)
        append_wide(out, vector.integer(row));
      else
        engine::append_text(out, vector, row);
      return;
    case TypeKind::time:
    case TypeKind::timestamp_ntz:
    case TypeKind::timestamp_ltz:
    case TypeKind::timestamp_tz:
      append_instant(out, type, vector, row, zone);
      return;
    case TypeKind::binary:
      if (vector.type().id == TypeId::blob)
        append_hex(out, vector.text(row));
      else
        engine::append_text(out, vector, row);
      return;
    default:
      append_text_value(out, vector, row);
      return;
  }
}

void append_rows(std::string& out, const warehouse::StatementResult& result, size_t begin, size_t end, const ZoneOffsets& zone,
                 size_t json_indent) {
  if (!result.rows) return;
  std::string scratch;
  size_t first_of_chunk = 0;
  bool comma = false;
  for (const auto& chunk : result.rows->chunks()) {
    const size_t first = std::max(begin, first_of_chunk), last = std::min(end, first_of_chunk + chunk.size());
    for (size_t row = first; row < last; ++row) {
      if (std::exchange(comma, true)) out += ',';
      out += '[';
      for (size_t column = 0; column < result.columns.size(); ++column) {
        if (column != 0) out += ',';
        append_cell_json(out, scratch, result.columns[column].type, chunk[column], row - first_of_chunk, zone, json_indent);
      }
      out += ']';
    }
    first_of_chunk += chunk.size();
    if (first_of_chunk >= end) break;
  }
}

bool is_semi_structured(TypeKind kind) {
  return kind == TypeKind::variant || kind == TypeKind::object || kind == TypeKind::array;
}

std::string_view wire_type_name(TypeKind kind) {
  switch (kind) {
    case TypeKind::number:
      return "fixed";
    case TypeKind::real:
      return "real";
    case TypeKind::text:
      return "text";
    case TypeKind::binary:
      return "binary";
    case TypeKind::boolean:
      return "boolean";
    case TypeKind::date:
      return "date";
    case TypeKind::time:
      return "time";
    case TypeKind::timestamp_ntz:
      return "timestamp_ntz";
    case TypeKind::timestamp_ltz:
      return "timestamp_ltz";
    case TypeKind::timestamp_tz:
      return "timestamp_tz";
    case TypeKind::variant:
      return "variant";
    case TypeKind::object:
      return "object";
    case TypeKind::array:
    case TypeKind::vector:
      return "array";
    case TypeKind::geography:
    case TypeKind::geometry:
      return "object"; // GeoJSON, the default output format
  }
  return "text";
}

void append_row_type(std::string& out, const warehouse::ResultColumn& column) {
  const auto& type = column.type;
  out += R"({"name":)";
  append_json_string(out, column.name);
  fmt::format_to(std::back_inserter(out), R"(,"database":"","schema":"","table":"","type":"{}","nullable":{},"collation":null)",
                 wire_type_name(type.kind), column.nullable);
  switch (type.kind) {
    case TypeKind::number:
      fmt::format_to(std::back_inserter(out), R"(,"precision":{},"scale":{},"length":null,"byteLength":null}})", type.precision,
                     type.scale);
      return;
    case TypeKind::time:
    case TypeKind::timestamp_ntz:
    case TypeKind::timestamp_ltz:
    case TypeKind::timestamp_tz:
      fmt::format_to(std::back_inserter(out), R"(,"precision":0,"scale":{},"length":null,"byteLength":null}})", type.scale);
      return;
    case TypeKind::text: {
      constexpr int64_t k_text_bytes_max = 16'777'216;
      fmt::format_to(std::back_inserter(out), R"(,"precision":null,"scale":null,"length":{},"byteLength":{}}})", type.length,
                     std::max(type.length, std::min(type.length * 4, k_text_bytes_max)));
      return;
    }
    case TypeKind::binary:
      fmt::format_to(std::back_inserter(out), R"(,"precision":null,"scale":null,"length":{0},"byteLength":{0}}})", type.length);
      return;
    default:
      out += R"(,"precision":null,"scale":null,"length":null,"byteLength":null})";
      return;
  }
}

} // namespace freshet::wire
