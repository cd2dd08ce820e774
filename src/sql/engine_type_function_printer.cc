// TYPEOF, IS_… and AS_… of semi-structured values.
#include <fmt/format.h>

#include <algorithm>

#include "sql/engine_text.h"

namespace freshet::sql {
namespace {

/// A semi-structured value is JSON, which has no dates, times and binary values: they stand in it as texts.
struct Kind {
  TypeKind kind;
  std::string_view name;
};
constexpr Kind k_kinds[] = {{TypeKind::date, "DATE"},
                            {TypeKind::time, "TIME"},
                            {TypeKind::timestamp_ntz, "TIMESTAMP_NTZ"},
                            {TypeKind::timestamp_ltz, "TIMESTAMP_LTZ"},
                            {TypeKind::timestamp_tz, "TIMESTAMP_TZ"},
                            {TypeKind::binary, "BINARY"}};

/// What x::VARIANT and TO_VARIANT(x) were made of.
const Expression& inside(const Expression& value) {
  if (const auto* cast = value.as<Cast>(); cast && cast->type.name == "VARIANT") return inside(*cast->operand);
  const auto* call = value.as<FunctionCall>();
  const bool wraps = call && call->name.parts.size() == 1 && call->name.last() == "TO_VARIANT" && call->arguments.size() == 1;
  return wraps ? inside(call->arguments[0].value) : value;
}

} // namespace

/// By the type that the value had before it became semi-structured, where the text shows it; else (a stored value) by what the
/// value looks like.
std::optional<std::string> EngineText::type_function(const FunctionRule& rule, const FunctionCall& call,
                                                     const Arguments& arguments) {
  const bool names = rule.name == "TYPEOF", tests = rule.name.starts_with("IS_"), takes = rule.name.starts_with("AS_");
  if (call.arguments.size() != 1 || rule.text.empty() || (!names && !tests && !takes)) return std::nullopt;
  const Expression& value = inside(call.arguments[0].value);
  const auto type = type_of(value);
  const auto* known = type ? std::ranges::find(k_kinds, type->kind, &Kind::kind) : std::end(k_kinds);
  if (known == std::end(k_kinds)) return by_pattern(rule.text, arguments);
  if (names) return fmt::format("CASE WHEN {} IS NOT NULL THEN '{}' END", expression(value), known->name);
  const auto wanted = rule.name == "IS_DATE_VALUE" ? std::string_view("DATE") : rule.name.substr(3);
  if (tests) return fmt::format("CASE WHEN {} IS NOT NULL THEN {} END", expression(value), wanted == known->name);
  if (wanted == known->name) return expression(value);
  return fmt::format("CAST(NULL AS {})", call_type(call).value_or(*type).engine_type());
}

} // namespace freshet::sql
