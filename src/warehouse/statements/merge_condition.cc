#include "warehouse/statements/merge_condition.h"

#include <algorithm>

namespace freshet::warehouse {
namespace {

/// Walks an expression; whatever it does not know for sure counts as mentioning the target.
class SourceOnly {
 public:
  SourceOnly(const TargetTable& target, std::string_view source_alias) : target_(target), source_alias_(source_alias) {}

  bool holds(const sql::Expression& expression) const {
    return expression.visit([this](const auto& node) { return of(node); });
  }

 private:
  template <typename Node>
  bool of(const Node&) const {
    return false;
  }
  bool of(const sql::NullLiteral&) const { return true; }
  bool of(const sql::BooleanLiteral&) const { return true; }
  bool of(const sql::NumberLiteral&) const { return true; }
  bool of(const sql::StringLiteral&) const { return true; }
  bool of(const sql::TypedLiteral&) const { return true; }
  bool of(const sql::BindVariable&) const { return true; }
  bool of(const sql::SessionVariable&) const { return true; }
  bool of(const sql::ColumnReference& column) const {
    const auto& parts = column.name.parts;
    if (parts.empty()) return false;
    if (parts.size() == 1) return target_.column(parts[0].name) == nullptr;
    return parts.size() == 2 && parts[0].name == source_alias_;
  }
  bool of(const sql::Unary& node) const { return holds(*node.operand); }
  bool of(const sql::Binary& node) const { return holds(*node.left) && holds(*node.right); }
  bool of(const sql::Logical& node) const { return all(node.operands); }
  bool of(const sql::Cast& node) const { return holds(*node.operand); }
  bool of(const sql::IsNull& node) const { return holds(*node.operand); }
  bool of(const sql::IsBoolean& node) const { return holds(*node.operand); }
  bool of(const sql::IsDistinct& node) const { return holds(*node.left) && holds(*node.right); }
  bool of(const sql::Between& node) const { return holds(*node.operand) && holds(*node.low) && holds(*node.high); }
  bool of(const sql::In& node) const { return !node.query && holds(*node.operand) && all(node.list); }
  bool of(const sql::Like& node) const { return holds(*node.operand) && all(node.patterns); }

  bool all(const std::vector<sql::Expression>& expressions) const {
    return std::all_of(expressions.begin(), expressions.end(), [this](const auto& one) { return holds(one); });
  }

  const TargetTable& target_;
  const std::string_view source_alias_;
};

void collect(const sql::Expression& on, const SourceOnly& source_only, MergeCondition& condition) {
  if (const auto* logical = on.as<sql::Logical>(); logical != nullptr && logical->is_and) {
    for (const auto& operand : logical->operands) collect(operand, source_only, condition);
  } else if (source_only.holds(on)) {
    condition.of_source.push_back(&on);
  } else {
    condition.joining.push_back(&on);
  }
}

} // namespace

MergeCondition split_condition(const sql::Expression& on, const TargetTable& target, std::string_view source_alias) {
  MergeCondition condition;
  collect(on, SourceOnly(target, source_alias), condition);
  return condition;
}

} // namespace freshet::warehouse
