#include "sql/expression_walk.h"

#include "sql/functions.h"
#include "sql/syntax_scripting.h"

namespace freshet::sql {
namespace {

using Handle = std::function<bool(Expression& expression)>;

/// Which argument of a function is a date part, written as a bare word; -1: none.
int date_part_argument(std::string_view function) {
  for (std::string_view name :
       {"DATEADD", "DATEDIFF", "DATE_PART", "TIMEADD", "TIMEDIFF", "TIMESTAMPADD", "TIMESTAMPDIFF", "EXTRACT"}) {
    if (function == name) return 0;
  }
  for (std::string_view name : {"LAST_DAY", "NEXT_DAY", "PREVIOUS_DAY"}) {
    if (function == name) return 1;
  }
  return -1;
}

/// Walks the expressions that an expression is made of, but no queries.
class Walker {
 public:
  explicit Walker(const Handle& handle) : handle_(handle) {}

  void walk(Expression& expression) {
    if (!handle_(expression)) expression.visit([this](auto& node) { children(node); });
  }

 private:
  void walk(Box<Expression>& box) {
    if (box) walk(*box);
  }
  void walk(std::vector<Expression>& list) {
    for (auto& item : list) walk(item);
  }

  template <typename Leaf>
  void children(Leaf&) {} // literals, binds, queries
  void children(Unary& node) { walk(node.operand); }
  void children(Binary& node) {
    walk(node.left);
    walk(node.right);
  }
  void children(Logical& node) { walk(node.operands); }
  void children(Case& node) {
    walk(node.operand);
    for (auto& branch : node.branches) {
      walk(branch.when);
      walk(branch.then);
    }
    walk(node.otherwise);
  }
  void children(Cast& node) { walk(node.operand); }
  void children(FunctionCall& node) {
    const int part = date_part_argument(node.name.last());
    for (size_t i = 0; i < node.arguments.size(); ++i) {
      if (static_cast<int>(i) != part) walk(node.arguments[i].value);
    }
  }
  void children(Between& node) {
    walk(node.operand);
    walk(node.low);
    walk(node.high);
  }
  void children(In& node) {
    walk(node.operand);
    walk(node.list);
  }
  void children(Like& node) {
    walk(node.operand);
    walk(node.patterns);
    walk(node.escape);
  }
  void children(IsNull& node) { walk(node.operand); }
  void children(IsBoolean& node) { walk(node.operand); }
  void children(IsDistinct& node) {
    walk(node.left);
    walk(node.right);
  }
  void children(QuantifiedComparison& node) { walk(node.left); }
  void children(PathAccess& node) {
    walk(node.operand);
    for (auto& step : node.steps) walk(step.index);
  }
  void children(Row& node) { walk(node.items); }
  void children(ArrayLiteral& node) { walk(node.items); }
  void children(ObjectLiteral& node) {
    for (auto& field : node.fields) walk(field.value);
  }
  void children(Lambda& node) { walk(node.body); }

  const Handle& handle_;
};

} // namespace

void walk_expressions(Expression& expression, const Handle& handle) {
  Walker(handle).walk(expression);
}

void walk_expressions(const Expression& expression, const std::function<bool(const Expression& expression)>& handle) {
  // The walk changes nothing of its own.
  walk_expressions(const_cast<Expression&>(expression), [&](Expression& part) { return handle(part); });
}

bool has_aggregate(const Expression& expression) {
  bool found = false;
  walk_expressions(expression, [&](const Expression& part) {
    const auto* call = part.as<FunctionCall>();
    return found = found || (call != nullptr && !call->over && is_aggregate(*call));
  });
  return found;
}

void replace_names(Expression& expression,
                   const std::function<std::optional<Expression::Node>(const QualifiedName& name)>& replace) {
  walk_expressions(expression, [&](Expression& part) {
    const auto* column = part.as<ColumnReference>();
    if (column == nullptr) return false;
    if (auto node = replace(column->name)) part.node = std::move(*node);
    return true;
  });
}

} // namespace freshet::sql
