// Functions of strings and regular expressions.
#include <fmt/format.h>

#include <algorithm>

#include "sql/collation.h"
#include "sql/engine_text.h"

namespace freshet::sql {

namespace {

/// What 'en-ci', 'de-ci-ai', … say about case and accents; nullopt: something that is not known. Languages alone do not change
/// what is equal.
struct Collation {
  bool any_case = false;
  bool any_accent = false;
};
std::optional<Collation> collation(std::string_view specification) {
  Collation out;
  for (bool first = true; !specification.empty(); first = false) {
    const auto part = specification.substr(0, specification.find('-'));
    specification.remove_prefix(std::min(part.size() + 1, specification.size()));
    if (part == "ci" || part == "upper" || part == "lower")
      out.any_case = true;
    else if (part == "ai")
      out.any_accent = true;
    else if (!first && part != "cs" && part != "as" && part != "ps")
      return std::nullopt;
  }
  return out;
}

} // namespace

std::string in_collation(std::string text, std::string_view specification, std::string_view own) {
  if (!changes_comparison(specification)) return changes_comparison(own) ? fmt::format("({} COLLATE POSIX)", text) : text;
  const auto found = collation(specification);
  return fmt::format("({} COLLATE {}{}{})", text, found->any_case ? "NOCASE" : "",
                     found->any_case && found->any_accent ? "." : "", found->any_accent ? "NOACCENT" : "");
}

std::string collation_key(std::string text, std::string_view specification) {
  const auto found = collation(specification);
  if (found && found->any_accent) text = fmt::format("strip_accents({})", text);
  return found && found->any_case ? fmt::format("lower({})", text) : text;
}

bool changes_comparison(std::string_view specification) {
  const auto found = collation(specification);
  return found && (found->any_case || found->any_accent);
}

bool is_known_collation(std::string_view specification) {
  return collation(specification).has_value();
}

std::string EngineText::collated(const FunctionCall& call, const std::string& value) {
  const auto* specification = literal_of(call, 1);
  if (!specification) unsupported("COLLATE with a specification that is no constant", call.name.range);
  if (specification && !is_known_collation(*specification))
    unsupported(fmt::format("COLLATE '{}'", *specification), call.name.range);
  return specification ? in_collation(value, *specification, collation_of(call.arguments[0].value)) : value;
}

namespace {

/// Up to three characters: those of the indexes 62 and 63, and the one that pads.
std::string base64_alphabet(const std::string& alphabet) {
  return fmt::format("({0} || substr('+/=', length({0}) + 1))", alphabet);
}

} // namespace

/// BASE64_ENCODE(value [, characters in a line] [, alphabet])
std::string EngineText::base64_encoded(const FunctionCall& call, const Arguments& arguments) {
  std::string text = fmt::format("base64({})", bytes_of(call.arguments[0].value));
  const bool has_length =
      arguments.size() == 3 || (arguments.size() == 2 && kind_of(call.arguments[1].value) != ResultKind::text);
  if (arguments.size() > (has_length ? 2U : 1U))
    text = fmt::format("translate({}, '+/=', {})", text, base64_alphabet(arguments.back()));
  if (!has_length) return text;
  return fmt::format(
      "CASE WHEN CAST({1} AS BIGINT) > 0 THEN rtrim(regexp_replace({0}, '(.{{' || {1} || '}})', '\\1' || chr(10), "
      "'g'), chr(10)) ELSE {0} END",
      text, arguments[1]);
}

std::optional<std::string> EngineText::text_function(const FunctionRule& rule, const FunctionCall& call,
                                                     const Arguments& arguments) {
  if (rule.name == "LENGTH" || rule.name == "LEN" || rule.name == "OCTET_LENGTH" || rule.name == "BIT_LENGTH") {
    auto type = type_of(call.arguments[0].value);
    std::string_view bytes = type && type->kind == TypeKind::binary ? "octet_length" : "strlen";
    if (rule.name == "BIT_LENGTH") return fmt::format("({}({}) * 8)", bytes, arguments[0]);
    bool characters = rule.name != "OCTET_LENGTH" && bytes == "strlen";
    return characters ? fmt::format("length(CAST({} AS VARCHAR))", arguments[0]) : fmt::format("{}({})", bytes, arguments[0]);
  }
  if (rule.name == "LIKE" || rule.name == "ILIKE")
    return by_pattern(rule.text,
                      {arguments[0], arguments.size() < 3 ? arguments[1] : arguments[1] + " ESCAPE " + arguments[2]});
  if (rule.name == "BASE64_ENCODE") return base64_encoded(call, arguments);
  if (rule.name.find("BASE64_DECODE") != std::string_view::npos) {
    const std::string standard = arguments.size() < 2
                                     ? arguments[0]
                                     : fmt::format("translate({}, {}, '+/=')", arguments[0], base64_alphabet(arguments[1]));
    return by_pattern(rule.text, {standard});
  }
  if (rule.name == "COLLATE") return collated(call, arguments[0]);
  if (rule.name == "COLLATION") {
    const auto specification = collation_of(call.arguments[0].value);
    return specification.empty() ? "CAST(NULL AS VARCHAR)" : quote_string(specification);
  }
  if (rule.name == "CONCAT") {
    std::vector<std::string> parts;
    for (const auto& argument : call.arguments) parts.push_back(text_of(argument.value));
    return "(" + joined(parts, " || ") + ")"; // NULL if any is, unlike the engine's concat
  }
  if (rule.name == "SUBSTR" || rule.name == "SUBSTRING") {
    auto start = number_of(call, 1);
    std::string from = start
                           ? std::to_string(*start == 0 ? 1 : *start)
                           : fmt::format("CASE WHEN {0} = 0 THEN 1 ELSE {0} END", argument_text(call.arguments[1].value, 'n'));
    std::string length = arguments.size() > 2 ? argument_text(call.arguments[2].value, 'n') : "";
    if (is_kind(call.arguments[0].value, TypeKind::binary))
      return fmt::format("freshet_binary_part({}, {}, {})", arguments[0], from,
                         length.empty() ? "9223372036854775807" : length);
    const bool in_front = !start || *start < 0; // of the string's beginning, perhaps: then there is nothing
    std::string part = fmt::format("substr(CAST({} AS VARCHAR), {}{})", arguments[0], from,
                                   length.empty() ? "" : fmt::format(", CASE WHEN {0} < 0 THEN 0 ELSE {0} END", length));
    return in_front
               ? fmt::format("CASE WHEN {0} < -length(CAST({1} AS VARCHAR)) THEN '' ELSE {2} END", from, arguments[0], part)
               : part;
  }
  if (rule.name == "POSITION" || rule.name == "CHARINDEX") {
    if (arguments.size() == 2) return fmt::format("strpos(CAST({} AS VARCHAR), {})", arguments[1], arguments[0]);
    return fmt::format("CASE WHEN strpos(substr({1}, {2}), {0}) = 0 THEN 0 ELSE strpos(substr({1}, {2}), {0}) + {2} - 1 END",
                       arguments[0], arguments[1], argument_text(call.arguments[2].value, 'n'));
  }
  if (rule.name == "INITCAP") {
    if (arguments.size() == 1) {
      constexpr std::string_view k_delimiters = R"(\s!?@"^#$&~_,.:;+*%/|\\\[\](){}<>-)";
      return fmt::format(
          "array_to_string(list_transform(regexp_extract_all(lower(CAST({0} AS VARCHAR)), '[^{1}]+|[{1}]+'), lambda w: "
          "upper(w[1]) || w[2:]), '')",
          arguments[0], k_delimiters);
    }
    return fmt::format("freshet_initcap({}, {})", arguments[0], arguments[1]);
  }
  if (rule.name == "EDITDISTANCE") {
    return fmt::format("CAST(freshet_edit_distance({}, {}{}) AS BIGINT)", arguments[0], arguments[1],
                       arguments.size() > 2 ? fmt::format(", CAST({} AS VARCHAR)", arguments[2]) : "");
  }
  if (rule.name == "TO_BINARY" || rule.name == "TRY_TO_BINARY") {
    const auto* format = literal_of(call, 1);
    std::string way = format ? *format : options_.binary_input;
    std::transform(way.begin(), way.end(), way.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    const bool is_known = way == "HEX" || way == "BASE64" || way == "UTF-8" || way == "UTF8";
    if (!is_known && !rule.text.empty()) return "CAST(NULL AS BLOB)"; // as the page of TRY_TO_BINARY says
    std::string text = way == "HEX" ? "unhex(" : way == "BASE64" ? "from_base64(" : "encode(";
    text += arguments[0] + ")";
    return rule.text.empty() ? text : "TRY(" + text + ")";
  }
  if (rule.name == "UUID_STRING") {
    if (arguments.empty()) return "CAST(uuid() AS VARCHAR)";
    if (arguments.size() == 2) return fmt::format("freshet_uuid_of({}, {})", arguments[0], arguments[1]);
    return std::nullopt;
  }
  if (rule.name == "TO_CHAR" || rule.name == "TO_VARCHAR")
    return arguments.size() == 1 ? text_of(call.arguments[0].value) : to_char(call, arguments);
  return std::nullopt;
}

namespace {

/// How many parts in brackets, whose match can be asked for, a constant pattern has; nullopt where it is not known.
std::optional<int64_t> groups_of(const std::string* pattern) {
  if (pattern == nullptr) return std::nullopt;
  int64_t groups = 0;
  bool in_class = false;
  for (size_t at = 0; at < pattern->size(); ++at) {
    const char c = (*pattern)[at];
    if (c == '\\') {
      ++at;
    } else if (c == '[') {
      in_class = true;
    } else if (c == ']') {
      in_class = false;
    } else if (c == '(' && !in_class) {
      const auto after = std::string_view(*pattern).substr(at + 1);
      groups += !after.starts_with('?') || after.starts_with("?P<");
    }
  }
  return groups;
}

} // namespace

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
    if (!replaces && !counts && arguments.size() == parameters + 1 && written && written->find('e') != std::string::npos &&
        groups_of(literal_of(call, 1)) != 0)
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
  const auto wanted_group = number_of(call, parameters + 1);
  const bool is_missing = wanted_group && groups_of(literal_of(call, 1)).value_or(*wanted_group) < *wanted_group;
  if (is_missing && rule.name == "REGEXP_SUBSTR") return "CAST(NULL AS VARCHAR)";
  if (is_missing && !replaces && !places) return "CAST(NULL AS JSON)";
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

} // namespace freshet::sql
