// Division of decimal numbers, and its remainder.
#include <fmt/format.h>

#include <functional>

#include "warehouse/scalars/scalars.h"
#include "warehouse/scalars/similarity_functions.h"
#include "warehouse/scalars/xml_functions.h"

namespace freshet::warehouse {
namespace {

using Wide = unsigned __int128;

constexpr int k_quotient_scale_max = 18;

constexpr Wide k_largest = [] {
  Wide value = 1;
  for (int i = 0; i < 38; ++i) value *= 10;
  return value - 1;
}();

/// numerator * 10^digits / denominator, rounded half up; false when it has more than 38 digits.
bool divide(Wide numerator, Wide denominator, int digits, Wide& out) {
  out = numerator / denominator;
  Wide rest = numerator % denominator;
  for (; digits > 0; --digits) {
    if (out > k_largest / 10) return false;
    if (rest > ~Wide{0} / 10) { // too wide to shift: both shrink, which costs digits beyond the 38th
      rest /= 10;
      denominator /= 10;
    }
    rest *= 10;
    out = out * 10 + rest / denominator;
    rest %= denominator;
  }
  for (; digits < 0; ++digits) {
    bool up = digits == -1 && out % 10 >= 5;
    out /= 10;
    if (up) return ++out <= k_largest;
    if (digits == -1) return true;
  }
  if (rest >= denominator - rest) ++out;
  return out <= k_largest;
}

std::expected<void, std::string> quotients(const engine::Chunk& arguments, engine::ResultVector& result, int scale) {
  const auto& left = arguments[0];
  const auto& right = arguments[1];
  int digits = scale + right.type().scale - left.type().scale;
  auto* out = result.data<__int128>();
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (left.is_null(row) || right.is_null(row)) {
      result.set_null(row);
      continue;
    }
    __int128 numerator = left.wide_integer(row), denominator = right.wide_integer(row);
    if (denominator == 0) return std::unexpected("Division by zero");
    bool negative = (numerator < 0) != (denominator < 0);
    Wide value = 0;
    if (!divide(numerator < 0 ? -static_cast<Wide>(numerator) : static_cast<Wide>(numerator),
                denominator < 0 ? -static_cast<Wide>(denominator) : static_cast<Wide>(denominator), digits, value))
      return std::unexpected("Numeric value is out of range: a quotient has more than 38 digits");
    out[row] = negative ? -static_cast<__int128>(value) : static_cast<__int128>(value);
  }
  return {};
}

/// Row by row what `divide` makes of two values of one type; a divisor of zero is an error.
template <typename T, typename Divide>
std::expected<void, std::string> divided(const engine::Chunk& arguments, engine::ResultVector& result, Divide divide) {
  const auto& left = arguments[0];
  const auto& right = arguments[1];
  auto* out = result.data<T>();
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (left.is_null(row) || right.is_null(row)) {
      result.set_null(row);
      continue;
    }
    const auto divisor = right.value<T>(row);
    if (divisor == 0) return std::unexpected("Division by zero");
    out[row] = divide(left.value<T>(row), divisor);
  }
  return {};
}

/// With the sign of the dividend, as all of them.
int64_t remainder(int64_t dividend, int64_t divisor) {
  return divisor == -1 ? 0 : dividend % divisor; // the least number has no opposite
}

/// What fits 64 bits is divided so: half the time.
__int128 wide_remainder(__int128 dividend, __int128 divisor) {
  const auto narrow_dividend = static_cast<int64_t>(dividend), narrow_divisor = static_cast<int64_t>(divisor);
  const bool narrow = narrow_dividend == dividend && narrow_divisor == divisor;
  return narrow ? remainder(narrow_dividend, narrow_divisor) : dividend % divisor;
}

engine::Type decimal_of(int scale) {
  engine::Type decimal{engine::TypeId::decimal};
  decimal.width = 38;
  decimal.scale = static_cast<uint8_t>(scale);
  return decimal;
}

} // namespace

engine::Result<void> register_number_functions(engine::Database& database) {
  const engine::Type any{engine::TypeId::other};
  for (int scale = 0; scale <= k_quotient_scale_max; ++scale) {
    TRY(database.register_functions({{fmt::format("freshet_divide_{}", scale),
                                      {any, any},
                                      {},
                                      decimal_of(scale),
                                      false,
                                      false,
                                      [scale](const engine::Chunk& arguments, engine::ResultVector& result) {
                                        return quotients(arguments, result, scale);
                                      }}}));
  }
  const auto whole = decimal_of(0);
  const engine::Type narrow{engine::TypeId::bigint}, real{engine::TypeId::double_};
  const auto remainders = [](const engine::Chunk& arguments, engine::ResultVector& result) {
    return divided<__int128>(arguments, result, wide_remainder);
  };
  const auto narrow_remainders = [](const engine::Chunk& arguments, engine::ResultVector& result) {
    return divided<int64_t>(arguments, result, remainder);
  };
  const auto real_quotients = [](const engine::Chunk& arguments, engine::ResultVector& result) {
    return divided<double>(arguments, result, std::divides<>());
  };
  TRY(database.register_functions({{"freshet_modulo", {whole, whole}, {}, whole, false, false, remainders},
                                   {"freshet_modulo", {narrow, narrow}, {}, narrow, false, false, narrow_remainders}}));
  return database.register_functions({{"freshet_quotient", {real, real}, {}, real, false, false, real_quotients}});
}

engine::Result<void> register_scalars(engine::Database& database) {
  TRY(register_number_functions(database));
  TRY(register_variant_functions(database));
  TRY(register_array_functions(database));
  TRY(register_moment_functions(database));
  TRY(register_text_conversions(database));
  TRY(register_text_functions(database));
  TRY(register_network_functions(database));
  TRY(register_digest_functions(database));
  TRY(register_generation_functions(database));
  TRY(register_length_functions(database));
  TRY(register_match_functions(database));
  TRY(register_binary_functions(database));
  TRY(register_compression_functions(database));
  TRY(register_cipher_functions(database));
  TRY(register_sketch_functions(database));
  TRY(register_structured_functions(database));
  TRY(register_similarity_functions(database));
  TRY(register_xml_functions(database));
  return {};
}

} // namespace freshet::warehouse
