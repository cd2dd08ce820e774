// Expressions in Snowflake's dialect, with no more brackets than the tree needs.
#include <algorithm>

#include "sql/snowflake_text.h"

namespace freshet::sql {

namespace {

using Level = SnowflakeText::Level;

Level level_of(const Expression& expression) {
  struct Levels {
    Level operator()(const Logical& node) const { return node.is_and ? Level::logical_and : Level::logical_or; }
    Level operator()(const Unary& node) const {
      return node.op == UnaryOperator::logical_not ? Level::logical_not : Level::unary;
    }
    Level operator()(const Binary& node) const {
      switch (node.op) {
        case BinaryOperator::add:
        case BinaryOperator::subtract:
        case BinaryOperator::concatenate:
          return Level::additive;
        case BinaryOperator::multiply:
        case BinaryOperator::divide:
        case BinaryOperator::modulo:
          return Level::multiplicative;
        default:
          return Level::comparison;
      }
    }
    Level operator()(const Between&) const { return Level::comparison; }
    Level operator()(const In&) const { return Level::comparison; }
    Level operator()(const Like&) const { return Level::comparison; }
    Level operator()(const IsNull&) const { return Level::comparison; }
    Level operator()(const IsBoolean&) const { return Level::comparison; }
    Level operator()(const IsDistinct&) const { return Level::comparison; }
    Level operator()(const QuantifiedComparison&) const { return Level::comparison; }
    Level operator()(const Cast& node) const { return node.is_try ? Level::primary : Level::postfix; }
    Level operator()(const PathAccess&) const { return Level::postfix; }
    Level operator()(const FunctionCall& node) const {
      return node.name.last() == "CONNECT_BY_ROOT" ? Level::unary : Level::primary;
    }
    Level operator()(const Lambda&) const { return Level::lowest; }
    Level operator()(const NullLiteral&) const { return Level::primary; }
    Level operator()(const BooleanLiteral&) const { return Level::primary; }
    Level operator()(const NumberLiteral&) const { return Level::primary; }
    Level operator()(const StringLiteral&) const { return Level::primary; }
    Level operator()(const BinaryLiteral&) const { return Level::primary; }
    Level operator()(const TypedLiteral&) const { return Level::primary; }
    Level operator()(const IntervalLiteral&) const { return Level::primary; }
    Level operator()(const ColumnReference&) const { return Level::primary; }
    Level operator()(const PositionalColumn&) const { return Level::primary; }
    Level operator()(const SessionVariable&) const { return Level::primary; }
    Level operator()(const BindVariable&) const { return Level::primary; }
    Level operator()(const Star&) const { return Level::primary; }
    Level operator()(const Case&) const { return Level::primary; }
    Level operator()(const Exists&) const { return Level::primary; }
    Level operator()(const ScalarSubquery&) const { return Level::primary; }
    Level operator()(const Row&) const { return Level::primary; }
    Level operator()(const ArrayLiteral&) const { return Level::primary; }
    Level operator()(const ObjectLiteral&) const { return Level::primary; }
  };
  return expression.visit(Levels());
}

std::string_view sign_of(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::add:
      return " + ";
    case BinaryOperator::subtract:
      return " - ";
    case BinaryOperator::multiply:
      return " * ";
    case BinaryOperator::divide:
      return " / ";
    case BinaryOperator::modulo:
      return " % ";
    case BinaryOperator::concatenate:
      return " || ";
    case BinaryOperator::equal:
      return " = ";
    case BinaryOperator::not_equal:
      return " <> ";
    case BinaryOperator::less:
      return " < ";
    case BinaryOperator::less_equal:
      return " <= ";
    case BinaryOperator::greater:
      return " > ";
    case BinaryOperator::greater_equal:
      return " >= ";
  }
  return " ";
}

/// Words that mean something else when they stand alone without quotes.
bool means_something_else(const QualifiedName& name) {
  if (name.parts.size() != 1 || name.parts[0].quoted) return false;
  static constexpr std::string_view k_words[] = {"CURRENT_DATE", "CURRENT_TIME",   "CURRENT_TIMESTAMP",
                                                 "CURRENT_USER", "LOCALTIME",      "LOCALTIMESTAMP",
                                                 "PRIOR",        "CONNECT_BY_ROOT"};
  return std::ranges::find(k_words, name.last()) != std::end(k_words);
}

} // namespace

void SnowflakeText::expression(const Expression& expression, Level place) {
  bool brackets = level_of(expression) < place;
  words(brackets, "(");
  expression.visit([this](const auto& node) { print(node); });
  words(brackets, ")");
}

/// In brackets, but in no second pair: ((SELECT 1)) is another tree than (SELECT 1).
void SnowflakeText::bracketed(const Expression& inner) {
  bool has_its_own = inner.as<ScalarSubquery>() || inner.as<Row>();
  words(!has_its_own, "(");
  expression(inner);
  words(!has_its_own, ")");
}

void SnowflakeText::bracketed_query(const Query& inner) {
  text("(");
  query(inner);
  text(")");
}

// ---- leaves

void SnowflakeText::print(const NullLiteral&) {
  text("NULL");
}
void SnowflakeText::print(const BooleanLiteral& node) {
  text(node.value ? "TRUE" : "FALSE");
}
void SnowflakeText::print(const NumberLiteral& node) {
  text(node.text);
}
void SnowflakeText::print(const StringLiteral& node) {
  string(node.value);
}
void SnowflakeText::print(const BinaryLiteral& node) {
  words(true, "X'", std::string_view(node.hex), "'");
}
void SnowflakeText::print(const TypedLiteral& node) {
  words(true, std::string_view(node.type.name), " ");
  string(node.value);
}
void SnowflakeText::print(const IntervalLiteral& node) {
  text("INTERVAL ");
  string(node.text);
}
void SnowflakeText::print(const ColumnReference& node) {
  if (means_something_else(node.name)) return identifier({node.name.parts[0].name, true, {}});
  name(node.name);
}
void SnowflakeText::print(const PositionalColumn& node) {
  name(node.table);
  words(!node.table.empty(), ".");
  words(true, "$", std::string_view(std::to_string(node.position)));
}
void SnowflakeText::print(const SessionVariable& node) {
  words(true, "$", std::string_view(node.name));
}
void SnowflakeText::print(const BindVariable& node) {
  if (node.name.empty()) return text("?");
  words(true, ":", std::string_view(node.name));
}
void SnowflakeText::print(const Star& node) {
  star(node);
}

void SnowflakeText::star(const Star& star) {
  name(star.table);
  words(!star.table.empty(), ".");
  text("*");
  if (star.ilike) {
    text(" ILIKE ");
    string(*star.ilike);
  }
  if (!star.exclude.empty()) {
    text(" EXCLUDE");
    bracketed_identifiers(star.exclude);
  }
  if (!star.replace.empty()) {
    text(" REPLACE (");
    joined(star.replace, [this](const StarReplacement& one) {
      expression(one.value);
      text(" AS ");
      identifier(one.name);
    });
    text(")");
  }
  if (!star.rename.empty()) {
    text(" RENAME (");
    joined(star.rename, [this](const StarRename& one) {
      identifier(one.from);
      text(" AS ");
      identifier(one.to);
    });
    text(")");
  }
}

// ---- operators

void SnowflakeText::print(const Unary& node) {
  if (node.op == UnaryOperator::logical_not) {
    text("NOT ");
    return expression(*node.operand, Level::logical_not);
  }
  if (node.op == UnaryOperator::prior) {
    text("PRIOR ");
    return expression(*node.operand, Level::unary);
  }
  if (node.op == UnaryOperator::spread) {
    text("** ");
    return expression(*node.operand, Level::unary);
  }
  text(node.op == UnaryOperator::minus ? "-" : "+");
  words(node.operand->as<Unary>() != nullptr, " "); // `--` would begin a comment
  expression(*node.operand, Level::unary);
}

void SnowflakeText::print(const Binary& node) {
  bool is_additive =
      node.op == BinaryOperator::add || node.op == BinaryOperator::subtract || node.op == BinaryOperator::concatenate;
  bool is_product =
      node.op == BinaryOperator::multiply || node.op == BinaryOperator::divide || node.op == BinaryOperator::modulo;
  expression(*node.left, is_additive ? Level::additive : is_product ? Level::multiplicative : Level::comparison);
  text(sign_of(node.op));
  const auto* called = node.right->as<FunctionCall>();
  bool looks_quantified = !is_additive && !is_product && called && called->name.parts.size() == 1 &&
                          (called->name.last() == "ALL" || called->name.last() == "ANY");
  if (looks_quantified) return bracketed(*node.right);
  expression(*node.right, is_additive ? Level::multiplicative : is_product ? Level::unary : Level::additive);
}

void SnowflakeText::print(const Logical& node) {
  Level operand = node.is_and ? Level::logical_not : Level::logical_and;
  joined(
      node.operands, [&](const Expression& one) { expression(one, operand); }, node.is_and ? " AND " : " OR ");
}

void SnowflakeText::print(const Case& node) {
  text("CASE");
  if (node.operand) {
    text(" ");
    expression(*node.operand);
  }
  for (const auto& branch : node.branches) {
    text(" WHEN ");
    expression(branch.when);
    text(" THEN ");
    expression(branch.then);
  }
  if (node.otherwise) {
    text(" ELSE ");
    expression(*node.otherwise);
  }
  text(" END");
}

void SnowflakeText::print(const Cast& node) {
  if (node.is_try) {
    text("TRY_CAST(");
    expression(*node.operand);
    text(" AS ");
    type(node.type);
    return text(")");
  }
  expression(*node.operand, Level::postfix);
  text("::");
  type(node.type);
}

void SnowflakeText::print(const Between& node) {
  expression(*node.operand, Level::comparison);
  text(node.negated ? " NOT BETWEEN " : " BETWEEN ");
  expression(*node.low, Level::additive);
  text(" AND ");
  expression(*node.high, Level::additive);
}

void SnowflakeText::print(const In& node) {
  expression(*node.operand, Level::comparison);
  text(node.negated ? " NOT IN " : " IN ");
  if (node.query) return bracketed_query(*node.query);
  text("(");
  expressions(node.list);
  text(")");
}

void SnowflakeText::print(const Like& node) {
  expression(*node.operand, Level::comparison);
  words(node.negated, " NOT");
  text(node.kind == LikeKind::like ? " LIKE " : node.kind == LikeKind::ilike ? " ILIKE " : " RLIKE ");
  if (node.quantifier == LikeQuantifier::none) {
    expression(node.patterns.at(0), Level::additive);
  } else if (const auto* subquery = node.patterns.at(0).as<ScalarSubquery>(); subquery && node.patterns.size() == 1) {
    text(node.quantifier == LikeQuantifier::all ? "ALL " : "ANY ");
    bracketed_query(*subquery->query);
  } else {
    text(node.quantifier == LikeQuantifier::all ? "ALL (" : "ANY (");
    expressions(node.patterns);
    text(")");
  }
  if (!node.escape) return;
  text(" ESCAPE ");
  expression(*node.escape, Level::additive);
}

void SnowflakeText::print(const IsNull& node) {
  expression(*node.operand, Level::comparison);
  text(node.negated ? " IS NOT NULL" : " IS NULL");
}

void SnowflakeText::print(const IsBoolean& node) {
  expression(*node.operand, Level::comparison);
  words(true, " IS ", node.negated ? "NOT " : "", node.value ? "TRUE" : "FALSE");
}

void SnowflakeText::print(const IsDistinct& node) {
  expression(*node.left, Level::comparison);
  text(node.negated ? " IS NOT DISTINCT FROM " : " IS DISTINCT FROM ");
  expression(*node.right, Level::additive);
}

void SnowflakeText::print(const Exists& node) {
  text("EXISTS ");
  bracketed_query(*node.query);
}

void SnowflakeText::print(const ScalarSubquery& node) {
  bracketed_query(*node.query);
}

void SnowflakeText::print(const QuantifiedComparison& node) {
  expression(*node.left, Level::comparison);
  words(true, sign_of(node.op), node.all ? "ALL " : "ANY ");
  bracketed_query(*node.query);
}

// ---- semi-structured

void SnowflakeText::print(const PathAccess& node) {
  expression(*node.operand, Level::postfix);
  for (size_t i = 0; i < node.steps.size(); ++i) {
    const PathStep& step = node.steps[i];
    if (step.index) {
      text("[");
      expression(*step.index);
      text("]");
    } else {
      text(i == 0 ? ":" : ".");
      path_name(step.name);
    }
  }
}

void SnowflakeText::print(const Row& node) {
  text("(");
  expressions(node.items);
  text(")");
}

void SnowflakeText::print(const ArrayLiteral& node) {
  text("[");
  expressions(node.items);
  text("]");
}

void SnowflakeText::print(const ObjectLiteral& node) {
  text("{");
  if (node.star) star(*node.star);
  joined(node.fields, [this](const ObjectField& field) {
    expression(field.key, Level::primary);
    text(": ");
    expression(field.value);
  });
  text("}");
}

void SnowflakeText::print(const Lambda& node) {
  bool bare = node.parameters.size() == 1 && !node.types[0];
  words(!bare, "(");
  for (size_t i = 0; i < node.parameters.size(); ++i) {
    words(i > 0, ", ");
    identifier(node.parameters[i]);
    if (!node.types[i]) continue;
    text(" ");
    type(*node.types[i]);
  }
  words(!bare, ")");
  text(" -> ");
  expression(*node.body);
}

} // namespace freshet::sql
