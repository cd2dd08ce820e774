#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace freshet::warehouse {

/// A point in the warehouse's history, as PostgreSQL's snapshots are: every writing transaction with a number up to `high`, but
/// for the few in `exceptions` that had not committed. Valid for ever, across restarts: numbers up to a point's `high` are
/// never given out again.
struct Point {
  int64_t high = 0;
  std::vector<int64_t> exceptions; // sorted, all below `high`

  bool contains(int64_t number) const;
  bool operator==(const Point&) const = default;

  /// `{"high":12,"exceptions":[7,9]}`
  std::string to_text() const;
  static Result<Point> parse(std::string_view text);
};

/// What is in both: the oldest state that somebody with either point can ask for.
Point earlier_of(const Point& a, const Point& b);

} // namespace freshet::warehouse
