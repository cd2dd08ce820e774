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
    {"WEEKISO", "week"},
    {"WEEK_ISO", "week"},
    {"QUARTER", "quarter"},
    {"Q", "quarter"},
    {"QTR", "quarter"},
    {"QTRS", "quarter"},
    {"QUARTERS", "quarter"},
    {"YEAROFWEEK", "isoyear"},
    {"YEAROFWEEKISO", "isoyear"},
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
    {"EPOCH_NANOSECOND", "epoch_ns"},
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

const std::string* format_of(const FunctionCall& call) {
  if (call.arguments.size() < 2) return nullptr;
  const auto* literal = call.arguments[1].value.as<StringLiteral>();
  return literal ? &literal->value : nullptr;
}

} // namespace

bool is_part_of_day(const Expression& part) {
  const auto* word = part.as<ColumnReference>();
  const auto* literal = part.as<StringLiteral>();
  return is_of_day(canonical_part(word ? std::string(word->name.last()) : literal ? literal->value : std::string()));
}

std::string engine_time_format(std::string_view snowflake_format, bool parsing) {
  struct Element {
    std::string_view name;
    std::string_view engine;
  };
  static constexpr Element k_elements[] = {
      {"YYYY", "%Y"}, {"YY", "%y"}, {"MMMM", "%B"},   {"MON", "%b"},     {"MM", "%m"},  {"MI", "%M"},
      {"DD", "%d"},   {"DY", "%a"}, {"HH24", "%H"},   {"HH12", "%I"},    {"HH", "%H"},  {"AM", "%p"},
      {"PM", "%p"},   {"SS", "%S"}, {"TZHTZM", "%z"}, {"TZH:TZM", "%z"}, {"TZH", "%z"}, {"TZD", "%Z"},
  };
  std::string text;
  size_t at = 0;
  std::string upper(snowflake_format);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  while (at < upper.size()) {
    if (upper[at] == '"') {
      size_t close = std::min(upper.find('"', at + 1), upper.size());
      text += snowflake_format.substr(at + 1, close - at - 1);
      at = std::min(close + 1, upper.size());
      continue;
    }
    if (upper.compare(at, 2, "FF") == 0) {
      bool counted = at + 2 < upper.size() && upper[at + 2] >= '0' && upper[at + 2] <= '9';
      char digits = counted ? upper[at + 2] : '9';
      text += parsing ? "%f" : digits <= '3' ? "%g" : digits <= '6' ? "%f" : "%n";
      at += counted ? 3 : 2;
      continue;
    }
    const auto* element = std::find_if(std::begin(k_elements), std::end(k_elements), [&](const Element& known) {
      return upper.compare(at, known.name.size(), known.name) == 0;
    });
    if (element != std::end(k_elements)) {
      text += element->engine;
      at += element->name.size();
    } else {
      text += snowflake_format[at];
      if (snowflake_format[at] == '%') text += '%';
      ++at;
    }
  }
  return text;
}

/// The part that an argument names: a bare word or a string.
std::string EngineText::date_part(const Expression& argument) {
  const auto* word = argument.as<ColumnReference>();
  const auto* literal = argument.as<StringLiteral>();
  std::string spelling = word ? std::string(word->name.last()) : literal ? literal->value : std::string();
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
  std::string sum = fmt::format("({} + {})", argument_text(value, 'm'), interval);
  return is_of_day(part) && kind_of(value) == ResultKind::date ? fmt::format("CAST({} AS DATE)", sum) : sum;
}

std::string EngineText::date_diff(const FunctionCall& call, const Arguments&) {
  std::string part = date_part(call.arguments[0].value);
  auto moment = [&](size_t index) { return argument_text(call.arguments[index].value, 'm'); };
  if (part == "week") { // Snowflake counts Mondays in between, the engine whole weeks
    return fmt::format("(date_diff('day', date_trunc('week', {}), date_trunc('week', {})) // 7)", moment(1), moment(2));
  }
  if (part == "nanosecond") return fmt::format("(date_diff('microsecond', {}, {}) * 1000)", moment(1), moment(2));
  return fmt::format("date_diff('{}', {}, {})", part, moment(1), moment(2));
}

/// EXTRACT's parts; "trunc:month" of TRUNC(d, 'month').
std::string EngineText::date_part_of(std::string_view part, const std::string& value, const SourceRange& range) {
  if (part.starts_with("trunc:")) {
    auto canonical = canonical_part(part.substr(6));
    if (canonical.empty()) unsupported(fmt::format("TRUNC(…, '{}')", part.substr(6)), range);
    return fmt::format("date_trunc('{}', {})", canonical, value);
  }
  if (part == "epoch") return fmt::format("CAST(floor(epoch({})) AS BIGINT)", value);
  if (part.starts_with("epoch_")) return fmt::format("{}({})", part, value);
  if (part == "millisecond" || part == "microsecond" || part == "nanosecond") {
    return part == "nanosecond" ? fmt::format("((microsecond({}) % 1000000) * 1000)", value)
                                : fmt::format("({}({}) % {})", part, value, part == "millisecond" ? 1000 : 1000000);
  }
  return fmt::format("{}({})", part, value);
}

std::optional<std::string> EngineText::date_function(const FunctionRule& rule, const FunctionCall& call,
                                                     const Arguments& arguments) {
  std::string_view name = rule.name;
  if (name == "DATEADD" || name == "DATE_ADD" || name == "TIMEADD" || name == "TIMESTAMPADD") return date_add(call, arguments);
  if (name == "DATEDIFF" || name == "TIMEDIFF" || name == "TIMESTAMPDIFF") return date_diff(call, arguments);
  if (name == "DATE_PART" || name == "EXTRACT")
    return date_part_of(date_part(call.arguments[0].value), argument_text(call.arguments[1].value, 'm'), call.name.range);
  if (name == "DATE_TRUNC") {
    std::string part = date_part(call.arguments[0].value);
    const Expression& value = call.arguments[1].value;
    std::string text = fmt::format("date_trunc('{}', {})", part, argument_text(value, 'm'));
    return kind_of(value) == ResultKind::date ? fmt::format("CAST({} AS DATE)", text) : text;
  }
  if (name == "LAST_DAY") {
    std::string part = arguments.size() > 1 ? date_part(call.arguments[1].value) : "month";
    if (part == "month") return fmt::format("last_day({})", argument_text(call.arguments[0].value, 'm'));
    std::string_view length = part == "year"      ? "to_years(1)"
                              : part == "quarter" ? "to_months(3)"
                              : part == "week"    ? "to_weeks(1)"
                                                  : "";
    if (length.empty()) return std::nullopt;
    return fmt::format("CAST(date_trunc('{}', {}) + {} - to_days(1) AS DATE)", part,
                       argument_text(call.arguments[0].value, 'm'), length);
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
    return kind_of(call.arguments[0].value) == ResultKind::date ? fmt::format("CAST({} AS DATE)", text) : text;
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
    if (arguments.size() > 7) return fmt::format("timezone({}, {})", arguments[7], text);
    return rule.result == ResultKind::instant ? fmt::format("CAST({} AS TIMESTAMPTZ)", text) : text;
  }
  if (name == "ADD_MONTHS") { // the last day of a month stays the last day
    std::string moved = fmt::format("{} + to_months(CAST({} AS INTEGER))", arguments[0], arguments[1]);
    std::string text = fmt::format(
        "CASE WHEN CAST({0} AS DATE) = last_day({0}) THEN CAST(last_day({1}) AS TIMESTAMP) ELSE {1} END", arguments[0], moved);
    return kind_of(call.arguments[0].value) == ResultKind::date ? fmt::format("CAST({} AS DATE)", text) : text;
  }
  if (name == "MONTHS_BETWEEN") {
    return fmt::format(
        "CASE WHEN day({0}) = day({1}) OR (CAST({0} AS DATE) = last_day({0}) AND CAST({1} AS DATE) = last_day({1})) THEN "
        "CAST(date_diff('month', {1}, {0}) AS DOUBLE) ELSE date_diff('month', {1}, {0}) + (day({0}) - day({1})) / 31.0 END",
        arguments[0], arguments[1]);
  }
  if (name == "CONVERT_TIMEZONE") {
    if (arguments.size() == 2)
      return fmt::format("timezone({}, CAST({} AS TIMESTAMP WITH TIME ZONE))", arguments[0], arguments[1]);
    return fmt::format("timezone({}, timezone({}, CAST({} AS TIMESTAMP)))", arguments[1], arguments[0], arguments[2]);
  }
  return std::nullopt;
}

std::optional<std::string> EngineText::to_date_function(const FunctionRule& rule, const FunctionCall& call,
                                                        const Arguments& arguments) {
  std::string_view name = rule.name;
  bool is_try = name.starts_with("TRY_");
  if (is_try) name.remove_prefix(4);
  if (name == "TO_DATE" || name == "DATE") return parse_time(call, arguments, "DATE", is_try);
  if (name == "TO_TIME" || name == "TIME") return parse_time(call, arguments, "TIME", is_try);
  if (name == "TO_TIMESTAMP_LTZ" || name == "TO_TIMESTAMP_TZ")
    return parse_time(call, arguments, "TIMESTAMP WITH TIME ZONE", is_try);
  if (name == "TO_TIMESTAMP" && options_.timestamp_alias != TypeKind::timestamp_ntz)
    return parse_time(call, arguments, "TIMESTAMP WITH TIME ZONE", is_try);
  if (name == "TO_TIMESTAMP" || name == "TO_TIMESTAMP_NTZ") return parse_time(call, arguments, "TIMESTAMP", is_try);
  return std::nullopt;
}

/// TO_DATE(x [, format]) and its family; a whole number counts seconds (or, with a scale, parts of them) since 1970.
std::string EngineText::parse_time(const FunctionCall& call, const Arguments& arguments, std::string_view type, bool is_try) {
  const Expression& value = call.arguments[0].value;
  std::string text = value.as<PathAccess>() || kind_of(value) == ResultKind::json ? text_of(value) : arguments[0];
  if (const auto* format = format_of(call); format && *format != "AUTO") {
    return fmt::format("CAST({}strptime(CAST({} AS VARCHAR), {}) AS {})", is_try ? "try_" : "", text,
                       quote_string(engine_time_format(*format, true)), type);
  }
  if (kind_of(value) == ResultKind::integer && type != "TIME") {
    std::string per_second = arguments.size() > 1 ? fmt::format("pow(10, {})", arguments[1]) : "1";
    return fmt::format("CAST(make_timestamp(CAST(CAST({} AS BIGINT) * 1000000 / {} AS BIGINT)) AS {})", text, per_second, type);
  }
  if (arguments.size() > 1 && !format_of(call)) {
    if (call.arguments[1].value.as<NumberLiteral>())
      return fmt::format("CAST(make_timestamp(CAST(CAST({} AS BIGINT) * 1000000 / pow(10, {}) AS BIGINT)) AS {})", text,
                         arguments[1], type);
    unsupported("a format that is no constant", call.name.range);
  }
  return cast_to_moment(value, text, type, is_try);
}

namespace {

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

} // namespace

/// A cast to DATE, TIME or one of the TIMESTAMPs. The engine alone knows what a column holds; it folds typeof() of it to a
/// constant.
std::string EngineText::cast_to_moment(const Expression& value, const std::string& text, std::string_view type, bool is_try) {
  const auto cast = [&](const std::string& operand) {
    return fmt::format("{}({} AS {})", is_try ? "TRY_CAST" : "CAST", operand, type);
  };
  if (!type.starts_with("TIMESTAMP") && type != "DATE") return cast(text);
  std::string_view reader = type.ends_with("ZONE") ? "freshet_moment_tz" : "freshet_moment";
  if (value.as<StringLiteral>())
    return cast(is_iso_moment(value.as<StringLiteral>()->value) ? text : fmt::format("{}({})", reader, text));
  if (kind_of(value) == ResultKind::text || kind_of(value) == ResultKind::json)
    return cast(fmt::format("{}({})", reader, text));
  if (type_of(value) || (!value.as<ColumnReference>() && !value.as<PositionalColumn>())) return cast(text);
  return fmt::format("CASE WHEN typeof({0}) = 'VARCHAR' THEN {1} ELSE {2} END", text,
                     cast(fmt::format("{}(CAST({} AS VARCHAR))", reader, text)), cast(text));
}

namespace {

/// '999,999.00', 'FM0.00', '$99': how many digits stand behind the point, whether thousands are grouped, whether the text is
/// padded.
struct NumberModel {
  int decimals = 0;
  int width = 0;
  bool grouped = false;
  bool filled = true;
  bool dollar = false;
  bool valid = true;
};

NumberModel number_model(std::string_view format) {
  NumberModel model;
  bool behind = false;
  if (format.starts_with("FM") || format.starts_with("fm")) {
    model.filled = false;
    format.remove_prefix(2);
  }
  for (char c : format) {
    if (c == '9' || c == '0')
      model.decimals += behind;
    else if (c == '.' || c == 'D' || c == 'd')
      behind = true;
    else if (c == ',' || c == 'G' || c == 'g')
      model.grouped = true;
    else if (c == '$')
      model.dollar = true;
    else
      model.valid = false;
    ++model.width;
  }
  return model;
}

} // namespace

std::string EngineText::to_char(const FunctionCall& call, const Arguments& arguments) {
  const auto* format = format_of(call);
  if (!format) {
    unsupported("TO_CHAR with a format that is no constant", call.name.range);
    return {};
  }
  if (*format == "UTF-8" || *format == "utf-8" || *format == "UTF8") return fmt::format("decode({})", arguments[0]);
  if (*format == "HEX" || *format == "hex") return fmt::format("hex({})", arguments[0]);
  if (*format == "BASE64" || *format == "base64") return fmt::format("base64({})", arguments[0]);
  NumberModel model = number_model(*format);
  bool is_number = format->find_first_of("90") != std::string::npos && model.valid;
  constexpr std::string_view k_offset = "TZHTZM"; // the engine's %z leaves out zero minutes
  if (!is_number && format->ends_with(k_offset)) {
    const auto before = format->substr(0, format->size() - k_offset.size());
    return fmt::format("(strftime({0}, {1}) || rpad(replace(strftime({0}, '%z'), ':', ''), 5, '0'))", arguments[0],
                       quote_string(engine_time_format(before, false)));
  }
  if (!is_number) return fmt::format("strftime({}, {})", arguments[0], quote_string(engine_time_format(*format, false)));
  std::string text = fmt::format("{}format('{{:{}.{}f}}', CAST({} AS DOUBLE))", model.dollar ? "'$' || " : "",
                                 model.grouped ? "," : "", model.decimals, arguments[0]);
  return model.filled ? fmt::format("lpad({}, {}, ' ')", text, model.width + 1) : "(" + text + ")";
}

} // namespace freshet::sql
