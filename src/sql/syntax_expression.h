#pragma once

#include <variant>

#include "sql/syntax_names.h"

namespace freshet::sql {

struct Expression;
struct Query;

struct NullLiteral {
  bool operator==(const NullLiteral&) const = default;
};
struct BooleanLiteral {
  bool value = false;
  bool operator==(const BooleanLiteral&) const = default;
};
struct NumberLiteral {
  std::string text; // 1, 1.50, 1e9, .5
  bool operator==(const NumberLiteral&) const = default;
};
struct StringLiteral {
  std::string value; // escapes and doubled quotes resolved
  bool operator==(const StringLiteral&) const = default;
};
struct BinaryLiteral {
  std::string hex; // X'0AFF'
  bool operator==(const BinaryLiteral&) const = default;
};
/// DATE '…', TIME '…', TIMESTAMP[_NTZ|_LTZ|_TZ] '…'
struct TypedLiteral {
  TypeName type;
  std::string value;
  bool operator==(const TypedLiteral&) const = default;
};
/// INTERVAL '1 day, 2 hours'
struct IntervalLiteral {
  std::string text;
  bool operator==(const IntervalLiteral&) const = default;
};
/// `c`, `t.c`, `db.schema.t.c`; a sequence's `s.NEXTVAL` too. Also IDENTIFIER(…).
struct ColumnReference {
  QualifiedName name;
  bool operator==(const ColumnReference&) const = default;
};
/// `$1`, `t.$1`
struct PositionalColumn {
  QualifiedName table; // may be empty
  uint32_t position = 1;
  bool operator==(const PositionalColumn&) const = default;
};
/// `$name`
struct SessionVariable {
  std::string name; // upper case
  bool operator==(const SessionVariable&) const = default;
};
/// `?` (position counts from 0), or `:name` and `:1` (name set)
struct BindVariable {
  std::string name; // upper case unless quoted; "1" of `:1`; empty of `?`
  uint32_t position = 0;
  bool operator==(const BindVariable&) const = default;
};

struct StarReplacement;
struct StarRename {
  Identifier from;
  Identifier to;
  bool operator==(const StarRename&) const = default;
};
/// `*`, `t.*`, `* EXCLUDE (a) RENAME (b AS c) REPLACE (x AS d) ILIKE '…'`, and COUNT's `*`
struct Star {
  QualifiedName table; // may be empty
  std::optional<std::string> ilike;
  std::vector<Identifier> exclude;
  std::vector<StarReplacement> replace;
  std::vector<StarRename> rename;
  bool operator==(const Star&) const;
};

/// spread: `** array` in a list, which stands for the array's elements.
enum class UnaryOperator { minus, plus, logical_not, prior, spread };
struct Unary {
  UnaryOperator op = UnaryOperator::minus;
  Box<Expression> operand;
  bool operator==(const Unary&) const = default;
};

enum class BinaryOperator {
  add,
  subtract,
  multiply,
  divide,
  modulo,
  concatenate,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
};
struct Binary {
  BinaryOperator op = BinaryOperator::add;
  Box<Expression> left;
  Box<Expression> right;
  bool operator==(const Binary&) const = default;
};

/// `a AND b AND c` or `a OR b OR c`: at least two operands, flat however long the chain.
struct Logical {
  bool is_and = true;
  std::vector<Expression> operands;
  bool operator==(const Logical&) const;
};

struct CaseBranch;
struct Case {
  Box<Expression> operand; // may be absent
  std::vector<CaseBranch> branches;
  Box<Expression> otherwise; // may be absent
  bool operator==(const Case&) const;
};

/// CAST(x AS type), x::type, TRY_CAST(x AS type)
struct Cast {
  Box<Expression> operand;
  TypeName type;
  bool is_try = false;
  bool operator==(const Cast&) const = default;
};

struct OrderItem;
struct FrameBound {
  enum class Kind { unbounded_preceding, preceding, current_row, following, unbounded_following };
  Kind kind = Kind::unbounded_preceding;
  Box<Expression> distance; // of preceding and following
  bool operator==(const FrameBound&) const = default;
};
struct WindowFrame {
  enum class Unit { rows, range };
  Unit unit = Unit::rows;
  FrameBound start;
  std::optional<FrameBound> end;
  bool operator==(const WindowFrame&) const = default;
};
struct Window {
  std::optional<Identifier> base; // OVER w, OVER (w ORDER BY …)
  bool parenthesized = true;      // false: OVER w
  std::vector<Expression> partition_by;
  std::vector<OrderItem> order_by;
  std::optional<WindowFrame> frame;
  bool operator==(const Window&) const;
};

struct Argument;
enum class NullTreatment { unspecified, ignore, respect };
/// RUNNING f(…), FINAL f(…) of MATCH_RECOGNIZE's MEASURES: the rows of a match up to the current one, or all of them.
enum class MatchRows { unspecified, running, final };
/// Every call f(…), and the context functions written without parentheses (CURRENT_TIMESTAMP, CURRENT_DATE, …: has_parentheses
/// is false). EXTRACT(part FROM x) and POSITION(a IN b) have their two operands as arguments; date parts (DATEADD(day, …)) are
/// ColumnReferences as written.
struct FunctionCall {
  QualifiedName name;
  std::vector<Argument> arguments;
  bool has_parentheses = true;
  bool distinct = false;
  std::vector<OrderItem> within_group;
  NullTreatment nulls = NullTreatment::unspecified;
  bool from_last = false; // NTH_VALUE(…) FROM LAST
  MatchRows match_rows = MatchRows::unspecified;
  Box<Window> over;
  bool operator==(const FunctionCall&) const;
};

struct Between {
  Box<Expression> operand;
  Box<Expression> low;
  Box<Expression> high;
  bool negated = false;
  bool operator==(const Between&) const = default;
};
/// `x IN (a, b)` or `x IN (SELECT …)`: query set or list not empty.
struct In {
  Box<Expression> operand;
  std::vector<Expression> list;
  Box<Query> query;
  bool negated = false;
  bool operator==(const In&) const;
};
enum class LikeKind { like, ilike, rlike };
enum class LikeQuantifier { none, any, all };
struct Like {
  LikeKind kind = LikeKind::like;
  LikeQuantifier quantifier = LikeQuantifier::none;
  Box<Expression> operand;
  std::vector<Expression> patterns; // one unless quantified
  Box<Expression> escape;           // may be absent
  bool negated = false;
  bool operator==(const Like&) const;
};
struct IsNull {
  Box<Expression> operand;
  bool negated = false;
  bool operator==(const IsNull&) const = default;
};
/// x IS [NOT] TRUE | FALSE
struct IsBoolean {
  Box<Expression> operand;
  bool value = true;
  bool negated = false;
  bool operator==(const IsBoolean&) const = default;
};
/// negated: IS NOT DISTINCT FROM
struct IsDistinct {
  Box<Expression> left;
  Box<Expression> right;
  bool negated = false;
  bool operator==(const IsDistinct&) const = default;
};
struct Exists {
  Box<Query> query;
  bool operator==(const Exists&) const = default;
};
struct ScalarSubquery {
  Box<Query> query;
  bool operator==(const ScalarSubquery&) const = default;
};
/// x > ANY (SELECT …), x = ALL (SELECT …)
struct QuantifiedComparison {
  BinaryOperator op = BinaryOperator::equal;
  Box<Expression> left;
  bool all = false;
  Box<Query> query;
  bool operator==(const QuantifiedComparison&) const = default;
};

/// One step of a semi-structured path: a name (`:a`, `.b`, case kept as written) or a bracketed expression (`[0]`, `['k']`).
struct PathStep {
  std::string name;
  Box<Expression> index; // absent: `name` counts
  bool operator==(const PathStep&) const = default;
};
/// `v:a.b[0]`, `v[0]`, `v['k']`
struct PathAccess {
  Box<Expression> operand;
  std::vector<PathStep> steps;
  bool operator==(const PathAccess&) const = default;
};

/// (a, b): the left side of a row-wise IN and the like
struct Row {
  std::vector<Expression> items;
  bool operator==(const Row&) const;
};
/// [a, b]
struct ArrayLiteral {
  std::vector<Expression> items;
  bool operator==(const ArrayLiteral&) const;
};
struct ObjectField;
/// {'k': v, …} or {*}
struct ObjectLiteral {
  std::vector<ObjectField> fields;
  Box<Star> star;
  bool operator==(const ObjectLiteral&) const;
};
/// x -> x + 1, (a, b) -> a + b, (x INT) -> x + 1
struct Lambda {
  std::vector<Identifier> parameters;
  std::vector<std::optional<TypeName>> types; // one per parameter
  Box<Expression> body;
  bool operator==(const Lambda&) const = default;
};

struct Expression {
  using Node = std::variant<NullLiteral, BooleanLiteral, NumberLiteral, StringLiteral, BinaryLiteral, Box<TypedLiteral>,
                            IntervalLiteral, ColumnReference, Box<PositionalColumn>, SessionVariable, BindVariable, Box<Star>,
                            Unary, Binary, Logical, Case, Box<Cast>, Box<FunctionCall>, Between, In, Like, IsNull, IsBoolean,
                            IsDistinct, Exists, ScalarSubquery, QuantifiedComparison, PathAccess, Row, ArrayLiteral,
                            ObjectLiteral, Lambda>;
  Node node;
  SourceRange range;

  Expression();
  Expression(Node node, SourceRange range = {});
  Expression(const Expression&);
  Expression(Expression&&) noexcept;
  Expression& operator=(const Expression&);
  Expression& operator=(Expression&&) noexcept;
  ~Expression();
  bool operator==(const Expression&) const;

  template <typename T>
  const T* as() const {
    return alternative<T>(node);
  }
  template <typename T>
  T* as() {
    return alternative<T>(node);
  }
  /// Calls `visitor` with what the node holds, out of its Box.
  template <typename Visitor>
  decltype(auto) visit(Visitor&& visitor) const {
    return std::visit([&](const auto& held) -> decltype(auto) { return visitor(unboxed(held)); }, node);
  }
  template <typename Visitor>
  decltype(auto) visit(Visitor&& visitor) {
    return std::visit([&](auto& held) -> decltype(auto) { return visitor(unboxed(held)); }, node);
  }
};

struct StarReplacement {
  Expression value;
  Identifier name;
  bool operator==(const StarReplacement&) const = default;
};
struct CaseBranch {
  Expression when;
  Expression then;
  bool operator==(const CaseBranch&) const = default;
};
struct Argument {
  std::optional<Identifier> name; // name => value
  Expression value;
  bool operator==(const Argument&) const = default;
};
struct ObjectField {
  Expression key;
  Expression value;
  bool operator==(const ObjectField&) const = default;
};
struct OrderItem {
  Expression value;
  std::optional<bool> descending;  // absent: not written (ascending)
  std::optional<bool> nulls_first; // absent: Snowflake's default, nulls are the highest values
  bool operator==(const OrderItem&) const = default;
};

inline bool Star::operator==(const Star& o) const {
  return table == o.table && ilike == o.ilike && exclude == o.exclude && replace == o.replace && rename == o.rename;
}
inline bool Logical::operator==(const Logical& o) const {
  return is_and == o.is_and && operands == o.operands;
}
inline bool Case::operator==(const Case& o) const {
  return operand == o.operand && branches == o.branches && otherwise == o.otherwise;
}
inline bool Window::operator==(const Window& o) const {
  return base == o.base && partition_by == o.partition_by && order_by == o.order_by && frame == o.frame;
}
inline bool FunctionCall::operator==(const FunctionCall& o) const {
  return name == o.name && arguments == o.arguments && has_parentheses == o.has_parentheses && distinct == o.distinct &&
         within_group == o.within_group && nulls == o.nulls && from_last == o.from_last &&
         match_rows == o.match_rows && over == o.over;
}
inline bool In::operator==(const In& o) const {
  return operand == o.operand && list == o.list && query == o.query && negated == o.negated;
}
inline bool Like::operator==(const Like& o) const {
  return kind == o.kind && quantifier == o.quantifier && operand == o.operand && patterns == o.patterns && escape == o.escape &&
         negated == o.negated;
}
inline bool Row::operator==(const Row& o) const {
  return items == o.items;
}
inline bool ArrayLiteral::operator==(const ArrayLiteral& o) const {
  return items == o.items;
}
inline bool ObjectLiteral::operator==(const ObjectLiteral& o) const {
  return fields == o.fields && star == o.star;
}

} // namespace freshet::sql
