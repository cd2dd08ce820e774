// Functions of bits and of binary values.
#include <fmt/format.h>

#include <algorithm>

#include "sql/engine_text.h"

namespace freshet::sql {

/// A value as bytes: texts by their UTF-8.
std::string EngineText::bytes_of(const Expression& value) {
  if (value.as<NullLiteral>()) return "CAST(NULL AS BLOB)";
  if (is_kind(value, TypeKind::binary)) return expression(value);
  return fmt::format("encode({})", text_of(value));
}

/// BITAND and its kin, of whole numbers or of binary values.
std::optional<std::string> EngineText::bit_function(const FunctionRule& rule, const FunctionCall& call,
                                                    const Arguments& arguments) {
  if (!rule.name.starts_with("BIT") || rule.name.starts_with("BITMAP") || rule.name == "BIT_LENGTH") return std::nullopt;
  const bool shifts = rule.name.starts_with("BITSHIFT");
  const bool is_binary = is_kind(call.arguments[0].value, TypeKind::binary);
  if (is_binary && shifts)
    return fmt::format("freshet_binary_shift({}, {}CAST({} AS BIGINT))", arguments[0], rule.name == "BITSHIFTRIGHT" ? "-" : "",
                       arguments[1]);
  if (is_binary && rule.name == "BITNOT") return fmt::format("freshet_binary_not({})", arguments[0]);
  if (is_binary) {
    std::string side = arguments.size() > 2 ? fmt::format("upper(CAST({} AS VARCHAR))", arguments[2]) : "''";
    return fmt::format("freshet_binary_bits('{}', {}, {}, {})", rule.name, arguments[0], bytes_of(call.arguments[1].value),
                       side);
  }
  if (arguments.size() > 2) unsupported(fmt::format("{} of numbers with a side to pad", rule.name), call.name.range);
  Arguments numbers;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const bool is_shifted = shifts && i == 0;
    const auto kind = kind_of(call.arguments[i].value);
    numbers.push_back(fmt::format("{}({} AS {})", kind == ResultKind::text ? "TRY_CAST" : "CAST",
                                  number_operand(call.arguments[i].value), is_shifted ? "HUGEINT" : "BIGINT"));
    if (kind == ResultKind::text) // text that is no number counts as NULL
      numbers.back() = fmt::format("CAST(TRY_CAST({} AS DOUBLE) AS {})", arguments[i], is_shifted ? "HUGEINT" : "BIGINT");
  }
  return by_pattern(rule.text, numbers);
}

/// ENCRYPT(value, passphrase [, [aad,] method]), ENCRYPT_RAW(value, key, iv [, [aad,] method]), DECRYPT_RAW(value, key, iv [,
/// [[aad,] method,] tag]) and what undoes them: the engine's functions take all of them.
std::optional<std::string> EngineText::cipher_function(const FunctionRule& rule, const FunctionCall& call,
                                                       const Arguments& arguments) {
  if (rule.text.find("crypt") == std::string_view::npos) return std::nullopt;
  const bool is_raw = rule.text.ends_with("_raw"), takes_tag = rule.text.ends_with("decrypt_raw");
  const size_t required = is_raw ? 3 : 2;
  size_t optional = arguments.size() - required; // [[aad,] method] and, last, a tag
  const Expression* tag = nullptr;
  if (takes_tag && optional > 0) tag = &call.arguments[required + --optional].value;
  const Expression* aad = optional == 2 ? &call.arguments[required].value : nullptr;
  std::string method = optional > 0 ? text_of(call.arguments[required + optional - 1].value) : "'AES-GCM'";
  std::string text = fmt::format("{}({}, {}", rule.text, bytes_of(call.arguments[0].value), bytes_of(call.arguments[1].value));
  if (is_raw) text += ", " + bytes_of(call.arguments[2].value);
  text += fmt::format(", {}, {}", aad ? bytes_of(*aad) : "CAST(NULL AS BLOB)", method);
  if (takes_tag) text += ", " + (tag ? bytes_of(*tag) : std::string("CAST(NULL AS BLOB)"));
  return text + ")";
}

} // namespace freshet::sql
