#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace freshet::flow {

using Attributes = std::map<std::string, std::string, std::less<>>;

/// What an expression works on: nothing (an attribute that is not there), text, a whole number, a decimal, a date or a truth.
using Value = std::variant<std::monostate, std::string, int64_t, double, TimePoint, bool>;
std::string to_text(const Value& value);

/// What an expression may look at while it is evaluated.
struct ExpressionScope {
  std::function<std::optional<std::string>(std::string_view)> attribute; // empty: no FlowFile here
  const Attributes* attribute_names = nullptr;                           // for allMatchingAttributes and its like
  const std::map<std::string, std::string>* parameters = nullptr;
  const std::map<std::string, std::string>* variables = nullptr; // where an attribute that the FlowFile lacks is looked for
  const std::map<std::string, std::string>* state = nullptr;     // getStateValue
  const Clock* clock = nullptr;
};

struct ExpressionNode;

/// A property's text with the `${…}` in it: parsed once, evaluated for each FlowFile. Immutable, cheap to copy, for any thread.
///
/// Outside `${…}`, `$$` before `{` is an escaped `$`, and `#{name}` is a parameter's value, whose own expressions are
/// evaluated, too.
class Expression {
 public:
  /// Errors name what is wrong and the position in `text` (counted from 1).
  static Result<Expression> compile(std::string_view text, const std::map<std::string, std::string>& parameters);
  Result<std::string> evaluate(const ExpressionScope& scope) const;
  /// False when the value is the same for every FlowFile, now and later.
  bool has_expression() const;

 private:
  struct Part {
    std::string text;
    std::shared_ptr<const ExpressionNode> node;
  };
  std::vector<Part> parts_;
};

/// The text with every `#{name}` outside `${…}` replaced by the parameter's value; an unknown parameter is an error.
Result<std::string> replace_parameters(std::string_view text, const std::map<std::string, std::string>& parameters);

} // namespace freshet::flow
