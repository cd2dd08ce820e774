#include <fmt/format.h>

#include <array>
#include <optional>
#include <string_view>

#include "engine/native.h"

// DuckDB 1.5.6 needs about 18 µs to read a DECIMAL of more than 18 digits from text, a hundred times what a BIGINT costs it, and
// every NUMBER of Snowflake is such a decimal unless its script says otherwise. So the engine reads them itself.

namespace freshet::engine {
namespace {

using Digits = unsigned __int128;
using NativeCast = Native<duckdb_cast_function, duckdb_destroy_cast_function>;

constexpr int k_int64_digits = 18;
constexpr int k_digits_max = 38;

constexpr auto k_powers_of_ten = [] {
  std::array<Digits, k_digits_max + 1> powers{1};
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

struct DecimalType {
  int width = 0;
  int scale = 0;
};

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// The number after an `e`; beyond ±10,000 it no longer matters.
std::optional<int> exponent_of(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  int exponent = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    if (exponent < 10'000) exponent = exponent * 10 + (c - '0');
  }
  return negative ? -exponent : exponent;
}

/// `[+-]digits[.digits][e[+-]digits]` times 10^scale, rounded half away from zero; none: it is no number or has more than `width`
/// digits. A fraction of a million digits costs no more than reading them.
std::optional<__int128> to_decimal(std::string_view text, DecimalType type) {
  text = trimmed(text);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  Digits digits = 0;
  int kept = 0;          // significant digits in `digits`
  int first_dropped = 0; // the digit after them
  int dropped = 0;
  int64_t power = type.scale; // of ten, that `digits` is to be multiplied by
  bool any = false, fraction = false;
  size_t i = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.' && !fraction) {
      fraction = true;
      continue;
    }
    if (!is_digit(c)) break;
    any = true;
    if (kept == k_digits_max) {
      if (dropped++ == 0) first_dropped = c - '0';
      if (!fraction) ++power;
      continue;
    }
    digits = digits * 10 + static_cast<unsigned>(c - '0');
    if (digits != 0) ++kept;
    if (fraction) --power;
  }
  if (!any) return std::nullopt;
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return std::nullopt;
    const auto exponent = exponent_of(text.substr(i + 1));
    if (!exponent) return std::nullopt;
    power += *exponent;
  }
  if (digits == 0 || power < -k_digits_max) return 0;
  if (power >= 0) {
    if (kept + power > type.width) return std::nullopt;
    digits *= k_powers_of_ten[static_cast<size_t>(power)];
    if (power == 0 && first_dropped >= 5) ++digits;
  } else {
    const Digits divisor = k_powers_of_ten[static_cast<size_t>(-power)];
    const Digits rest = digits % divisor;
    digits /= divisor;
    if (rest >= divisor - rest) ++digits;
  }
  if (digits >= k_powers_of_ten[static_cast<size_t>(type.width)]) return std::nullopt;
  return negative ? -static_cast<__int128>(digits) : static_cast<__int128>(digits);
}

std::string_view text_of(const duckdb_string_t& value) {
  auto* string = const_cast<duckdb_string_t*>(&value);
  return {duckdb_string_t_data(string), duckdb_string_t_length(value)};
}

bool cast(duckdb_function_info info, idx_t count, duckdb_vector input, duckdb_vector output) {
  const auto& type = *static_cast<const DecimalType*>(duckdb_cast_function_get_extra_info(info));
  const bool is_try = duckdb_cast_function_get_cast_mode(info) == DUCKDB_CAST_TRY;
  const auto* texts = static_cast<const duckdb_string_t*>(duckdb_vector_get_data(input));
  auto* validity = duckdb_vector_get_validity(input);
  auto* values = static_cast<duckdb_hugeint*>(duckdb_vector_get_data(output));
  bool all = true;
  for (idx_t row = 0; row < count; ++row) {
    if (validity != nullptr && !duckdb_validity_row_is_valid(validity, row)) {
      duckdb_vector_ensure_validity_writable(output);
      duckdb_validity_set_row_invalid(duckdb_vector_get_validity(output), row);
      continue;
    }
    const auto text = text_of(texts[row]);
    if (const auto value = to_decimal(text, type)) {
      values[row] = {static_cast<uint64_t>(*value), static_cast<int64_t>(*value >> 64)};
      continue;
    }
    // DuckDB's own words: who maps its errors sees no difference.
    const auto message = fmt::format("Could not convert string \"{}\" to DECIMAL({},{})", text, type.width, type.scale);
    duckdb_cast_function_set_row_error(info, message.c_str(), row, output);
    all = false;
    if (!is_try) break;
  }
  return all;
}

} // namespace

Result<void> register_decimal_casts(duckdb_connection connection) {
  NativeType text(duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR));
  for (int width = k_int64_digits + 1; width <= k_digits_max; ++width) {
    for (int scale = 0; scale <= width; ++scale) {
      NativeType decimal(duckdb_create_decimal_type(static_cast<uint8_t>(width), static_cast<uint8_t>(scale)));
      NativeCast native(duckdb_create_cast_function());
      duckdb_cast_function_set_source_type(native.get(), text.get());
      duckdb_cast_function_set_target_type(native.get(), decimal.get());
      duckdb_cast_function_set_implicit_cast_cost(native.get(), -1); // only where it is written, as without us
      duckdb_cast_function_set_function(native.get(), cast);
      duckdb_cast_function_set_extra_info(native.get(), new DecimalType{width, scale},
                                          [](void* type) { delete static_cast<DecimalType*>(type); });
      if (duckdb_register_cast_function(connection, native.get()) == DuckDBError)
        return fail(ErrorKind::internal, fmt::format("DuckDB did not take the cast of text to DECIMAL({},{})", width, scale));
    }
  }
  return {};
}

} // namespace freshet::engine
