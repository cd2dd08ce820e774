// What + and - do with dates, times and intervals.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sql/engine_text.h"

namespace freshet::sql {
namespace {

struct Unit {
  std::string_view spelling; // upper case, without the S of the plural
  std::string_view unit;
};
constexpr Unit k_units[] = {
    {"Y", "year"},
    {"YY", "year"},
    {"YYY", "year"},
    {"YYYY", "year"},
    {"YR", "year"},
    {"YEAR", "year"},
    {"QTR", "quarter"},
    {"Q", "quarter"},
    {"QUARTER", "quarter"},
    {"MON", "month"},
    {"MM", "month"},
    {"MONTH", "month"},
    {"W", "week"},
    {"WK", "week"},
    {"WEEK", "week"},
    {"WEEKOFYEAR", "week"},
    {"WOY", "week"},
    {"WY", "week"},
    {"D", "day"},
    {"DD", "day"},
    {"DAY", "day"},
    {"DAYOFMONTH", "day"},
    {"H", "hour"},
    {"HH", "hour"},
    {"HR", "hour"},
    {"HOUR", "hour"},
    {"M", "minute"},
    {"MI", "minute"},
    {"MIN", "minute"},
    {"MINUTE", "minute"},
    {"S", "second"},
    {"SEC", "second"},
    {"SECOND", "second"},
    {"MS", "millisecond"},
    {"MSEC", "millisecond"},
    {"MILLISECOND", "millisecond"},
    {"US", "microsecond"},
    {"USEC", "microsecond"},
    {"MICROSECOND", "microsecond"},
    {"NS", "nanosecond"},
    {"NSEC", "nanosecond"},
    {"NANOSEC", "nanosecond"},
    {"NSECOND", "nanosecond"},
    {"NANOSECOND", "nanosecond"},
};

std::string_view unit_of(std::string spelling) {
  std::ranges::transform(spelling, spelling.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  if (spelling.size() > 2 && spelling.ends_with('S')) spelling.pop_back();
  const auto* found = std::ranges::find(k_units, spelling, &Unit::spelling);
  return found == std::end(k_units) ? std::string_view{} : found->unit;
}

std::string_view symbol_of(const Binary& sum) {
  return sum.op == BinaryOperator::add ? "+" : "-";
}

struct Part {
  std::string number;
  std::string_view unit; // empty: there is none of that name
};

/// '1 year, 2 d, 3': seconds where no unit is written. nullopt: it is none.
std::optional<std::vector<Part>> parts_of(std::string_view text) {
  std::vector<Part> parts;
  size_t at = 0;
  const auto skip = [&](auto&& accepts) {
    size_t start = at;
    while (at < text.size() && accepts(text[at])) ++at;
    return std::string(text.substr(start, at - start));
  };
  const auto is_blank = [](char c) { return c == ' ' || c == ','; };
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  for (skip(is_blank); at < text.size(); skip(is_blank)) {
    std::string number = skip([](char c) { return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.'; });
    skip(is_blank);
    const std::string unit = skip(is_letter);
    const auto known = unit.empty() ? std::string_view("second") : unit_of(unit);
    if (number.find_first_of("0123456789") == std::string::npos || known.empty()) return std::nullopt;
    parts.push_back({std::move(number), known});
  }
  return parts.empty() ? std::nullopt : std::optional(std::move(parts));
}

} // namespace

bool keeps_dates(const std::string& interval) {
  const auto parts = parts_of(interval);
  return parts && std::ranges::all_of(*parts, [](const Part& part) {
           return part.unit == "year" || part.unit == "quarter" || part.unit == "month" || part.unit == "week" ||
                  part.unit == "day";
         });
}

/// The engine's intervals, one a part: Snowflake adds them one after the other, the engine would add months first.
std::vector<std::string> EngineText::interval_parts(const IntervalLiteral& interval, const SourceRange& range) {
  std::vector<std::string> texts;
  const auto parts = parts_of(interval.text);
  if (!parts) {
    fail_with(Error(1007, "22023", fmt::format("SQL compilation error:\ninvalid interval '{}'.", interval.text), range.line,
                    range.column - 1));
    return {};
  }
  for (const auto& part : *parts) {
    int64_t nanoseconds = 0; // the engine's moments have microseconds
    const bool is_nano = part.unit == "nanosecond";
    if (is_nano)
      std::from_chars(part.number.data() + part.number.starts_with('+'), part.number.data() + part.number.size(), nanoseconds);
    texts.push_back(is_nano ? fmt::format("INTERVAL '{} microsecond'", nanoseconds / 1000)
                            : fmt::format("INTERVAL '{} {}'", part.number, part.unit));
  }
  return texts;
}

/// The difference of two timestamps is no number: Snowflake refuses it, or gives an INTERVAL, a type that Freshet has not. Of a
/// date and a timestamp, or of times, the same. nullopt where there is no such difference.
std::optional<std::string> EngineText::moment_difference(const Binary& node, const Expression& expression) {
  if (node.op != BinaryOperator::subtract) return std::nullopt;
  const auto is_moment = [this](const Expression& value) {
    const auto kind = kind_of(value);
    return kind == ResultKind::date || kind == ResultKind::timestamp || kind == ResultKind::instant ||
           is_kind(value, TypeKind::time) || is_kind(value, TypeKind::timestamp_tz);
  };
  const bool dates = kind_of(*node.left) == ResultKind::date && kind_of(*node.right) == ResultKind::date;
  if (dates || !is_moment(*node.left) || !is_moment(*node.right)) return std::nullopt;
  const auto& range = expression.range;
  const auto name_of_type = [this](const Expression& value) {
    return type_of(value).value_or(type_of_kind(TypeKind::timestamp_ntz)).to_string();
  };
  fail_with(Error(1044, "42P13",
                  fmt::format("SQL compilation error: error line {} at position {}\nInvalid argument types for function '-': "
                              "({}, {}). DATEDIFF gives the time between them.",
                              range.line, range.column - 1, name_of_type(*node.left), name_of_type(*node.right)),
                  range.line, range.column - 1));
  return std::string();
}

/// A date, time or text plus or minus an interval; nullopt where there is none.
std::optional<std::string> EngineText::interval_sum(const Binary& node) {
  const bool adds = node.op == BinaryOperator::add;
  if (!adds && node.op != BinaryOperator::subtract) return std::nullopt;
  const bool turned = adds && node.left->as<IntervalLiteral>() != nullptr && node.right->as<IntervalLiteral>() == nullptr;
  const Expression& moment = turned ? *node.right : *node.left;
  const Expression& other = turned ? *node.left : *node.right;
  const auto* interval = other.as<IntervalLiteral>();
  if (interval == nullptr) return std::nullopt;
  const bool is_zoned = is_kind(moment, TypeKind::timestamp_tz);
  const auto kind = kind_of(moment);
  const bool is_read = kind == ResultKind::text || kind == ResultKind::json;
  std::string sum = is_zoned  ? wall_clock_of(moment)
                    : is_read ? moment_of(moment, type_of_kind(TypeKind::timestamp_ntz), false)
                              : expression(moment);
  for (const auto& part : interval_parts(*interval, other.range)) sum = fmt::format("({} {} {})", sum, symbol_of(node), part);
  if (is_zoned) return fmt::format("freshet_tz_at({}, {})", sum, expression(moment));
  const bool stays_date = kind == ResultKind::date && keeps_dates(interval->text);
  return stays_date ? fmt::format("CAST({} AS DATE)", sum) : sum;
}

/// A date or time plus or minus days; nullopt where the engine's + and - do the same.
std::optional<std::string> EngineText::moment_sum(const Binary& node) {
  if (node.op != BinaryOperator::add && node.op != BinaryOperator::subtract) return std::nullopt;
  const bool turned =
      kind_of(*node.right) == ResultKind::date && kind_of(*node.left) == ResultKind::integer && node.op == BinaryOperator::add;
  const Expression& moment = turned ? *node.right : *node.left;
  const Expression& other = turned ? *node.left : *node.right;
  const auto kind = kind_of(moment);
  if (kind_of(other) != ResultKind::integer) return std::nullopt;
  const std::string days = fmt::format("to_days(CAST({} AS INTEGER))", expression(other));
  if (kind == ResultKind::timestamp || kind == ResultKind::instant)
    return as_moment(moment, fmt::format("({} {} {})", wall_clock_of(moment), symbol_of(node), days), false);
  if (kind != ResultKind::date || other.as<NumberLiteral>()) return std::nullopt;
  return fmt::format("CAST({} {} {} AS DATE)", expression(moment), symbol_of(node), days);
}

} // namespace freshet::sql
