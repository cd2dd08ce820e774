#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "flow/expression.h"

namespace freshet::flow {

/// A value that a property may have; definitions carry `value`, newer ones sometimes the display name. Both are accepted.
struct AllowedValue {
  std::string value;
  std::string display_name = {};
};

/// A property that a processor or service declares: what a definition may say, under which names, and what it means to say
/// nothing.
struct PropertyDescriptor {
  enum class Expressions { none, environment, flow_file };
  enum class Type { text, boolean, number, duration, size, pattern, service };
  /// `unsupported`: only the default, or nothing, is accepted, because leaving it out silently would change what the flow does.
  /// `without_effect`: accepted and ignored, because it cannot matter here (timeouts of an in-process call, metrics of a heap).
  enum class Support { full, without_effect, unsupported };

  std::string name; // as NiFi 2.6 and later write it
  std::vector<std::string> old_names = {};
  std::optional<std::string> default_value = {};
  bool required = false;
  std::vector<AllowedValue> allowed = {};
  Expressions expressions = Expressions::none;
  Type type = Type::text;
  Support support = Support::full;
};

/// Name to value as a definition has them; no value means unset.
using DefinedProperties = std::map<std::string, std::optional<std::string>>;
using Parameters = std::map<std::string, std::string>;

/// A component's properties after validation: defaults filled in, parameters put in, expressions parsed. Immutable.
class Properties {
 public:
  struct Rules {
    const std::vector<PropertyDescriptor>& descriptors;
    bool dynamic_allowed = false;
    PropertyDescriptor::Expressions dynamic_expressions = PropertyDescriptor::Expressions::flow_file;
  };
  /// Every fault is added to `faults` as a sentence that begins with the property's name.
  static Properties resolve(const Rules& rules, const DefinedProperties& defined, const Parameters& parameters,
                            std::vector<std::string>& faults);

  bool has(std::string_view name) const { return values_.contains(name); }
  /// The value of a property without expressions; empty when unset.
  const std::string& text(std::string_view name) const;
  bool truth(std::string_view name) const { return text(name) == "true"; }
  uint64_t number(std::string_view name) const;                                            // 0 when unset
  Duration duration(std::string_view name) const;                                          // 0 when unset
  uint64_t size(std::string_view name) const;                                              // bytes, 0 when unset
  Result<std::string> evaluate(std::string_view name, const ExpressionScope& scope) const; // empty when unset

  /// Dynamic properties, by name.
  const std::map<std::string, Expression, std::less<>>& dynamic() const { return dynamic_; }

 private:
  struct Value {
    std::string text;
    std::optional<Expression> expression;
  };
  std::map<std::string, Value, std::less<>> values_;
  std::map<std::string, Expression, std::less<>> dynamic_;
};

} // namespace freshet::flow
