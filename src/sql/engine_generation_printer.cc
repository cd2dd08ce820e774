// Functions that make data: sequences, random values, hashes.
#include <fmt/format.h>

#include <algorithm>

#include "sql/engine_text.h"

namespace freshet::sql {

/// The number of the row under way. A GENERATOR that stands alone counts its rows; elsewhere a window does.
std::string EngineText::generated_number() const {
  if (!scopes_.empty() && !scopes_.back().generator.empty()) return quote_identifier(scopes_.back().generator) + ".\"$SEQ\"";
  return "(row_number() OVER () - 1)";
}

std::optional<std::string> EngineText::generation_function(const FunctionRule& rule, const FunctionCall& call,
                                                           const Arguments& arguments) {
  if (rule.name == "HASH") return fmt::format("CAST({} AS BIGINT)", hash_of(call));
  if (rule.name == "RANDOM") {
    bool numbered = !scopes_.empty() && !scopes_.back().generator.empty();
    if (!arguments.empty() && (numbered || numbers_rows_))
      return fmt::format("freshet_mixed(CAST({} AS BIGINT), {})", arguments[0], generated_number());
    return "CAST((random() * 2 - 1) * 9223372036854770000 AS BIGINT)";
  }
  if (rule.name == "UNIFORM") {
    auto low = type_of(call.arguments[0].value), high = type_of(call.arguments[1].value);
    auto whole = [](const std::optional<SnowflakeType>& type) {
      return !type || (type->kind == TypeKind::number && type->scale == 0);
    };
    if (whole(low) && whole(high))
      return fmt::format("freshet_uniform_integer({}, {}, {})", argument_text(call.arguments[0].value, 'n'),
                         argument_text(call.arguments[1].value, 'n'), argument_text(call.arguments[2].value, 'n'));
    return fmt::format("freshet_uniform_real({}, {}, {})", argument_text(call.arguments[0].value, 'r'),
                       argument_text(call.arguments[1].value, 'r'), argument_text(call.arguments[2].value, 'n'));
  }
  if (!rule.name.starts_with("SEQ")) return std::nullopt;
  // After the largest number of its width: on from 0, or from the smallest.
  auto wraps_below = arguments.empty() ? std::optional<int64_t>(0) : number_of(call, 0);
  if (!wraps_below || rule.name == "SEQ8") return generated_number();
  int64_t half = int64_t{1} << (rule.name == "SEQ1" ? 7 : rule.name == "SEQ2" ? 15 : 31);
  if (*wraps_below == 0) return fmt::format("({} % {})", generated_number(), half);
  return fmt::format("(({0} + {1}) % {2} - {1})", generated_number(), half, half * 2);
}

/// Of whole rows or of values: numbers of one value have one hash, whatever their types. HUGEINT between the limits of BIGINT.
std::string EngineText::hash_of(const FunctionCall& call) {
  std::vector<std::string> parts;
  auto add = [&](const Expression& value) {
    auto type = type_of(value);
    std::string text = expression(value);
    if (type && type->kind == TypeKind::number)
      text = type->scale == 0 ? fmt::format("'n' || CAST({} AS VARCHAR)", text)
                              : fmt::format("'n' || rtrim(rtrim(CAST({} AS VARCHAR), '0'), '.')", text);
    if (type && type->kind == TypeKind::real)
      text = fmt::format("'n' || regexp_replace(CAST({} AS VARCHAR), '\\.0$', '')", text);
    parts.push_back(std::move(text));
  };
  for (const auto& argument : call.arguments) {
    const auto* star = argument.value.as<Star>();
    if (!star) {
      add(argument.value);
      continue;
    }
    bool known = !scopes_.empty() && std::all_of(scopes_.back().sources.begin(), scopes_.back().sources.end(),
                                                 [](const SourceColumns& source) { return source.is_known; });
    if (!known) {
      parts.push_back(fmt::format("*COLUMNS({})", print(*star, argument.value)));
      continue;
    }
    for (const auto& reference : star_references(*star, call.name.range)) add(reference);
  }
  return fmt::format("(CAST(hash({}) AS HUGEINT) - 9223372036854775808)", joined(parts, ", "));
}

} // namespace freshet::sql
