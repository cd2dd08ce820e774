#include "wire/bind.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cstdlib>

namespace freshet::wire {
namespace {

using sql::SnowflakeType;
using sql::TypeKind;
using warehouse::Bind;

constexpr int64_t k_nanos_per_microsecond = 1000;
constexpr int64_t k_milliseconds_per_day = 86'400'000;
constexpr int64_t k_nanos_per_day = k_milliseconds_per_day * 1'000'000;
/// Above this a DATE is in nanoseconds (the drivers switch at about the year 2969).
constexpr int64_t k_date_milliseconds_max = 31'536'000'000'000;

std::unexpected<sql::Error> malformed(std::string_view what) {
  return sql::fail({100, "22000", fmt::format("Bind variables are malformed: {}.", what)});
}

template <typename Number>
std::optional<Number> number_from(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

int64_t floor_divide(int64_t value, int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

Bind text_bind(std::string_view text) {
  return {{.kind = TypeKind::text}, std::string(text)};
}

/// `-12.340` and the like: digits with at most one point.
bool is_decimal(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const auto digits = std::ranges::count_if(text, [](char c) { return c >= '0' && c <= '9'; });
  const auto points = std::ranges::count(text, '.');
  return digits > 0 && points <= 1 && static_cast<size_t>(digits + points) == text.size();
}

Bind fixed_bind(std::string_view text) {
  if (const auto number = number_from<int64_t>(text)) return {{.kind = TypeKind::number}, *number};
  if (!is_decimal(text)) {
    if (const auto number = number_from<double>(text)) return {{.kind = TypeKind::real}, *number}; // 1e30
    return text_bind(text);
  }
  const auto point = text.find('.');
  const auto scale = point == std::string_view::npos ? 0 : static_cast<int32_t>(text.size() - point - 1);
  return {{.kind = TypeKind::number, .scale = scale}, engine::Decimal{std::string(text)}};
}

Bind real_bind(std::string_view text) {
  // from_chars takes "inf" and "nan" as the drivers write them, but not "Infinity" in every form
  if (const auto number = number_from<double>(text)) return {{.kind = TypeKind::real}, *number};
  return text_bind(text);
}

Bind boolean_bind(std::string_view text) {
  if (text == "true" || text == "TRUE" || text == "True" || text == "1") return {{.kind = TypeKind::boolean}, true};
  if (text == "false" || text == "FALSE" || text == "False" || text == "0") return {{.kind = TypeKind::boolean}, false};
  return text_bind(text);
}

Bind date_bind(std::string_view text) {
  const auto number = number_from<int64_t>(text);
  if (!number) return text_bind(text);
  const bool nanoseconds = std::abs(*number) >= k_date_milliseconds_max;
  const auto days = floor_divide(*number, nanoseconds ? k_nanos_per_day : k_milliseconds_per_day);
  return {{.kind = TypeKind::date}, engine::Date{static_cast<int32_t>(days)}};
}

Bind time_bind(std::string_view text) {
  const auto nanos = number_from<int64_t>(text);
  if (!nanos) return text_bind(text);
  return {{.kind = TypeKind::time, .scale = 9}, engine::Time{floor_divide(*nanos, k_nanos_per_microsecond)}};
}

Bind timestamp_bind(TypeKind kind, std::string_view text) {
  const auto instant = text.substr(0, text.find(' ')); // TIMESTAMP_TZ adds the offset
  const auto nanos = number_from<int64_t>(instant);
  if (!nanos) return text_bind(text);
  const auto micros = floor_divide(*nanos, k_nanos_per_microsecond);
  const SnowflakeType type{.kind = kind, .scale = 9};
  if (kind == TypeKind::timestamp_tz && instant.size() < text.size()) {
    if (const auto offset = number_from<int32_t>(text.substr(instant.size() + 1)))
      return {type, engine::ZonedTimestamp{micros, *offset - 1440}};
  }
  if (kind == TypeKind::timestamp_ntz) return {type, engine::Timestamp{micros}};
  return {type, engine::TimestampTz{micros}};
}

Bind binary_bind(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    unsigned byte = 0;
    const auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (error != std::errc() || end != text.data() + i + 2) return text_bind(text);
    bytes += static_cast<char>(byte);
  }
  if (text.size() % 2 != 0) return text_bind(text);
  return {{.kind = TypeKind::binary, .length = 8'388'608}, engine::Blob{std::move(bytes)}};
}

Bind bind_from(std::string_view type, std::string_view text) {
  if (type == "TEXT") return text_bind(text);
  if (type == "FIXED") return fixed_bind(text);
  if (type == "REAL") return real_bind(text);
  if (type == "BOOLEAN") return boolean_bind(text);
  if (type == "DATE") return date_bind(text);
  if (type == "TIME") return time_bind(text);
  if (type == "TIMESTAMP_NTZ" || type == "TIMESTAMP") return timestamp_bind(TypeKind::timestamp_ntz, text);
  if (type == "TIMESTAMP_LTZ") return timestamp_bind(TypeKind::timestamp_ltz, text);
  if (type == "TIMESTAMP_TZ") return timestamp_bind(TypeKind::timestamp_tz, text);
  if (type == "BINARY") return binary_bind(text);
  return text_bind(text); // VARIANT, OBJECT, ARRAY: JSON text, which the drivers pair with PARSE_JSON(?)
}

sql::SqlResult<Bind> bind_from_json(std::string_view type, const boost::json::value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return Bind{{.kind = TypeKind::text}, std::monostate{}};
    case boost::json::kind::string:
      return bind_from(type, std::string_view(value.get_string()));
    case boost::json::kind::array:
      return malformed("a list inside a list");
    default:
      return bind_from(type, boost::json::serialize(value));
  }
}

} // namespace

sql::SqlResult<BindRows> parse_binds(const boost::json::value& bindings) {
  BindRows result;
  if (bindings.is_null()) {
    result.rows.resize(1);
    return result;
  }
  const auto* object = bindings.if_object();
  if (object == nullptr) return malformed("not an object");
  for (size_t position = 1; position <= object->size(); ++position) {
    const auto* entry = object->if_contains(std::to_string(position));
    const auto* bind = entry == nullptr ? nullptr : entry->if_object();
    if (bind == nullptr) return malformed(fmt::format("number {} of {} is missing", position, object->size()));
    const auto* type_value = bind->if_contains("type");
    const auto* value = bind->if_contains("value");
    if (value == nullptr) return malformed(fmt::format("number {} has no value", position));
    const std::string_view type =
        type_value != nullptr && type_value->is_string() ? std::string_view(type_value->get_string()) : "TEXT";
    const auto* list = value->if_array();
    const size_t count = list == nullptr ? 1 : list->size();
    if (position == 1) {
      result.is_array = list != nullptr;
      result.rows.resize(count);
    }
    if (result.is_array != (list != nullptr) || result.rows.size() != count) {
      return malformed(fmt::format("number {} has another number of values than number 1", position));
    }
    for (size_t row = 0; row < count; ++row) {
      result.rows[row].positional.push_back(TRY(bind_from_json(type, list == nullptr ? *value : (*list)[row])));
    }
  }
  if (object->empty()) result.rows.resize(1);
  return result;
}

} // namespace freshet::wire
