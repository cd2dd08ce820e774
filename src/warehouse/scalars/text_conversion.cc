// Values of any type as text, and text as numbers and booleans, in Snowflake's formats.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "engine/zoned_timestamp.h"
#include "sql/undefined_element.h"
#include "warehouse/hexadecimal.h"
#include "warehouse/scalars/json_value.h"
#include "warehouse/scalars/moment.h"
#include "warehouse/scalars/number_format.h"
#include "warehouse/scalars/scalars.h"
#include "warehouse/scalars/time_format.h"

namespace freshet::warehouse {
namespace {

using engine::Chunk;
using engine::ResultVector;
using engine::Type;
using engine::TypeId;
using Outcome = std::expected<void, std::string>;

constexpr std::string_view k_date_format = "YYYY-MM-DD";
constexpr std::string_view k_time_format = "HH24:MI:SS";
constexpr std::string_view k_ntz_format = "YYYY-MM-DD HH24:MI:SS.FF3";
constexpr std::string_view k_zoned_format = "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM";

bool is_number(TypeId id) {
  return id >= TypeId::tinyint && id <= TypeId::double_;
}

bool is_floating(TypeId id) {
  return id == TypeId::real || id == TypeId::double_;
}

bool is_moment(TypeId id) {
  return (id >= TypeId::date && id <= TypeId::timestamp_tz) || id == TypeId::interval;
}

/// Ten significant digits, as Snowflake prints a FLOAT that becomes text.
std::string float_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  return fmt::format("{:.10g}", value);
}

std::string base64_text(std::string_view bytes) {
  static constexpr std::string_view k_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    const size_t count = std::min<size_t>(bytes.size() - i, 3);
    for (size_t k = 0; k < 3; ++k) group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (size_t k = 0; k < 4; ++k) out += k <= count ? k_alphabet[(group >> (18 - 6 * k)) & 63] : '=';
  }
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

/// Prints values of one chunk; formats are compiled once.
class Printer {
 public:
  using Text = std::expected<std::optional<std::string>, std::string>;

  bool use_zone(std::string_view name) { return reader_.use_zone(name); }

  /// In the default format of the value's type.
  Text print(const engine::Vector& vector, size_t row) {
    const auto id = vector.type().id;
    if (is_floating(id)) return float_text(vector.floating(row));
    if (id == TypeId::blob) return hexadecimal(vector.text(row));
    if (id == TypeId::varchar) return text_of(vector, row);
    if (id == TypeId::date) return moment(vector, row, k_date_format);
    if (id == TypeId::time) return moment(vector, row, k_time_format);
    if (id == TypeId::timestamp_tz || id == TypeId::interval) return moment(vector, row, k_zoned_format);
    if (is_moment(id)) return moment(vector, row, k_ntz_format);
    std::string out;
    engine::append_text(out, vector, row);
    return out;
  }

  Text print(const engine::Vector& vector, size_t row, std::string_view format) {
    const auto id = vector.type().id;
    if (is_moment(id)) return moment(vector, row, format);
    if (is_number(id)) return number(vector, row, format);
    if (id == TypeId::blob) {
      const auto way = upper(format);
      if (way == "BASE64") return base64_text(vector.text(row));
      if (way == "UTF-8" || way == "UTF8") return std::string(vector.text(row));
      return hexadecimal(vector.text(row));
    }
    return print(vector, row);
  }

 private:
  /// A string inside a semi-structured value stands for itself; NULL inside one is no value.
  static Text text_of(const engine::Vector& vector, size_t row) {
    if (vector.type().alias != "JSON") return std::string(vector.text(row));
    auto value = JsonValue::parse(vector.text(row));
    if (!value) return std::string(vector.text(row));
    if (value->is_null()) return std::nullopt;
    return value->kind == JsonValue::Kind::string ? value->text : sql::with_undefined_shown(value->to_string());
  }

  Text moment(const engine::Vector& vector, size_t row, std::string_view format) {
    reader_.use_format("AUTO", MomentKind::timestamp_ntz);
    auto value = reader_.read(vector, row);
    if (!value) return std::unexpected(std::move(value).error());
    auto known = times_.find(format);
    if (known == times_.end()) known = times_.emplace(std::string(format), TimeFormat(format)).first;
    const auto& zone = reader_.zone();
    const bool is_zoned = (*value)->is_instant;
    std::string out;
    known->second.append(out, (*value)->wall_clock(zone), is_zoned ? (*value)->offset(zone) : 0);
    return out;
  }

  Text number(const engine::Vector& vector, size_t row, std::string_view format) {
    auto known = numbers_.find(format);
    if (known == numbers_.end()) known = numbers_.emplace(std::string(format), NumberFormat::of(format)).first;
    if (!known->second) return std::unexpected(fmt::format("Bad output format string '{}'", format));
    if (is_floating(vector.type().id)) {
      const double value = vector.floating(row);
      if (!std::isfinite(value)) return float_text(value);
      return known->second->print(DecimalDigits::of(value));
    }
    const int scale = vector.type().id == TypeId::decimal ? vector.type().scale : 0;
    return known->second->print(DecimalDigits::of(vector.wide_integer(row), scale));
  }

  MomentReader reader_;
  std::map<std::string, TimeFormat, std::less<>> times_;
  std::map<std::string, std::optional<NumberFormat>, std::less<>> numbers_;
};

bool any_null(const Chunk& arguments, size_t row) {
  for (const auto& column : arguments.columns())
    if (column.is_null(row)) return true;
  return false;
}

/// freshet_text(value, zone), freshet_to_char(value, format, zone)
Outcome to_text(const Chunk& arguments, ResultVector& result, bool with_format) {
  Printer printer;
  const auto& zone = arguments[with_format ? 2 : 1];
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (any_null(arguments, row)) {
      result.set_null(row);
      continue;
    }
    if (!printer.use_zone(zone.text(row))) return std::unexpected(fmt::format("Unknown timezone: '{}'", zone.text(row)));
    auto text = with_format ? printer.print(arguments[0], row, arguments[1].text(row)) : printer.print(arguments[0], row);
    if (!text) return std::unexpected(std::move(text).error());
    if (*text)
      result.set_text(row, **text);
    else
      result.set_null(row);
  }
  return {};
}

/// freshet_number(text, format): digits that the engine's cast reads.
Outcome number_text(const Chunk& arguments, ResultVector& result, bool is_try) {
  std::map<std::string, std::optional<NumberFormat>, std::less<>> formats;
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (any_null(arguments, row)) {
      result.set_null(row);
      continue;
    }
    const auto format = arguments[1].text(row);
    auto known = formats.find(format);
    if (known == formats.end()) known = formats.emplace(std::string(format), NumberFormat::of(format)).first;
    if (!known->second) return std::unexpected(fmt::format("Bad input format string '{}'", format));
    if (auto digits = known->second->parse(arguments[0].text(row)))
      result.set_text(row, *digits);
    else if (is_try)
      result.set_null(row);
    else
      return std::unexpected(fmt::format("Numeric value '{}' is not recognized", arguments[0].text(row)));
  }
  return {};
}

std::optional<bool> boolean_of(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  const auto word = upper(text);
  for (std::string_view known : {"TRUE", "T", "YES", "Y", "ON", "1"})
    if (word == known) return true;
  for (std::string_view known : {"FALSE", "F", "NO", "N", "OFF", "0"})
    if (word == known) return false;
  return std::nullopt;
}

/// freshet_boolean(value)
Outcome booleans(const Chunk& arguments, ResultVector& result, bool is_try) {
  const auto& vector = arguments[0];
  auto* out = result.data<uint8_t>();
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (vector.is_null(row)) {
      result.set_null(row);
      continue;
    }
    const auto id = vector.type().id;
    std::optional<bool> value;
    std::string text;
    if (id == TypeId::varchar) {
      auto json = vector.type().alias == "JSON" ? JsonValue::parse(vector.text(row)) : JsonValue::of_string(vector.text(row));
      if (json && json->is_null()) {
        result.set_null(row);
        continue;
      }
      text = json ? json->text : std::string(vector.text(row));
      value = boolean_of(text);
      if (json && json->kind == JsonValue::Kind::number) value = text.find_first_of("123456789") != std::string::npos;
    } else if (is_floating(id)) {
      const double number = vector.floating(row);
      text = float_text(number);
      if (std::isfinite(number)) value = number != 0;
    } else if (is_number(id) || id == TypeId::boolean) {
      value = vector.wide_integer(row) != 0;
    } else {
      engine::append_text(text, vector, row);
    }
    if (value)
      out[row] = *value ? 1 : 0;
    else if (is_try)
      result.set_null(row);
    else
      return std::unexpected(fmt::format("Boolean value '{}' is not recognized", text));
  }
  return {};
}

} // namespace

engine::Result<void> register_text_conversions(engine::Database& database) {
  const Type any{TypeId::other}, text{TypeId::varchar};
  const auto add = [&](std::string name, std::vector<Type> parameters, Type type, auto body) {
    return database.register_functions({{std::move(name), std::move(parameters), {}, std::move(type), false, false, body}});
  };
  TRY(add("freshet_text", {any, text}, text,
          [](const Chunk& arguments, ResultVector& result) { return to_text(arguments, result, false); }));
  TRY(add("freshet_to_char", {any, text, text}, text,
          [](const Chunk& arguments, ResultVector& result) { return to_text(arguments, result, true); }));
  for (const bool is_try : {false, true}) {
    const std::string prefix = is_try ? "freshet_try_" : "freshet_";
    TRY(add(prefix + "number", {text, text}, text,
            [is_try](const Chunk& arguments, ResultVector& result) { return number_text(arguments, result, is_try); }));
    TRY(add(prefix + "boolean", {any}, Type{TypeId::boolean},
            [is_try](const Chunk& arguments, ResultVector& result) { return booleans(arguments, result, is_try); }));
  }
  return {};
}

} // namespace freshet::warehouse
