#include "flow/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>
#include <string>

namespace freshet::flow {
namespace {

struct Quantity {
  double number = 0;
  std::string unit; // lower case
};

Result<Quantity> parse_quantity(std::string_view text, std::string_view what) {
  const auto wrong = [&] { return fail(ErrorKind::invalid_argument, fmt::format("'{}' is not {}", text, what)); };
  const char* const end = text.data() + text.size();
  const char* at = text.data();
  while (at != end && std::isspace(static_cast<unsigned char>(*at))) ++at;
  Quantity quantity;
  const auto [after, code] = std::from_chars(at, end, quantity.number, std::chars_format::fixed);
  if (code != std::errc() || quantity.number < 0) return wrong();
  for (const char* next = after; next != end; ++next) {
    if (!std::isspace(static_cast<unsigned char>(*next))) {
      quantity.unit += static_cast<char>(std::tolower(static_cast<unsigned char>(*next)));
    }
  }
  if (quantity.unit.empty()) return wrong();
  return quantity;
}

} // namespace

Result<Duration> parse_duration(std::string_view text) {
  static const std::map<std::string, double, std::less<>> k_microseconds = [] {
    std::map<std::string, double, std::less<>> units;
    const auto add = [&](double factor, std::initializer_list<const char*> names) {
      for (const char* name : names) units[name] = factor;
    };
    add(1e-3, {"ns", "nano", "nanos", "nanosecond", "nanoseconds"});
    add(1, {"us", "µs", "micro", "micros", "microsecond", "microseconds"});
    add(1e3, {"ms", "milli", "millis", "millisecond", "milliseconds"});
    add(1e6, {"s", "sec", "secs", "second", "seconds"});
    add(60e6, {"m", "min", "mins", "minute", "minutes"});
    add(3600e6, {"h", "hr", "hrs", "hour", "hours"});
    add(86400e6, {"d", "day", "days"});
    add(7 * 86400e6, {"w", "wk", "wks", "week", "weeks"});
    return units;
  }();
  constexpr std::string_view k_what = "a time period; write a number and a unit, such as '30 sec' or '5 mins'";
  const Quantity quantity = TRY(parse_quantity(text, k_what));
  const auto unit = k_microseconds.find(quantity.unit);
  const double microseconds = unit == k_microseconds.end() ? -1 : quantity.number * unit->second;
  if (microseconds < 0 || microseconds > 9e18) {
    return fail(ErrorKind::invalid_argument, fmt::format("'{}' is not {}", text, k_what));
  }
  return Duration{static_cast<int64_t>(std::llround(microseconds))};
}

Result<uint64_t> parse_size(std::string_view text) {
  static const std::map<std::string, double, std::less<>> k_bytes = {
      {"b", 1}, {"kb", 1024.0}, {"mb", 1048576.0}, {"gb", 1073741824.0}, {"tb", 1099511627776.0}};
  constexpr std::string_view k_what = "a data size; write a number and a unit, such as '10 MB' or '1 GB'";
  const Quantity quantity = TRY(parse_quantity(text, k_what));
  const auto unit = k_bytes.find(quantity.unit);
  const double bytes = unit == k_bytes.end() ? -1 : quantity.number * unit->second;
  if (bytes < 0 || bytes > 1.8e19) return fail(ErrorKind::invalid_argument, fmt::format("'{}' is not {}", text, k_what));
  return static_cast<uint64_t>(bytes);
}

} // namespace freshet::flow
