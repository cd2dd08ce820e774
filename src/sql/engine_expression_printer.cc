// Expressions but for functions, in the engine's words. Everything is bracketed: precedence never has to be thought of.
#include <fmt/format.h>

#include <algorithm>

#include "sql/engine_text.h"
#include "sql/plain_number.h"
#include "sql/undefined_element.h"

namespace freshet::sql {

namespace {

// Functions that mention an argument twice double the text with every level around it: no statement may grow without bound.
constexpr size_t k_text_bytes_max = size_t{64} << 20;
constexpr size_t k_steps_max = 20'000'000;
constexpr uint32_t k_subqueries_nested_max = 16; // what the engine plans in reasonable time: each level doubles it

} // namespace

std::string EngineText::expression(const Expression& expression) {
  if (error_) return {};
  std::string text = expression.visit([&](const auto& node) { return print(node, expression); });
  if (text.size() <= k_text_bytes_max && ++steps_ <= k_steps_max) return text;
  too_complex("the expression is too large", expression.range);
  return {};
}

/// A query inside an expression.
std::string EngineText::subquery(const Query& inner) {
  if (subqueries_ >= k_subqueries_nested_max) {
    too_complex(fmt::format("subqueries in expressions may nest {} deep", k_subqueries_nested_max), inner.range);
    return {};
  }
  ++subqueries_;
  std::string text = query(inner);
  --subqueries_;
  return text;
}

void EngineText::too_complex(std::string_view what, const SourceRange& range) {
  fail_with(Error(1003, "42000",
                  fmt::format("SQL compilation error:\nerror line {} at position {}: {}.", range.line, range.column - 1, what),
                  range.line, range.column - 1));
}

std::string EngineText::print(const NullLiteral&, const Expression&) {
  return "NULL";
}
std::string EngineText::print(const BooleanLiteral& node, const Expression&) {
  return node.value ? "true" : "false";
}
std::string EngineText::print(const NumberLiteral& node, const Expression&) {
  return plain_number(node.text).value_or(node.text);
}
std::string EngineText::print(const StringLiteral& node, const Expression&) {
  return quote_string(node.value);
}
std::string EngineText::print(const BinaryLiteral& node, const Expression&) {
  return fmt::format("unhex({})", quote_string(node.hex));
}

std::string EngineText::print(const TypedLiteral& node, const Expression&) {
  auto type = take(type_from_name(node.type, options_.timestamp_alias));
  Expression text;
  text.node = StringLiteral{node.value};
  return converted(text, type, false);
}

/// An interval is no value of its own: it stands beside + and - (interval_sum) and in windows' frames.
std::string EngineText::print(const IntervalLiteral&, const Expression& expression) {
  unsupported("INTERVAL '…' other than beside + or -", expression.range);
  return {};
}

std::string EngineText::name(const QualifiedName& name) {
  std::string text;
  size_t skipped =
      name.parts.size() > 2 ? name.parts.size() - 2 : 0; // db.schema.table.column: tables stand under their aliases
  for (size_t i = skipped; i < name.parts.size(); ++i)
    text.append(i > skipped ? "." : "").append(quote_identifier(name.parts[i].name));
  return text;
}

std::string EngineText::print(const ColumnReference& node, const Expression& expression) {
  if (node.name.dynamic) {
    ColumnReference resolved{take(names_.dynamic_name(*node.name.dynamic))};
    return resolved.name.dynamic ? std::string() : print(resolved, expression);
  }
  if (node.name.parts.size() == 1 && node.name.last() == "DEFAULT" && !node.name.parts[0].quoted) return "DEFAULT";
  if (node.name.parts.size() > 1 && node.name.last() == "NEXTVAL" && !is_column_of_source(node.name)) {
    QualifiedName sequence = node.name;
    sequence.parts.pop_back();
    if (auto text = take(names_.next_value(sequence))) return *text;
  }
  if (!column_prefix_.empty()) return quote_identifier(column_prefix_ + std::string(node.name.last()));
  if (const auto* text = replaced_column(node.name)) return *text;
  if (auto text = hosted_column(node.name)) return *text;
  if (auto text = take(names_.column(node))) return *text;
  if (!is_column_of_source(node.name)) {
    if (auto text = names_.argument(node)) return *text;
    if (is_only_a_table(node.name)) { // the engine would give the whole row
      fail_with(invalid_identifier(node.name.last(), expression.range.line, expression.range.column - 1));
      return {};
    }
  }
  return name(node.name);
}

std::string EngineText::print(const PositionalColumn& node, const Expression& expression) {
  std::string staged = fmt::format("\"${}\"", node.position);
  std::string valued = fmt::format("\"COLUMN{}\"", node.position);
  if (node.table.empty()) {
    if (!stages_.empty()) return staged;
    return fmt::format("#{}", node.position);
  }
  std::string_view table = node.table.last();
  if (std::find(stages_.begin(), stages_.end(), table) != stages_.end()) return quote_identifier(table) + "." + staged;
  if (std::find(value_tables_.begin(), value_tables_.end(), table) != value_tables_.end())
    return quote_identifier(table) + "." + valued;
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    for (const auto& source : scope->sources) {
      if (source.name != table || !source.is_known || node.position < 1 || node.position > source.columns.size()) continue;
      QualifiedName column = node.table;
      column.parts.push_back({source.columns[node.position - 1].name, true, {}});
      if (auto text = hosted_column(column)) return *text;
      return quote_identifier(table) + "." + quote_identifier(source.columns[node.position - 1].name);
    }
  }
  unsupported(fmt::format("{}.${}", table, node.position), expression.range);
  return {};
}

std::string EngineText::print(const SessionVariable& node, const Expression&) {
  return take(names_.variable(node));
}
std::string EngineText::print(const BindVariable& node, const Expression&) {
  return take(names_.bind(node));
}

/// What `*` must leave out by name.
std::vector<std::string> EngineText::hidden_columns(const Star& node) const {
  std::vector<std::string> hidden;
  if (scopes_.empty()) return hidden;
  for (const auto& source : scopes_.back().sources) {
    const bool of_one = !node.table.empty();
    if (of_one && source.name != node.table.last()) continue;
    for (const auto& column : source.columns) {
      if (!column.hidden) continue;
      const bool is_qualified = !of_one && !source.name.empty();
      hidden.push_back((is_qualified ? quote_identifier(source.name) + "." : "") + quote_identifier(column.name));
    }
  }
  return hidden;
}

std::string EngineText::print(const Star& node, const Expression& expression) {
  if (!scopes_.empty() && !scopes_.back().hosted.empty()) return star_by_source(node, expression.range);
  bool changed = !node.table.empty() || !node.exclude.empty() || !node.rename.empty() || !node.replace.empty();
  bool known = !scopes_.empty() && std::all_of(scopes_.back().sources.begin(), scopes_.back().sources.end(),
                                               [](const SourceColumns& source) { return source.is_known; });
  const bool both = !node.replace.empty() && !node.rename.empty(); // the engine would not take both of one column
  if ((node.ilike && changed) || (both && known) ||
      (known && node.table.empty() && (scopes_.back().generates || !merged_columns().empty())))
    return expanded_star(node, expression.range);
  std::string text = node.table.empty() ? "*" : name(node.table) + ".*";
  if (node.ilike) text += " ILIKE " + quote_string(*node.ilike);
  std::string parts;
  auto exclude = [&](const std::string& name) { parts.append(parts.empty() ? " EXCLUDE (" : ", ").append(name); };
  for (const auto& column : node.exclude) exclude(quote_identifier(column.name));
  if (!node.ilike) { // METADATA$… of files matches nothing that is asked for
    for (const auto& column : hidden_columns(node)) exclude(column);
  }
  if (!parts.empty()) text += parts + ")";
  parts.clear();
  for (const auto& [value, column] : node.replace) {
    parts +=
        fmt::format("{}{} AS {}", parts.empty() ? " REPLACE (" : ", ", this->expression(value), quote_identifier(column.name));
  }
  if (!parts.empty()) text += parts + ")";
  parts.clear();
  for (const auto& [from, to] : node.rename) {
    parts +=
        fmt::format("{}{} AS {}", parts.empty() ? " RENAME (" : ", ", quote_identifier(from.name), quote_identifier(to.name));
  }
  if (!parts.empty()) text += parts + ")";
  return text;
}

std::string EngineText::print(const Unary& node, const Expression& expression) {
  if (node.op == UnaryOperator::prior && hierarchy_) return with_prefix("PRIOR$", *node.operand);
  std::string operand = this->expression(*node.operand);
  switch (node.op) {
    case UnaryOperator::minus:
      return "(-" + operand + ")";
    case UnaryOperator::plus:
      return operand;
    case UnaryOperator::logical_not:
      return "(NOT " + operand + ")";
    case UnaryOperator::prior:
      unsupported("PRIOR", expression.range);
      return {};
    case UnaryOperator::spread:
      unsupported("** outside a list of values or arguments", expression.range);
      return {};
  }
  return operand;
}

namespace {

std::string_view symbol_of(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::add:
      return "+";
    case BinaryOperator::subtract:
      return "-";
    case BinaryOperator::multiply:
      return "*";
    case BinaryOperator::divide:
      return "/";
    case BinaryOperator::modulo:
      return "%";
    case BinaryOperator::concatenate:
      return "||";
    case BinaryOperator::equal:
      return "=";
    case BinaryOperator::not_equal:
      return "<>";
    case BinaryOperator::less:
      return "<";
    case BinaryOperator::less_equal:
      return "<=";
    case BinaryOperator::greater:
      return ">";
    case BinaryOperator::greater_equal:
      return ">=";
  }
  return "=";
}

/// Whether whole numbers of these types may give one of more than 64 bits. Columns of 64 bits count as if they held numbers of
/// 32, but for products of two of them.
bool is_wide(BinaryOperator op, const SnowflakeType& left, const SnowflakeType& right) {
  constexpr int32_t k_digits_of_column = 9, k_digits_max = 18;
  if (op == BinaryOperator::modulo) return false;
  auto digits = [](const SnowflakeType& type) { return type.is_integer ? k_digits_of_column : type.precision; };
  if (op == BinaryOperator::multiply)
    return (left.is_integer && right.is_integer) || digits(left) + digits(right) > k_digits_max;
  int32_t most = std::max(digits(left), digits(right));
  return most >= k_digits_max && most < 38; // 38: a sum of columns, or a DECIMAL
}

bool is_whole_number(const std::optional<SnowflakeType>& type) {
  return type && type->kind == TypeKind::number && type->scale == 0;
}

/// Whether a number may stand in 128 bits: `is_integer` are columns of 64.
bool has_wide_storage(const SnowflakeType& number) {
  return !number.is_integer && number.precision > 18;
}

bool is_zero_or_unknown(const Expression& value) {
  const auto* number = value.as<NumberLiteral>();
  return !number || number->text.find_first_of("123456789") == std::string::npos;
}

} // namespace

/// An operand of arithmetic: semi-structured values and texts count as numbers.
std::string EngineText::number_operand(const Expression& value) {
  auto kind = kind_of(value);
  if (kind == ResultKind::json) return fmt::format("CAST({} AS DOUBLE)", text_of(value));
  if (const auto* literal = value.as<StringLiteral>()) {
    bool numeric = !literal->value.empty() && literal->value.find_first_not_of("0123456789.") == std::string::npos;
    return numeric ? literal->value : fmt::format("CAST({} AS DECIMAL(38, 9))", expression(value));
  }
  if (kind == ResultKind::text) return fmt::format("CAST({} AS DOUBLE)", expression(value));
  return expression(value);
}

/// Division by zero is an error. Numbers divide to as many decimals as Snowflake's rule says; floats and what is not known, as
/// floats.
std::string EngineText::division(const Binary& binary) {
  auto left_type = type_of(*binary.left), right_type = type_of(*binary.right);
  std::string left = number_operand(*binary.left), right = number_operand(*binary.right);
  if (left_type && right_type && left_type->kind == TypeKind::number && right_type->kind == TypeKind::number)
    return quotient(left, right, arithmetic_type(BinaryOperator::divide, *left_type, *right_type).scale);
  // A function, for the engine takes error() for a side effect: no alias could name the quotient then.
  if (is_zero_or_unknown(*binary.right)) return fmt::format("freshet_quotient({}, {})", left, right);
  return fmt::format("({} / {})", left, right);
}

/// Two whole or decimal numbers, rounded half away from zero.
std::string EngineText::quotient(const std::string& left, const std::string& right, int32_t scale) {
  if (scale <= k_quotient_scale_max) return fmt::format("freshet_divide_{}({}, {})", scale, left, right);
  return fmt::format("CAST({} / CASE WHEN {} = 0 THEN error('Division by zero') ELSE {} END AS DECIMAL(38, {}))", left, right,
                     right, scale);
}

std::string EngineText::print(const Binary& node, const Expression& expression) {
  if (node.op == BinaryOperator::divide) return division(node);
  if (node.op == BinaryOperator::concatenate) {
    auto side = [&](const Expression& value) {
      auto kind = kind_of(value);
      return kind == ResultKind::text || kind == ResultKind::integer || is_kind(value, TypeKind::binary)
                 ? this->expression(value)
                 : text_of(value);
    };
    return fmt::format("({} || {})", side(*node.left), side(*node.right));
  }
  if (node.op >= BinaryOperator::equal && kind_of(*node.left) == ResultKind::json && kind_of(*node.right) == ResultKind::json)
    return fmt::format("({} {} {})", order_key(*node.left), symbol_of(node.op), order_key(*node.right));
  if (node.op >= BinaryOperator::equal)
    return fmt::format("({} {} {})", compared(*node.left, *node.right), symbol_of(node.op), compared(*node.right, *node.left));
  if (auto difference = moment_difference(node, expression)) return *difference;
  if (auto sum = interval_sum(node)) return *sum;
  if (auto sum = moment_sum(node)) return *sum;
  auto left = type_of(*node.left), right = type_of(*node.right);
  bool whole = kind_of(*node.left) == ResultKind::integer && kind_of(*node.right) == ResultKind::integer;
  auto side = [&](const Expression& value) {
    if (!whole || !value.as<NumberLiteral>()) return number_operand(value);
    return fmt::format("CAST({} AS {})", this->expression(value),
                       type_of(value)->precision > 18 ? "HUGEINT" : "BIGINT"); // 32 bits else
  };
  std::string left_text = side(*node.left), right_text = side(*node.right);
  if (whole && is_wide(node.op, *left, *right)) left_text = fmt::format("CAST({} AS HUGEINT)", left_text);
  // The engine divides 128 bits one by one, and does not call the remainder of zero an error.
  const bool whole_remainder = node.op == BinaryOperator::modulo && is_whole_number(left) && is_whole_number(right);
  if (whole_remainder && (is_zero_or_unknown(*node.right) || has_wide_storage(*left) || has_wide_storage(*right)))
    return fmt::format("freshet_modulo({}, {})", left_text, right_text);
  if (node.op == BinaryOperator::modulo && is_zero_or_unknown(*node.right))
    right_text = fmt::format("CASE WHEN {0} = 0 THEN error('Division by zero') ELSE {0} END", right_text);
  std::string text = fmt::format("({} {} {})", left_text, symbol_of(node.op), right_text);
  bool product =
      node.op == BinaryOperator::multiply && left && right && left->kind == TypeKind::number && right->kind == TypeKind::number;
  if (!product || left->scale + right->scale <= std::max({left->scale, right->scale, 12})) return text;
  if (left->scale + right->scale > 37) return wide_product(left_text, right_text, *left, *right);
  return fmt::format("CAST({} AS DECIMAL(38, {}))", text, arithmetic_type(node.op, *left, *right).scale);
}

/// A product of more decimals than the engine's DECIMAL has: of operands with as many decimals as the result can show.
std::string EngineText::wide_product(const std::string& left, const std::string& right, const SnowflakeType& left_type,
                                     const SnowflakeType& right_type) {
  int32_t scale = arithmetic_type(BinaryOperator::multiply, left_type, right_type).scale;
  int32_t left_scale = std::min(left_type.scale, 18), right_scale = std::min(right_type.scale, 18);
  return fmt::format("CAST(CAST({} AS DECIMAL(38, {})) * CAST({} AS DECIMAL(38, {})) AS DECIMAL(38, {}))", left, left_scale,
                     right, right_scale, scale);
}

std::string EngineText::print(const Logical& node, const Expression&) {
  std::string text = "(";
  for (const auto& operand : node.operands)
    text.append(text.size() > 1 ? (node.is_and ? " AND " : " OR ") : "").append(expression(operand));
  return text + ")";
}

std::string EngineText::print(const Case& node, const Expression&) {
  std::string text = "CASE";
  if (node.operand) text += " " + compared(*node.operand, node.branches[0].when);
  std::vector<const Expression*> results;
  for (const auto& branch : node.branches) results.push_back(&branch.then);
  if (node.otherwise) results.push_back(node.otherwise.get());
  auto type = common_type_of(results);
  for (const auto& [when, then] : node.branches)
    text +=
        fmt::format(" WHEN {} THEN {}", node.operand ? compared(when, *node.operand) : expression(when), unified(then, type));
  if (node.otherwise) text += " ELSE " + unified(*node.otherwise, type);
  return text + " END";
}

std::string EngineText::print(const Between& node, const Expression&) {
  return fmt::format("({} {}BETWEEN {} AND {})", compared(*node.operand, *node.low), node.negated ? "NOT " : "",
                     compared(*node.low, *node.operand), compared(*node.high, *node.operand));
}

namespace {

bool is_spread(const Expression& value) {
  const auto* unary = value.as<Unary>();
  return unary != nullptr && unary->op == UnaryOperator::spread;
}

} // namespace

std::string EngineText::print(const In& node, const Expression& expression) {
  if (std::ranges::any_of(node.list, is_spread)) {
    In expanded = node;
    expanded.list = spread(node.list);
    if (expanded.list.empty()) return node.negated ? "true" : "false";
    return print(expanded, expression);
  }
  const auto* row = node.operand->as<Row>();
  bool rows = row && !row->items.empty() && !node.list.empty() && std::ranges::all_of(node.list, [&](const Expression& item) {
                const auto* other = item.as<Row>();
                return other && other->items.size() == row->items.size();
              });
  if (rows) {
    std::string tests; // column by column, so that NULLs make the answer unknown: the engine compares rows as values
    for (const auto& item : node.list) {
      const auto& other = *item.as<Row>();
      tests += tests.empty() ? "(" : " OR (";
      for (size_t i = 0; i < row->items.size(); ++i)
        tests += fmt::format("{}({} = {})", i > 0 ? " AND " : "", compared(row->items[i], other.items[i]),
                             compared(other.items[i], row->items[i]));
      tests += ")";
    }
    return fmt::format("({}({}))", node.negated ? "NOT " : "", tests);
  }
  std::string operand = node.list.empty() ? this->expression(*node.operand) : compared(*node.operand, node.list[0]);
  std::string items;
  for (const auto& item : node.list) items.append(items.empty() ? "" : ", ").append(compared(item, *node.operand));
  return fmt::format("({} {}IN ({}))", operand, node.negated ? "NOT " : "", node.query ? subquery(*node.query) : items);
}

std::string EngineText::print(const Like& node, const Expression&) {
  std::string operand = kind_of(*node.operand) == ResultKind::text ? expression(*node.operand) : text_of(*node.operand);
  std::string escape = node.escape ? " ESCAPE " + expression(*node.escape) : "";
  auto matches = [&](const std::string& pattern) {
    return node.kind == LikeKind::rlike
               ? fmt::format("regexp_full_match({}, {})", operand, pattern)
               : fmt::format("{} {} {}{}", operand, node.kind == LikeKind::ilike ? "ILIKE" : "LIKE", pattern, escape);
  };
  if (const auto* patterns = node.patterns.at(0).as<ScalarSubquery>(); patterns && node.quantifier != LikeQuantifier::none) {
    const bool all = node.quantifier == LikeQuantifier::all;
    return fmt::format("({}(SELECT coalesce({}({}), {}) FROM ({}) AS \"$PATTERNS\"(\"$PATTERN\")))", node.negated ? "NOT " : "",
                       all ? "bool_and" : "bool_or", matches("\"$PATTERN\""), all ? "true" : "false",
                       subquery(*patterns->query));
  }
  std::string text;
  for (const auto& pattern : node.patterns) {
    if (!text.empty()) text += node.quantifier == LikeQuantifier::all ? " AND " : " OR ";
    text += matches(expression(pattern));
  }
  return (node.negated ? "(NOT (" : "((") + text + "))";
}

std::string EngineText::print(const IsNull& node, const Expression&) {
  return fmt::format("({} IS {}NULL)", expression(*node.operand), node.negated ? "NOT " : "");
}
std::string EngineText::print(const IsBoolean& node, const Expression&) {
  return fmt::format("({} IS {}{})", expression(*node.operand), node.negated ? "NOT " : "", node.value ? "TRUE" : "FALSE");
}
std::string EngineText::print(const IsDistinct& node, const Expression&) {
  return fmt::format("({} IS {}DISTINCT FROM {})", expression(*node.left), node.negated ? "NOT " : "", expression(*node.right));
}
std::string EngineText::print(const Exists& node, const Expression&) {
  return "EXISTS (" + subquery(*node.query) + ")";
}
std::string EngineText::print(const ScalarSubquery& node, const Expression&) {
  return "(" + subquery(*node.query) + ")";
}
std::string EngineText::print(const QuantifiedComparison& node, const Expression&) {
  return fmt::format("({} {} {} ({}))", expression(*node.left), symbol_of(node.op), node.all ? "ALL" : "ANY",
                     subquery(*node.query));
}

/// The path of constant steps as one literal; steps that are computed become part of the operand.
std::string EngineText::json_path(const PathAccess& path, std::string& operand) {
  operand = expression(*path.operand);
  std::string text = "$";
  auto add_name = [&](std::string_view name) {
    text += ".\"";
    for (char c : name) text.append(c == '"' || c == '\\' ? "\\" : "").append(1, c);
    text += '"';
  };
  for (const auto& step : path.steps) {
    if (!step.index) {
      add_name(step.name);
    } else if (const auto* number = step.index->as<NumberLiteral>()) {
      text += "[" + number->text + "]";
    } else if (const auto* key = step.index->as<StringLiteral>()) {
      add_name(key->value);
    } else {
      const bool is_text = kind_of(*step.index) == ResultKind::text;
      operand = fmt::format("json_extract(json_extract({}, {}), {})", operand, quote_string(text),
                            argument_text(*step.index, is_text ? 't' : 'n'));
      text = "$";
    }
  }
  return quote_string(text);
}

std::string EngineText::print(const PathAccess& node, const Expression& expression) {
  std::string operand;
  std::string path = json_path(node, operand);
  std::string part = fmt::format("json_extract({}, {})", operand, path);
  const auto& last = node.steps.back();
  if (last.index && !last.index->as<StringLiteral>()) part = fmt::format("nullif({}, '{}')", part, k_undefined_element);
  const auto type = type_of(expression);
  const bool is_typed = type && type->engine_type() != "JSON"; // an element of a structured value
  return is_typed ? assigned_text(part, type_of_kind(TypeKind::variant), *type, options_) : part;
}

std::string EngineText::print(const Row& node, const Expression&) {
  return "(" + list(node.items) + ")";
}
std::string EngineText::frame_bound(const FrameBound& bound) {
  using enum FrameBound::Kind;
  const auto distance = [&] {
    const auto* interval = bound.distance->as<IntervalLiteral>();
    return interval ? joined(interval_parts(*interval, bound.distance->range), " + ") : expression(*bound.distance);
  };
  switch (bound.kind) {
    case unbounded_preceding:
      return "UNBOUNDED PRECEDING";
    case unbounded_following:
      return "UNBOUNDED FOLLOWING";
    case current_row:
      return "CURRENT ROW";
    case preceding:
      return distance() + " PRECEDING";
    case following:
      return distance() + " FOLLOWING";
  }
  return {};
}

/// `whole_frame`: what Snowflake's value functions (FIRST_VALUE, …) see where no frame is written.
namespace {

/// ROW_NUMBER() OVER (ORDER BY SEQ4()) is how scripts number generated rows. SEQ4 stands for a window function of its own,
/// which the engine does not take there, and adds nothing: generated rows come in that order.
std::vector<OrderItem> without_generated(const std::vector<OrderItem>& items) {
  std::vector<OrderItem> kept;
  for (const auto& item : items) {
    const auto* call = item.value.as<FunctionCall>();
    const auto name = call != nullptr ? call->name.last() : std::string_view();
    if (name != "SEQ1" && name != "SEQ2" && name != "SEQ4" && name != "SEQ8") kept.push_back(item);
  }
  return kept;
}

} // namespace

std::string EngineText::window(const Window& window, bool whole_frame) {
  if (!window.parenthesized) return quote_identifier(window.base->name);
  std::string text = window.base ? quote_identifier(window.base->name) : "";
  auto add = [&text](std::string_view word, const std::string& part) {
    text.append(text.empty() ? "" : " ").append(word).append(part);
  };
  if (!window.partition_by.empty()) add("PARTITION BY ", list(window.partition_by));
  bool numbered = !scopes_.empty() && !scopes_.back().generator.empty();
  const auto order = numbered ? window.order_by : without_generated(window.order_by);
  if (!order.empty()) add("ORDER BY ", order_by(order));
  if (window.frame) {
    std::string_view unit = window.frame->unit == WindowFrame::Unit::rows ? "ROWS" : "RANGE";
    add(unit, window.frame->end
                  ? fmt::format(" BETWEEN {} AND {}", frame_bound(window.frame->start), frame_bound(*window.frame->end))
                  : " " + frame_bound(window.frame->start));
  } else if (whole_frame && !order.empty()) {
    add("ROWS", " BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING");
  }
  return "(" + text + ")";
}

} // namespace freshet::sql
