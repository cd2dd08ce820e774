#pragma once

#include <string>
#include <string_view>

#include "warehouse/load/named_arguments.h"

namespace freshet::warehouse {

/// DATE_RANGE_START and DATE_RANGE_END of the histories of use, which show 5 minutes, hours or days by the length of the range.
struct UsageRange {
  TimePoint start, end;

  /// "5 MINUTE", "1 HOUR", "1 DAY"
  std::string_view step() const;
  /// Engine text: the start of the step that a moment (TIMESTAMPTZ) lies in, and whether it lies in the range.
  std::string step_of(std::string_view moment) const;
  std::string holds(std::string_view moment) const;
};

/// The range ends today at midnight, or now when only its start is given, and is ten minutes long unless its start is given.
/// Errors: 002142 it starts more than `days_kept` days ago.
SqlResult<UsageRange> usage_range(StatementContext& context, const NamedArguments& call, std::string_view function,
                                  int days_kept);

/// 002142: what a history no longer shows is an error, not an empty result.
SqlResult<void> check_age(std::string_view function, TimePoint start, TimePoint now, int days_kept);

} // namespace freshet::warehouse
