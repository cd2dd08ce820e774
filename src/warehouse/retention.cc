#include "warehouse/retention.h"

#include <algorithm>
#include <charconv>

namespace freshet::warehouse {
namespace {

enum class Which { retention, extension };

std::optional<int64_t> own(const Object& object, Which which) {
  return std::visit(
      [&](const auto& body) -> std::optional<int64_t> {
        if constexpr (requires { body.extension_days; }) {
          return which == Which::retention ? body.retention_days : body.extension_days;
        }
        return std::nullopt;
      },
      object.body);
}

std::optional<int64_t> of_account(const Catalog& catalog, std::string_view key) {
  const auto text = account_parameter(catalog, key).value_or("");
  int64_t days = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), days).ec == std::errc{}) return days;
  return std::nullopt;
}

int64_t in_force(const Catalog& catalog, const Object& object, Which which) {
  if (auto days = own(object, which)) return *days;
  for (auto above = catalog.find(object.parent); above; above = catalog.find(above->parent)) {
    if (auto days = own(*above, which)) return *days;
  }
  auto days = of_account(catalog, which == Which::retention ? k_retention : k_extension);
  return days.value_or(which == Which::retention ? 1 : 14);
}

} // namespace

int64_t retention_days(const Catalog& catalog, const Object& object) {
  auto days = in_force(catalog, object, Which::retention);
  auto* table = object.as<Table>();
  days = std::max(days, of_account(catalog, "MIN_DATA_RETENTION_TIME_IN_DAYS").value_or(0));
  return table != nullptr && table->kind != "TABLE" ? std::min<int64_t>(days, 1) : days;
}

int64_t extension_days(const Catalog& catalog, const Object& object) {
  return in_force(catalog, object, Which::extension);
}

Duration stream_retention(const Catalog& catalog, const Object& table) {
  return std::chrono::days{std::max(retention_days(catalog, table), extension_days(catalog, table))};
}

} // namespace freshet::warehouse
