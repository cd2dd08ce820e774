#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "flow/expression_node.h"
#include "flow/pattern.h"

namespace freshet::flow {
namespace {

constexpr std::array<std::string_view, 6> k_multiple = {"allAttributes",        "anyAttribute",        "allMatchingAttributes",
                                                        "anyMatchingAttribute", "allDelineatedValues", "anyDelineatedValue"};

Value attribute_value(const std::string& name, const ExpressionScope& scope) {
  if (scope.attribute) {
    if (auto value = scope.attribute(name)) return *std::move(value);
  }
  if (scope.variables != nullptr) {
    if (const auto found = scope.variables->find(name); found != scope.variables->end()) return found->second;
  }
  return std::monostate{};
}

/// What stands at the head of a chain on several values, one element each.
Result<std::vector<Value>> multiple_values(const ExpressionNode& node, const ExpressionScope& scope) {
  std::vector<Value> values;
  std::vector<std::string> arguments;
  for (const NodePointer& argument : node.arguments) arguments.push_back(to_text(TRY(evaluate(*argument, scope))));
  if (node.name.ends_with("Values") || node.name.ends_with("Value")) {
    if (arguments.size() != 2) return fail(ErrorKind::invalid_argument, node.name + " takes a value and a delimiter");
    if (arguments[1].empty()) return fail(ErrorKind::invalid_argument, node.name + " needs a delimiter that is not empty");
    size_t begin = 0;
    while (true) {
      const size_t end = arguments[0].find(arguments[1], begin);
      values.emplace_back(arguments[0].substr(begin, end == std::string::npos ? end : end - begin));
      if (end == std::string::npos) return values;
      begin = end + arguments[1].size();
    }
  }
  if (node.name.find("Matching") == std::string::npos) {
    for (const std::string& name : arguments) values.push_back(attribute_value(name, scope));
    return values;
  }
  for (const std::string& expression : arguments) {
    const Pattern pattern = TRY(Pattern::compile(expression));
    if (scope.attribute_names == nullptr) continue;
    for (const auto& [name, value] : *scope.attribute_names) {
      if (pattern.matches(name)) values.push_back(attribute_value(name, scope));
    }
  }
  return values;
}

Result<std::vector<Value>> arguments_of(const ExpressionNode& node, const ExpressionScope& scope) {
  std::vector<Value> values;
  for (const NodePointer& argument : node.arguments) values.push_back(TRY(evaluate(*argument, scope)));
  return values;
}

Result<Value> evaluate_multiple(const ExpressionNode& head, const std::vector<const ExpressionNode*>& calls,
                                const ExpressionScope& scope) {
  std::vector<Value> values = TRY(multiple_values(head, scope));
  for (size_t index = 0; index < calls.size(); ++index) {
    const ExpressionNode& call = *calls[index];
    const std::vector<Value> arguments = TRY(arguments_of(call, scope));
    if (call.name == "join" || call.name == "count") {
      Value reduced;
      if (call.name == "count") {
        reduced = static_cast<int64_t>(std::count_if(values.begin(), values.end(), [](const Value& value) {
          return !std::holds_alternative<std::monostate>(value) && value != Value(false);
        }));
      } else {
        std::string joined;
        for (size_t at = 0; at < values.size(); ++at) joined += (at == 0 ? "" : to_text(arguments[0])) + to_text(values[at]);
        reduced = joined;
      }
      for (size_t rest = index + 1; rest < calls.size(); ++rest) {
        const std::vector<Value> rest_arguments = TRY(arguments_of(*calls[rest], scope));
        reduced = TRY(call_function(calls[rest]->name, reduced, rest_arguments, scope));
      }
      return reduced;
    }
    for (Value& value : values) value = TRY(call_function(call.name, value, arguments, scope));
  }
  const auto is_true = [](const Value& value) { return value == Value(true) || to_text(value) == "true"; };
  if (head.name.starts_with("all")) return std::all_of(values.begin(), values.end(), is_true);
  return std::any_of(values.begin(), values.end(), is_true);
}

} // namespace

bool is_multiple(std::string_view name) {
  return std::find(k_multiple.begin(), k_multiple.end(), name) != k_multiple.end();
}

Result<Value> evaluate(const ExpressionNode& node, const ExpressionScope& scope) {
  switch (node.kind) {
    case ExpressionNode::Kind::literal:
      return node.value;
    case ExpressionNode::Kind::attribute:
      return attribute_value(to_text(TRY(evaluate(*node.arguments[0], scope))), scope);
    case ExpressionNode::Kind::parameter: {
      if (scope.parameters == nullptr || !scope.parameters->contains(node.name)) {
        return fail(ErrorKind::invalid_argument, fmt::format("no parameter is named '{}'", node.name));
      }
      return scope.parameters->at(node.name);
    }
    case ExpressionNode::Kind::standalone:
      return call_standalone(node.name, TRY(arguments_of(node, scope)), scope);
    case ExpressionNode::Kind::multiple:
      return evaluate_multiple(node, {}, scope);
    case ExpressionNode::Kind::call:
      break;
  }
  std::vector<const ExpressionNode*> calls;
  const ExpressionNode* head = &node;
  for (; head->kind == ExpressionNode::Kind::call; head = head->subject.get()) calls.push_back(head);
  std::reverse(calls.begin(), calls.end());
  if (head->kind == ExpressionNode::Kind::multiple) return evaluate_multiple(*head, calls, scope);
  Value value = TRY(evaluate(*head, scope));
  for (const ExpressionNode* call : calls) {
    const std::vector<Value> arguments = TRY(arguments_of(*call, scope));
    value = TRY(call_function(call->name, value, arguments, scope));
  }
  return value;
}

} // namespace freshet::flow
