#include "sql/types.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>

namespace freshet::sql {
namespace {

constexpr int64_t k_text_length_max = 16'777'216;
constexpr int64_t k_binary_length_max = 8'388'608;

const std::unordered_map<std::string_view, TypeKind>& kinds_by_name() {
  using enum TypeKind;
  static const auto* const k_map = new std::unordered_map<std::string_view, TypeKind>{
      {"NUMBER", number},
      {"DECIMAL", number},
      {"NUMERIC", number},
      {"DEC", number},
      {"INT", number},
      {"INTEGER", number},
      {"BIGINT", number},
      {"SMALLINT", number},
      {"TINYINT", number},
      {"BYTEINT", number},
      {"FLOAT", real},
      {"FLOAT4", real},
      {"FLOAT8", real},
      {"DOUBLE", real},
      {"DOUBLE PRECISION", real},
      {"REAL", real},
      {"VARCHAR", text},
      {"CHAR", text},
      {"CHARACTER", text},
      {"NCHAR", text},
      {"STRING", text},
      {"TEXT", text},
      {"NVARCHAR", text},
      {"NVARCHAR2", text},
      {"CHAR VARYING", text},
      {"CHARACTER VARYING", text},
      {"NCHAR VARYING", text},
      {"BINARY", binary},
      {"VARBINARY", binary},
      {"BOOLEAN", boolean},
      {"DATE", date},
      {"TIME", time},
      {"DATETIME", timestamp_ntz},
      {"TIMESTAMP_NTZ", timestamp_ntz},
      {"TIMESTAMPNTZ", timestamp_ntz},
      {"TIMESTAMP WITHOUT TIME ZONE", timestamp_ntz},
      {"TIMESTAMP_LTZ", timestamp_ltz},
      {"TIMESTAMPLTZ", timestamp_ltz},
      {"TIMESTAMP WITH LOCAL TIME ZONE", timestamp_ltz},
      {"TIMESTAMP_TZ", timestamp_tz},
      {"TIMESTAMPTZ", timestamp_tz},
      {"TIMESTAMP WITH TIME ZONE", timestamp_tz},
      {"VARIANT", variant},
      {"OBJECT", object},
      {"ARRAY", array},
      {"MAP", object},
      {"GEOGRAPHY", geography},
      {"GEOMETRY", geometry},
      {"VECTOR", vector},
  };
  return *k_map;
}

std::unexpected<Error> unsupported_type(const TypeName& name) {
  return fail(Error(2040, "42601", fmt::format("SQL compilation error:\nUnsupported data type '{}'.", name.name),
                    name.range.line, name.range.column - 1));
}

SqlResult<std::vector<TypeField>> fields_of(const TypeName& name, TypeKind timestamp_alias) {
  std::vector<TypeField> fields;
  for (size_t i = 0; i < name.elements.size(); ++i) {
    auto type = TRY(type_from_name(name.elements[i], timestamp_alias));
    type.is_integer = false; // an element has no column of the engine
    fields.push_back(
        {i < name.fields.size() ? name.fields[i].name : std::string(), std::move(type), !name.elements[i].not_null});
  }
  return fields;
}

/// ARRAY(t), MAP(k, v), OBJECT(name t, …): a key of MAP is a text or a whole number.
SqlResult<SnowflakeType> structured(SnowflakeType type, const TypeName& name, TypeKind timestamp_alias) {
  const bool is_map = name.name == "MAP";
  if (!name.parameters.empty() || (is_map && name.elements.size() != 2) || (name.name == "ARRAY" && name.elements.size() > 1))
    return unsupported_type(name);
  type.fields = TRY(fields_of(name, timestamp_alias));
  if (is_map) {
    const auto& key = type.fields[0].type;
    if (key.kind != TypeKind::text && (key.kind != TypeKind::number || key.scale != 0)) return unsupported_type(name);
  }
  return type;
}

/// VECTOR(FLOAT | INT, n)
SqlResult<SnowflakeType> vector_type(SnowflakeType type, const TypeName& name, TypeKind timestamp_alias) {
  constexpr int64_t k_elements_max = 4096;
  type.fields = TRY(fields_of(name, timestamp_alias));
  const bool has_kind =
      type.fields.size() == 1 && (type.fields[0].type.kind == TypeKind::real ||
                                  (type.fields[0].type.kind == TypeKind::number && type.fields[0].type.scale == 0));
  if (!has_kind || name.parameters.size() != 1 || name.parameters[0] < 1 || name.parameters[0] > k_elements_max)
    return unsupported_type(name);
  type.length = name.parameters[0];
  return type;
}

/// A key as it can be read again.
std::string printed_key(const std::string& name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (std::ranges::all_of(name, is_plain) && (name[0] < '0' || name[0] > '9')) return name;
  std::string out = "\"";
  for (char c : name) out.append(c == '"' ? "\"" : "").append(1, c);
  return out + "\"";
}

/// `a NUMBER(38,0) NOT NULL, b VARCHAR(16777216)`
std::string printed(const std::vector<TypeField>& fields) {
  std::string out;
  for (const auto& field : fields) {
    if (!out.empty()) out += ", ";
    if (!field.name.empty()) out += printed_key(field.name) + " ";
    out += field.type.to_string();
    if (!field.nullable) out += " NOT NULL";
  }
  return out;
}

} // namespace

SnowflakeType type_of_kind(TypeKind kind) {
  SnowflakeType type;
  type.kind = kind;
  if (kind == TypeKind::time || kind == TypeKind::timestamp_ntz || kind == TypeKind::timestamp_ltz ||
      kind == TypeKind::timestamp_tz)
    type.scale = 9;
  if (kind == TypeKind::binary) type.length = k_binary_length_max;
  return type;
}

SqlResult<SnowflakeType> type_from_name(const TypeName& name, TypeKind timestamp_alias) {
  auto found = kinds_by_name().find(name.name);
  if (found == kinds_by_name().end() && name.name != "TIMESTAMP") return unsupported_type(name);
  SnowflakeType type = type_of_kind(name.name == "TIMESTAMP" ? timestamp_alias : found->second);
  const auto& parameters = name.parameters;
  switch (type.kind) {
    case TypeKind::number: {
      bool takes_parameters = name.name == "NUMBER" || name.name == "DECIMAL" || name.name == "NUMERIC" || name.name == "DEC";
      type.is_integer = !takes_parameters;
      if (!takes_parameters && !parameters.empty()) return unsupported_type(name);
      if (!parameters.empty()) type.precision = static_cast<int32_t>(parameters[0]);
      if (parameters.size() > 1) type.scale = static_cast<int32_t>(parameters[1]);
      if (type.precision < 1 || type.precision > 38 || type.scale < 0 || type.scale > type.precision || parameters.size() > 2) {
        return fail(Error(1443, "42601",
                          fmt::format("SQL compilation error:\nInvalid precision or scale in '{}({})'.", name.name,
                                      fmt::join(parameters, ",")),
                          name.range.line, name.range.column - 1));
      }
      break;
    }
    case TypeKind::text:
      if (name.name == "CHAR" || name.name == "CHARACTER" || name.name == "NCHAR") type.length = 1;
      if (!parameters.empty()) type.length = parameters[0];
      break;
    case TypeKind::binary:
      if (!parameters.empty()) type.length = parameters[0];
      break;
    case TypeKind::time:
    case TypeKind::timestamp_ntz:
    case TypeKind::timestamp_ltz:
    case TypeKind::timestamp_tz:
      if (!parameters.empty()) type.scale = static_cast<int32_t>(parameters[0]);
      if (type.scale < 0 || type.scale > 9) return unsupported_type(name);
      break;
    case TypeKind::object:
    case TypeKind::array:
      return structured(std::move(type), name, timestamp_alias);
    case TypeKind::vector:
      return vector_type(std::move(type), name, timestamp_alias);
    default:
      break;
  }
  return type;
}

std::string SnowflakeType::to_string() const {
  switch (kind) {
    case TypeKind::number:
      return fmt::format("NUMBER({},{})", precision, scale);
    case TypeKind::real:
      return "FLOAT";
    case TypeKind::text:
      return collation.empty() ? fmt::format("VARCHAR({})", length)
                               : fmt::format("VARCHAR({}) COLLATE '{}'", length, collation);
    case TypeKind::binary:
      return fmt::format("BINARY({})", length);
    case TypeKind::boolean:
      return "BOOLEAN";
    case TypeKind::date:
      return "DATE";
    case TypeKind::time:
      return fmt::format("TIME({})", scale);
    case TypeKind::timestamp_ntz:
      return fmt::format("TIMESTAMP_NTZ({})", scale);
    case TypeKind::timestamp_ltz:
      return fmt::format("TIMESTAMP_LTZ({})", scale);
    case TypeKind::timestamp_tz:
      return fmt::format("TIMESTAMP_TZ({})", scale);
    case TypeKind::variant:
      return "VARIANT";
    case TypeKind::object:
      return fields.empty() ? "OBJECT" : fmt::format("{}({})", is_map() ? "MAP" : "OBJECT", printed(fields));
    case TypeKind::array:
      return fields.empty() ? "ARRAY" : fmt::format("ARRAY({})", printed(fields));
    case TypeKind::geography:
      return "GEOGRAPHY";
    case TypeKind::geometry:
      return "GEOMETRY";
    case TypeKind::vector:
      if (fields.empty()) return "VECTOR";
      return fmt::format("VECTOR({}, {})", fields[0].type.kind == TypeKind::real ? "FLOAT" : "INT", length);
  }
  return "VARIANT";
}

std::string SnowflakeType::engine_type() const {
  switch (kind) {
    case TypeKind::number:
      return is_integer ? "BIGINT" : fmt::format("DECIMAL({},{})", precision, scale);
    case TypeKind::real:
      return "DOUBLE";
    case TypeKind::text:
      return "VARCHAR";
    case TypeKind::binary:
      return "BLOB";
    case TypeKind::boolean:
      return "BOOLEAN";
    case TypeKind::date:
      return "DATE";
    case TypeKind::time:
      return "TIME";
    case TypeKind::timestamp_ntz:
      return "TIMESTAMP";
    case TypeKind::timestamp_ltz:
      return "TIMESTAMP WITH TIME ZONE";
    case TypeKind::timestamp_tz:
      return "INTERVAL"; // engine/zoned_timestamp.h
    case TypeKind::variant:
    case TypeKind::object:
    case TypeKind::array:
    case TypeKind::vector:
      return "JSON";
    case TypeKind::geography:
    case TypeKind::geometry:
      return "VARCHAR";
  }
  return "VARCHAR";
}

std::string SnowflakeType::engine_cast(std::string_view value) const {
  if (kind == TypeKind::timestamp_tz) return fmt::format("freshet_tz({}, current_setting('TimeZone'), 'AUTO')", value);
  return fmt::format("CAST({} AS {})", value, engine_type());
}

int64_t SnowflakeType::stated_length() const {
  if (kind == TypeKind::text) return length < k_text_length_max ? length : 0;
  if (kind == TypeKind::binary) return length < k_binary_length_max ? length : 0;
  return 0;
}

SnowflakeType type_from_engine(std::string_view engine_type) {
  using enum TypeKind;
  if (engine_type.starts_with("DECIMAL(")) {
    SnowflakeType type = type_of_kind(number);
    auto digits = engine_type.substr(8);
    auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), type.precision);
    if (problem == std::errc() && end < digits.data() + digits.size())
      std::from_chars(end + 1, digits.data() + digits.size(), type.scale);
    return type;
  }
  if (engine_type.ends_with(']')) return type_of_kind(array);
  if (engine_type.starts_with("STRUCT") || engine_type.starts_with("MAP")) return type_of_kind(object);
  static const auto* const k_map = new std::unordered_map<std::string_view, TypeKind>{
      {"BIGINT", number},
      {"INTEGER", number},
      {"SMALLINT", number},
      {"TINYINT", number},
      {"HUGEINT", number},
      {"UBIGINT", number},
      {"UINTEGER", number},
      {"USMALLINT", number},
      {"UTINYINT", number},
      {"UHUGEINT", number},
      {"DOUBLE", real},
      {"FLOAT", real},
      {"VARCHAR", text},
      {"BLOB", binary},
      {"BOOLEAN", boolean},
      {"DATE", date},
      {"TIME", time},
      {"TIMESTAMP", timestamp_ntz},
      {"TIMESTAMP_NS", timestamp_ntz},
      {"TIMESTAMP_MS", timestamp_ntz},
      {"TIMESTAMP_S", timestamp_ntz},
      {"TIMESTAMP WITH TIME ZONE", timestamp_ltz},
      {"TIMESTAMPTZ", timestamp_ltz},
      {"INTERVAL", timestamp_tz},
      {"JSON", variant},
  };
  auto found = k_map->find(engine_type);
  SnowflakeType type = type_of_kind(found == k_map->end() ? text : found->second);
  type.is_integer = type.kind == number && engine_type != "HUGEINT" && engine_type != "UHUGEINT";
  return type;
}

} // namespace freshet::sql
