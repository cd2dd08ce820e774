#include "warehouse/procedures/script_values.h"

#include <fmt/core.h>

#include <charconv>

#include "engine/engine.h"
#include "engine/zoned_timestamp.h"
#include "warehouse/hexadecimal.h"

namespace freshet::warehouse {
namespace {

constexpr int64_t k_day_microseconds = 86'400'000'000;

int64_t microseconds(const engine::Rows& rows, size_t row, size_t column) {
  const int64_t value = rows.integer(row, column);
  switch (rows.columns()[column].type.id) {
    case engine::TypeId::date:
      return value * k_day_microseconds;
    case engine::TypeId::timestamp_s:
      return value * 1'000'000;
    case engine::TypeId::timestamp_ms:
      return value * 1'000;
    case engine::TypeId::timestamp_ns:
      return value / 1'000;
    case engine::TypeId::interval:
      return engine::unpack(rows.interval(row, column)).microseconds;
    default:
      return value;
  }
}

} // namespace

ScriptType script_type(sql::TypeKind kind) {
  using enum sql::TypeKind;
  switch (kind) {
    case number:
    case real:
      return ScriptType::number;
    case binary:
      return ScriptType::binary;
    case boolean:
      return ScriptType::boolean;
    case date:
      return ScriptType::date;
    case time:
      return ScriptType::time;
    case timestamp_ntz:
      return ScriptType::timestamp_ntz;
    case timestamp_ltz:
      return ScriptType::timestamp_ltz;
    case timestamp_tz:
      return ScriptType::timestamp_tz;
    case variant:
    case object:
    case array:
    case vector:
      return ScriptType::variant;
    default:
      return ScriptType::text;
  }
}

ScriptValue script_value(const engine::Rows& rows, size_t row, size_t column, const sql::SnowflakeType& type) {
  const ScriptType kind = script_type(type.kind);
  if (rows.is_null(row, column)) return ScriptValue::null(kind);
  switch (kind) {
    case ScriptType::binary:
      return ScriptValue::of(kind, hexadecimal(rows.string(row, column)));
    case ScriptType::date:
    case ScriptType::timestamp_ntz:
    case ScriptType::timestamp_ltz:
    case ScriptType::timestamp_tz: {
      const auto id = rows.columns()[column].type.id;
      const bool has_time = id == engine::TypeId::date || id == engine::TypeId::timestamp ||
                            id == engine::TypeId::timestamp_s || id == engine::TypeId::timestamp_ms ||
                            id == engine::TypeId::timestamp_ns || id == engine::TypeId::timestamp_tz ||
                            id == engine::TypeId::interval;
      return ScriptValue::of(kind, rows.text(row, column), has_time ? microseconds(rows, row, column) : 0);
    }
    default:
      return ScriptValue::of(kind, rows.text(row, column));
  }
}

Bind bind_of(const ScriptValue& value) {
  Bind bind;
  if (value.is_null) return bind;
  bind.value = value.text;
  if (value.type == ScriptType::timestamp_ntz) bind.type.kind = sql::TypeKind::timestamp_ntz;
  if (value.type == ScriptType::timestamp_ltz) bind.type.kind = sql::TypeKind::timestamp_ltz;
  if (value.type != ScriptType::number) return bind;
  int64_t integer = 0;
  const char* end = value.text.data() + value.text.size();
  if (auto [rest, error] = std::from_chars(value.text.data(), end, integer); error == std::errc() && rest == end) {
    bind.type.kind = sql::TypeKind::number;
    bind.value = integer;
    return bind;
  }
  double real = 0;
  std::from_chars(value.text.data(), end, real);
  bind.type.kind = sql::TypeKind::real;
  bind.value = real;
  return bind;
}

std::string engine_text(const ScriptValue& value, const sql::SnowflakeType& type) {
  const std::string target = type.engine_type();
  if (value.is_null) return fmt::format("CAST(NULL AS {})", target);
  if (script_type(type.kind) == ScriptType::variant && value.type != ScriptType::variant && value.type != ScriptType::number &&
      value.type != ScriptType::boolean) {
    return fmt::format("CAST(to_json({}) AS {})", engine::quote_literal(value.text), target);
  }
  const bool is_moment = type.kind == sql::TypeKind::timestamp_ntz || type.kind == sql::TypeKind::timestamp_ltz ||
                         type.kind == sql::TypeKind::date || type.kind == sql::TypeKind::time;
  if (value.type == ScriptType::timestamp_ltz && is_moment) // its wall clock is that of the session
    return type.engine_cast(fmt::format("CAST({} AS TIMESTAMPTZ)", engine::quote_literal(value.text)));
  if (type.kind == sql::TypeKind::binary) return fmt::format("unhex({})", engine::quote_literal(value.text));
  return type.engine_cast(engine::quote_literal(value.text));
}

} // namespace freshet::warehouse
