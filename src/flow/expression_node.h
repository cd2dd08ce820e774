#pragma once

#include <memory>
#include <string>
#include <vector>

#include "flow/expression.h"

namespace freshet::flow {

struct ExpressionNode {
  enum class Kind {
    literal,
    attribute, // the name is the first argument's value
    parameter,
    standalone, // now(), UUID(), …
    multiple,   // anyAttribute(…), allDelineatedValues(…), …: the head of a chain only
    call,       // subject:name(arguments)
  };
  Kind kind = Kind::literal;
  Value value;      // literal
  std::string name; // parameter, standalone, multiple, call
  std::shared_ptr<const ExpressionNode> subject;
  std::vector<std::shared_ptr<const ExpressionNode>> arguments;
};

using NodePointer = std::shared_ptr<const ExpressionNode>;

/// How a function may be called; checked when a flow is opened.
struct FunctionSignature {
  size_t arguments_min = 0;
  size_t arguments_max = 0;
};
const FunctionSignature* find_function(std::string_view name);
const FunctionSignature* find_standalone(std::string_view name);
bool is_multiple(std::string_view name);

Result<Value> call_function(const std::string& name, const Value& subject, const std::vector<Value>& arguments,
                            const ExpressionScope& scope);
Result<Value> call_standalone(const std::string& name, const std::vector<Value>& arguments, const ExpressionScope& scope);
Result<Value> evaluate(const ExpressionNode& node, const ExpressionScope& scope);

} // namespace freshet::flow
