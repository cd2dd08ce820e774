// The smallest parts of expressions: literals, references, CASE, brackets.
#include <algorithm>
#include <charconv>

#include "sql/syntax_parser.h"

namespace freshet::sql {

namespace {

uint32_t position_of(std::string_view dollar_number) {
  uint32_t value = 0;
  std::from_chars(dollar_number.data() + 1, dollar_number.data() + dollar_number.size(), value);
  return value;
}

} // namespace

Expression SyntaxParser::primary() {
  size_t first = position_;
  const Token& token = peek();
  const auto leaf = [&](auto node) {
    advance();
    return Expression{std::move(node), range_from(first)};
  };
  switch (token.kind) {
    case TokenKind::number:
      return leaf(NumberLiteral{std::string(text(token))});
    case TokenKind::string:
    case TokenKind::dollars:
      return {StringLiteral{string()}, range_from(first)};
    case TokenKind::binary: {
      auto hex = text(token);
      return leaf(BinaryLiteral{std::string(hex.substr(2, hex.size() - 3))});
    }
    case TokenKind::position:
      return leaf(PositionalColumn{{}, position_of(text(token))});
    case TokenKind::variable:
      return leaf(SessionVariable{std::string(folded(token).substr(1))});
    case TokenKind::stage: // a stage as an argument: GET_PRESIGNED_URL(@stage, …)
      return leaf(StringLiteral{std::string(text(token))});
    case TokenKind::word:
      return word_primary();
    case TokenKind::quoted:
      return reference();
    default:
      if (at("(")) return bracketed();
      if (at("[")) return array_literal();
      if (at("{")) return object_literal();
      if (auto bind = dynamic_name()) return {BindVariable{bind->name, bind->position}, range_from(first)};
      unexpected();
      return {NullLiteral{}, range_from(first)};
  }
}

Expression SyntaxParser::word_primary() {
  size_t first = position_;
  const Token& token = peek();
  const auto leaf = [&](auto node) {
    advance();
    return Expression{node, range_from(first)};
  };
  if (at("CASE")) return case_expression();
  if (at_match_rows()) return match_call();
  if (at("NULL")) return leaf(NullLiteral{});
  if (at("TRUE")) return leaf(BooleanLiteral{true});
  if (at("FALSE")) return leaf(BooleanLiteral{false});
  if (is_at(peek(1), "(")) {
    if (at("CAST")) return cast_call(false);
    if (at("TRY_CAST")) return cast_call(true);
    if (at("EXISTS") && query_in_brackets(1)) {
      advance();
      Expression result{Exists{bracketed_query()}, {}};
      result.range = range_from(first);
      return result;
    }
    if (at_any({"LEFT", "RIGHT", "INSERT", "LIKE", "ILIKE", "RLIKE", "CHECK", "ALL", "ANY"})) { // functions named like keywords
      QualifiedName name;
      name.parts.push_back(any_word());
      return function_call(std::move(name), first);
    }
  }
  if (peek(1).kind == TokenKind::string) {
    if (at_any({"DATE", "TIME", "TIMESTAMP", "TIMESTAMP_LTZ", "TIMESTAMP_NTZ", "TIMESTAMP_TZ", "DATETIME"}))
      return typed_literal();
    if (at("INTERVAL")) {
      advance();
      Expression result{IntervalLiteral{string()}, {}};
      // INTERVAL '1' DAY is written too
      if (at_any({"YEAR", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "YEARS", "MONTHS", "WEEKS", "DAYS", "HOURS",
                  "MINUTES", "SECONDS"})) {
        result.as<IntervalLiteral>()->text += " " + any_word().name;
        if (at("TO")) unsupported("INTERVAL '…' … TO …: the data types of intervals", peek());
      }
      result.range = range_from(first);
      return result;
    }
  }
  if (is_at(peek(1), "->") || (peek(1).kind == TokenKind::word && is_at(peek(2), "->"))) {
    std::vector<Identifier> names{identifier()};
    std::vector<std::optional<TypeName>> types{at("->") ? std::nullopt : std::optional(type_name())};
    return lambda(std::move(names), std::move(types), first);
  }
  if (token.word.is_reserved()) {
    unexpected();
    return {};
  }
  if (!is_at(peek(1), "(") &&
      at_any({"CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "CURRENT_USER", "LOCALTIME", "LOCALTIMESTAMP"})) {
    FunctionCall call;
    call.name.parts.push_back(any_word());
    call.name.range = range_from(first);
    call.has_parentheses = false;
    return {std::move(call), range_from(first)};
  }
  return reference();
}

/// A column, `t.$1`, `t.*`, or a function's call.
Expression SyntaxParser::reference() {
  size_t first = position_;
  bool by_function = at("IDENTIFIER") && is_at(peek(1), "(");
  QualifiedName name;
  if (by_function) {
    name = identifier_function();
  } else {
    if (is_at(peek(1), ".")) name.parts.reserve(2);
    name.parts.push_back(identifier());
    while (at(".")) {
      const Token& next = peek(1);
      if (next.kind == TokenKind::position) {
        advance();
        PositionalColumn column{std::move(name), position_of(text(next))};
        advance();
        return {std::move(column), range_from(first)};
      }
      if (is_at(next, "*")) {
        advance();
        Expression all{star(std::move(name)), {}};
        all.range = range_from(first);
        return all;
      }
      advance();
      if (accept(".")) name.parts.emplace_back();
      name.parts.push_back(any_word());
    }
    name.range = range_from(first);
  }
  if (at_outer_mark()) {
    Expression marked{ColumnReference{std::move(name)}, range_from(first)};
    for (int i = 0; i < 3; ++i) advance();
    has_outer_mark_ = true;
    return marked;
  }
  if (at("(")) return function_call(std::move(name), first);
  return {ColumnReference{std::move(name)}, range_from(first)};
}

/// (query), (x), (a, b), (a, b) -> …
Expression SyntaxParser::bracketed() {
  size_t first = position_;
  Expression result;
  if (query_in_brackets()) {
    result.node = ScalarSubquery{bracketed_query()};
    result.range = range_from(first);
    return result;
  }
  bool like_parameters =
      peek(1).kind == TokenKind::word && (is_at(peek(2), ",") || is_at(peek(2), ")") || peek(2).kind == TokenKind::word);
  if (like_parameters && is_at(after_bracket(position_), "->")) {
    std::vector<Identifier> names;
    std::vector<std::optional<TypeName>> types;
    advance();
    do {
      names.push_back(identifier());
      types.push_back(at(",") || at(")") ? std::nullopt : std::optional(type_name()));
    } while (accept(","));
    expect(")");
    return lambda(std::move(names), std::move(types), first);
  }
  auto items = bracketed_expressions();
  if (items.size() == 1) {
    result = std::move(items[0]);
  } else {
    result.node = Row{std::move(items)};
  }
  result.range = range_from(first);
  return result;
}

Expression SyntaxParser::lambda(std::vector<Identifier> parameters, std::vector<std::optional<TypeName>> types, size_t first) {
  expect("->");
  Lambda function{std::move(parameters), std::move(types), Box<Expression>(expression())};
  return {std::move(function), range_from(first)};
}

Expression SyntaxParser::case_expression() {
  size_t first = position_;
  advance();
  Case result;
  if (!at("WHEN")) result.operand = expression();
  do {
    expect("WHEN");
    Expression when = expression();
    expect("THEN");
    result.branches.push_back({std::move(when), expression()});
  } while (at("WHEN"));
  if (accept("ELSE")) result.otherwise = expression();
  expect("END");
  return {std::move(result), range_from(first)};
}

Expression SyntaxParser::cast_call(bool is_try) {
  size_t first = position_;
  advance();
  expect("(");
  Cast cast{Box<Expression>(expression()), {}, is_try};
  expect("AS");
  cast.type = type_name();
  expect(")");
  return {std::move(cast), range_from(first)};
}

Expression SyntaxParser::typed_literal() {
  size_t first = position_;
  TypedLiteral literal;
  literal.type.name = any_word().name;
  literal.value = string();
  return {std::move(literal), range_from(first)};
}

/// [a, ** b, c]: ARRAY_CAT of [a], b and [c], unless b is written out.
Expression SyntaxParser::array_literal() {
  size_t first = position_;
  advance();
  std::vector<Expression> parts;
  ArrayLiteral items;
  auto end_part = [&] {
    if (!items.items.empty()) parts.push_back({std::exchange(items, {}), range_from(first)});
  };
  while (!at("]")) {
    bool spread = accept_words({"*", "*"});
    Expression value = spread ? primary() : expression();
    auto* written = spread ? value.as<ArrayLiteral>() : nullptr;
    if (written) {
      std::move(written->items.begin(), written->items.end(), std::back_inserter(items.items));
    } else if (spread) {
      end_part();
      parts.push_back(std::move(value));
    } else {
      items.items.push_back(std::move(value));
    }
    if (!accept(",")) break;
  }
  expect("]");
  end_part();
  if (parts.size() < 2 && (parts.empty() || parts[0].as<ArrayLiteral>()))
    return parts.empty() ? Expression{ArrayLiteral{}, range_from(first)} : std::move(parts[0]);
  if (parts.size() == 1) parts.push_back({ArrayLiteral{}, range_from(first)});
  Expression all = std::move(parts[0]);
  for (size_t i = 1; i < parts.size(); ++i) {
    FunctionCall call;
    call.name.parts.push_back({"ARRAY_CAT", false, range_from(first)});
    call.name.range = range_from(first);
    call.arguments.push_back({std::nullopt, std::move(all)});
    call.arguments.push_back({std::nullopt, std::move(parts[i])});
    all = {std::move(call), range_from(first)};
    grow();
  }
  return all;
}

Expression SyntaxParser::object_literal() {
  size_t first = position_;
  advance();
  ObjectLiteral object;
  if (at("*")) {
    advance();
    object.star = star({});
  } else if (at_identifier() && is_at(peek(1), ".") && (is_at(peek(2), "*") || is_at(peek(4), "*") || is_at(peek(6), "*"))) {
    Expression all = reference();
    if (auto* of_table = all.as<Star>())
      object.star = std::move(*of_table);
    else
      unexpected();
  } else if (!at("}")) {
    do {
      Expression key = at_string() ? Expression{StringLiteral{string()}, {}} : primary();
      expect(":");
      object.fields.push_back({std::move(key), expression()});
    } while (accept(","));
  }
  expect("}");
  return {std::move(object), range_from(first)};
}

/// After `.` or in front of `*`: the `*` and what modifies it.
Star SyntaxParser::star(QualifiedName table) {
  Star result;
  result.table = std::move(table);
  accept("*");
  if (accept("ILIKE")) result.ilike = string();
  if (at("EXCLUDE")) {
    advance();
    result.exclude = at("(") ? identifier_list() : std::vector<Identifier>{identifier()};
  }
  auto list_of = [this](auto&& item) {
    bool bracketed_list = accept("(");
    do {
      item();
    } while (bracketed_list && accept(","));
    if (bracketed_list) expect(")");
  };
  if (accept("REPLACE")) {
    list_of([&] {
      Expression value = expression();
      expect("AS");
      result.replace.push_back({std::move(value), identifier()});
    });
  }
  if (accept("RENAME")) {
    list_of([&] {
      Identifier from = identifier();
      expect("AS");
      result.rename.push_back({std::move(from), identifier()});
    });
  }
  return result;
}

} // namespace freshet::sql
