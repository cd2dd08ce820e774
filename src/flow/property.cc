#include "flow/property.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "flow/pattern.h"
#include "flow/units.h"

namespace freshet::flow {
namespace {

using Type = PropertyDescriptor::Type;

std::optional<uint64_t> parse_number(std::string_view text) {
  uint64_t number = 0;
  const auto [end, code] = std::from_chars(text.begin(), text.end(), number);
  return code == std::errc() && end == text.end() ? std::optional(number) : std::nullopt;
}

const PropertyDescriptor* find(const std::vector<PropertyDescriptor>& descriptors, std::string_view name) {
  for (const PropertyDescriptor& descriptor : descriptors) {
    if (descriptor.name == name) return &descriptor;
    if (std::find(descriptor.old_names.begin(), descriptor.old_names.end(), name) != descriptor.old_names.end())
      return &descriptor;
  }
  return nullptr;
}

/// The value as `text` allows it, spelled as the descriptor spells it; an error's message follows "<property> ".
Result<std::string> checked(const PropertyDescriptor& descriptor, const std::string& text) {
  const auto wrong = [](std::string message) { return fail(ErrorKind::invalid_argument, std::move(message)); };
  if (!descriptor.allowed.empty()) {
    std::vector<std::string> choices;
    for (const AllowedValue& allowed : descriptor.allowed) {
      if (allowed.value == text || (!allowed.display_name.empty() && allowed.display_name == text)) return allowed.value;
      choices.push_back("'" + allowed.value + "'");
    }
    return wrong(fmt::format("cannot be '{}'; choose one of {}", text, fmt::join(choices, ", ")));
  }
  switch (descriptor.type) {
    case Type::boolean:
      if (text != "true" && text != "false") return wrong(fmt::format("must be true or false, not '{}'", text));
      break;
    case Type::number:
      if (!parse_number(text)) return wrong(fmt::format("must be a whole number, not '{}'", text));
      break;
    case Type::duration:
      if (const auto duration = parse_duration(text); !duration) return wrong("is wrong: " + duration.error().message);
      break;
    case Type::size:
      if (const auto size = parse_size(text); !size) return wrong("is wrong: " + size.error().message);
      break;
    case Type::pattern:
      if (const auto pattern = Pattern::compile(text); !pattern) return wrong("is wrong: " + pattern.error().message);
      break;
    case Type::text:
    case Type::service:
      break;
  }
  return text;
}

} // namespace

Properties Properties::resolve(const Rules& rules, const DefinedProperties& defined, const Parameters& parameters,
                               std::vector<std::string>& faults) {
  Properties properties;
  std::map<std::string, std::string> given; // by the descriptor's name
  for (const auto& [name, value] : defined) {
    if (!value) continue;
    const PropertyDescriptor* const descriptor = find(rules.descriptors, name);
    if (descriptor != nullptr) {
      given[descriptor->name] = *value;
    } else if (rules.dynamic_allowed) {
      auto expression = Expression::compile(*value, parameters);
      if (expression)
        properties.dynamic_.emplace(name, *std::move(expression));
      else
        faults.push_back(fmt::format("{} is wrong: {}", name, expression.error().message));
    } else {
      faults.push_back(fmt::format("{} is not a property of this type; remove it or check its spelling", name));
    }
  }
  for (const PropertyDescriptor& descriptor : rules.descriptors) {
    const auto found = given.find(descriptor.name);
    std::optional<std::string> raw = found != given.end() ? std::optional(found->second) : descriptor.default_value;
    const auto fault = [&](std::string_view message) { faults.push_back(fmt::format("{} {}", descriptor.name, message)); };
    Value value;
    if (raw && descriptor.expressions != PropertyDescriptor::Expressions::none) {
      auto expression = Expression::compile(*raw, parameters);
      if (!expression) {
        fault("is wrong: " + expression.error().message);
        continue;
      }
      if (expression->has_expression()) {
        value.expression = *std::move(expression);
      } else {
        raw = expression->evaluate({}).value_or("");
      }
    } else if (raw) {
      auto replaced = replace_parameters(*raw, parameters);
      if (!replaced) {
        fault("is wrong: " + replaced.error().message);
        continue;
      }
      raw = *std::move(replaced);
    }
    if (!value.expression && (!raw || raw->empty())) {
      if (descriptor.required) fault("has no value, and needs one");
      continue;
    }
    if (!value.expression) {
      auto accepted = checked(descriptor, *raw);
      if (!accepted) {
        fault(accepted.error().message);
        continue;
      }
      value.text = *std::move(accepted);
    }
    if (descriptor.support == PropertyDescriptor::Support::unsupported &&
        (value.expression || value.text != descriptor.default_value)) {
      fault(descriptor.default_value ? fmt::format("is supported as '{}' only", *descriptor.default_value)
                                     : std::string("is not supported; leave it unset"));
    }
    properties.values_.emplace(descriptor.name, std::move(value));
  }
  return properties;
}

const std::string& Properties::text(std::string_view name) const {
  static const std::string k_unset;
  const auto found = values_.find(name);
  return found == values_.end() ? k_unset : found->second.text;
}

uint64_t Properties::number(std::string_view name) const {
  return parse_number(text(name)).value_or(0);
}
Duration Properties::duration(std::string_view name) const {
  return parse_duration(text(name)).value_or(Duration::zero());
}
uint64_t Properties::size(std::string_view name) const {
  return parse_size(text(name)).value_or(0);
}

Result<std::string> Properties::evaluate(std::string_view name, const ExpressionScope& scope) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::string{};
  if (!found->second.expression) return found->second.text;
  auto value = found->second.expression->evaluate(scope);
  if (!value) value.error().message = fmt::format("property {}: {}", name, value.error().message);
  return value;
}

} // namespace freshet::flow
