// Values in another type: casts, text, comparisons, and what a column takes.
#include <fmt/format.h>

#include <algorithm>

#include "sql/collation.h"
#include "sql/engine_text.h"
#include "sql/length_check.h"
#include "sql/plain_number.h"

namespace freshet::sql {
namespace {

constexpr int64_t k_text_length_max = 16'777'216;

bool is_semi_structured(TypeKind kind) {
  return kind == TypeKind::variant || kind == TypeKind::object || kind == TypeKind::array || kind == TypeKind::vector;
}

bool is_timestamp(TypeKind kind) {
  return kind == TypeKind::timestamp_ntz || kind == TypeKind::timestamp_ltz || kind == TypeKind::timestamp_tz;
}

bool is_moment(TypeKind kind) {
  return kind == TypeKind::date || kind == TypeKind::time || is_timestamp(kind);
}

std::string_view moment_word(TypeKind kind) {
  switch (kind) {
    case TypeKind::date:
      return "date";
    case TypeKind::time:
      return "time";
    case TypeKind::timestamp_ltz:
      return "ltz";
    case TypeKind::timestamp_tz:
      return "tz";
    default:
      return "ntz";
  }
}

const std::string& input_format(const PrintOptions& options, TypeKind kind) {
  return kind == TypeKind::date ? options.date_input : kind == TypeKind::time ? options.time_input : options.timestamp_input;
}

std::string moment_call(TypeKind kind, const std::string& text, bool is_try, const std::string& format) {
  return fmt::format("freshet_{}{}({}, {}, {})", is_try ? "try_" : "", moment_word(kind), text, k_zone, format);
}

/// Where YY is read, the year becomes one of the hundred from TWO_DIGIT_CENTURY_START on.
std::string in_century(const std::string& moment, TypeKind kind, const std::string& format, int start) {
  std::string upper = format;
  std::ranges::transform(upper, upper.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  const bool reads_two = upper.find("YY") != std::string::npos && upper.find("YYYY") == std::string::npos;
  if (start == 1970 || !reads_two || kind == TypeKind::time) return moment;
  const auto shifted = [&](const std::string& text) {
    return fmt::format("({0} - to_years(CAST(floor((year({0}) - {1}) / 100.0) AS INTEGER) * 100))", text, start);
  };
  if (kind == TypeKind::date) return fmt::format("CAST({} AS DATE)", shifted(moment));
  if (kind != TypeKind::timestamp_tz) return shifted(moment);
  return fmt::format("freshet_tz_at({}, {})", shifted(moment_call(TypeKind::timestamp_ntz, moment, false, "'AUTO'")), moment);
}

/// Whether the engine's own cast between two kinds of moments does what Snowflake's does.
bool casts_alike(TypeKind from, TypeKind to) {
  if (from == TypeKind::timestamp_tz || to == TypeKind::timestamp_tz) return false;
  if (from == TypeKind::time) return to == TypeKind::time;
  return is_moment(from);
}

/// TIME(n) and TIMESTAMP(n) cut off what is finer.
std::string with_precision(const std::string& text, const SnowflakeType& type) {
  if (type.kind == TypeKind::date || type.scale >= 6) return text;
  int64_t unit = 1;
  for (int i = type.scale; i < 6; ++i) unit *= 10;
  if (type.kind == TypeKind::timestamp_tz) return fmt::format("freshet_tz_cut({}, {})", text, unit);
  if (type.kind == TypeKind::time)
    return fmt::format("(TIME '00:00:00' + to_microseconds(date_diff('microsecond', TIME '00:00:00', {}) // {} * {}))", text,
                       unit, unit);
  std::string cut = fmt::format("make_timestamp(epoch_us({0}) - (epoch_us({0}) % {1} + {1}) % {1})", text, unit);
  return type.kind == TypeKind::timestamp_ltz ? fmt::format("timezone('UTC', {})", cut) : cut;
}

std::string binary_of(const std::string& text, std::string format, bool is_try) {
  std::transform(format.begin(), format.end(), format.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  std::string decoded = fmt::format("{}({})", format == "BASE64" ? "from_base64" : format == "HEX" ? "unhex" : "encode", text);
  return is_try ? "TRY(" + decoded + ")" : decoded;
}

/// 2024-01-31 or 2024-01-31 10:00:00[.…]: what the engine reads just as Snowflake does.
bool is_iso_moment(std::string_view text) {
  auto digits = [&](size_t from, size_t count) {
    for (size_t i = from; i < from + count; ++i)
      if (i >= text.size() || text[i] < '0' || text[i] > '9') return false;
    return true;
  };
  if (!digits(0, 4) || !digits(5, 2) || !digits(8, 2) || text[4] != '-' || text[7] != '-') return false;
  if (text.size() == 10) return true;
  if (text.size() < 19 || (text[10] != ' ' && text[10] != 'T') || !digits(11, 2) || !digits(14, 2) || !digits(17, 2))
    return false;
  return text.size() == 19 || (text[19] == '.' && digits(20, text.size() - 20) && text.size() <= 26);
}

constexpr int k_exact_digits = 15; // that a double keeps

/// The steps of a path as freshet_get_path reads them; nullopt where one is computed or has quotes of its own.
std::optional<std::string> exact_path(const PathAccess& path) {
  std::string out;
  for (const auto& step : path.steps) {
    const auto* number = step.index ? step.index->as<NumberLiteral>() : nullptr;
    const auto* key = step.index ? step.index->as<StringLiteral>() : nullptr;
    if (number != nullptr) {
      out += "[" + number->text + "]";
      continue;
    }
    if (step.index && key == nullptr) return std::nullopt;
    const auto& name = key != nullptr ? key->value : step.name;
    if (name.find('"') != std::string::npos) return std::nullopt;
    out += fmt::format("{}\"{}\"", out.empty() ? "" : ".", name);
  }
  return out;
}

std::string structured_text(const std::string& text, const SnowflakeType& type) {
  return fmt::format("freshet_structured({}, {})", text, quote_string(type.to_string()));
}

} // namespace

/// A value of ARRAY(…), OBJECT(…), MAP(…) or VECTOR(…): its parts are converted and checked.
std::string EngineText::structured_cast(const Expression& value, const SnowflakeType& type, bool) {
  if (value.as<NullLiteral>()) return "CAST(NULL AS JSON)";
  const auto source = type_of(value);
  return source && *source == type ? expression(value) : structured_text(variant_of(value), type);
}

std::string EngineText::collation_of(const Expression& value) const {
  const auto type = type_of(value);
  return type ? type->collation : std::string();
}

bool EngineText::is_kind(const Expression& value, TypeKind kind) const {
  auto type = type_of(value);
  return type && type->kind == kind;
}

std::string EngineText::wall_clock_of(const Expression& value) {
  if (!is_kind(value, TypeKind::timestamp_tz)) return expression(value);
  return moment_call(TypeKind::timestamp_ntz, expression(value), false, "'AUTO'");
}

std::string EngineText::moment_of(const Expression& value, const SnowflakeType& type, bool is_try, const std::string& format) {
  auto source = type_of(value);
  const auto* literal = value.as<StringLiteral>();
  std::string text = expression(value);
  std::string written = !format.empty() ? format : quote_string(input_format(options_, type.kind));
  bool plain = literal && written == "'AUTO'" && !is_try && is_iso_moment(literal->value) &&
               (type.kind == TypeKind::timestamp_ntz || (type.kind == TypeKind::date && literal->value.size() == 10));
  if (value.as<NullLiteral>()) return fmt::format("CAST(NULL AS {})", type.engine_type());
  if (source && source->kind == type.kind) return source->scale > type.scale ? with_precision(text, type) : text;
  std::string moment =
      plain || (source && casts_alike(source->kind, type.kind))
          ? fmt::format("CAST({} AS {})", text, type.engine_type())
          : in_century(moment_call(type.kind, text, is_try, written), type.kind, written, options_.two_digit_century_start);
  return with_precision(moment, type);
}

/// x::type, TRY_CAST(x AS type) and what converts by itself.
std::string EngineText::converted(const Expression& value, const SnowflakeType& type, bool is_try) {
  auto source = type_of(value);
  bool is_json = value.as<PathAccess>() || (source && is_semi_structured(source->kind));
  std::string_view cast = is_try ? "TRY_CAST" : "CAST";
  switch (type.kind) {
    case TypeKind::text: {
      std::string text = text_of(value);
      bool fits = source && source->kind == TypeKind::text && source->length <= type.length;
      if (type.length >= k_text_length_max || fits) return text;
      if (is_try) return fmt::format("CASE WHEN length({0}) <= {1} THEN {0} END", text, type.length);
      return checked_length(text, type.length);
    }
    case TypeKind::variant:
    case TypeKind::object:
    case TypeKind::array:
    case TypeKind::vector:
      return type.fields.empty() ? variant_cast(value, type.kind) : structured_cast(value, type, is_try);
    case TypeKind::date:
    case TypeKind::time:
    case TypeKind::timestamp_ntz:
    case TypeKind::timestamp_ltz:
    case TypeKind::timestamp_tz:
      return moment_of(value, type, is_try);
    case TypeKind::boolean:
      if (value.as<NullLiteral>()) return "CAST(NULL AS BOOLEAN)";
      if (source && source->kind == TypeKind::boolean) return expression(value);
      return fmt::format("freshet_{}boolean({})", is_try ? "try_" : "", expression(value));
    case TypeKind::binary:
      if (value.as<NullLiteral>()) return "CAST(NULL AS BLOB)";
      if (source && source->kind == TypeKind::binary) return expression(value);
      return binary_of(text_of(value), options_.binary_input, is_try);
    default:
      break;
  }
  if (const auto* path = value.as<PathAccess>(); path && type.kind == TypeKind::number && type.scale > 0) {
    const auto exact = exact_path(*path);
    if (type.precision > k_exact_digits && exact) // the engine reads JSON's decimals as doubles
      return fmt::format(
          "{0}(CASE WHEN length({1}) <= {2} THEN {1} ELSE freshet_json_text(freshet_get_path({3}, {4})) END AS {5})", cast,
          text_of(value), k_exact_digits, expression(*path->operand), quote_string(*exact), type.engine_type());
  }
  if (source && source->kind == TypeKind::boolean && type.kind == TypeKind::real)
    return fmt::format("CAST(CAST({} AS INTEGER) AS DOUBLE)", expression(value));
  return fmt::format("{}({} AS {})", cast, is_json ? text_of(value) : expression(value), type.engine_type());
}

std::string EngineText::print(const Cast& node, const Expression& expression) {
  auto type = take(type_from_name(node.type, options_.timestamp_alias));
  if (type.kind == TypeKind::geography || type.kind == TypeKind::geometry)
    unsupported("the data type " + type.to_string(), expression.range);
  auto source = type_of(*node.operand);
  if (node.is_try && source && source->kind != TypeKind::text && !node.operand->as<NullLiteral>()) {
    fail_with(Error(1065, "22023",
                    fmt::format("SQL compilation error:\nFunction TRY_CAST cannot be used with arguments of types {} and {}",
                                source->to_string(), type.to_string()),
                    expression.range.line, expression.range.column - 1));
  }
  return converted(*node.operand, type, node.is_try);
}

/// As VARCHAR, in the session's output formats.
std::string EngineText::text_of(const Expression& value) {
  if (const auto* path = value.as<PathAccess>()) {
    std::string operand;
    std::string steps = json_path(*path, operand);
    const auto& last = path->steps.back();
    if (last.index && !last.index->as<StringLiteral>())
      return fmt::format("freshet_json_text(json_extract({}, {}))", operand, steps);
    return fmt::format("json_extract_string({}, {})", operand, steps);
  }
  std::string text = expression(value);
  if (value.as<NullLiteral>()) return "CAST(NULL AS VARCHAR)";
  auto type = type_of(value);
  if (!type) return fmt::format("freshet_text({}, {})", text, k_zone);
  auto printed = [&](const std::string& format) {
    return fmt::format("freshet_to_char({}, {}, {})", text, quote_string(format), k_zone);
  };
  switch (type->kind) {
    case TypeKind::date:
      return options_.date_output == "YYYY-MM-DD" ? fmt::format("CAST({} AS VARCHAR)", text) : printed(options_.date_output);
    case TypeKind::time:
      return printed(options_.time_output);
    case TypeKind::timestamp_ntz:
      return printed(options_.timestamp_ntz_output);
    case TypeKind::timestamp_ltz:
      return printed(options_.timestamp_ltz_output);
    case TypeKind::timestamp_tz:
      return printed(options_.timestamp_tz_output);
    case TypeKind::binary:
      return printed(options_.binary_output);
    case TypeKind::real:
      return fmt::format("freshet_text({}, {})", text, k_zone);
    case TypeKind::variant:
    case TypeKind::object:
    case TypeKind::array:
    case TypeKind::vector:
      return fmt::format("freshet_json_text({})", text);
    case TypeKind::text:
      return text;
    default:
      return fmt::format("CAST({} AS VARCHAR)", text);
  }
}

namespace {

struct Collated {
  const Expression& value;
  const std::string& collation;

  bool is_written() const { // by COLLATE in the statement, not by a column's definition
    const auto* call = value.as<FunctionCall>();
    return call != nullptr && call->name.last() == "COLLATE" && !collation.empty();
  }
};

/// What COLLATE says goes before what columns say, and that before nothing; nullopt where two of one rank differ.
std::optional<std::string> common_collation(const Collated& one, const Collated& other) {
  if (one.is_written() != other.is_written()) return one.is_written() ? one.collation : other.collation;
  if (one.collation.empty() || one.collation == other.collation) return other.collation;
  return other.collation.empty() ? std::optional(one.collation) : std::nullopt;
}

Error incompatible(std::string_view one, std::string_view other) {
  return {
      2322, "42846",
      fmt::format("SQL compilation error: Incompatible collations: '{}' and '{}'", std::min(one, other), std::max(one, other))};
}

} // namespace

/// One side of a comparison, in the type that Snowflake compares both sides in.
std::string EngineText::compared(const Expression& value, const Expression& other) {
  auto type = type_of(value), beside = type_of(other);
  if (!type || !beside || value.as<NullLiteral>() || other.as<NullLiteral>()) return expression(value);
  const auto kind = type->kind, against = beside->kind;
  if (kind == TypeKind::text && against == TypeKind::text) {
    const auto collation = common_collation({value, type->collation}, {other, beside->collation});
    if (!collation) fail_with(incompatible(type->collation, beside->collation));
    return in_collation(expression(value), collation.value_or(""), type->collation);
  }
  if (kind == against) return expression(value);
  if (is_semi_structured(kind)) {
    if (is_semi_structured(against)) return expression(value);
    if (against == TypeKind::text) return text_of(value);
    if (against == TypeKind::number) return fmt::format("CAST({} AS DECIMAL(38, 9))", text_of(value));
    return converted(value, *beside, false);
  }
  if (is_semi_structured(against))
    return kind == TypeKind::number && type->scale == 0 ? fmt::format("CAST({} AS DECIMAL(38, 9))", expression(value))
                                                        : expression(value);
  if (kind == TypeKind::text) {
    if (against == TypeKind::number) {
      const auto* literal = value.as<StringLiteral>();
      return literal && is_written_number(literal->value)
                 ? literal->value
                 : fmt::format("CAST({} AS DECIMAL(38, {}))", expression(value), std::max(beside->scale, 9));
    }
    if (against == TypeKind::timestamp_tz) return moment_of(value, type_of_kind(TypeKind::timestamp_ltz), false);
    if (is_moment(against) || against == TypeKind::boolean || against == TypeKind::real || against == TypeKind::binary)
      return converted(value, *beside, false);
  }
  const bool zoned = against == TypeKind::timestamp_tz || kind == TypeKind::timestamp_tz;
  if (zoned && is_moment(kind)) return moment_of(value, type_of_kind(TypeKind::timestamp_ltz), false);
  if (kind == TypeKind::number && against == TypeKind::boolean) return fmt::format("CAST({} AS BOOLEAN)", expression(value));
  return expression(value);
}

/// A branch of CASE, COALESCE, …, in the type of all of them.
std::string EngineText::unified(const Expression& value, const std::optional<SnowflakeType>& common) {
  auto type = type_of(value);
  if (!common || !type || value.as<NullLiteral>() || type->kind == common->kind) return expression(value);
  if (common->kind == TypeKind::variant) return variant_of(value);
  if (type->kind == TypeKind::text || common->kind == TypeKind::timestamp_tz) return converted(value, *common, false);
  return expression(value);
}

std::string EngineText::assigned(const Expression& value, const SnowflakeType& column) {
  auto source = type_of(value);
  if (!column.fields.empty() && !value.as<NullLiteral>()) return structured_text(variant_of(value), column);
  if (value.as<NullLiteral>() || !source || is_semi_structured(column.kind))
    return value.as<NullLiteral>() ? "NULL" : assigned_text(expression(value), source, column, options_);
  if (column.kind == TypeKind::text) return text_of(value);
  auto is_number = [](TypeKind kind) { return kind == TypeKind::number || kind == TypeKind::real; };
  if (is_number(column.kind) && is_number(source->kind)) return expression(value);
  return converted(value, column, false);
}

std::string assigned_text(const std::string& text, const std::optional<SnowflakeType>& source, const SnowflakeType& column,
                          const PrintOptions& options) {
  const bool is_column = text.starts_with('"');
  const bool is_json = source && is_semi_structured(source->kind);
  switch (column.kind) {
    case TypeKind::text: {
      if (source && source->kind == TypeKind::text) return text;
      std::string printed = fmt::format("freshet_text({}, {})", text, k_zone);
      if (source || !is_column) return printed;
      return fmt::format("CASE WHEN typeof({0}) = 'VARCHAR' THEN CAST({0} AS VARCHAR) ELSE {1} END", text, printed);
    }
    case TypeKind::date:
    case TypeKind::time:
    case TypeKind::timestamp_ntz:
    case TypeKind::timestamp_ltz:
    case TypeKind::timestamp_tz: {
      if (source && source->kind == column.kind) return source->scale > column.scale ? with_precision(text, column) : text;
      bool alike = source && casts_alike(source->kind, column.kind);
      std::string moment =
          alike ? fmt::format("CAST({} AS {})", text, column.engine_type())
                : in_century(moment_call(column.kind, text, false, quote_string(input_format(options, column.kind))),
                             column.kind, input_format(options, column.kind), options.two_digit_century_start);
      return with_precision(moment, column);
    }
    case TypeKind::boolean:
      return source && source->kind == TypeKind::boolean ? text : fmt::format("freshet_boolean({})", text);
    case TypeKind::binary:
      if (source && source->kind == TypeKind::text) return binary_of(text, options.binary_input, false);
      return text;
    case TypeKind::number:
    case TypeKind::real:
      return is_json ? fmt::format("CAST(freshet_json_text({}) AS {})", text, column.engine_type()) : text;
    case TypeKind::array:
    case TypeKind::object:
    case TypeKind::vector:
      return column.fields.empty() ? text : structured_text(text, column);
    default:
      return text;
  }
}

} // namespace freshet::sql
