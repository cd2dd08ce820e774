#include "flow/date_pattern.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <array>
#include <cctype>

namespace freshet::flow {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 12> k_months = {"January", "February", "March",     "April",   "May",      "June",
                                                       "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> k_days = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};

Result<const date::time_zone*> find_zone(std::string_view name) {
  try {
    if (name.empty()) return date::current_zone();
    return date::locate_zone(name == "GMT" || name == "Z" ? "UTC" : std::string(name));
  } catch (const std::exception&) {
    if (name.empty()) return date::locate_zone("UTC");
    return fail(ErrorKind::invalid_argument, fmt::format("there is no time zone named '{}'", name));
  }
}

struct Token {
  bool literal = false;
  char letter = 0;
  size_t count = 0;
  std::string text;
};

Result<std::vector<Token>> tokens_of(std::string_view pattern) {
  std::vector<Token> tokens;
  for (size_t at = 0; at < pattern.size();) {
    const char letter = pattern[at];
    if (letter == '\'') {
      std::string text;
      size_t end = at + 1;
      while (end < pattern.size() && (pattern[end] != '\'' || (end + 1 < pattern.size() && pattern[end + 1] == '\''))) {
        end += pattern[end] == '\'' ? 1 : 0;
        text += pattern[end++];
      }
      if (end >= pattern.size()) {
        return fail(ErrorKind::invalid_argument, fmt::format("the date pattern '{}' has a quote without its end", pattern));
      }
      tokens.push_back({true, 0, 0, end == at + 1 ? "'" : text});
      at = end + 1;
    } else if (std::isalpha(static_cast<unsigned char>(letter))) {
      size_t count = 1;
      while (at + count < pattern.size() && pattern[at + count] == letter) ++count;
      if (std::string_view("yYMdDHkhKmsSEuazZXx").find(letter) == std::string_view::npos) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("the date pattern '{}' has the unknown letter '{}'", pattern, letter));
      }
      tokens.push_back({false, letter, count, {}});
      at += count;
    } else {
      tokens.push_back({true, 0, 0, std::string(1, letter)});
      ++at;
    }
  }
  return tokens;
}

std::string offset_text(seconds offset, bool colon, bool zulu) {
  if (zulu && offset == 0s) return "Z";
  const auto minutes_total = std::abs(duration_cast<minutes>(offset).count());
  return fmt::format("{}{:02}{}{:02}", offset < 0s ? '-' : '+', minutes_total / 60, colon ? ":" : "", minutes_total % 60);
}

bool is_number(const Token& token) {
  return !token.literal && std::string_view("yYdDHkhKmsSu").find(token.letter) != std::string_view::npos;
}

class Reader {
 public:
  Reader(std::string_view text, std::string_view pattern) : text_(text), pattern_(pattern) {}

  std::unexpected<Error> wrong() const {
    return fail(ErrorKind::invalid_argument, fmt::format("'{}' is not a date of the form {}", text_, pattern_));
  }
  bool at_end() const { return at_ == text_.size(); }

  bool literal(std::string_view text) {
    if (!text_.substr(at_).starts_with(text)) return false;
    at_ += text.size();
    return true;
  }

  std::optional<int64_t> number(size_t most) {
    const size_t begin = at_;
    int64_t value = 0;
    while (at_ < text_.size() && at_ - begin < most && std::isdigit(static_cast<unsigned char>(text_[at_]))) {
      value = value * 10 + (text_[at_++] - '0');
    }
    return at_ == begin ? std::nullopt : std::optional(value);
  }

  template <size_t N>
  std::optional<size_t> name(const std::array<std::string_view, N>& names) {
    for (const size_t length : {size_t{0}, size_t{3}}) {
      for (size_t index = 0; index < N; ++index) {
        if (literal(length == 0 ? names[index] : names[index].substr(0, length))) return index;
      }
    }
    return std::nullopt;
  }

  std::optional<seconds> offset() {
    if (literal("Z") || literal("UTC") || literal("GMT")) return 0s;
    const int sign = literal("-") ? -1 : literal("+") ? 1 : 0;
    const auto hours_part = number(2);
    if (sign == 0 || !hours_part) return std::nullopt;
    literal(":");
    return sign * (hours(*hours_part) + minutes(number(2).value_or(0)));
  }

 private:
  std::string_view text_;
  std::string_view pattern_;
  size_t at_ = 0;
};

struct Fields {
  int64_t year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0, microsecond = 0;
  bool afternoon = false, twelve_hours = false;
  std::optional<seconds> offset;
};

bool read_field(Reader& reader, const Token& token, bool next_is_number, Fields& fields) {
  const size_t most = next_is_number ? token.count : (token.letter == 'S' ? 9 : std::max<size_t>(token.count, 10));
  const auto into = [&](int64_t& field) {
    const auto value = reader.number(most);
    if (value) field = *value;
    return value.has_value();
  };
  switch (token.letter) {
    case 'y':
    case 'Y':
      if (!into(fields.year)) return false;
      if (token.count == 2) fields.year += fields.year < 70 ? 2000 : 1900;
      return true;
    case 'M': {
      if (token.count < 3) return into(fields.month);
      const auto month = reader.name(k_months);
      if (month) fields.month = static_cast<int64_t>(*month) + 1;
      return month.has_value();
    }
    case 'd':
      return into(fields.day);
    case 'H':
    case 'k':
      return into(fields.hour);
    case 'h':
    case 'K':
      fields.twelve_hours = true;
      return into(fields.hour);
    case 'm':
      return into(fields.minute);
    case 's':
      return into(fields.second);
    case 'S': {
      int64_t fraction = 0;
      if (!into(fraction)) return false;
      for (size_t digits = token.count; digits < 6; ++digits) fraction *= 10;
      for (size_t digits = token.count; digits > 6; --digits) fraction /= 10;
      fields.microsecond = fraction;
      return true;
    }
    case 'E':
      return reader.name(k_days).has_value();
    case 'a':
      fields.afternoon = reader.literal("PM") || reader.literal("pm");
      return fields.afternoon || reader.literal("AM") || reader.literal("am");
    case 'z':
    case 'Z':
    case 'X':
    case 'x':
      return (fields.offset = reader.offset()).has_value();
    default:
      return false;
  }
}

} // namespace

Result<std::string> format_date(TimePoint time, std::string_view pattern, std::string_view zone_name) {
  const auto tokens = TRY(tokens_of(pattern));
  const date::time_zone* const zone = TRY(find_zone(zone_name));
  const auto info = zone->get_info(floor<seconds>(time));
  const auto local = time + info.offset;
  const auto local_day = floor<days>(local);
  const year_month_day ymd{local_day};
  const hh_mm_ss clock{local - local_day};
  const auto hour = clock.hours().count();
  const int year_number = static_cast<int>(ymd.year());
  const unsigned weekday_number = weekday{local_day}.c_encoding();
  std::string text;
  for (const Token& token : tokens) {
    if (token.literal) {
      text += token.text;
      continue;
    }
    const auto number = [&](int64_t value) { text += fmt::format("{:0{}}", value, token.count); };
    switch (token.letter) {
      case 'y':
      case 'Y':
        token.count == 2 ? (text += fmt::format("{:02}", year_number % 100), 0) : (number(year_number), 0);
        break;
      case 'M': {
        const unsigned month = static_cast<unsigned>(ymd.month());
        if (token.count < 3)
          number(month);
        else
          text += token.count == 3 ? k_months[month - 1].substr(0, 3) : k_months[month - 1];
        break;
      }
      case 'd':
        number(static_cast<unsigned>(ymd.day()));
        break;
      case 'D':
        number((local_day - sys_days{ymd.year() / 1 / 1}).count() + 1);
        break;
      case 'H':
        number(hour);
        break;
      case 'k':
        number(hour == 0 ? 24 : hour);
        break;
      case 'K':
        number(hour % 12);
        break;
      case 'h':
        number(hour % 12 == 0 ? 12 : hour % 12);
        break;
      case 'm':
        number(clock.minutes().count());
        break;
      case 's':
        number(clock.seconds().count());
        break;
      case 'S': {
        std::string fraction = fmt::format("{:06}", clock.subseconds().count());
        fraction.resize(token.count, '0');
        text += fraction;
        break;
      }
      case 'E':
        text += token.count <= 3 ? k_days[weekday_number].substr(0, 3) : k_days[weekday_number];
        break;
      case 'u':
        number(weekday_number == 0 ? 7 : weekday_number);
        break;
      case 'a':
        text += hour < 12 ? "AM" : "PM";
        break;
      case 'z':
        text += info.abbrev;
        break;
      case 'Z':
        text += offset_text(info.offset, false, false);
        break;
      case 'X':
        text += offset_text(info.offset, token.count >= 3, true);
        break;
      default:
        text += offset_text(info.offset, token.count >= 3, false);
        break;
    }
  }
  return text;
}

Result<TimePoint> parse_date(std::string_view text, std::string_view pattern, std::string_view zone_name) {
  const auto tokens = TRY(tokens_of(pattern));
  Reader reader(text, pattern);
  Fields fields;
  for (size_t index = 0; index < tokens.size(); ++index) {
    const Token& token = tokens[index];
    const bool next_is_number = index + 1 < tokens.size() && is_number(tokens[index + 1]);
    const bool read = token.literal ? reader.literal(token.text) : read_field(reader, token, next_is_number, fields);
    if (!read) return reader.wrong();
  }
  if (!reader.at_end()) return reader.wrong();
  if (fields.twelve_hours) fields.hour = fields.hour % 12 + (fields.afternoon ? 12 : 0);
  const year_month_day ymd{year{static_cast<int>(fields.year)}, month{static_cast<unsigned>(fields.month)},
                           day{static_cast<unsigned>(fields.day)}};
  if (!ymd.ok() || fields.hour > 24 || fields.minute > 59 || fields.second > 60) return reader.wrong();
  const auto local = sys_days{ymd} + hours(fields.hour) + minutes(fields.minute) + seconds(fields.second);
  const Duration fraction{fields.microsecond};
  if (fields.offset) return TimePoint{local - *fields.offset + fraction};
  const date::time_zone* const zone = TRY(find_zone(zone_name));
  const auto info = zone->get_info(date::local_seconds{local.time_since_epoch()});
  return TimePoint{local - info.first.offset + fraction};
}

} // namespace freshet::flow
