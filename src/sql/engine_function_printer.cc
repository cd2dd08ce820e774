// Calls, by the map of functions.cc; the special ones have their code here and in engine_date_printer.cc.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sql/engine_text.h"
#include "sql/snowflake_printer.h"

namespace freshet::sql {
namespace {

/// Which argument is a date part and no value.
std::optional<size_t> part_argument(std::string_view name) {
  for (auto known : {"DATEADD", "DATE_ADD", "TIMEADD", "TIMESTAMPADD", "DATEDIFF", "TIMEDIFF", "TIMESTAMPDIFF", "DATE_PART",
                     "EXTRACT", "DATE_TRUNC"}) {
    if (name == known) return 0;
  }
  if (name == "LAST_DAY") return 1;
  return std::nullopt;
}

} // namespace

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

const std::string* literal_of(const FunctionCall& call, size_t index) {
  if (index >= call.arguments.size()) return nullptr;
  const auto* literal = call.arguments[index].value.as<StringLiteral>();
  return literal ? &literal->value : nullptr;
}

std::optional<int64_t> number_of(const FunctionCall& call, size_t index) {
  return index < call.arguments.size() ? whole_number(call.arguments[index].value) : std::nullopt;
}

std::optional<int64_t> whole_number(const Expression& expression) {
  const Expression* value = &expression;
  bool negative = false;
  if (const auto* unary = value->as<Unary>(); unary && unary->op == UnaryOperator::minus) {
    negative = true;
    value = unary->operand.get();
  }
  const auto* literal = value->as<NumberLiteral>();
  if (!literal) return std::nullopt;
  int64_t number = 0;
  auto [end, problem] = std::from_chars(literal->text.data(), literal->text.data() + literal->text.size(), number);
  if (problem != std::errc() || end != literal->text.data() + literal->text.size()) return std::nullopt;
  return negative ? -number : number;
}

std::string EngineText::print(const FunctionCall& call, const Expression& expression) {
  const SourceRange& range = call.name.range;
  if (call.name.dynamic) { // IDENTIFIER($function)(…)
    FunctionCall named = call;
    named.name = take(names_.dynamic_name(*call.name.dynamic));
    named.name.range = range;
    return error_ ? std::string() : print(named, expression);
  }
  const auto is_spread = [](const Argument& argument) {
    const auto* unary = argument.value.as<Unary>();
    return unary != nullptr && unary->op == UnaryOperator::spread;
  };
  if (std::ranges::any_of(call.arguments, is_spread)) {
    FunctionCall expanded = call;
    expanded.arguments.clear();
    for (const auto& argument : call.arguments) {
      if (!is_spread(argument)) {
        expanded.arguments.push_back(argument);
        continue;
      }
      for (auto& value : spread({argument.value})) expanded.arguments.push_back({std::nullopt, std::move(value)});
    }
    return error_ ? std::string() : print(expanded, expression);
  }
  std::string_view name = call.name.last();
  const FunctionRule* rule = rule_of(call);
  if (rule) name = rule->name;
  struct Restored {
    bool& flag;
    bool before;
    ~Restored() { flag = before; }
  } restored{numbers_rows_, numbers_rows_};
  if (rule && is_aggregate(*rule)) numbers_rows_ = false; // no window function within its arguments
  auto part = rule ? part_argument(name) : std::nullopt;
  Arguments arguments;
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    const Expression& value = call.arguments[i].value;
    char mode = rule && !rule->modes.empty() ? rule->modes[std::min(i, rule->modes.size() - 1)] : '.';
    bool own = part == i || value.as<Lambda>() || (value.as<Star>() && rule && rule->form == FunctionForm::special);
    arguments.push_back(own && name != "COUNT" ? std::string() : argument_text(value, mode));
  }
  if (!rule) return context_call(call, arguments, range);
  if (rule->result == ResultKind::common || name == "IFF" || name == "NVL2" || name == "DECODE") {
    auto type = call_type(call);
    for (size_t i = 0; type && i < arguments.size(); ++i) {
      bool is_result = rule->result == ResultKind::common ||
                       (name == "DECODE" ? i >= 2 && (i % 2 == 0 || i + 1 == arguments.size()) : i >= 1);
      auto own = type_of(call.arguments[i].value);
      if (is_result && own && own->kind != type->kind) arguments[i] = unified(call.arguments[i].value, type);
    }
  }
  if (arguments.size() < rule->arguments_min || (rule->arguments_max != 255 && arguments.size() > rule->arguments_max)) {
    bool few = arguments.size() < rule->arguments_min;
    std::string what = few ? fmt::format("not enough arguments for function [{}], expected {}", print_expression({call, {}}),
                                         rule->arguments_min)
                           : fmt::format("too many arguments for function [{}] expected {}", print_expression({call, {}}),
                                         rule->arguments_max);
    fail_with(Error(few ? 938 : 939, "22023",
                    fmt::format("SQL compilation error: error line {} at position {}\n{}, got {}", range.line, range.column - 1,
                                what, arguments.size()),
                    range.line, range.column - 1));
    return {};
  }
  if (rule->form == FunctionForm::pattern) return by_pattern(rule->text, arguments);
  if (rule->form == FunctionForm::special) return special(*rule, call, arguments, range);
  if (rule->form == FunctionForm::window && !call.over) fail_with(missing_over(call));
  return aggregate(rule->text, call, arguments);
}

std::string EngineText::context_call(const FunctionCall& call, const Arguments& arguments, const SourceRange& range) {
  std::vector<EngineNames::PrintedArgument> printed;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const Argument& argument = call.arguments[i];
    printed.push_back({argument.name ? argument.name->name : "", arguments[i], &argument.value, type_of(argument.value)});
  }
  auto text = take(names_.context_function(call, printed));
  if (text) return *text;
  std::string full;
  for (const auto& part : call.name.parts) full.append(full.empty() ? "" : ".").append(part.name);
  fail_with(unknown_function(full, range.line, range.column - 1));
  return {};
}

/// {0} the first argument, {2=x} the third or x, {*} all of them, {{ and }} braces.
std::string EngineText::by_pattern(std::string_view pattern, const Arguments& arguments) {
  std::string text;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '{' && pattern[i] != '}') {
      text += pattern[i];
    } else if (i + 1 < pattern.size() && pattern[i + 1] == pattern[i]) {
      text += pattern[i++];
    } else {
      size_t close = pattern.find('}', i);
      std::string_view hole = pattern.substr(i + 1, close - i - 1);
      size_t index = static_cast<size_t>(hole[0] - '0');
      if (hole == "*") {
        text += joined(arguments, ", ");
      } else if (index < arguments.size()) {
        text += arguments[index];
      } else if (hole.size() > 2) {
        text += hole.substr(2);
      }
      i = close;
    }
  }
  return text;
}

std::string EngineText::special(const FunctionRule& rule, const FunctionCall& call, const Arguments& arguments,
                                const SourceRange& range) {
  using Family = std::optional<std::string> (EngineText::*)(const FunctionRule&, const FunctionCall&, const Arguments&);
  static constexpr Family k_families[] = {
      &EngineText::conditional_function, &EngineText::aggregate_function, &EngineText::generation_function,
      &EngineText::text_function,        &EngineText::regexp_function,    &EngineText::bit_function,
      &EngineText::cipher_function,      &EngineText::type_function,      &EngineText::number_function,
      &EngineText::date_function,        &EngineText::to_date_function,   &EngineText::variant_function,
      &EngineText::hierarchy_function};
  for (auto family : k_families) {
    if (auto text = (this->*family)(rule, call, arguments)) return *text;
  }
  unsupported(rule.name, range);
  return {};
}

std::optional<std::string> EngineText::conditional_function(const FunctionRule& rule, const FunctionCall& call,
                                                            const Arguments& arguments) {
  auto any_null = [&] {
    std::vector<std::string> tests;
    for (const auto& argument : arguments) tests.push_back(argument + " IS NULL");
    return joined(tests, " OR ");
  };
  if (rule.name == "DECODE") {
    std::string text = "CASE";
    size_t i = 1;
    for (; i + 1 < arguments.size(); i += 2) {
      text += fmt::format(" WHEN {} IS NOT DISTINCT FROM {} THEN {}",
                          compared(call.arguments[0].value, call.arguments[i].value), arguments[i], arguments[i + 1]);
    }
    if (i < arguments.size()) text += " ELSE " + arguments[i];
    return text + " END";
  }
  if (rule.name == "GREATEST" || rule.name == "LEAST") {
    return fmt::format("CASE WHEN {} THEN NULL ELSE {}({}) END", any_null(), rule.text, joined(arguments, ", "));
  }
  if (rule.name == "CONCAT_WS") {
    std::vector<std::string> texts;
    for (const auto& argument : call.arguments) texts.push_back(text_of(argument.value));
    return fmt::format("CASE WHEN {} THEN NULL ELSE concat_ws({}) END", any_null(), joined(texts, ", "));
  }
  return std::nullopt;
}

std::optional<std::string> EngineText::number_function(const FunctionRule& rule, const FunctionCall& call,
                                                       const Arguments& arguments) {
  std::string_view name = rule.name;
  const bool rounds = name == "ROUND" || name == "TRUNC" || name == "TRUNCATE";
  if (rounds && arguments.size() == 2 && !number_of(call, 1) && !literal_of(call, 1)) {
    // A scale that differs by row: the engine knows it of DOUBLE only.
    const auto text = fmt::format("{}(CAST({} AS DOUBLE), CAST({} AS INTEGER))", name == "ROUND" ? "round" : "trunc",
                                  arguments[0], arguments[1]);
    const auto type = type_of(call.arguments[0].value);
    return type && type->kind == TypeKind::number ? fmt::format("CAST({} AS DECIMAL(38, {}))", text, type->scale) : text;
  }
  if (name == "CEIL" || name == "CEILING" || name == "FLOOR") {
    if (arguments.size() == 1) return fmt::format("{}({})", rule.text, arguments[0]);
    std::string text = fmt::format("({0}({1} * pow(10, {2})) / pow(10, {2}))", rule.text, arguments[0], arguments[1]);
    auto type = type_of(call.arguments[0].value);
    if (!type || type->kind != TypeKind::number) return text;
    return fmt::format("CAST({} AS DECIMAL(38, {}))", text, special_call_type(call)->scale);
  }
  if (name == "TRUNC" || name == "TRUNCATE") {
    if (const auto* part = literal_of(call, 1)) {
      if (is_kind(call.arguments[0].value, TypeKind::time)) { // the same as DATE_TRUNC, the other way round
        FunctionCall truncation;
        truncation.name.parts.push_back({"DATE_TRUNC", false, {}});
        truncation.arguments = {call.arguments[1], call.arguments[0]};
        return expression(Expression(std::move(truncation), call.name.range));
      }
      std::string text = date_part_of("trunc:" + *part, argument_text(call.arguments[0].value, 'm'), call.name.range);
      return kind_of(call.arguments[0].value) == ResultKind::date ? fmt::format("CAST({} AS DATE)", text) : text;
    }
    return arguments.size() == 1 ? fmt::format("trunc({})", arguments[0])
                                 : fmt::format("trunc({}, {})", arguments[0], arguments[1]);
  }
  if (name == "MOD") {
    Binary division{BinaryOperator::modulo, call.arguments[0].value, call.arguments[1].value};
    return expression(Expression(std::move(division), call.name.range));
  }
  if (name == "DIV0" || name == "DIV0NULL") {
    auto result = special_call_type(call);
    std::string text =
        result && result->kind == TypeKind::number
            ? quotient(arguments[0], arguments[1], result->scale)
            : fmt::format("({} / {})", number_operand(call.arguments[0].value), number_operand(call.arguments[1].value));
    return fmt::format("CASE WHEN {} = 0 THEN 0 ELSE {} END", by_pattern(rule.text, arguments), text);
  }
  if (name == "ROUND") {
    const auto* mode = literal_of(call, 2);
    bool to_even = mode && (*mode == "HALF_TO_EVEN" || *mode == "half_to_even");
    if (arguments.size() > 2 && !to_even && (!mode || (*mode != "HALF_AWAY_FROM_ZERO" && *mode != "half_away_from_zero")))
      return std::nullopt;
    std::string text =
        fmt::format("{}({}, {})", to_even ? "round_even" : "round", arguments[0], arguments.size() > 1 ? arguments[1] : "0");
    auto type = to_even ? special_call_type(call) : std::nullopt; // the engine's gives a DOUBLE
    return type && type->kind == TypeKind::number ? fmt::format("CAST({} AS DECIMAL(38, {}))", text, type->scale) : text;
  }
  if (name == "TO_DOUBLE" || name == "TRY_TO_DOUBLE") {
    if (arguments.size() == 1) return fmt::format("{}CAST({} AS DOUBLE)", rule.text, arguments[0]);
    return fmt::format("CAST(freshet_{}number({}, {}) AS DOUBLE)", rule.text.empty() ? "" : "try_",
                       text_of(call.arguments[0].value), arguments[1]);
  }
  if (name.starts_with("AS_")) return std::nullopt; // of semi-structured values
  if (!name.ends_with("NUMBER") && !name.ends_with("NUMERIC") && !name.ends_with("DECIMAL")) return std::nullopt;
  size_t digits = 1;
  bool is_json = call.arguments[0].value.as<PathAccess>() || kind_of(call.arguments[0].value) == ResultKind::json;
  std::string value = is_json ? text_of(call.arguments[0].value) : arguments[0];
  if (literal_of(call, 1)) { // a format model
    value = fmt::format("freshet_{}number({}, {})", rule.text.empty() ? "" : "try_", value, arguments[1]);
    digits = 2;
  }
  auto precision = number_of(call, digits);
  auto scale = number_of(call, digits + 1);
  if ((arguments.size() > digits && !precision) || (arguments.size() > digits + 1 && !scale)) return std::nullopt;
  return fmt::format("{}CAST({} AS DECIMAL({}, {}))", rule.text, value, precision.value_or(38), scale.value_or(0));
}

} // namespace freshet::sql
