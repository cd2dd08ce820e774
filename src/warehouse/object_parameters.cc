#include "warehouse/object_parameters.h"

#include <fmt/ranges.h>

namespace freshet::warehouse {

std::optional<std::string> first_item(const Options& options, std::string_view key) {
  const auto found = options.find(std::string(key));
  return found == options.end() || found->second.empty() ? std::nullopt : std::optional(found->second.front());
}

std::string listed_items(const Options& options, std::string_view key) {
  const auto found = options.find(std::string(key));
  return found == options.end() ? std::string() : fmt::format("{}", fmt::join(found->second, ","));
}

std::optional<std::string> own_parameter(const Object& object, std::string_view key) {
  return std::visit(
      [&](const auto& body) -> std::optional<std::string> {
        if constexpr (requires { body.options; }) return first_item(body.options, key);
        return std::nullopt;
      },
      object.body);
}

std::optional<std::string> account_parameter(const Catalog& catalog, std::string_view key) {
  for (const auto& object : catalog.all(ObjectKind::recorded)) {
    const auto& recorded = *object->as<Recorded>();
    if (recorded.type == k_account_parameter && object->name == key) return first_item(recorded.options, "VALUE");
  }
  return std::nullopt;
}

std::optional<std::string> parameter_in_force(const Catalog& catalog, const Object& object, std::string_view key) {
  if (auto value = own_parameter(object, key)) return value;
  for (auto above = catalog.find(object.parent); above; above = catalog.find(above->parent)) {
    if (auto value = own_parameter(*above, key)) return value;
  }
  return account_parameter(catalog, key);
}

} // namespace freshet::warehouse
