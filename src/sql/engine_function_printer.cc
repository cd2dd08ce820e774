// Calls, by the map of functions.cc; the special ones have their code here and in engine_date_printer.cc.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sql/engine_text.h"
#include "sql/snowflake_printer.h"

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
  return index < call.arguments.size() ? whole_number(call.arguments[index].value) : std::nullopt;
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
  static_cast<void>(expression);
  std::string_view name = call.name.last();
  const FunctionRule* rule = call.name.parts.size() == 1 ? find_function(name) : nullptr;
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
    if (auto type = call_type(call); type && type->kind == TypeKind::variant) {
      for (size_t i = 0; i < arguments.size(); ++i) {
        bool is_result = rule->result == ResultKind::common ||
                         (name == "DECODE" ? i >= 2 && (i % 2 == 0 || i + 1 == arguments.size()) : i >= 1);
        if (is_result) arguments[i] = variant_of(call.arguments[i].value);
      }
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
  static constexpr Family k_families[] = {
      &EngineText::conditional_function, &EngineText::aggregate_function, &EngineText::text_function,
      &EngineText::regexp_function,      &EngineText::number_function,    &EngineText::date_function,
      &EngineText::to_date_function,     &EngineText::variant_function,   &EngineText::hierarchy_function};
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
  if (rule.name == "CONCAT_WS")
    return fmt::format("CASE WHEN {} THEN NULL ELSE concat_ws({}) END", any_null(), joined(arguments, ", "));
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
  if (rule.name == "SUM" || rule.name == "AVG") {
    auto type = type_of(call.arguments[0].value);
    Arguments numbers{number_operand(call.arguments[0].value)};
    if (rule.name == "SUM" || !type || type->kind != TypeKind::number) return aggregate(rule.text, call, numbers);
    return quotient(aggregate("sum", call, numbers), fmt::format("nullif({}, 0)", aggregate("count", call, numbers)),
                    call_type(call)->scale);
  }
  if (rule.name == "MEDIAN") {
    auto type = call_type(call);
    std::string text = aggregate("median", call, {fmt::format("CAST({} AS DOUBLE)", arguments[0])});
    return type->kind == TypeKind::number ? fmt::format("CAST({} AS {})", text, type->engine_type()) : text;
  }
  if (rule.text.starts_with("bit_")) return aggregate(rule.text, call, {fmt::format("CAST({} AS BIGINT)", arguments[0])});
  if (rule.name == "COUNT_IF") return aggregate("count", call, {fmt::format("CASE WHEN {} THEN 1 END", arguments[0])});
  if (rule.name == "BOOLXOR_AGG") return fmt::format("({} = 1)", aggregate("count_if", call, arguments));
  if (rule.name == "CONDITIONAL_TRUE_EVENT") return aggregate("count_if", call, arguments);
  if ((rule.name == "LISTAGG" || rule.name == "STRING_AGG") && call.distinct && call.within_group.size() == 1 &&
      call.within_group[0].value == call.arguments[0].value) { // the engine orders distinct texts by themselves alone
    FunctionCall collected = call;
    collected.within_group.clear();
    collected.over = nullptr;
    std::string text = aggregate("list", collected, arguments.size() > 1 ? Arguments{arguments[0]} : arguments);
    return fmt::format("coalesce(array_to_string(list_sort({} FILTER (WHERE {} IS NOT NULL){}, '{}'), {}), '')", text,
                       arguments[0], over(call, false), call.within_group[0].descending.value_or(false) ? "DESC" : "ASC",
                       arguments.size() > 1 ? arguments[1] : "''");
  }
  if (rule.name == "LISTAGG" || rule.name == "STRING_AGG") {
    Arguments printed{fmt::format("CAST({} AS VARCHAR)", arguments[0]), arguments.size() > 1 ? arguments[1] : "''"};
    return fmt::format("coalesce({}, '')", aggregate("string_agg", call, printed));
  }
  if (rule.name == "ARRAY_AGG" || rule.name == "ARRAYAGG" || rule.name == "ARRAY_UNIQUE_AGG") {
    FunctionCall collected = call;
    collected.distinct |= rule.name == "ARRAY_UNIQUE_AGG";
    collected.over = nullptr;
    std::string text = aggregate("list", collected, {variant_of(call.arguments[0].value)}) +
                       fmt::format(" FILTER (WHERE {} IS NOT NULL)", arguments[0]);
    return fmt::format("coalesce(to_json({}{}), CAST('[]' AS JSON))", text, over(call, false));
  }
  if (rule.name == "OBJECT_AGG") {
    FunctionCall collected = call;
    collected.over = nullptr;
    std::string where =
        fmt::format(" FILTER (WHERE {} IS NOT NULL AND {} IS NOT NULL){}", arguments[0], arguments[1], over(call, false));
    std::string keys = aggregate("list", collected, {text_of(call.arguments[0].value)}) + where;
    std::string values = aggregate("list", collected, {variant_of(call.arguments[1].value)}) + where;
    return fmt::format("freshet_variant(to_json(map(coalesce({}, []), coalesce({}, []))))", keys, values);
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
  if (rule.name == "RATIO_TO_REPORT") {
    auto type = type_of(call.arguments[0].value);
    std::string total = fmt::format("nullif(sum({}){}, 0)", arguments[0], over(call, true));
    if (type && type->kind == TypeKind::number)
      return quotient(arguments[0], total, arithmetic_type(BinaryOperator::divide, *type, *type).scale);
    return fmt::format("({} / {})", arguments[0], total);
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
  if (rule.name == "INITCAP") {
    if (arguments.size() == 1) return by_pattern(rule.text, arguments);
    return fmt::format("freshet_initcap({}, {})", arguments[0], arguments[1]);
  }
  if (rule.name == "EDITDISTANCE") {
    std::string distance = fmt::format("levenshtein({}, {})", arguments[0], arguments[1]);
    return arguments.size() == 2 ? distance : fmt::format("least({}, CAST({} AS BIGINT))", distance, arguments[2]);
  }
  if (rule.name == "TO_BINARY" || rule.name == "TRY_TO_BINARY") {
    const auto* format = literal_of(call, 1);
    std::string way = format ? *format : "HEX";
    std::transform(way.begin(), way.end(), way.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    std::string text = way == "HEX" ? "unhex(" : way == "BASE64" ? "from_base64(" : "encode(";
    text += arguments[0] + ")";
    return rule.text.empty() ? text : "TRY(" + text + ")";
  }
  if (rule.name == "SHA2_BINARY") {
    if (arguments.size() > 1 && number_of(call, 1) != 256) return std::nullopt;
    return fmt::format("unhex(sha256(CAST({} AS VARCHAR)))", arguments[0]);
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
  if (rule.name == "RLIKE" || rule.name == "REGEXP_LIKE" || rule.name == "REGEXP") {
    std::string matched = argument_text(call.arguments[0].value, 't');
    if (arguments.size() == 2) return fmt::format("regexp_full_match({}, {})", matched, arguments[1]);
    return fmt::format("regexp_full_match({}, {}, replace(replace({}, 'e', ''), 'm', ''))", matched, arguments[1],
                       arguments[2]);
  }
  if (!rule.name.starts_with("REGEXP_")) return std::nullopt;
  // (subject, pattern[, replacement], position, occurrence[, option], parameters, group)
  bool replaces = rule.name == "REGEXP_REPLACE", counts = rule.name == "REGEXP_COUNT", places = rule.name == "REGEXP_INSTR";
  size_t position = replaces ? 3 : 2, occurrence = position + 1, parameters = counts ? 3 : occurrence + 1 + (places ? 1 : 0);
  std::string flags, pattern = arguments[1];
  if (arguments.size() > parameters) {
    const auto* written = literal_of(call, parameters);
    if (!written) unsupported("regular expression parameters that are no constant", call.name.range);
    for (char c : written ? *written : std::string())
      if (c == 'i' || c == 's' || c == 'm') flags += c;
    if (written && written->rfind('c') != std::string::npos && written->rfind('c') > written->rfind('i'))
      std::erase(flags, 'i');
    if (!flags.empty()) pattern = fmt::format("('(?{})' || {})", flags, pattern);
    if (!replaces && !counts && arguments.size() == parameters + 1 && written && written->find('e') != std::string::npos)
      flags += 'e';
  }
  std::string subject = argument_text(call.arguments[0].value, 't');
  auto first = number_of(call, position);
  bool from_start = arguments.size() <= position || first == 1;
  std::string tail = from_start ? subject : fmt::format("substr({}, CAST({} AS BIGINT))", subject, arguments[position]);
  std::string group = arguments.size() > parameters + 1 ? arguments[parameters + 1] : flags.ends_with('e') ? "1" : "0";
  std::string nth = arguments.size() > occurrence && !counts ? fmt::format("CAST({} AS BIGINT)", arguments[occurrence])
                    : replaces                               ? "0"
                                                             : "1";
  if (counts) return fmt::format("len(regexp_extract_all({}, {}))", tail, pattern);
  if (rule.name == "REGEXP_SUBSTR") return fmt::format("regexp_extract_all({}, {}, {})[{}]", tail, pattern, group, nth);
  if (rule.name == "REGEXP_SUBSTR_ALL" || rule.name == "REGEXP_EXTRACT_ALL")
    return fmt::format("to_json(regexp_extract_all({}, {}, {})[{}:])", tail, pattern, group, nth);
  // What stands in front of the n-th match: n - 1 matches, each as short as can be, with what is between them.
  std::string before =
      fmt::format("regexp_extract({0}, '(?s)^((?:.*?(?:' || {1} || ')){{' || ({2} - 1) || '}}.*?)(?:' || {1} || ')', 1)", tail,
                  pattern, nth);
  std::string match = fmt::format("regexp_extract_all({}, {})[{}]", tail, pattern, nth);
  if (places) {
    std::string start =
        fmt::format("length({}) + {}", before, from_start ? "1" : fmt::format("CAST({} AS BIGINT)", arguments[position]));
    if (auto option = number_of(call, 4); arguments.size() > 4 && option != 0) {
      if (!option) return std::nullopt;
      start += fmt::format(" + length({})", match);
    }
    if (group != "0") { // the group within the match
      std::string inner = fmt::format("regexp_extract_all({}, {}, {})[{}]", tail, pattern, group, nth);
      start += fmt::format(" + strpos({}, {}) - 1", match, inner);
    }
    return fmt::format("CASE WHEN {0} IS NULL OR {1} IS NULL THEN NULL WHEN {2} IS NULL THEN 0 ELSE {3} END", subject,
                       arguments[1], match, start);
  }
  std::string replacement = arguments.size() > 2 ? arguments[2] : "''";
  auto which = arguments.size() > occurrence ? number_of(call, occurrence) : std::optional<int64_t>(0);
  std::string head = from_start ? "" : fmt::format("left({}, CAST({} AS BIGINT) - 1) || ", subject, arguments[position]);
  if (which == 0) return fmt::format("({}regexp_replace({}, {}, {}, 'g'))", head, tail, pattern, replacement);
  if (which == 1) return fmt::format("({}regexp_replace({}, {}, {}))", head, tail, pattern, replacement);
  return fmt::format(
      "({0}CASE WHEN {1} IS NULL THEN {2} ELSE {3} || regexp_replace({1}, {4}, {5}) || substr({2}, length({3}) + length({1}) + "
      "1) END)",
      head, match, tail, before, pattern, replacement);
}

std::optional<std::string> EngineText::number_function(const FunctionRule& rule, const FunctionCall& call,
                                                       const Arguments& arguments) {
  std::string_view name = rule.name;
  if (name == "CEIL" || name == "CEILING" || name == "FLOOR") {
    if (arguments.size() == 1) return fmt::format("{}({})", rule.text, arguments[0]);
    std::string text = fmt::format("({0}({1} * pow(10, {2})) / pow(10, {2}))", rule.text, arguments[0], arguments[1]);
    auto type = type_of(call.arguments[0].value);
    if (!type || type->kind != TypeKind::number) return text;
    return fmt::format("CAST({} AS DECIMAL(38, {}))", text, special_call_type(call)->scale);
  }
  if (name == "TRUNC" || name == "TRUNCATE") {
    if (const auto* part = literal_of(call, 1)) {
      std::string text = date_part_of("trunc:" + *part, argument_text(call.arguments[0].value, 'm'), call.name.range);
      return kind_of(call.arguments[0].value) == ResultKind::date ? fmt::format("CAST({} AS DATE)", text) : text;
    }
    return arguments.size() == 1 ? fmt::format("trunc({})", arguments[0])
                                 : fmt::format("trunc({}, {})", arguments[0], arguments[1]);
  }
  if (name == "DIV0" || name == "DIV0NULL") {
    auto result = special_call_type(call);
    std::string text =
        result && result->kind == TypeKind::number
            ? quotient(arguments[0], arguments[1], result->scale)
            : fmt::format("({} / {})", number_operand(call.arguments[0].value), number_operand(call.arguments[1].value));
    return fmt::format("CASE WHEN {} = 0 THEN 0 ELSE {} END", by_pattern(rule.text, arguments), text);
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
