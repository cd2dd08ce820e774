#include "warehouse/statements/show_compute.h"

#include <boost/algorithm/string/case_conv.hpp>

namespace freshet::warehouse {
namespace {

std::string option(const ComputeWarehouse& compute, const std::string& key, std::string otherwise) {
  const auto found = compute.options.find(key);
  return found == compute.options.end() || found->second.empty() ? std::move(otherwise) : found->second.front();
}

/// XSMALL, 'X-SMALL', xsmall → X-Small: SHOW has one spelling of each size.
std::string shown_size(std::string_view written) {
  std::string letters;
  for (char c : written) {
    if (c != '-' && c != '_' && c != ' ') letters += c;
  }
  boost::algorithm::to_upper(letters);
  static constexpr std::pair<std::string_view, std::string_view> k_sizes[] = {
      {"XSMALL", "X-Small"},    {"SMALL", "Small"},      {"MEDIUM", "Medium"},    {"LARGE", "Large"},
      {"XLARGE", "X-Large"},    {"XXLARGE", "2X-Large"}, {"X2LARGE", "2X-Large"}, {"2XLARGE", "2X-Large"},
      {"XXXLARGE", "3X-Large"}, {"X3LARGE", "3X-Large"}, {"3XLARGE", "3X-Large"}, {"X4LARGE", "4X-Large"},
      {"4XLARGE", "4X-Large"},  {"X5LARGE", "5X-Large"}, {"5XLARGE", "5X-Large"}, {"X6LARGE", "6X-Large"},
      {"6XLARGE", "6X-Large"}};
  for (const auto& [name, shown] : k_sizes) {
    if (name == letters) return std::string(shown);
  }
  return std::string(written);
}

std::optional<std::string> time(const std::optional<TimePoint>& at) {
  return at ? std::optional(engine_text(*at)) : std::nullopt;
}

} // namespace

SqlResult<ShowRow> compute_row(StatementContext& context, const Object& object) {
  const auto& compute = *object.as<ComputeWarehouse>();
  const auto upper = [&](const std::string& key, std::string otherwise) {
    return boost::algorithm::to_upper_copy(option(compute, key, std::move(otherwise)));
  };
  const bool is_current = context.session().context().warehouse == object.name;
  const bool is_started = compute.state == "STARTED";
  const auto clusters_min = option(compute, "MIN_CLUSTER_COUNT", "1");
  const auto monitor = option(compute, "RESOURCE_MONITOR", "null");
  const auto constraint = upper("RESOURCE_CONSTRAINT", "");
  const bool is_generation = constraint.starts_with("STANDARD_GEN_");
  const std::string is_accelerated = upper("ENABLE_QUERY_ACCELERATION", "FALSE") == "TRUE" ? "true" : "false";
  return ShowRow{object.name,
                 compute.state,
                 upper("WAREHOUSE_TYPE", "STANDARD"),
                 shown_size(compute.size),
                 clusters_min,
                 option(compute, "MAX_CLUSTER_COUNT", "1"),
                 is_started ? clusters_min : "0",
                 "0",
                 "0",
                 "N",
                 y_or_n(is_current),
                 "N",
                 compute.auto_suspend_seconds > 0 ? std::optional(std::to_string(compute.auto_suspend_seconds)) : std::nullopt,
                 true_or_false(compute.auto_resume),
                 is_started ? "100" : "",
                 is_started ? "0" : "",
                 is_started ? "0" : "",
                 is_started ? "0" : "",
                 engine_text(object.created_on),
                 time(compute.resumed_on ? compute.resumed_on : object.created_on),
                 time(compute.updated_on ? compute.updated_on : object.created_on),
                 object.owner,
                 object.comment,
                 is_accelerated,
                 option(compute, "QUERY_ACCELERATION_MAX_SCALE_FACTOR", "8"),
                 monitor,
                 "0",
                 "0",
                 "0",
                 is_started ? "0" : "1",
                 std::to_string(object.id),
                 upper("SCALING_POLICY", "STANDARD"),
                 "ROLE",
                 is_generation ? std::nullopt : null_if_empty(constraint),
                 is_generation ? constraint.substr(sizeof("STANDARD_GEN_") - 1) : option(compute, "GENERATION", "1")};
}

} // namespace freshet::warehouse
