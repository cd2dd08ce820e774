#include <fmt/format.h>

#include <chrono>
#include <iterator>

#include "engine/rows.h"
#include "engine/zoned_timestamp.h"

namespace freshet::engine {
namespace {

void append_wide(std::string& out, __int128 value, bool is_unsigned = false, int scale = 0) {
  bool negative = value < 0 && !is_unsigned;
  auto rest = static_cast<unsigned __int128>(value);
  if (negative) rest = -rest;
  char digits[48];
  int count = 0;
  do {
    digits[count++] = static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
    if (count == scale) digits[count++] = '.';
  } while (rest != 0 || count <= scale);
  if (digits[count - 1] == '.') digits[count++] = '0';
  if (negative) out += '-';
  while (count > 0) out += digits[--count];
}

void append_double(std::string& out, double value, bool single) {
  std::string text = single ? fmt::format("{}", static_cast<float>(value)) : fmt::format("{}", value);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  out += text;
}

void append_date(std::string& out, int64_t days) {
  std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

/// Microseconds or nanoseconds of a day; trailing zeros of the fraction are dropped.
void append_time(std::string& out, int64_t of_day, int64_t per_second) {
  int64_t seconds = of_day / per_second;
  fmt::format_to(std::back_inserter(out), "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  int64_t fraction = of_day % per_second;
  if (fraction == 0) return;
  std::string digits = per_second == 1'000'000'000 ? fmt::format("{:09}", fraction) : fmt::format("{:06}", fraction);
  digits.erase(digits.find_last_not_of('0') + 1);
  out.append(".").append(digits);
}

void append_timestamp(std::string& out, int64_t since_epoch, int64_t per_second) {
  int64_t per_day = per_second * 86400;
  int64_t days = since_epoch / per_day - (since_epoch % per_day < 0 ? 1 : 0);
  append_date(out, days);
  out += ' ';
  append_time(out, since_epoch - days * per_day, per_second);
}

void append_uuid(std::string& out, __int128 value) {
  auto bits = static_cast<unsigned __int128>(value) ^ (static_cast<unsigned __int128>(1) << 127);
  auto high = static_cast<uint64_t>(bits >> 64), low = static_cast<uint64_t>(bits);
  fmt::format_to(std::back_inserter(out), "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff,
                 high & 0xffff, low >> 48, low & 0xffffffffffff);
}

void append_blob(std::string& out, std::string_view bytes) {
  for (unsigned char byte : bytes) {
    if (byte >= 32 && byte < 127 && byte != '\\' && byte != '\'' && byte != '"')
      out += static_cast<char>(byte);
    else
      fmt::format_to(std::back_inserter(out), "\\x{:02X}", byte);
  }
}

void append_zoned(std::string& out, const ZonedTimestamp& moment) {
  append_timestamp(out, moment.microseconds + int64_t{moment.offset_minutes} * 60'000'000, 1'000'000);
  int32_t minutes = moment.offset_minutes < 0 ? -moment.offset_minutes : moment.offset_minutes;
  fmt::format_to(std::back_inserter(out), "{}{:02}:{:02}", moment.offset_minutes < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

void append_nested(std::string& out, const Vector& vector, size_t row) {
  const Type& type = vector.type();
  if (type.id == TypeId::struct_) {
    out += '{';
    for (size_t i = 0; i < type.children.size(); ++i) {
      if (i > 0) out += ", ";
      out.append("'").append(type.names[i]).append("': ");
      append_text(out, vector.children()[i], row);
    }
    out += '}';
    return;
  }
  bool map = type.id == TypeId::map;
  ListEntry entry = vector.list(row);
  const Vector& elements = vector.children()[0];
  out += map ? '{' : '[';
  for (uint64_t i = entry.offset; i < entry.offset + entry.length; ++i) {
    if (i > entry.offset) out += ", ";
    if (map) {
      append_text(out, elements.children()[0], i);
      out += '=';
      append_text(out, elements.children()[1], i);
    } else {
      append_text(out, elements, i);
    }
  }
  out += map ? '}' : ']';
}

} // namespace

void append_text(std::string& out, const Vector& vector, size_t row) {
  if (vector.is_null(row)) {
    out += "NULL";
    return;
  }
  const Type& type = vector.type();
  switch (type.id) {
    case TypeId::boolean:
      out += vector.boolean(row) ? "true" : "false";
      break;
    case TypeId::varchar:
    case TypeId::enum_:
      out += vector.text(row);
      break;
    case TypeId::blob:
      append_blob(out, vector.text(row));
      break;
    case TypeId::decimal:
      append_wide(out, vector.wide_integer(row), false, type.scale);
      break;
    case TypeId::uhugeint:
      append_wide(out, vector.wide_integer(row), true);
      break;
    case TypeId::real:
      append_double(out, vector.floating(row), true);
      break;
    case TypeId::double_:
      append_double(out, vector.floating(row), false);
      break;
    case TypeId::date:
      append_date(out, vector.integer(row));
      break;
    case TypeId::time:
      append_time(out, vector.integer(row), 1'000'000);
      break;
    case TypeId::time_ns:
      append_time(out, vector.integer(row), 1'000'000'000);
      break;
    case TypeId::timestamp:
      append_timestamp(out, vector.integer(row), 1'000'000);
      break;
    case TypeId::timestamp_s:
      append_timestamp(out, vector.integer(row), 1);
      break;
    case TypeId::timestamp_ms:
      append_timestamp(out, vector.integer(row) * 1000, 1'000'000);
      break;
    case TypeId::timestamp_ns:
      append_timestamp(out, vector.integer(row), 1'000'000'000);
      break;
    case TypeId::timestamp_tz:
      append_timestamp(out, vector.integer(row), 1'000'000);
      out += "+00";
      break;
    case TypeId::uuid:
      append_uuid(out, vector.wide_integer(row));
      break;
    case TypeId::interval:
      append_zoned(out, unpack(vector.value<Interval>(row)));
      break;
    case TypeId::list:
    case TypeId::map:
    case TypeId::struct_:
      append_nested(out, vector, row);
      break;
    case TypeId::null:
      out += "NULL";
      break;
    case TypeId::time_tz:
    case TypeId::bit:
    case TypeId::bignum:
    case TypeId::union_:
    case TypeId::other:
      out += "?";
      break; // the warehouse has no such type; cast to VARCHAR in the statement
    default:
      append_wide(out, vector.wide_integer(row));
      break;
  }
}

} // namespace freshet::engine
