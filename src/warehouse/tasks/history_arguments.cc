#include "warehouse/tasks/history_arguments.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

namespace freshet::warehouse {
namespace {

constexpr auto k_history_shown = std::chrono::days(7), k_slots_shown = std::chrono::days(8); // back, ahead

} // namespace

const FunctionArgument* argument_called(const FunctionArguments& arguments, std::string_view name) {
  const auto found = std::ranges::find(arguments, name, &FunctionArgument::name);
  return found == arguments.end() ? nullptr : &*found;
}

SqlResult<void> check_argument_names(const FunctionArguments& arguments, std::span<const std::string_view> names,
                                     std::string_view function) {
  for (const auto& argument : arguments) {
    if (argument.name.empty()) {
      return sql::fail(
          {2141, "42601",
           fmt::format("SQL compilation error:\n{} takes its arguments by name, as in {} => …", function, names.front())});
    }
    if (std::ranges::find(names, argument.name) == names.end()) {
      return sql::fail(
          {2141, "42601", fmt::format("SQL compilation error:\n{} has no argument '{}'", function, argument.name)});
    }
  }
  return {};
}

SqlResult<std::string> scheduled_between(StatementContext& context, const FunctionArguments& arguments,
                                         std::string_view function) {
  const auto* start = argument_called(arguments, "SCHEDULED_TIME_RANGE_START");
  const auto* end = argument_called(arguments, "SCHEDULED_TIME_RANGE_END");
  const auto oldest = (context.now() - k_history_shown).time_since_epoch().count();
  const auto newest = (context.now() + k_slots_shown).time_since_epoch().count();
  const auto moment = [](const FunctionArgument& argument) {
    return fmt::format("freshet_ltz({}, current_setting('TimeZone'), 'AUTO')", argument.text);
  };
  auto where = fmt::format("scheduled >= make_timestamptz({}) AND scheduled <= make_timestamptz({})", oldest, newest);
  if (start != nullptr) where += " AND scheduled >= " + moment(*start);
  if (end == nullptr) return where;
  const auto rows = TRY(context.query(fmt::format("SELECT epoch_us({})", moment(*end))));
  if (!rows.is_null(0, 0) && rows.integer(0, 0) < oldest) {
    return sql::fail({2142, "22023",
                      fmt::format("SQL compilation error:\nSCHEDULED_TIME_RANGE_END of {0} lies more than 7 days back: older "
                                  "runs are in SNOWFLAKE.ACCOUNT_USAGE.{0} only",
                                  function)});
  }
  return where + " AND scheduled <= " + moment(*end);
}

SqlResult<int64_t> result_limit(StatementContext& context, const FunctionArguments& arguments, std::string_view function) {
  const auto* given = argument_called(arguments, "RESULT_LIMIT");
  if (given == nullptr) return 100;
  const auto text = TRY(context.constant_text(*given)).value_or("100");
  int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc() && count >= 1 && count <= 10'000) return count;
  return sql::fail(
      {2142, "22023", fmt::format("SQL compilation error:\nRESULT_LIMIT of {} is a number from 1 to 10000", function)});
}

} // namespace freshet::warehouse
