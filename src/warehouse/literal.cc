#include "warehouse/literal.h"

#include <date/date.h>
#include <fmt/core.h>

#include "engine/engine.h"
#include "engine/zoned_timestamp.h"

namespace freshet::warehouse {
namespace {

std::string timestamp_text(int64_t microseconds) {
  return date::format("%F %T", date::sys_time<std::chrono::microseconds>{std::chrono::microseconds{microseconds}});
}

struct Print {
  std::string operator()(std::monostate) const { return "NULL"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return fmt::format("CAST('{}' AS DOUBLE)", value); }
  std::string operator()(const engine::Decimal& value) const { return value.text; }
  std::string operator()(const std::string& value) const { return engine::quote_literal(value); }
  std::string operator()(engine::Date value) const {
    return fmt::format("DATE '{}'", date::format("%F", date::sys_days{date::days{value.days}}));
  }
  std::string operator()(engine::Time value) const {
    return fmt::format("TIME '{}'", date::format("%T", std::chrono::microseconds{value.microseconds}));
  }
  std::string operator()(engine::Timestamp value) const {
    return fmt::format("TIMESTAMP '{}'", timestamp_text(value.microseconds));
  }
  std::string operator()(engine::TimestampTz value) const {
    return fmt::format("TIMESTAMPTZ '{}+00'", timestamp_text(value.microseconds));
  }
  std::string operator()(const engine::ZonedTimestamp& value) const {
    const auto packed = engine::pack(value);
    return fmt::format("CAST('{} months {} days {} microseconds' AS INTERVAL)", packed.months, packed.days,
                       packed.microseconds);
  }
  std::string operator()(const engine::Blob& value) const {
    std::string out = "'";
    for (unsigned char c : value.bytes) out += fmt::format("\\x{:02X}", c);
    return out + "'::BLOB";
  }
};

} // namespace

std::string literal(const engine::Value& value) {
  return std::visit(Print{}, value);
}

std::string typed_literal(const Bind& bind) {
  if (std::holds_alternative<std::string>(bind.value) && bind.type.kind == sql::TypeKind::text) return literal(bind.value);
  return bind.type.engine_cast(literal(bind.value));
}

namespace {

/// A cell of a result, and one of a chunk.
struct RowsCell {
  const engine::Rows& rows;
  size_t row, column;
  int64_t integer() const { return rows.integer(row, column); }
  double floating() const { return rows.floating(row, column); }
  engine::Interval interval() const { return rows.interval(row, column); }
  std::string bytes() const { return std::string(rows.string(row, column)); }
  std::string shown() const { return rows.text(row, column); }
};
struct VectorCell {
  const engine::Vector& vector;
  size_t row;
  int64_t integer() const { return vector.integer(row); }
  double floating() const { return vector.floating(row); }
  engine::Interval interval() const { return vector.value<engine::Interval>(row); }
  std::string bytes() const { return std::string(vector.text(row)); }
  std::string shown() const {
    std::string text;
    engine::append_text(text, vector, row);
    return text;
  }
};

template <typename Cell>
engine::Value value_of(engine::TypeId type, const Cell& cell) {
  using enum engine::TypeId;
  switch (type) {
    case boolean:
      return cell.integer() != 0;
    case tinyint:
    case smallint:
    case integer:
    case bigint:
    case utinyint:
    case usmallint:
    case uinteger:
      return cell.integer();
    case ubigint:
    case hugeint:
    case uhugeint:
    case decimal:
      return engine::Decimal{cell.shown()};
    case real:
    case double_:
      return cell.floating();
    case date:
      return engine::Date{static_cast<int32_t>(cell.integer())};
    case time:
      return engine::Time{cell.integer()};
    case timestamp:
      return engine::Timestamp{cell.integer()};
    case timestamp_tz:
      return engine::TimestampTz{cell.integer()};
    case interval:
      return engine::unpack(cell.interval());
    case blob:
      return engine::Blob{cell.bytes()};
    case varchar:
      return cell.bytes();
    default:
      return cell.shown();
  }
}

} // namespace

engine::Value cell(const engine::Rows& rows, size_t row, size_t column) {
  if (rows.is_null(row, column)) return std::monostate{};
  return value_of(rows.columns()[column].type.id, RowsCell{rows, row, column});
}

engine::Value cell(const engine::Vector& vector, size_t row) {
  if (vector.is_null(row)) return std::monostate{};
  return value_of(vector.type().id, VectorCell{vector, row});
}

namespace {

/// Of two descriptions of one column the printer's, unless the engine holds something else.
sql::SnowflakeType precise(const sql::SnowflakeType& engine, const sql::OutputColumn& printed) {
  using enum sql::TypeKind;
  if (printed.is_null) return sql::type_of_kind(text);
  if (!printed.type) return engine;
  const auto& type = *printed.type;
  if (engine.kind == variant) return type.kind == object || type.kind == array || type.kind == vector ? type : engine;
  if (engine.kind != type.kind) return engine;
  if (engine.kind != number) return type;
  if (engine.scale != type.scale) return engine;
  auto out = type;
  out.is_integer = engine.is_integer;
  return out;
}

} // namespace

std::vector<ResultColumn> result_columns(const std::vector<engine::Column>& columns,
                                         const std::optional<std::vector<sql::OutputColumn>>& printed) {
  std::vector<ResultColumn> out;
  out.reserve(columns.size());
  const bool is_known = printed && printed->size() == columns.size();
  for (size_t i = 0; i < columns.size(); ++i) {
    auto type = sql::type_from_engine(engine::sql_text(columns[i].type));
    if (is_known)
      out.push_back({columns[i].name, precise(type, (*printed)[i]), (*printed)[i].nullable});
    else
      out.push_back({columns[i].name, type, true});
  }
  return out;
}

} // namespace freshet::warehouse
