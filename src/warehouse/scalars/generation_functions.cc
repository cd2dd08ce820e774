// Random data as pure functions of a number: the same number gives the same value, as UNIFORM(1, 10, 42) does.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "warehouse/scalars/scalars.h"

namespace freshet::warehouse {
namespace {

using engine::TypeId;

constexpr int64_t k_text_length_max = 16'777'216;
constexpr int64_t k_zipf_elements_max = 16'777'215;

/// SplitMix64: a stream of well mixed numbers from any start.
class Mixer {
 public:
  explicit Mixer(int64_t seed) : state_(static_cast<uint64_t>(seed)) {}
  uint64_t next() {
    uint64_t z = state_ += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }
  /// At least 0, below 1.
  double fraction() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

 private:
  uint64_t state_;
};

/// Zipf's distribution over 1 … count by rejection-inversion (W. Hörmann, G. Derflinger).
int64_t zipf(double exponent, int64_t count, Mixer& mixer) {
  auto integral = [&](double x) { return exponent == 1 ? std::log(x) : (std::pow(x, 1 - exponent) - 1) / (1 - exponent); };
  auto inverse = [&](double y) { return exponent == 1 ? std::exp(y) : std::pow(1 + y * (1 - exponent), 1 / (1 - exponent)); };
  double low = integral(1.5) - 1, high = integral(static_cast<double>(count) + 0.5);
  for (;;) {
    double u = high + mixer.fraction() * (low - high);
    double x = inverse(u);
    double k = std::clamp(std::floor(x + 0.5), 1.0, static_cast<double>(count));
    if (u >= integral(k + 0.5) - std::pow(k, -exponent)) return static_cast<int64_t>(k);
  }
}

bool any_null(const engine::Chunk& arguments, size_t row) {
  return std::ranges::any_of(arguments.columns(), [row](const engine::Vector& column) { return column.is_null(row); });
}

using Body = std::expected<void, std::string> (*)(const engine::Chunk&, engine::ResultVector&);

std::expected<void, std::string> mixed(const engine::Chunk& arguments, engine::ResultVector& result) {
  for (size_t row = 0; row < arguments.size(); ++row) {
    Mixer seeded(arguments[0].integer(row));
    Mixer mixer(static_cast<int64_t>(seeded.next()) + arguments[1].integer(row));
    result.data<int64_t>()[row] = static_cast<int64_t>(mixer.next());
  }
  return {};
}

std::expected<void, std::string> uniform_integer(const engine::Chunk& arguments, engine::ResultVector& result) {
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (any_null(arguments, row)) continue;
    auto low = arguments[0].integer(row), high = arguments[1].integer(row);
    if (low > high) return std::unexpected("UNIFORM: the lower limit is above the upper one");
    auto width = static_cast<uint64_t>(high) - static_cast<uint64_t>(low) + 1;
    uint64_t drawn = Mixer(arguments[2].integer(row)).next();
    result.data<int64_t>()[row] = static_cast<int64_t>(static_cast<uint64_t>(low) + (width == 0 ? drawn : drawn % width));
  }
  return {};
}

std::expected<void, std::string> uniform_real(const engine::Chunk& arguments, engine::ResultVector& result) {
  for (size_t row = 0; row < arguments.size(); ++row) {
    double low = arguments[0].floating(row), high = arguments[1].floating(row);
    result.data<double>()[row] = low + Mixer(arguments[2].integer(row)).fraction() * (high - low);
  }
  return {};
}

std::expected<void, std::string> normal(const engine::Chunk& arguments, engine::ResultVector& result) {
  for (size_t row = 0; row < arguments.size(); ++row) {
    Mixer mixer(arguments[2].integer(row));
    double radius = std::sqrt(-2 * std::log(1 - mixer.fraction()));
    double value = radius * std::cos(2 * std::numbers::pi * mixer.fraction());
    result.data<double>()[row] = arguments[0].floating(row) + arguments[1].floating(row) * value;
  }
  return {};
}

std::expected<void, std::string> zipf_numbers(const engine::Chunk& arguments, engine::ResultVector& result) {
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (any_null(arguments, row)) continue;
    double exponent = arguments[0].floating(row);
    int64_t count = arguments[1].integer(row);
    if (!(exponent > 0) || count < 1 || count > k_zipf_elements_max)
      return std::unexpected("ZIPF: the exponent must be above 0, the number of elements between 1 and 16777215");
    Mixer mixer(arguments[2].integer(row));
    result.data<int64_t>()[row] = zipf(exponent, count, mixer);
  }
  return {};
}

std::expected<void, std::string> random_text(const engine::Chunk& arguments, engine::ResultVector& result) {
  constexpr std::string_view k_characters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string text;
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (any_null(arguments, row)) continue;
    int64_t length = arguments[0].integer(row);
    if (length < 0 || length > k_text_length_max) return std::unexpected("RANDSTR: the length is out of range");
    Mixer mixer(arguments[1].integer(row));
    text.clear();
    for (int64_t i = 0; i < length; ++i) text += k_characters[mixer.next() % k_characters.size()];
    result.set_text(row, text);
  }
  return {};
}

} // namespace

engine::Result<void> register_generation_functions(engine::Database& database) {
  const engine::Type whole{TypeId::bigint}, real{TypeId::double_}, text{TypeId::varchar};
  auto add = [&](std::string name, std::vector<engine::Type> parameters, const engine::Type& result, Body body) {
    return database.register_functions({{std::move(name), std::move(parameters), {}, result, false, false, body}});
  };
  TRY(add("freshet_mixed", {whole, whole}, whole, mixed));
  TRY(add("freshet_uniform_integer", {whole, whole, whole}, whole, uniform_integer));
  TRY(add("freshet_uniform_real", {real, real, whole}, real, uniform_real));
  TRY(add("freshet_normal", {real, real, whole}, real, normal));
  TRY(add("freshet_zipf", {real, whole, whole}, whole, zipf_numbers));
  return add("freshet_randstr", {whole, whole}, text, random_text);
}

} // namespace freshet::warehouse
