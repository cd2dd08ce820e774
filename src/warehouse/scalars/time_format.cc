#include "warehouse/scalars/time_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace freshet::warehouse {
namespace {

constexpr std::array<std::string_view, 12> k_months = {"January", "February", "March",     "April",   "May",      "June",
                                                       "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> k_weekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr int64_t k_day = 86'400'000'000;

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && std::equal(word.begin(), word.end(), text.begin(),
                                                  [](char a, char b) { return a == (b >= 'a' && b <= 'z' ? b - 32 : b); });
}

} // namespace

TimeFormat::TimeFormat(std::string_view format) {
  struct Element {
    std::string_view word;
    Part part;
  };
  static constexpr Element k_elements[] = {
      {"YYYY", Part::year4},  {"YY", Part::year2},    {"MMMM", Part::month_long}, {"MON", Part::month_short},
      {"MM", Part::month},    {"MI", Part::minute},   {"DD", Part::day},          {"DY", Part::weekday},
      {"HH24", Part::hour24}, {"HH12", Part::hour12}, {"HH", Part::hour24},       {"AM", Part::meridian},
      {"PM", Part::meridian}, {"SS", Part::second},   {"TZH", Part::offset_hour}, {"TZM", Part::offset_minute},
      {"UUUU", Part::year4},
  };
  auto literal = [&](char c) {
    if (pieces_.empty() || pieces_.back().part != Part::literal) pieces_.push_back({Part::literal, {}});
    pieces_.back().literal += c;
  };
  while (!format.empty()) {
    if (format.front() == '"') {
      format.remove_prefix(1);
      for (; !format.empty() && format.front() != '"'; format.remove_prefix(1)) literal(format.front());
      if (!format.empty()) format.remove_prefix(1);
      continue;
    }
    if (starts_with_word(format, "FF")) {
      format.remove_prefix(2);
      const bool counted = !format.empty() && format.front() >= '0' && format.front() <= '9';
      pieces_.push_back({Part::fraction, {}, counted ? static_cast<size_t>(format.front() - '0') : 9});
      if (counted) format.remove_prefix(1);
      continue;
    }
    const auto* element = std::find_if(std::begin(k_elements), std::end(k_elements),
                                       [&](const Element& known) { return starts_with_word(format, known.word); });
    if (element != std::end(k_elements)) {
      pieces_.push_back({element->part, {}});
      format.remove_prefix(element->word.size());
    } else {
      literal(format.front());
      format.remove_prefix(1);
    }
  }
}

void TimeFormat::append(std::string& out, int64_t wall_clock, int32_t offset_minutes) const {
  const int64_t days = wall_clock / k_day - (wall_clock % k_day < 0 ? 1 : 0);
  const int64_t of_day = wall_clock - days * k_day;
  const std::chrono::sys_days day{std::chrono::days{days}};
  const std::chrono::year_month_day date{day};
  const int year = static_cast<int>(date.year());
  const auto month = static_cast<unsigned>(date.month());
  const int64_t second = of_day / 1'000'000, hour = second / 3600;
  const int32_t offset = offset_minutes < 0 ? -offset_minutes : offset_minutes;
  auto two = [&](int64_t number) { fmt::format_to(std::back_inserter(out), "{:02}", number); };
  for (const auto& piece : pieces_) {
    switch (piece.part) {
      case Part::literal:
        out += piece.literal;
        break;
      case Part::year4:
        fmt::format_to(std::back_inserter(out), "{:04}", year);
        break;
      case Part::year2:
        two(year % 100);
        break;
      case Part::month:
        two(month);
        break;
      case Part::month_short:
        out += k_months[month - 1].substr(0, 3);
        break;
      case Part::month_long:
        out += k_months[month - 1];
        break;
      case Part::day:
        two(static_cast<unsigned>(date.day()));
        break;
      case Part::weekday:
        out += k_weekdays[std::chrono::weekday{day}.c_encoding()];
        break;
      case Part::hour24:
        two(hour);
        break;
      case Part::hour12:
        two(hour % 12 == 0 ? 12 : hour % 12);
        break;
      case Part::meridian:
        out += hour < 12 ? "AM" : "PM";
        break;
      case Part::minute:
        two(second / 60 % 60);
        break;
      case Part::second:
        two(second % 60);
        break;
      case Part::fraction:
        out += fmt::format("{:06}000", of_day % 1'000'000).substr(0, piece.digits);
        break;
      case Part::offset_hour:
        fmt::format_to(std::back_inserter(out), "{}{:02}", offset_minutes < 0 ? '-' : '+', offset / 60);
        break;
      case Part::offset_minute:
        two(offset % 60);
        break;
    }
  }
}

} // namespace freshet::warehouse
