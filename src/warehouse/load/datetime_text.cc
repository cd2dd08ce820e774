#include "warehouse/load/datetime_text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>

namespace freshet::warehouse {

namespace {

constexpr std::array<std::string_view, 12> k_months = {"JANUARY", "FEBRUARY", "MARCH",     "APRIL",   "MAY",      "JUNE",
                                                       "JULY",    "AUGUST",   "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER"};
constexpr std::array<std::string_view, 7> k_weekdays = {"MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"};

constexpr std::array<std::string_view, 5> k_auto_dates = {"YYYY-MM-DD", "DD-MON-YYYY", "MM/DD/YYYY", "YYYY/MM/DD", "YYYYMMDD"};
constexpr std::array<std::string_view, 4> k_auto_times = {"HH24:MI:SS.FF", "HH24:MI:SS", "HH24:MI", "HH24"};
constexpr std::array<std::string_view, 4> k_auto_offsets = {"", "TZH:TZM", "TZHTZM", "TZH"};

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

bool starts_with_word(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return false;
  for (size_t i = 0; i < word.size(); ++i) {
    if (upper(text[i]) != word[i]) return false;
  }
  return true;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Between `least` and `most` digits from the front of `rest`.
std::optional<uint32_t> digits(std::string_view& rest, size_t least, size_t most) {
  size_t count = 0;
  uint32_t value = 0;
  while (count < most && count < rest.size() && is_digit(rest[count]))
    value = value * 10 + static_cast<uint32_t>(rest[count++] - '0');
  if (count < least) return {};
  rest.remove_prefix(count);
  return value;
}

bool fraction(std::string_view& rest, uint32_t& nanosecond) {
  size_t count = 0;
  uint32_t value = 0;
  while (count < 9 && count < rest.size() && is_digit(rest[count]))
    value = value * 10 + static_cast<uint32_t>(rest[count++] - '0');
  if (count == 0) return false;
  for (size_t i = count; i < 9; ++i) value *= 10;
  while (count < rest.size() && is_digit(rest[count])) ++count; // beyond nanoseconds
  nanosecond = value;
  rest.remove_prefix(count);
  return true;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

} // namespace

bool is_valid(const CivilTime& time) {
  const std::chrono::year_month_day date{std::chrono::year(time.year), std::chrono::month(time.month),
                                         std::chrono::day(time.day)};
  return date.ok() && time.year >= 0 && time.year <= 9999 && time.hour <= 23 && time.minute <= 59 && time.second <= 59;
}

CivilTime civil_from_epoch(int64_t number) {
  using namespace std::chrono;
  // Snowflake: seconds below 31536000000, then milliseconds, microseconds, nanoseconds, each a thousand times as far.
  const auto size = number < 0 ? -number : number;
  const int64_t per_second = size < 31'536'000'000           ? 1
                             : size < 31'536'000'000'000     ? 1'000
                             : size < 31'536'000'000'000'000 ? 1'000'000
                                                             : 1'000'000'000;
  const auto whole = number / per_second - (number % per_second < 0 ? 1 : 0);
  const sys_seconds moment{seconds(whole)};
  const auto day = floor<days>(moment);
  const year_month_day date(day);
  const hh_mm_ss clock(moment - day);
  CivilTime time{static_cast<int>(date.year()),
                 static_cast<unsigned>(date.month()),
                 static_cast<unsigned>(date.day()),
                 static_cast<uint32_t>(clock.hours().count()),
                 static_cast<uint32_t>(clock.minutes().count()),
                 static_cast<uint32_t>(clock.seconds().count()),
                 0,
                 {}};
  time.nanosecond = static_cast<uint32_t>((number - whole * per_second) * (1'000'000'000 / per_second));
  return time;
}

DateTimeFormat::DateTimeFormat(std::string_view format, DateTimeKind kind)
    : kind_(kind), automatic_(starts_with_word(format, "AUTO") && format.size() == 4) {
  if (!automatic_) {
    formats_.push_back(compile(format));
    return;
  }
  if (kind == DateTimeKind::time) {
    for (const auto time : k_auto_times) formats_.push_back(compile(time));
    return;
  }
  for (const auto date : k_auto_dates) formats_.push_back(compile(date));
  for (const auto date : {"YYYY-MM-DD", "MM/DD/YYYY"}) {
    for (const auto joint : {" ", "\"T\""}) {
      for (const auto time : k_auto_times) {
        for (const auto offset : k_auto_offsets) {
          formats_.push_back(compile(fmt::format("{}{}{}{}", date, joint, time, offset)));
          if (*offset.begin() == 'T') formats_.push_back(compile(fmt::format("{}{}{} {}", date, joint, time, offset)));
        }
      }
    }
  }
  for (const auto format_text : {"DY, DD MON YYYY HH24:MI:SS TZHTZM", "DY, DD MON YYYY HH24:MI:SS",
                                 "DY MON DD HH24:MI:SS TZHTZM YYYY", "DD-MON-YYYY HH24:MI:SS", "DD-MON-YYYY HH24:MI:SS.FF"}) {
    formats_.push_back(compile(format_text));
  }
}

DateTimeFormat::Pieces DateTimeFormat::compile(std::string_view format) {
  struct Token {
    std::string_view text;
    Part part;
  };
  static constexpr std::array k_tokens = {
      Token{"YYYY", Part::year4},        Token{"YY", Part::year2},   Token{"MMMM", Part::month_long},
      Token{"MON", Part::month_short},   Token{"MM", Part::month2},  Token{"MI", Part::minute},
      Token{"DD", Part::day2},           Token{"DY", Part::weekday}, Token{"HH24", Part::hour24},
      Token{"HH12", Part::hour12},       Token{"HH", Part::hour24},  Token{"AM", Part::meridian},
      Token{"PM", Part::meridian},       Token{"SS", Part::second},  Token{"TZH", Part::offset_hour},
      Token{"TZM", Part::offset_minute},
  };
  Pieces pieces;
  const auto literal = [&](char c) {
    if (pieces.empty() || pieces.back().part != Part::literal) pieces.push_back({Part::literal, {}});
    pieces.back().literal.push_back(c);
  };
  while (!format.empty()) {
    if (format.front() == '"') {
      format.remove_prefix(1);
      while (!format.empty() && format.front() != '"') literal(format.front()), format.remove_prefix(1);
      if (!format.empty()) format.remove_prefix(1);
      continue;
    }
    if (starts_with_word(format, "FF")) {
      format.remove_prefix(2);
      if (!format.empty() && is_digit(format.front())) format.remove_prefix(1);
      pieces.push_back({Part::fraction, {}});
      continue;
    }
    bool found = false;
    for (const auto& token : k_tokens) {
      if (!starts_with_word(format, token.text)) continue;
      pieces.push_back({token.part, {}});
      format.remove_prefix(token.text.size());
      found = true;
      break;
    }
    if (found) continue;
    literal(format.front());
    format.remove_prefix(1);
  }
  return pieces;
}

bool DateTimeFormat::take(const Piece& piece, std::string_view& rest, CivilTime& time, bool& afternoon, bool& twelve) {
  const auto number = [&](uint32_t& into, size_t least, size_t most) {
    const auto value = digits(rest, least, most);
    if (value) into = *value;
    return value.has_value();
  };
  const auto month_name = [&](bool whole) {
    for (size_t i = 0; i < k_months.size(); ++i) {
      for (const auto length : {k_months[i].size(), size_t{3}}) {
        if (!whole && length != 3) continue;
        if (!starts_with_word(rest, k_months[i].substr(0, length))) continue;
        time.month = static_cast<uint32_t>(i + 1);
        rest.remove_prefix(length);
        return true;
      }
    }
    return false;
  };
  uint32_t value = 0;
  switch (piece.part) {
    case Part::literal:
      if (!rest.starts_with(piece.literal)) return false;
      rest.remove_prefix(piece.literal.size());
      return true;
    case Part::year4:
      if (!number(value, 4, 4)) return false;
      time.year = static_cast<int32_t>(value);
      return true;
    case Part::year2:
      if (!number(value, 2, 2)) return false;
      time.year = static_cast<int32_t>(value < 70 ? 2000 + value : 1900 + value); // TWO_DIGIT_CENTURY_START = 1970
      return true;
    case Part::month2:
      return number(time.month, 1, 2);
    case Part::month_short:
      return month_name(false);
    case Part::month_long:
      return month_name(true);
    case Part::day2:
      return number(time.day, 1, 2);
    case Part::weekday:
      for (const auto day : k_weekdays) {
        if (!starts_with_word(rest, day)) continue;
        rest.remove_prefix(3);
        return true;
      }
      return false;
    case Part::hour24:
      return number(time.hour, 1, 2);
    case Part::hour12:
      twelve = true;
      return number(time.hour, 1, 2) && time.hour >= 1 && time.hour <= 12;
    case Part::meridian:
      if (!starts_with_word(rest, "AM") && !starts_with_word(rest, "PM")) return false;
      afternoon = upper(rest.front()) == 'P';
      twelve = true;
      rest.remove_prefix(2);
      return true;
    case Part::minute:
      return number(time.minute, 1, 2);
    case Part::second:
      return number(time.second, 1, 2);
    case Part::fraction:
      return fraction(rest, time.nanosecond);
    case Part::offset_hour: {
      if (!rest.empty() && (rest.front() == 'Z' || rest.front() == 'z')) {
        time.offset_minutes = 0;
        return true; // TZM sees the Z next
      }
      if (rest.empty() || (rest.front() != '+' && rest.front() != '-')) return false;
      const bool west = rest.front() == '-';
      rest.remove_prefix(1);
      if (!number(value, 1, 2) || value > 14) return false;
      time.offset_minutes = static_cast<int32_t>(value) * 60 * (west ? -1 : 1);
      return true;
    }
    case Part::offset_minute:
      if (!rest.empty() && (rest.front() == 'Z' || rest.front() == 'z')) return true;
      if (!number(value, 2, 2) || value > 59 || !time.offset_minutes) return false;
      *time.offset_minutes += static_cast<int32_t>(value) * (*time.offset_minutes < 0 ? -1 : 1);
      return true;
  }
  return false;
}

std::optional<CivilTime> DateTimeFormat::parse_with(const Pieces& pieces, std::string_view text) {
  CivilTime time;
  bool afternoon = false, twelve = false;
  for (const auto& piece : pieces) {
    const bool zulu = !text.empty() && (text == "Z" || text == "z") && time.offset_minutes == 0;
    if (zulu && piece.part == Part::literal) continue; // the colon of TZH:TZM
    if (!take(piece, text, time, afternoon, twelve)) return {};
  }
  if (time.offset_minutes == 0 && (text == "Z" || text == "z")) text = {};
  if (!text.empty()) return {};
  if (twelve) {
    if (time.hour > 12) return {};
    time.hour = time.hour % 12 + (afternoon ? 12 : 0);
  }
  return is_valid(time) ? std::optional(time) : std::nullopt;
}

std::optional<CivilTime> DateTimeFormat::parse(std::string_view text) const {
  text = trimmed(text);
  if (text.empty()) return {};
  for (const auto& format : formats_) {
    if (auto time = parse_with(format, text)) return time;
  }
  if (automatic_ && kind_ != DateTimeKind::time) {
    int64_t number = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code == std::errc{} && end == text.data() + text.size()) return civil_from_epoch(number);
  }
  return {};
}

std::string engine_text(const CivilTime& time, DateTimeKind kind) {
  const auto date = fmt::format("{:04}-{:02}-{:02}", time.year, time.month, time.day);
  if (kind == DateTimeKind::date) return date;
  auto clock = fmt::format("{:02}:{:02}:{:02}", time.hour, time.minute, time.second);
  if (time.nanosecond / 1000 != 0) clock += fmt::format(".{:06}", time.nanosecond / 1000);
  if (kind == DateTimeKind::time) return clock;
  auto text = date + " " + clock;
  if (time.offset_minutes) {
    const auto minutes = *time.offset_minutes < 0 ? -*time.offset_minutes : *time.offset_minutes;
    text += fmt::format("{}{:02}:{:02}", *time.offset_minutes < 0 ? '-' : '+', minutes / 60, minutes % 60);
  }
  return text;
}

} // namespace freshet::warehouse
