// Calls, by the map of functions.cc; the special ones have their code here and in engine_date_printer.cc.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sql/engine_text.h"

namespace freshet::sql {
namespace {

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

const std::string* literal_of(const FunctionCall& call, size_t index) {
  if (index >= call.arguments.size()) return nullptr;
  const auto* literal = call.arguments[index].value.as<StringLiteral>();
  return literal ? &literal->value : nullptr;
}

std::optional<int64_t> number_of(const FunctionCall& call, size_t index) {
  if (index >= call.arguments.size()) return std::nullopt;
  const Expression* value = &call.arguments[index].value;
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

std::string EngineText::print(const FunctionCall& call, const Expression& expression) {
  const SourceRange& range = call.name.range;
  static_cast<void>(expression);
  std::string_view name = call.name.last();
  const FunctionRule* rule = call.name.parts.size() == 1 ? find_function(name) : nullptr;
  auto part = rule ? part_argument(name) : std::nullopt;
  Arguments arguments;
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    arguments.push_back(part == i ? std::string() : this->expression(call.arguments[i].value));
  }
  if (!rule) return context_call(call, arguments, range);
  if (arguments.size() < rule->arguments_min || (rule->arguments_max != 255 && arguments.size() > rule->arguments_max)) {
    bool few = arguments.size() < rule->arguments_min;
    fail_with(
        Error(few ? 938 : 939, "22023",
              fmt::format(
                  "SQL compilation error: error line {} at position {}\n{} arguments for function [{}({})] expected {}, got {}",
                  range.line, range.column - 1, few ? "not enough" : "too many", name, joined(arguments, ", "),
                  few ? rule->arguments_min : rule->arguments_max, arguments.size()),
              range.line, range.column - 1));
    return {};
  }
  if (rule->form == FunctionForm::pattern) return by_pattern(rule->text, arguments);
  if (rule->form == FunctionForm::special) return special(*rule, call, arguments, range);
  if (rule->form == FunctionForm::window && !call.over) {
    fail_with(Error(2303, "42601", fmt::format("SQL compilation error:\nmissing OVER clause for window function [{}].", name),
                    range.line, range.column - 1));
  }
  return aggregate(rule->text, call, arguments);
}

std::string EngineText::context_call(const FunctionCall& call, const Arguments& arguments, const SourceRange& range) {
  std::vector<EngineNames::PrintedArgument> printed;
  for (size_t i = 0; i < arguments.size(); ++i) {
    printed.push_back({call.arguments[i].name ? call.arguments[i].name->name : "", arguments[i], &call.arguments[i].value});
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
  if (call.from_last) unsupported("FROM LAST", call.name.range);
  bool whole_frame = engine_name == "first_value" || engine_name == "last_value" || engine_name == "nth_value";
  return text + ")" + over(call, whole_frame);
}

std::string EngineText::special(const FunctionRule& rule, const FunctionCall& call, const Arguments& arguments,
                                const SourceRange& range) {
  using Family = std::optional<std::string> (EngineText::*)(const FunctionRule&, const FunctionCall&, const Arguments&);
  static constexpr Family k_families[] = {&EngineText::conditional_function, &EngineText::aggregate_function,
                                          &EngineText::text_function,        &EngineText::regexp_function,
                                          &EngineText::number_function,      &EngineText::date_function,
                                          &EngineText::to_date_function};
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
      text += fmt::format(" WHEN {} IS NOT DISTINCT FROM {} THEN {}", arguments[0], arguments[i], arguments[i + 1]);
    }
    if (i < arguments.size()) text += " ELSE " + arguments[i];
    return text + " END";
  }
  if (rule.name == "GREATEST" || rule.name == "LEAST") {
    return fmt::format("CASE WHEN {} THEN NULL ELSE {}({}) END", any_null(), rule.text, joined(arguments, ", "));
  }
  if (rule.name == "CONCAT_WS")
    return fmt::format("CASE WHEN {} THEN NULL ELSE concat_ws({}) END", any_null(), joined(arguments, ", "));
  if (rule.name == "OBJECT_CONSTRUCT") {
    if (!call.arguments.empty() && call.arguments[0].value.as<Star>()) return std::nullopt;
    return by_pattern(rule.text, arguments);
  }
  if (rule.name == "GET") return fmt::format("json_extract({}, {})", arguments[0], arguments[1]);
  if (rule.name == "GET_PATH") {
    const auto* path = literal_of(call, 1);
    if (!path) return std::nullopt;
    return fmt::format("json_extract({}, {})", arguments[0], quote_string(path->starts_with('[') ? "$" + *path : "$." + *path));
  }
  return std::nullopt;
}

std::optional<std::string> EngineText::aggregate_function(const FunctionRule& rule, const FunctionCall& call,
                                                          const Arguments& arguments) {
  if (rule.name == "COUNT") {
    if (arguments.size() == 1) {
      const auto* star = call.arguments[0].value.as<Star>();
      if (star && !star->table.empty()) unsupported("COUNT(t.*)", call.name.range);
      return aggregate("count", call, arguments);
    }
    std::vector<std::string> tests;
    for (const auto& argument : arguments) tests.push_back(argument + " IS NOT NULL");
    return aggregate("count", call,
                     {fmt::format("CASE WHEN {} THEN ({}) END", joined(tests, " AND "), joined(arguments, ", "))});
  }
  if (rule.name == "LISTAGG" || rule.name == "STRING_AGG") {
    Arguments printed{fmt::format("CAST({} AS VARCHAR)", arguments[0]), arguments.size() > 1 ? arguments[1] : "''"};
    return fmt::format("coalesce({}, '')", aggregate("string_agg", call, printed));
  }
  if (rule.name == "ARRAY_AGG" || rule.name == "ARRAYAGG" || rule.name == "ARRAY_UNIQUE_AGG") {
    FunctionCall collected = call;
    collected.distinct |= rule.name == "ARRAY_UNIQUE_AGG";
    collected.over = nullptr;
    std::string text = aggregate("list", collected, arguments) + fmt::format(" FILTER (WHERE {} IS NOT NULL)", arguments[0]);
    return fmt::format("coalesce(to_json({}{}), CAST('[]' AS JSON))", text, over(call, false));
  }
  if (rule.name == "PERCENTILE_CONT" || rule.name == "PERCENTILE_DISC") {
    if (call.within_group.size() != 1) return std::nullopt;
    FunctionCall bare = call;
    bare.within_group.clear();
    bool descending = call.within_group[0].descending.value_or(false);
    std::string fraction = descending ? fmt::format("1 - {}", arguments[0]) : arguments[0];
    return aggregate(rule.text, bare, {expression(call.within_group[0].value), fraction});
  }
  if (rule.name == "RATIO_TO_REPORT") {
    return fmt::format("({0} / nullif(sum({0}){1}, 0))", arguments[0], over(call, true));
  }
  return std::nullopt;
}

std::optional<std::string> EngineText::text_function(const FunctionRule& rule, const FunctionCall& call,
                                                     const Arguments& arguments) {
  if (rule.name == "CONCAT") {
    std::vector<std::string> parts;
    for (const auto& argument : call.arguments) parts.push_back(text_of(argument.value));
    return "(" + joined(parts, " || ") + ")"; // NULL if any is, unlike the engine's concat
  }
  if (rule.name == "SUBSTR" || rule.name == "SUBSTRING") {
    auto start = number_of(call, 1);
    std::string from =
        start ? std::to_string(*start == 0 ? 1 : *start) : fmt::format("CASE WHEN {0} = 0 THEN 1 ELSE {0} END", arguments[1]);
    return fmt::format("substr(CAST({} AS VARCHAR), {}{})", arguments[0], from,
                       arguments.size() > 2 ? ", " + arguments[2] : "");
  }
  if (rule.name == "POSITION" || rule.name == "CHARINDEX") {
    if (arguments.size() == 2) return fmt::format("strpos(CAST({} AS VARCHAR), {})", arguments[1], arguments[0]);
    return fmt::format("CASE WHEN strpos(substr({1}, {2}), {0}) = 0 THEN 0 ELSE strpos(substr({1}, {2}), {0}) + {2} - 1 END",
                       arguments[0], arguments[1], arguments[2]);
  }
  if (rule.name == "SHA2" || rule.name == "SHA2_HEX") {
    if (arguments.size() > 1 && number_of(call, 1) != 256) return std::nullopt;
    return fmt::format("sha256(CAST({} AS VARCHAR))", arguments[0]);
  }
  if (rule.name == "TO_CHAR" || rule.name == "TO_VARCHAR")
    return arguments.size() == 1 ? text_of(call.arguments[0].value) : to_char(call, arguments);
  return std::nullopt;
}

std::optional<std::string> EngineText::regexp_function(const FunctionRule& rule, const FunctionCall& call,
                                                       const Arguments& arguments) {
  if (rule.name == "RLIKE" || rule.name == "REGEXP_LIKE") {
    return fmt::format("regexp_full_match({})", joined(arguments, ", "));
  }
  std::string options = arguments.size() > 5 || (arguments.size() > 4 && rule.name == "REGEXP_SUBSTR")
                            ? arguments[rule.name == "REGEXP_SUBSTR" ? 4 : 5]
                            : "''";
  if (rule.name == "REGEXP_REPLACE") {
    if (arguments.size() > 3 && number_of(call, 3) != 1) return std::nullopt;
    if (arguments.size() > 4 && number_of(call, 4) != 0 && number_of(call, 4) != 1) return std::nullopt;
    bool all = arguments.size() < 5 || number_of(call, 4) == 0;
    std::string flags = arguments.size() > 5 ? fmt::format("{} || {}", all ? "'g'" : "''", options) : all ? "'g'" : "''";
    return fmt::format("regexp_replace({}, {}, {}, {})", arguments[0], arguments[1], arguments.size() > 2 ? arguments[2] : "''",
                       flags);
  }
  if (rule.name == "REGEXP_SUBSTR") {
    std::string subject = arguments.size() > 2 && number_of(call, 2) != 1
                              ? fmt::format("substr({}, {})", arguments[0], arguments[2])
                              : arguments[0];
    std::string group = arguments.size() > 5 ? arguments[5] : "0";
    std::string occurrence = arguments.size() > 3 ? arguments[3] : "1";
    if (const auto* flags = literal_of(call, 4); flags && arguments.size() == 5 && flags->find('e') != std::string::npos)
      group = "1";
    std::string flags = arguments.size() > 4 ? fmt::format(", replace({}, 'e', '')", arguments[4]) : "";
    return fmt::format("regexp_extract_all({}, {}, {}{})[{}]", subject, arguments[1], group, flags, occurrence);
  }
  return std::nullopt;
}

std::optional<std::string> EngineText::number_function(const FunctionRule& rule, const FunctionCall& call,
                                                       const Arguments& arguments) {
  std::string_view name = rule.name;
  if (name == "CEIL" || name == "CEILING" || name == "FLOOR") {
    if (arguments.size() == 1) return fmt::format("{}({})", rule.text, arguments[0]);
    return fmt::format("({0}({1} * pow(10, {2})) / pow(10, {2}))", rule.text, arguments[0], arguments[1]);
  }
  if (name == "TRUNC" || name == "TRUNCATE") {
    if (const auto* part = literal_of(call, 1)) {
      return date_part_of("trunc:" + *part, arguments[0], call.name.range);
    }
    return arguments.size() == 1 ? fmt::format("trunc({})", arguments[0])
                                 : fmt::format("trunc({}, {})", arguments[0], arguments[1]);
  }
  if (name == "DIV0" || name == "DIV0NULL") {
    bool whole =
        kind_of(call.arguments[0].value) == ResultKind::integer && kind_of(call.arguments[1].value) == ResultKind::integer;
    std::string text =
        fmt::format("CASE WHEN {} = 0 THEN 0 ELSE {} / {} END", by_pattern(rule.text, arguments), arguments[0], arguments[1]);
    return whole ? fmt::format("CAST(round({}, 6) AS DECIMAL(38, 6))", text) : text;
  }
  if (name == "UNIFORM")
    return fmt::format("CAST(floor({0} + random() * ({1} - {0} + 1)) AS BIGINT)", arguments[0], arguments[1]);
  if (!name.ends_with("NUMBER") && !name.ends_with("NUMERIC") && !name.ends_with("DECIMAL")) return std::nullopt;
  size_t digits = 1;
  std::string value = call.arguments[0].value.as<PathAccess>() ? text_of(call.arguments[0].value) : arguments[0];
  if (literal_of(call, 1)) { // a format model: its signs are taken out of the text
    value = fmt::format("regexp_replace({}, '[,$ ]', '', 'g')", value);
    digits = 2;
  }
  auto precision = number_of(call, digits);
  auto scale = number_of(call, digits + 1);
  if ((arguments.size() > digits && !precision) || (arguments.size() > digits + 1 && !scale)) return std::nullopt;
  return fmt::format("{}CAST({} AS DECIMAL({}, {}))", rule.text, value, precision.value_or(38), scale.value_or(0));
}

} // namespace freshet::sql
