// Dates and times: parts, arithmetic, formats.
#include <fmt/format.h>

#include <algorithm>

#include "sql/engine_text.h"

namespace freshet::sql {
namespace {

struct PartName {
  std::string_view spelling;
  std::string_view part;
};
constexpr PartName k_parts[] = {
    {"YEAR", "year"},
    {"Y", "year"},
    {"YY", "year"},
    {"YYY", "year"},
    {"YYYY", "year"},
    {"YR", "year"},
    {"YEARS", "year"},
    {"YRS", "year"},
    {"MONTH", "month"},
    {"MM", "month"},
    {"MON", "month"},
    {"MONS", "month"},
    {"MONTHS", "month"},
    {"DAY", "day"},
    {"D", "day"},
    {"DD", "day"},
    {"DAYS", "day"},
    {"DAYOFMONTH", "day"},
    {"DAYOFWEEK", "dayofweek"},
    {"WEEKDAY", "dayofweek"},
    {"DOW", "dayofweek"},
    {"DW", "dayofweek"},
    {"DAYOFWEEKISO", "isodow"},
    {"DAYOFWEEK_ISO", "isodow"},
    {"WEEKDAY_ISO", "isodow"},
    {"DOW_ISO", "isodow"},
    {"DAYOFYEAR", "dayofyear"},
    {"YEARDAY", "dayofyear"},
    {"DOY", "dayofyear"},
    {"DY", "dayofyear"},
    {"WEEK", "week"},
    {"W", "week"},
    {"WK", "week"},
    {"WEEKOFYEAR", "week"},
    {"WOY", "week"},
    {"WY", "week"},
    {"WEEKS", "week"},
    {"WEEKISO", "weekiso"},
    {"WEEK_ISO", "weekiso"},
    {"QUARTER", "quarter"},
    {"Q", "quarter"},
    {"QTR", "quarter"},
    {"QTRS", "quarter"},
    {"QUARTERS", "quarter"},
    {"YEAROFWEEK", "isoyear"},
    {"YEAROFWEEKISO", "yearofweekiso"},
    {"HOUR", "hour"},
    {"H", "hour"},
    {"HH", "hour"},
    {"HR", "hour"},
    {"HOURS", "hour"},
    {"HRS", "hour"},
    {"MINUTE", "minute"},
    {"M", "minute"},
    {"MI", "minute"},
    {"MIN", "minute"},
    {"MINUTES", "minute"},
    {"MINS", "minute"},
    {"SECOND", "second"},
    {"S", "second"},
    {"SEC", "second"},
    {"SECONDS", "second"},
    {"SECS", "second"},
    {"MILLISECOND", "millisecond"},
    {"MS", "millisecond"},
    {"MSEC", "millisecond"},
    {"MILLISECONDS", "millisecond"},
    {"MICROSECOND", "microsecond"},
    {"US", "microsecond"},
    {"USEC", "microsecond"},
    {"MICROSECONDS", "microsecond"},
    {"NANOSECOND", "nanosecond"},
    {"NS", "nanosecond"},
    {"NSEC", "nanosecond"},
    {"NANOSECONDS", "nanosecond"},
    {"EPOCH_SECOND", "epoch"},
    {"EPOCH", "epoch"},
    {"EPOCH_SECONDS", "epoch"},
    {"EPOCH_MILLISECOND", "epoch_ms"},
    {"EPOCH_MILLISECONDS", "epoch_ms"},
    {"EPOCH_MICROSECOND", "epoch_us"},
    {"EPOCH_MICROSECONDS", "epoch_us"},
    {"EPOCH_NANOSECOND", "epoch_ns"},
    {"EPOCH_NANOSECONDS", "epoch_ns"},
    {"TIMEZONE_HOUR", "timezone_hour"},
    {"TZH", "timezone_hour"},
    {"TIMEZONE_MINUTE", "timezone_minute"},
    {"TZM", "timezone_minute"},
};

std::string_view canonical_part(std::string_view spelling) {
  std::string upper(spelling);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  const auto* found =
      std::find_if(std::begin(k_parts), std::end(k_parts), [&](const PartName& known) { return known.spelling == upper; });
  return found == std::end(k_parts) ? std::string_view{} : found->part;
}

bool is_of_day(std::string_view part) {
  return part == "day" || part == "week" || part == "month" || part == "quarter" || part == "year";
}

} // namespace

/// How an argument names a part: a bare word, a string, or a variable or bind that holds one. Empty: it does not.
std::string EngineText::part_spelling(const Expression& argument) const {
  if (const auto* word = argument.as<ColumnReference>()) return std::string(word->name.last());
  if (const auto* literal = argument.as<StringLiteral>()) return literal->value;
  if (!argument.as<SessionVariable>() && !argument.as<BindVariable>()) return {};
  return names_.constant_text(argument).value_or(std::nullopt).value_or("");
}

bool EngineText::is_part_of_day(const Expression& part) const {
  return is_of_day(canonical_part(part_spelling(part)));
}

/// The part that an argument names.
std::string EngineText::date_part(const Expression& argument) {
  if (argument.as<SessionVariable>() || argument.as<BindVariable>()) take(names_.constant_text(argument)); // is it set?
  std::string spelling = part_spelling(argument);
  auto part = canonical_part(spelling);
  if (part.empty()) {
    fail_with(Error(1058, "22023",
                    fmt::format("SQL compilation error: error line {} at position {}\n'{}' is not a valid date/time component.",
                                argument.range.line, argument.range.column - 1, spelling),
                    argument.range.line, argument.range.column - 1));
  }
  return std::string(part);
}

std::string EngineText::date_add(const FunctionCall& call, const Arguments& arguments) {
  std::string part = date_part(call.arguments[0].value);
  const Expression& value = call.arguments[2].value;
  bool literal = call.arguments[1].value.as<NumberLiteral>() || call.arguments[1].value.as<Unary>();
  std::string count = literal ? arguments[1] : fmt::format("CAST({} AS BIGINT)", arguments[1]);
  std::string interval;
  if (part == "quarter") {
    interval = fmt::format("to_months(CAST({} * 3 AS INTEGER))", count);
  } else if (part == "nanosecond") {
    interval = fmt::format("to_microseconds({} // 1000)", count);
  } else if (is_of_day(part)) {
    interval = fmt::format("to_{}s(CAST({} AS INTEGER))", part, arguments[1]);
  } else if (part == "hour" || part == "minute" || part == "second" || part == "millisecond" || part == "microsecond") {
    interval = fmt::format("to_{}s({})", part, count);
  } else {
    unsupported("DATEADD " + part, call.name.range);
  }
  return as_moment(value, fmt::format("({} + {})", argument_text(value, 'm'), interval), is_of_day(part));
}

/// What was computed from the wall clock of `value`, as a value of its type. A DATE stays one where `keeps_date` says so.
std::string EngineText::as_moment(const Expression& value, const std::string& text, bool keeps_date) {
  if (is_kind(value, TypeKind::timestamp_tz)) return fmt::format("freshet_tz_at({}, {})", text, expression(value));
  return keeps_date && kind_of(value) == ResultKind::date ? fmt::format("CAST({} AS DATE)", text) : text;
}

/// Moments of different zones are as far apart as their instants are, dates as their wall clocks.
std::string EngineText::date_diff(const FunctionCall& call, const Arguments&) {
  std::string part = date_part(call.arguments[0].value);
  auto moment = [&](size_t index) {
    const Expression& value = call.arguments[index].value;
    if (!is_of_day(part) && is_kind(value, TypeKind::timestamp_tz))
      return moment_of(value, type_of_kind(TypeKind::timestamp_ltz), false);
    return argument_text(value, 'm');
  };
  if (part == "week") { // Snowflake counts first days of weeks in between, the engine whole weeks
    return fmt::format("(date_diff('day', {}, {}) // 7)", week_start_of(moment(1)), week_start_of(moment(2)));
  }
  if (part == "nanosecond") return fmt::format("(date_diff('microsecond', {}, {}) * 1000)", moment(1), moment(2));
  return fmt::format("date_diff('{}', {}, {})", part, moment(1), moment(2));
}

/// The first day of the week, by WEEK_START.
std::string EngineText::week_start_of(const std::string& moment) {
  const int shift = options_.week_start > 1 ? options_.week_start - 1 : 0; // days after Monday
  if (shift == 0) return fmt::format("date_trunc('week', {})", moment);
  return fmt::format("(date_trunc('week', {} - to_days({})) + to_days({}))", moment, shift, shift);
}

std::string EngineText::truncated(std::string_view part, const std::string& moment) {
  return part == "week" ? week_start_of(moment) : fmt::format("date_trunc('{}', {})", part, moment);
}

/// DAYOFWEEK, WEEK and YEAROFWEEK by WEEK_START and WEEK_OF_YEAR_POLICY; other parts: nullopt.
std::optional<std::string> EngineText::week_part(std::string_view part, const std::string& moment) {
  if (part == "dayofweek" && options_.week_start > 0)
    return fmt::format("((isodow({}) - {} + 7) % 7 + 1)", moment, options_.week_start);
  if (part != "week" && part != "isoyear") return std::nullopt;
  const int start = options_.week_start == 0 ? 1 : options_.week_start;
  if (options_.week_of_year_policy == 1) { // week 1 has January 1st
    std::string january = week_start_of(fmt::format("date_trunc('year', {})", moment));
    return part == "isoyear" ? fmt::format("year({})", moment)
                             : fmt::format("(date_diff('day', {}, {}) // 7 + 1)", january, week_start_of(moment));
  }
  if (start == 1) return std::nullopt;
  // week 1 is the one with at least four days of the year: its fourth day decides
  std::string fourth = fmt::format("({} + to_days(3))", week_start_of(moment));
  return part == "isoyear" ? fmt::format("year({})", fourth) : fmt::format("((dayofyear({}) - 1) // 7 + 1)", fourth);
}

/// EXTRACT's parts; "trunc:month" of TRUNC(d, 'month').
std::string EngineText::date_part_of(std::string_view part, const std::string& value, const SourceRange& range) {
  if (part.starts_with("trunc:")) {
    auto canonical = canonical_part(part.substr(6));
    if (canonical.empty()) unsupported(fmt::format("TRUNC(…, '{}')", part.substr(6)), range);
    return truncated(canonical, value);
  }
  if (auto week = week_part(part, value)) return *week;
  if (part == "weekiso") return fmt::format("week({})", value);
  if (part == "yearofweekiso") return fmt::format("isoyear({})", value);
  if (part == "epoch") return fmt::format("CAST(floor(epoch({})) AS BIGINT)", value);
  if (part.starts_with("epoch_")) return fmt::format("{}({})", part, value);
  if (part == "millisecond" || part == "microsecond" || part == "nanosecond") {
    return part == "nanosecond" ? fmt::format("((microsecond({}) % 1000000) * 1000)", value)
                                : fmt::format("({}({}) % {})", part, value, part == "millisecond" ? 1000 : 1000000);
  }
  return fmt::format("{}({})", part, value);
}

namespace {

std::optional<std::string> truncated_time(std::string_view part, const std::string& time) {
  constexpr std::pair<std::string_view, int64_t> k_microseconds[] = {
      {"hour", 3'600'000'000}, {"minute", 60'000'000}, {"second", 1'000'000}, {"millisecond", 1000}, {"microsecond", 1}};
  const auto* unit = std::ranges::find(k_microseconds, part, &std::pair<std::string_view, int64_t>::first);
  if (unit == std::end(k_microseconds)) return std::nullopt;
  return fmt::format("(TIME '00:00:00' + to_microseconds(date_diff('microsecond', TIME '00:00:00', {0}) // {1} * {1}))", time,
                     unit->second);
}

} // namespace

std::optional<std::string> EngineText::date_function(const FunctionRule& rule, const FunctionCall& call,
                                                     const Arguments& arguments) {
  std::string_view name = rule.name;
  if (name == "DATEADD" || name == "DATE_ADD" || name == "TIMEADD" || name == "TIMESTAMPADD") return date_add(call, arguments);
  if (name == "DATEDIFF" || name == "TIMEDIFF" || name == "TIMESTAMPDIFF") return date_diff(call, arguments);
  if (name == "DATE_PART" || name == "EXTRACT") {
    std::string part = date_part(call.arguments[0].value);
    const Expression& value = call.arguments[1].value;
    if (part.starts_with("epoch") && is_kind(value, TypeKind::timestamp_tz))
      return date_part_of(part, moment_of(value, type_of_kind(TypeKind::timestamp_ltz), false), call.name.range);
    if (part.starts_with("timezone_"))
      return is_kind(value, TypeKind::timestamp_tz)
                 ? fmt::format("({} {} 60)", fmt::format("freshet_tz_offset({})", expression(value)),
                               part == "timezone_hour" ? "//" : "%")
                 : fmt::format("{}({})", part, argument_text(value, 'm'));
    return date_part_of(part, argument_text(value, 'm'), call.name.range);
  }
  if (name == "DATE_TRUNC") {
    std::string part = date_part(call.arguments[0].value);
    const Expression& value = call.arguments[1].value;
    if (is_kind(value, TypeKind::time)) return truncated_time(part, expression(value));
    return as_moment(value, truncated(part, argument_text(value, 'm')), true);
  }
  if (name == "DAYOFWEEK" || name == "WEEK" || name == "WEEKOFYEAR" || name == "YEAROFWEEK")
    return date_part_of(canonical_part(name), arguments[0], call.name.range);
  if (name == "LAST_DAY") {
    std::string part = arguments.size() > 1 ? date_part(call.arguments[1].value) : "month";
    if (part == "month") return fmt::format("last_day({})", argument_text(call.arguments[0].value, 'm'));
    std::string_view length = part == "year"      ? "to_years(1)"
                              : part == "quarter" ? "to_months(3)"
                              : part == "week"    ? "to_weeks(1)"
                                                  : "";
    if (length.empty()) return std::nullopt;
    return fmt::format("CAST({} + {} - to_days(1) AS DATE)", truncated(part, argument_text(call.arguments[0].value, 'm')),
                       length);
  }
  if (name == "NEXT_DAY" || name == "PREVIOUS_DAY") { // by the first two letters of a day's name
    std::string day = argument_text(call.arguments[0].value, 'm');
    std::string wanted =
        fmt::format("list_position(['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'], lower(left(trim({}), 2)))", arguments[1]);
    return name == "NEXT_DAY"
               ? fmt::format("(CAST({0} AS DATE) + CAST(({1} - isodow({0}) + 6) % 7 + 1 AS INTEGER))", day, wanted)
               : fmt::format("(CAST({0} AS DATE) - CAST((isodow({0}) - {1} + 6) % 7 + 1 AS INTEGER))", day, wanted);
  }
  if (name == "TIME_SLICE") {
    std::string part = date_part(call.arguments[2].value);
    const auto* edge = arguments.size() > 3 ? call.arguments[3].value.as<StringLiteral>() : nullptr;
    bool end = edge && (edge->value == "END" || edge->value == "end");
    std::string_view unit = part == "quarter" ? "month" : std::string_view(part);
    std::string width = fmt::format("to_{}s(CAST({} * {} AS INTEGER))", unit, arguments[1], part == "quarter" ? 3 : 1);
    std::string text = fmt::format("time_bucket({}, CAST({} AS TIMESTAMP), TIMESTAMP '{}')", width,
                                   argument_text(call.arguments[0].value, 'm'), part == "week" ? "1969-12-29" : "1970-01-01");
    if (end) text = fmt::format("({} + {})", text, width);
    return as_moment(call.arguments[0].value, text, true);
  }
  if (name == "TIMESTAMP_FROM_PARTS" || name == "TIMESTAMP_NTZ_FROM_PARTS" || name == "TIMESTAMP_LTZ_FROM_PARTS" ||
      name == "TIMESTAMPFROMPARTS" || name == "TIMESTAMP_TZ_FROM_PARTS") {
    std::string text;
    if (arguments.size() == 2) {
      text = fmt::format("(CAST({} AS DATE) + CAST({} AS TIME))", arguments[0], arguments[1]);
    } else if (arguments.size() < 6) {
      return std::nullopt;
    } else { // months, days, … beyond their range carry over
      text = fmt::format(
          "(make_timestamp({}, 1, 1, 0, 0, 0) + to_months(CAST({} - 1 AS INTEGER)) + to_days(CAST({} - 1 AS INTEGER)) + "
          "to_hours(CAST({} AS BIGINT)) + to_minutes(CAST({} AS BIGINT)) + to_seconds({}){})",
          arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5],
          arguments.size() > 6 ? fmt::format(" + to_microseconds(CAST({} AS BIGINT) // 1000)", arguments[6]) : "");
    }
    if (name != "TIMESTAMP_TZ_FROM_PARTS")
      return rule.result == ResultKind::instant ? fmt::format("CAST({} AS TIMESTAMPTZ)", text) : text;
    if (arguments.size() > 7) return fmt::format("freshet_tz_in({0}, timezone({0}, {1}), {2})", arguments[7], text, k_zone);
    return fmt::format("freshet_tz({}, {}, 'AUTO')", text, k_zone);
  }
  if (name == "ADD_MONTHS") { // the last day of a month stays the last day
    std::string day = argument_text(call.arguments[0].value, 'm');
    std::string moved = fmt::format("{} + to_months(CAST({} AS INTEGER))", day, arguments[1]);
    std::string text = fmt::format(
        "CASE WHEN CAST({0} AS DATE) = last_day({0}) THEN CAST(last_day({1}) AS TIMESTAMP) + (CAST({0} AS TIMESTAMP) "
        "- date_trunc('day', CAST({0} AS TIMESTAMP))) ELSE {1} END",
        day, moved);
    return as_moment(call.arguments[0].value, text, true);
  }
  if (name == "MONTHS_BETWEEN") {
    return fmt::format(
        "CAST(CASE WHEN day({0}) = day({1}) OR (CAST({0} AS DATE) = last_day({0}) AND CAST({1} AS DATE) = last_day({1})) THEN "
        "CAST(date_diff('month', {1}, {0}) AS DOUBLE) ELSE date_diff('month', {1}, {0}) + (day({0}) - day({1}) + "
        "(epoch(CAST(CAST({0} AS TIMESTAMP) AS TIME)) - epoch(CAST(CAST({1} AS TIMESTAMP) AS TIME))) / 86400) / 31 END AS "
        "DECIMAL(38, 6))",
        argument_text(call.arguments[0].value, 'm'), argument_text(call.arguments[1].value, 'm'));
  }
  if (name == "CONVERT_TIMEZONE") {
    if (arguments.size() == 2) return fmt::format("freshet_tz_in({}, {}, {})", arguments[0], arguments[1], k_zone);
    return fmt::format("freshet_ntz_in({}, {}, {}, {})", arguments[1], arguments[0], arguments[2], k_zone);
  }
  return std::nullopt;
}

std::optional<std::string> EngineText::to_date_function(const FunctionRule& rule, const FunctionCall& call,
                                                        const Arguments& arguments) {
  std::string_view name = rule.name;
  bool is_try = name.starts_with("TRY_");
  if (is_try) name.remove_prefix(4);
  if (name == "TO_DATE" || name == "DATE") return parse_time(call, arguments, TypeKind::date, is_try);
  if (name == "TO_TIME" || name == "TIME") return parse_time(call, arguments, TypeKind::time, is_try);
  if (name == "TO_TIMESTAMP_LTZ") return parse_time(call, arguments, TypeKind::timestamp_ltz, is_try);
  if (name == "TO_TIMESTAMP_TZ") return parse_time(call, arguments, TypeKind::timestamp_tz, is_try);
  if (name == "TO_TIMESTAMP_NTZ") return parse_time(call, arguments, TypeKind::timestamp_ntz, is_try);
  if (name == "TO_TIMESTAMP") return parse_time(call, arguments, options_.timestamp_alias, is_try);
  return std::nullopt;
}

/// TO_DATE(x [, format]) and its family; a number counts seconds (or, with a scale, parts of them) since 1970.
std::string EngineText::parse_time(const FunctionCall& call, const Arguments& arguments, TypeKind kind, bool is_try) {
  std::string format;
  if (arguments.size() > 1) {
    const Expression& written = call.arguments[1].value;
    if (auto scale = whole_number(written))
      format = fmt::format("'{}'", *scale);
    else
      format = written.as<StringLiteral>() ? arguments[1] : fmt::format("CAST({} AS VARCHAR)", arguments[1]);
  }
  return moment_of(call.arguments[0].value, type_of_kind(kind), is_try, format);
}

/// By the argument's type a format of dates and times, of numbers, or HEX, BASE64, UTF-8.
std::string EngineText::to_char(const FunctionCall& call, const Arguments& arguments) {
  const Expression& value = call.arguments[0].value;
  std::string text = kind_of(value) == ResultKind::json ? text_of(value) : arguments[0];
  return fmt::format("freshet_to_char({}, CAST({} AS VARCHAR), {})", text, arguments[1], k_zone);
}

} // namespace freshet::sql
