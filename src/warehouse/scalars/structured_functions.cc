// Values of ARRAY(…), OBJECT(…), MAP(…) and VECTOR(…): freshet_structured(value, type).
// https://docs.snowflake.com/en/sql-reference/data-types-structured
#include <fmt/format.h>

#include <algorithm>

#include "sql/parser.h"
#include "sql/types.h"
#include "warehouse/scalars/json_value.h"
#include "warehouse/scalars/moment.h"
#include "warehouse/scalars/scalars.h"

namespace freshet::warehouse {
namespace {

using Kind = JsonValue::Kind;
using Outcome = std::expected<void, std::string>;
using sql::SnowflakeType;
using sql::TypeKind;

/// How messages about casts of values call a type.
std::string word_of(const SnowflakeType& type) {
  switch (type.kind) {
    case TypeKind::number:
      return "FIXED";
    case TypeKind::real:
      return "REAL";
    case TypeKind::text:
      return "TEXT";
    default:
      return type.to_string();
  }
}

std::unexpected<std::string> refused(const JsonValue& value, const SnowflakeType& type, std::string_view why = {}) {
  return std::unexpected(
      fmt::format("Failed to cast variant value {} to {}{}{}", value.to_string(), word_of(type), why.empty() ? "" : ": ", why));
}

/// Half away from zero.
std::string rounded(std::string digits, size_t scale) {
  const auto point = digits.find('.');
  if (point == std::string::npos || digits.size() - point - 1 <= scale) return digits;
  const bool up = digits[point + 1 + scale] >= '5';
  digits.resize(scale == 0 ? point : point + 1 + scale);
  size_t i = digits.size();
  for (bool carry = up; carry && i > 0;) {
    char& c = digits[--i];
    if (c == '.') continue;
    if (c == '-') {
      ++i;
      break;
    }
    carry = c == '9';
    c = carry ? '0' : static_cast<char>(c + 1);
    if (carry && (i == 0 || digits[i - 1] == '-')) {
      digits.insert(i, 1, '1');
      break;
    }
  }
  return digits;
}

Outcome append_number(std::string& out, const JsonValue& value, const SnowflakeType& type) {
  auto number = value.kind == Kind::string ? JsonValue::parse(value.text) : std::expected<JsonValue, std::string>(value);
  if (number && number->kind == Kind::boolean) {
    out += number->text == "true" ? '1' : '0';
    return {};
  }
  if (!number || number->kind != Kind::number) return refused(value, type);
  if (type.kind == TypeKind::real || number->type_name() == "DOUBLE") {
    out += number->text;
    return {};
  }
  const auto digits = rounded(number->text, static_cast<size_t>(type.scale));
  const auto whole = std::min(digits.find('.'), digits.size()) - (digits.starts_with('-') ? 1 : 0);
  if (whole > static_cast<size_t>(std::max(type.precision - type.scale, 1)))
    return std::unexpected(fmt::format("Numeric value '{}' is out of range", value.text));
  out += JsonValue::parse(digits)->to_string();
  return {};
}

Outcome append_text(std::string& out, const JsonValue& value, const SnowflakeType& type) {
  const auto text = value.kind == Kind::array || value.kind == Kind::object ? value.to_string() : value.text;
  const auto characters = std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  if (characters > type.length) return std::unexpected(fmt::format("String '{}' is too long and would be truncated", text));
  append_json_string(out, text);
  return {};
}

Outcome append_moment(std::string& out, const JsonValue& value, const SnowflakeType& type) {
  const auto kind = type.kind == TypeKind::date   ? MomentKind::date
                    : type.kind == TypeKind::time ? MomentKind::time
                                                  : MomentKind::timestamp_ntz;
  if (value.kind != Kind::string || !read_auto(value.text, kind)) return refused(value, type);
  append_json_string(out, value.text);
  return {};
}

Outcome append_as(std::string& out, const JsonValue& value, const SnowflakeType& type, bool nullable);

Outcome append_items(std::string& out, const JsonValue& value, const SnowflakeType& type) {
  if (value.kind != Kind::array) return refused(value, type);
  if (type.kind == TypeKind::vector && value.items.size() != static_cast<size_t>(type.length))
    return refused(value, type, fmt::format("it has {} elements", value.items.size()));
  const auto& element = type.fields[0];
  out += '[';
  for (size_t i = 0; i < value.items.size(); ++i) {
    if (i > 0) out += ',';
    TRY(append_as(out, value.items[i], element.type, element.nullable && type.kind != TypeKind::vector));
  }
  out += ']';
  return {};
}

Outcome append_map(std::string& out, const JsonValue& value, const SnowflakeType& type) {
  const auto& [key, item] = std::pair(type.fields[0], type.fields[1]);
  out += '{';
  for (size_t i = 0; i < value.items.size(); ++i) {
    if (i > 0) out += ',';
    std::string text;
    if (key.type.kind == TypeKind::number) TRY(append_number(text, JsonValue::of_string(value.keys[i]), key.type));
    append_json_string(out, key.type.kind == TypeKind::number ? text : value.keys[i]);
    out += ':';
    TRY(append_as(out, value.items[i], item.type, item.nullable));
  }
  out += '}';
  return {};
}

/// The keys in the order of the type.
Outcome append_fields(std::string& out, const JsonValue& value, const SnowflakeType& type) {
  for (const auto& key : value.keys) {
    if (std::ranges::find(type.fields, key, &sql::TypeField::name) == type.fields.end())
      return refused(value, type, fmt::format("the type has no key '{}'", key));
  }
  out += '{';
  for (size_t i = 0; i < type.fields.size(); ++i) {
    const auto& field = type.fields[i];
    const auto* found = value.find(field.name);
    if (found == nullptr) return refused(value, type, fmt::format("the key '{}' is missing", field.name));
    if (i > 0) out += ',';
    append_json_string(out, field.name);
    out += ':';
    TRY(append_as(out, *found, field.type, field.nullable));
  }
  out += '}';
  return {};
}

Outcome append_as(std::string& out, const JsonValue& value, const SnowflakeType& type, bool nullable) {
  if (value.is_null()) {
    if (!nullable) return refused(value, type, "it may not be NULL");
    out += "null";
    return {};
  }
  switch (type.kind) {
    case TypeKind::number:
    case TypeKind::real:
      return append_number(out, value, type);
    case TypeKind::text:
      return append_text(out, value, type);
    case TypeKind::boolean: {
      const bool is_true = value.text == "true" || value.text == "TRUE" || value.text == "1";
      const bool is_false = value.text == "false" || value.text == "FALSE" || value.text == "0";
      if (!is_true && !is_false) return refused(value, type);
      out += is_true ? "true" : "false";
      return {};
    }
    case TypeKind::date:
    case TypeKind::time:
    case TypeKind::timestamp_ntz:
    case TypeKind::timestamp_ltz:
    case TypeKind::timestamp_tz:
      return append_moment(out, value, type);
    case TypeKind::array:
    case TypeKind::vector:
      if (!type.fields.empty()) return append_items(out, value, type);
      if (value.kind != Kind::array) return refused(value, type);
      break;
    case TypeKind::object:
      if (value.kind != Kind::object) return refused(value, type);
      if (type.is_map()) return append_map(out, value, type);
      if (!type.fields.empty()) return append_fields(out, value, type);
      break;
    default:
      break;
  }
  value.append_to(out);
  return {};
}

/// The type is a constant: it is read once for all rows that name it.
Outcome structured(const engine::Chunk& arguments, engine::ResultVector& result) {
  std::string known;
  SnowflakeType type;
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (arguments[0].is_null(row) || arguments[1].is_null(row)) {
      result.set_null(row);
      continue;
    }
    if (const auto text = arguments[1].text(row); known != text) {
      const auto name = sql::parse_type(text);
      const auto read = name ? sql::type_from_name(*name) : sql::SqlResult<SnowflakeType>(std::unexpected(name.error()));
      if (!read) return std::unexpected(fmt::format("Unsupported data type '{}'", text));
      type = *read;
      known = text;
    }
    const auto value = JsonValue::parse(arguments[0].text(row));
    if (!value) return std::unexpected("Error parsing JSON: " + value.error());
    if (value->is_null()) {
      result.set_null(row);
      continue;
    }
    std::string out;
    TRY(append_as(out, *value, type, true));
    result.set_text(row, out);
  }
  return {};
}

} // namespace

engine::Result<void> register_structured_functions(engine::Database& database) {
  const engine::Type text{engine::TypeId::varchar};
  engine::Type json = text;
  json.alias = "JSON";
  return database.register_functions({{"freshet_structured", {text, text}, {}, json, false, false, structured}});
}

} // namespace freshet::warehouse
