// Operators, by precedence: OR, AND, NOT, comparisons, + - ||, * / %, sign, :: and paths.
#include <algorithm>
#include <iterator>

#include "sql/syntax_parser.h"

namespace freshet::sql {

Expression SyntaxParser::expression() {
  Nesting nesting(*this);
  return disjunction();
}

namespace {

Expression logical(bool is_and, std::vector<Expression> operands) {
  return {Logical{is_and, std::move(operands)}, {}};
}

} // namespace

Expression SyntaxParser::disjunction() {
  size_t first = position_;
  Expression left = conjunction();
  if (!at("OR")) return left;
  std::vector<Expression> operands;
  operands.push_back(std::move(left));
  uint32_t highest = height_;
  while (accept("OR")) {
    height_ = 0;
    operands.push_back(conjunction());
    highest = std::max(highest, height_);
  }
  height_ = highest;
  grow();
  left = logical(false, std::move(operands));
  left.range = range_from(first);
  return left;
}

Expression SyntaxParser::conjunction() {
  size_t first = position_;
  Expression left = negation();
  if (!at("AND")) return left;
  std::vector<Expression> operands;
  operands.push_back(std::move(left));
  uint32_t highest = height_;
  while (accept("AND")) {
    height_ = 0;
    operands.push_back(negation());
    highest = std::max(highest, height_);
  }
  height_ = highest;
  grow();
  left = logical(true, std::move(operands));
  left.range = range_from(first);
  return left;
}

Expression SyntaxParser::negation() {
  if (!at("NOT")) return comparison();
  Nesting nesting(*this);
  size_t first = position_;
  advance();
  Expression result{Unary{UnaryOperator::logical_not, Box<Expression>(negation())}, {}};
  result.range = range_from(first);
  return result;
}

std::optional<BinaryOperator> SyntaxParser::comparison_operator() {
  if (!at_kind(TokenKind::symbol)) return std::nullopt;
  if (accept("=")) return BinaryOperator::equal;
  if (accept("<>") || accept("!=")) return BinaryOperator::not_equal;
  if (accept("<=")) return BinaryOperator::less_equal;
  if (accept("<")) return BinaryOperator::less;
  if (accept(">=")) return BinaryOperator::greater_equal;
  if (accept(">")) return BinaryOperator::greater;
  return std::nullopt;
}

Expression SyntaxParser::comparison() {
  size_t first = position_;
  Expression left = additive();
  while (comparison_tail(left, first)) {
    left.range = range_from(first);
    grow();
  }
  return left;
}

/// One `= x`, IS …, IN …, BETWEEN … or LIKE … after `left`; false when there is none.
bool SyntaxParser::comparison_tail(Expression& left, size_t first) {
  if (auto op = comparison_operator()) {
    bool all = at("ALL");
    if ((all || at("ANY") || at("SOME")) && is_at(peek(1), "(")) {
      advance();
      left = {QuantifiedComparison{*op, std::move(left), all, bracketed_query()}, {}};
    } else {
      left = {Binary{*op, std::move(left), Box<Expression>(additive())}, {}};
    }
    return true;
  }
  if (!at_kind(TokenKind::word)) return false;
  if (accept("IS")) {
    bool negated = accept("NOT");
    if (accept("NULL")) {
      left = {IsNull{std::move(left), negated}, {}};
    } else if (at("TRUE") || at("FALSE")) {
      left = {IsBoolean{std::move(left), at("TRUE"), negated}, {}};
      advance();
    } else {
      expect_words({"DISTINCT", "FROM"});
      left = {IsDistinct{std::move(left), Box<Expression>(additive()), negated}, {}};
    }
    return true;
  }
  size_t start = position_;
  bool negated = accept("NOT");
  if (accept("BETWEEN")) {
    Box<Expression> low = additive();
    expect("AND");
    left = {Between{std::move(left), std::move(low), Box<Expression>(additive()), negated}, {}};
    return true;
  }
  if (accept("IN")) {
    In in{std::move(left), {}, nullptr, negated};
    if (query_in_brackets()) {
      in.query = bracketed_query();
    } else {
      in.list = bracketed_expressions();
    }
    left = {std::move(in), {}};
    return true;
  }
  std::optional<LikeKind> kind;
  if (accept("LIKE"))
    kind = LikeKind::like;
  else if (accept("ILIKE"))
    kind = LikeKind::ilike;
  else if (accept("RLIKE") || accept("REGEXP"))
    kind = LikeKind::rlike;
  if (!kind) {
    position_ = failed() ? position_ : start;
    if (negated) unexpected();
    return false;
  }
  Like like{*kind, LikeQuantifier::none, std::move(left), {}, nullptr, negated};
  bool all = at("ALL");
  if ((all || at("ANY")) && is_at(peek(1), "(")) {
    advance();
    like.quantifier = all ? LikeQuantifier::all : LikeQuantifier::any;
    if (query_in_brackets())
      like.patterns.push_back({ScalarSubquery{bracketed_query()}, {}});
    else
      like.patterns = bracketed_expressions();
  } else {
    like.patterns.push_back(additive());
  }
  if (accept("ESCAPE")) like.escape = additive();
  left = {std::move(like), {}};
  static_cast<void>(first);
  return true;
}

Expression SyntaxParser::additive() {
  size_t first = position_;
  Expression left = multiplicative();
  while (at_kind(TokenKind::symbol)) {
    BinaryOperator op;
    if (accept("+"))
      op = BinaryOperator::add;
    else if (accept("-"))
      op = BinaryOperator::subtract;
    else if (accept("||"))
      op = BinaryOperator::concatenate;
    else
      break;
    left = {Binary{op, std::move(left), Box<Expression>(multiplicative())}, {}};
    left.range = range_from(first);
    grow();
  }
  return left;
}

Expression SyntaxParser::multiplicative() {
  size_t first = position_;
  Expression left = unary();
  while (at_kind(TokenKind::symbol)) {
    BinaryOperator op;
    if (accept("*"))
      op = BinaryOperator::multiply;
    else if (accept("/"))
      op = BinaryOperator::divide;
    else if (accept("%"))
      op = BinaryOperator::modulo;
    else
      break;
    left = {Binary{op, std::move(left), Box<Expression>(unary())}, {}};
    left.range = range_from(first);
    grow();
  }
  return left;
}

Expression SyntaxParser::unary() {
  size_t first = position_;
  if (at("CONNECT_BY_ROOT") && (peek(1).kind == TokenKind::word || peek(1).kind == TokenKind::quoted)) {
    Nesting nesting(*this);
    FunctionCall call;
    call.name.parts.push_back(any_word());
    call.name.range = range_from(first);
    call.arguments.push_back({std::nullopt, unary()});
    return {std::move(call), range_from(first)};
  }
  UnaryOperator op;
  if (at("-"))
    op = UnaryOperator::minus;
  else if (at("+"))
    op = UnaryOperator::plus;
  else if (at("PRIOR") && (peek(1).kind == TokenKind::word || peek(1).kind == TokenKind::quoted))
    op = UnaryOperator::prior;
  else
    return postfix();
  Nesting nesting(*this);
  advance();
  Expression result{Unary{op, Box<Expression>(unary())}, {}};
  result.range = range_from(first);
  return result;
}

/// x::type, x[i], x:path.to[0]
Expression SyntaxParser::postfix() {
  size_t first = position_;
  Expression value = primary();
  for (;;) {
    if (accept("::")) {
      value = {Cast{std::move(value), type_name(), false}, {}};
    } else if (at("COLLATE") && peek(1).kind == TokenKind::string) {
      FunctionCall call;
      call.name.parts.push_back(any_word());
      call.name.range = range_from(first);
      call.arguments.push_back({std::nullopt, std::move(value)});
      call.arguments.push_back({std::nullopt, {StringLiteral{string()}, {}}});
      value = {std::move(call), {}};
    } else if (at("[") || (at(":") && (peek(1).kind == TokenKind::word || peek(1).kind == TokenKind::quoted)) ||
               (at(".") && value.as<PathAccess>()) || (at(".") && value.as<FunctionCall>())) {
      if (!value.as<PathAccess>()) value = {PathAccess{std::move(value), {}}, {}};
      PathStep step;
      if (accept("[")) {
        step.index = expression();
        expect("]");
      } else {
        advance();
        bool quoted = at_kind(TokenKind::quoted);
        step.name = quoted ? quoted_value(text(peek())) : std::string(text(peek()));
        any_word();
      }
      value.as<PathAccess>()->steps.push_back(std::move(step));
    } else {
      return value;
    }
    value.range = range_from(first);
    grow();
  }
}

/// a, b, ** [c, d], ** e: an array that is written out gives way to its items at once
std::vector<Expression> SyntaxParser::expression_list() {
  std::vector<Expression> list;
  do {
    Expression item = list_item();
    auto* spread = item.as<Unary>();
    auto* array = spread && spread->op == UnaryOperator::spread ? spread->operand->as<ArrayLiteral>() : nullptr;
    if (array)
      std::move(array->items.begin(), array->items.end(), std::back_inserter(list));
    else
      list.push_back(std::move(item));
  } while (accept(","));
  return list;
}

Expression SyntaxParser::list_item() {
  size_t first = position_;
  if (!accept_words({"*", "*"})) return expression();
  Expression result{Unary{UnaryOperator::spread, Box<Expression>(postfix())}, {}};
  result.range = range_from(first);
  grow();
  return result;
}

std::vector<Expression> SyntaxParser::bracketed_expressions() {
  expect("(");
  auto list = expression_list();
  expect(")");
  return list;
}

Box<Query> SyntaxParser::bracketed_query() {
  expect("(");
  Box<Query> inner = query();
  expect(")");
  return inner;
}

/// Whether the bracket here holds a query: (SELECT …), (WITH …), and ((SELECT …) UNION …), but not ((SELECT 1) + 2).
bool SyntaxParser::query_in_brackets(size_t ahead) const {
  if (!is_at(peek(ahead), "(")) return false;
  size_t inner = ahead;
  while (is_at(peek(inner), "(")) ++inner;
  if (!is_at(peek(inner), "SELECT") && !is_at(peek(inner), "WITH") && !is_at(peek(inner), "VALUES")) return false;
  for (size_t open = inner - 1; open > ahead; --open) {
    const Token& after = after_bracket(position_ + open);
    static constexpr Word k_going_on[] = {")", "UNION", "INTERSECT", "EXCEPT", "MINUS", "ORDER", "LIMIT", "OFFSET", "FETCH"};
    if (std::ranges::find(k_going_on, after.word) == std::end(k_going_on)) return false;
  }
  return true;
}

} // namespace freshet::sql
