#include <charconv>

#include "warehouse/procedures/script_interpreter.h"

namespace freshet::warehouse {
namespace {

using enum sql::BinaryOperator;

const sql::SnowflakeType k_integer{.kind = sql::TypeKind::number, .is_integer = true};
const sql::SnowflakeType k_boolean{.kind = sql::TypeKind::boolean};

std::optional<Bind> number(const sql::NumberLiteral& literal) {
  int64_t value = 0;
  const char* end = literal.text.data() + literal.text.size();
  const auto [rest, error] = std::from_chars(literal.text.data(), end, value);
  if (error != std::errc() || rest != end) return std::nullopt;
  return Bind{k_integer, value};
}

const int64_t* integer_of(const Bind& value) {
  if (value.type.kind != sql::TypeKind::number || value.type.scale != 0) return nullptr;
  return std::get_if<int64_t>(&value.value);
}

std::optional<Bind> computed(sql::BinaryOperator op, int64_t left, int64_t right) {
  int64_t out = 0;
  const bool overflow = op == add        ? __builtin_add_overflow(left, right, &out)
                        : op == subtract ? __builtin_sub_overflow(left, right, &out)
                        : op == multiply ? __builtin_mul_overflow(left, right, &out)
                                         : true;
  if (overflow) return std::nullopt;
  return Bind{k_integer, out};
}

template <typename T>
std::optional<Bind> compared(sql::BinaryOperator op, const T& left, const T& right) {
  switch (op) {
    case equal:
      return Bind{k_boolean, left == right};
    case not_equal:
      return Bind{k_boolean, left != right};
    case less:
      return Bind{k_boolean, left < right};
    case less_equal:
      return Bind{k_boolean, left <= right};
    case greater:
      return Bind{k_boolean, left > right};
    case greater_equal:
      return Bind{k_boolean, left >= right};
    default:
      return std::nullopt;
  }
}

std::optional<Bind> binary(const sql::Binary& node, const Binds& binds) {
  const auto left = simple_value(*node.left, binds);
  if (!left) return std::nullopt;
  const auto right = simple_value(*node.right, binds);
  if (!right) return std::nullopt;
  const auto *a = integer_of(*left), *b = integer_of(*right);
  if (a != nullptr && b != nullptr) {
    auto out = computed(node.op, *a, *b);
    return out ? out : compared(node.op, *a, *b);
  }
  const bool texts = left->type.kind == sql::TypeKind::text && right->type.kind == sql::TypeKind::text;
  const auto *s = std::get_if<std::string>(&left->value), *t = std::get_if<std::string>(&right->value);
  if (!texts || s == nullptr || t == nullptr) return std::nullopt;
  if (node.op == concatenate && s->size() + t->size() < 1'000'000) return Bind{{}, *s + *t};
  return compared(node.op, *s, *t);
}

std::optional<Bind> logical(const sql::Logical& node, const Binds& binds) {
  bool out = node.is_and;
  for (const auto& operand : node.operands) {
    const auto value = simple_value(operand, binds);
    const auto* truth = value ? std::get_if<bool>(&value->value) : nullptr;
    if (truth == nullptr) return std::nullopt;
    out = node.is_and ? out && *truth : out || *truth;
  }
  return Bind{k_boolean, out};
}

} // namespace

std::optional<Bind> simple_value(const sql::Expression& expression, const Binds& binds) {
  if (const auto* literal = expression.as<sql::NumberLiteral>()) return number(*literal);
  if (const auto* literal = expression.as<sql::StringLiteral>()) return Bind{{}, literal->value};
  if (const auto* literal = expression.as<sql::BooleanLiteral>()) return Bind{k_boolean, literal->value};
  if (expression.as<sql::NullLiteral>() != nullptr) return Bind{};
  if (const auto* bind = expression.as<sql::BindVariable>()) {
    const auto found = binds.named.find(bind->name);
    return found == binds.named.end() ? std::nullopt : std::optional(found->second);
  }
  if (const auto* node = expression.as<sql::Binary>()) return binary(*node, binds);
  if (const auto* node = expression.as<sql::Logical>()) return logical(*node, binds);
  if (const auto* node = expression.as<sql::Unary>(); node != nullptr && node->op == sql::UnaryOperator::logical_not) {
    const auto value = simple_value(*node->operand, binds);
    const auto* truth = value ? std::get_if<bool>(&value->value) : nullptr;
    if (truth != nullptr) return Bind{k_boolean, !*truth};
  }
  if (const auto* node = expression.as<sql::Unary>(); node != nullptr && node->op == sql::UnaryOperator::minus) {
    const auto value = simple_value(*node->operand, binds);
    const auto* integer = value ? integer_of(*value) : nullptr;
    if (integer != nullptr && *integer != INT64_MIN) return Bind{k_integer, -*integer};
  }
  if (const auto* node = expression.as<sql::IsNull>()) {
    const auto value = simple_value(*node->operand, binds);
    if (value) return Bind{k_boolean, std::holds_alternative<std::monostate>(value->value) != node->negated};
  }
  return std::nullopt;
}

} // namespace freshet::warehouse
