#include "warehouse/rows/point.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>
#include <iterator>

namespace freshet::warehouse {

bool Point::contains(int64_t number) const {
  return number <= high && !std::binary_search(exceptions.begin(), exceptions.end(), number);
}

std::string Point::to_text() const {
  return fmt::format("{{\"high\":{},\"exceptions\":[{}]}}", high, fmt::join(exceptions, ","));
}

Result<Point> Point::parse(std::string_view text) {
  boost::system::error_code error;
  boost::json::value value = boost::json::parse({text.data(), text.size()}, error);
  Point point;
  bool good = !error && value.is_object();
  if (good) {
    auto* high = value.as_object().if_contains("high");
    auto* exceptions = value.as_object().if_contains("exceptions");
    good = high != nullptr && high->is_int64() && exceptions != nullptr && exceptions->is_array();
    if (good) {
      point.high = high->as_int64();
      for (const auto& exception : exceptions->as_array()) {
        good = good && exception.is_int64();
        if (good) point.exceptions.push_back(exception.as_int64());
      }
    }
  }
  if (!good || !std::is_sorted(point.exceptions.begin(), point.exceptions.end()))
    return fail(ErrorKind::corrupt, fmt::format("'{}' is not a point in the history of a table", text));
  return point;
}

Point earlier_of(const Point& a, const Point& b) {
  Point both;
  both.high = std::min(a.high, b.high);
  std::set_union(a.exceptions.begin(), a.exceptions.end(), b.exceptions.begin(), b.exceptions.end(),
                 std::back_inserter(both.exceptions));
  std::erase_if(both.exceptions, [&](int64_t number) { return number > both.high; });
  return both;
}

} // namespace freshet::warehouse
