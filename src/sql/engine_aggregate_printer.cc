// Aggregates and functions of windows; those that collect values stand in engine_collection_printer.cc.
#include <fmt/format.h>

#include <algorithm>

#include "sql/collation.h"
#include "sql/engine_text.h"

namespace freshet::sql {
namespace {

/// FOLLOWING for PRECEDING and the other way round.
FrameBound mirrored(FrameBound bound) {
  using enum FrameBound::Kind;
  switch (bound.kind) {
    case unbounded_preceding:
      bound.kind = unbounded_following;
      break;
    case unbounded_following:
      bound.kind = unbounded_preceding;
      break;
    case preceding:
      bound.kind = following;
      break;
    case following:
      bound.kind = preceding;
      break;
    case current_row:
      break;
  }
  return bound;
}

/// The same rows, counted from the other end.
void reverse(Window& window) {
  for (auto& item : window.order_by) {
    bool descending = item.descending.value_or(false);
    item.nulls_first = !item.nulls_first.value_or(descending);
    item.descending = !descending;
  }
  if (!window.frame) return;
  FrameBound start = window.frame->start;
  window.frame->start = mirrored(window.frame->end.value_or(FrameBound{FrameBound::Kind::current_row, nullptr}));
  window.frame->end = mirrored(std::move(start));
}

/// What functions that number events see: each row and all in front of it.
void up_to_here(Window& window) {
  if (!window.frame)
    window.frame = WindowFrame{WindowFrame::Unit::rows,
                               {FrameBound::Kind::unbounded_preceding, nullptr},
                               FrameBound{FrameBound::Kind::current_row, nullptr}};
}

} // namespace

std::optional<std::string> EngineText::aggregate_function(const FunctionRule& rule, const FunctionCall& call,
                                                          const Arguments& arguments) {
  if (!is_aggregate(rule)) return std::nullopt;
  for (auto family : {&EngineText::counting_function, &EngineText::numeric_aggregate, &EngineText::choosing_function,
                      &EngineText::collecting_function, &EngineText::sketch_function, &EngineText::event_function}) {
    if (auto text = (this->*family)(rule, call, arguments)) return text;
  }
  return std::nullopt;
}

/// COUNT and its kin: rows whose arguments are all known.
std::optional<std::string> EngineText::counting_function(const FunctionRule& rule, const FunctionCall& call,
                                                         const Arguments& printed) {
  if (rule.name == "COUNT_IF")
    return aggregate("count", call, {fmt::format("CASE WHEN {} THEN 1 END", boolean_of(call.arguments[0].value))});
  if (rule.name == "HASH_AGG") { // a sum: neither order nor place of the rows matters
    std::string sum = aggregate("sum", call, {fmt::format("CAST({} AS HUGEINT)", hash_of(call))});
    return fmt::format("CAST(coalesce({} % 9223372036854775807, 0) AS BIGINT)", sum);
  }
  bool approximate = rule.name == "APPROX_COUNT_DISTINCT" || rule.name == "HLL";
  if (rule.name != "COUNT" && !approximate) return std::nullopt;
  FunctionCall counted = call;
  counted.distinct |= approximate;
  Arguments arguments = printed;
  if (counted.distinct && arguments.size() == call.arguments.size()) {
    for (size_t i = 0; i < arguments.size(); ++i)
      arguments[i] = collation_key(std::move(arguments[i]), collation_of(call.arguments[i].value));
  }
  const auto* star = call.arguments[0].value.as<Star>();
  if (star && !counted.distinct && star->table.empty() && star->exclude.empty() && !star->ilike)
    return aggregate("count", call, {"*"});
  if (star) {
    std::vector<std::string> tests, values;
    for (auto& reference : star_references(*star, call.name.range)) {
      values.push_back(expression(reference));
      tests.push_back(values.back() + " IS NOT NULL");
    }
    return aggregate("count", counted,
                     {fmt::format("CASE WHEN {} THEN ({}) END", joined(tests, " AND "), joined(values, ", "))});
  }
  if (arguments.size() == 1 && kind_of(call.arguments[0].value) == ResultKind::json) // JSON's null counts as little as SQL's
    return aggregate("count", counted,
                     {fmt::format("CASE WHEN freshet_typeof({0}) <> 'NULL_VALUE' THEN {0} END", arguments[0])});
  if (arguments.size() == 1) return aggregate("count", counted, arguments);
  std::vector<std::string> tests;
  for (const auto& argument : arguments) tests.push_back(argument + " IS NOT NULL");
  return aggregate("count", counted,
                   {fmt::format("CASE WHEN {} THEN ({}) END", joined(tests, " AND "), joined(arguments, ", "))});
}

std::optional<std::string> EngineText::numeric_aggregate(const FunctionRule& rule, const FunctionCall& call,
                                                         const Arguments& arguments) {
  const Expression& value = call.arguments.empty() ? Expression{} : call.arguments[0].value;
  if (rule.name == "SUM" || rule.name == "AVG") {
    auto type = type_of(value);
    Arguments numbers{number_operand(value)};
    if (rule.name == "SUM" || !type || type->kind != TypeKind::number) return aggregate(rule.text, call, numbers);
    return quotient(aggregate("sum", call, numbers), fmt::format("nullif({}, 0)", aggregate("count", call, numbers)),
                    call_type(call)->scale);
  }
  if (rule.name.starts_with("VAR") || rule.name == "KURTOSIS" || rule.name == "SKEW") {
    const auto type = call_type(call);
    std::string text = aggregate(rule.text, call, {fmt::format("CAST({} AS DOUBLE)", number_operand(value))});
    if (type->kind != TypeKind::number) return text;
    if (!rule.name.starts_with("VAR")) text = fmt::format("round({}, 10)", text); // more digits the engine's sums do not have
    return fmt::format("CAST({} AS {})", text, type->engine_type());
  }
  if (rule.name.starts_with("STDDEV") || rule.name == "CORR" || rule.name.starts_with("COVAR") ||
      rule.name.starts_with("REGR_")) {
    Arguments numbers;
    for (const auto& argument : call.arguments)
      numbers.push_back(fmt::format("CAST({} AS DOUBLE)", number_operand(argument.value)));
    return aggregate(rule.text, call, numbers);
  }
  if (rule.name == "MEDIAN") {
    auto type = call_type(call);
    std::string text = aggregate("median", call, {fmt::format("CAST({} AS DOUBLE)", arguments[0])});
    return type->kind == TypeKind::number ? fmt::format("CAST({} AS {})", text, type->engine_type()) : text;
  }
  if (rule.text.starts_with("bit_")) return aggregate(rule.text, call, {fmt::format("CAST({} AS BIGINT)", arguments[0])});
  if (rule.text.starts_with("bool_")) return aggregate(rule.text, call, {boolean_of(value)});
  if (rule.name == "BOOLXOR_AGG") {
    std::string yes = aggregate("count_if", call, {boolean_of(value)});
    return fmt::format("CASE WHEN {} > 0 THEN {} = 1 END", aggregate("count", call, arguments), yes);
  }
  if (rule.name == "APPROX_PERCENTILE")
    return aggregate(rule.text, call, {fmt::format("CAST({} AS DOUBLE)", number_operand(value)), arguments[1]});
  if (rule.name == "BITMAP_CONSTRUCT_AGG")
    return fmt::format("CAST({} AS BLOB)",
                       aggregate("bitstring_agg", call, {fmt::format("CAST({} AS INTEGER)", arguments[0]), "0", "32767"}));
  if (rule.name == "BITMAP_OR_AGG")
    return fmt::format("CAST({} AS BLOB)", aggregate("bit_or", call, {fmt::format("CAST({} AS BIT)", arguments[0])}));
  if (rule.name == "RATIO_TO_REPORT") {
    auto type = type_of(value);
    std::string total = fmt::format("nullif(sum({}){}, 0)", arguments[0], over(call, true));
    if (type && type->kind == TypeKind::number)
      return quotient(arguments[0], total, arithmetic_type(BinaryOperator::divide, *type, *type).scale);
    return fmt::format("({} / {})", arguments[0], total);
  }
  return std::nullopt;
}

/// Functions that give one of the values: MIN, MAX_BY, PERCENTILE_DISC, ….
std::optional<std::string> EngineText::choosing_function(const FunctionRule& rule, const FunctionCall& call,
                                                         const Arguments& arguments) {
  if (rule.name == "MIN" || rule.name == "MAX") {
    if (kind_of(call.arguments[0].value) != ResultKind::json) return aggregate(rule.text, call, arguments);
    return aggregate(rule.name == "MIN" ? "arg_min" : "arg_max", call,
                     {arguments[0], fmt::format("freshet_variant_key({})", arguments[0])});
  }
  if (rule.name == "MIN_BY" || rule.name == "MAX_BY") {
    std::string key = order_key(call.arguments[1].value);
    if (arguments.size() == 2) return aggregate(std::string(rule.text) + "_null", call, {arguments[0], key});
    std::string values = aggregate(rule.text, call, {variant_of(call.arguments[0].value), key, arguments[2]});
    return fmt::format("coalesce(to_json({}), CAST('[]' AS JSON))", values);
  }
  if (rule.name == "PERCENTILE_CONT" || rule.name == "PERCENTILE_DISC") {
    if (call.within_group.size() != 1) return std::nullopt;
    FunctionCall bare = call;
    bare.within_group.clear();
    bool descending = call.within_group[0].descending.value_or(false);
    std::string fraction = descending ? fmt::format("1 - {}", arguments[0]) : arguments[0];
    auto type = type_of(call.within_group[0].value);
    if (rule.name == "PERCENTILE_DISC" || !type || type->kind != TypeKind::number)
      return aggregate(rule.text, bare, {expression(call.within_group[0].value), fraction});
    std::string value = fmt::format("CAST({} AS DOUBLE)", expression(call.within_group[0].value));
    return fmt::format("CAST({} AS DECIMAL(38, {}))", aggregate(rule.text, bare, {value, fraction}),
                       std::min(type->scale + 3, 37));
  }
  return std::nullopt;
}

/// Functions of windows that need a frame of their own.
std::optional<std::string> EngineText::event_function(const FunctionRule& rule, const FunctionCall& call,
                                                      const Arguments& arguments) {
  bool changes = rule.name == "CONDITIONAL_CHANGE_EVENT", fills = rule.name.starts_with("INTERPOLATE_");
  if (!changes && !fills && rule.name != "CONDITIONAL_TRUE_EVENT") return std::nullopt;
  FunctionCall framed = call;
  if (!framed.over) {
    fail_with(missing_over(call));
    return std::string();
  }
  up_to_here(*framed.over);
  if (fills) {
    if (rule.name == "INTERPOLATE_BFILL") {
      auto& frame = *framed.over->frame;
      frame.start = {FrameBound::Kind::current_row, nullptr};
      frame.end = FrameBound{FrameBound::Kind::unbounded_following, nullptr};
    }
    framed.nulls = NullTreatment::ignore;
    return aggregate(rule.text, framed, arguments);
  }
  if (!changes) return aggregate("count_if", framed, {fmt::format("coalesce({}, false)", boolean_of(call.arguments[0].value))});
  return aggregate("freshet_changes", framed, {fmt::format("CASE WHEN {0} IS NOT NULL THEN hash({0}) END", arguments[0])});
}

std::string EngineText::over(const FunctionCall& call, bool whole_frame) {
  return call.over ? " OVER " + window(*call.over, whole_frame) : std::string();
}

/// name([DISTINCT] arguments [ORDER BY …] [IGNORE NULLS]) [OVER …]
std::string EngineText::aggregate(std::string_view engine_name, const FunctionCall& call, const Arguments& arguments) {
  std::string text(engine_name);
  text += call.distinct ? "(DISTINCT " : "(";
  text += joined(arguments, ", ");
  if (!call.within_group.empty()) text += " ORDER BY " + order_by(call.within_group);
  if (call.nulls == NullTreatment::ignore) text += " IGNORE NULLS";
  bool whole_frame = engine_name == "first_value" || engine_name == "last_value" || engine_name == "nth_value";
  if (!call.from_last || !call.over) return text + ")" + over(call, whole_frame);
  FunctionCall from_end = call;
  if (!call.over->parenthesized || call.over->base) unsupported("FROM LAST with a named window", call.name.range);
  reverse(*from_end.over);
  return text + ")" + over(from_end, whole_frame);
}

Error missing_over(const FunctionCall& call) {
  return Error(2303, "42601",
               fmt::format("SQL compilation error:\nmissing OVER clause for window function [{}].", call.name.last()),
               call.name.range.line, call.name.range.column - 1);
}

} // namespace freshet::sql
