// How alike texts and sets are: JAROWINKLER_SIMILARITY, the states of MINHASH.
#include "warehouse/scalars/similarity_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "warehouse/scalars/characters.h"
#include "warehouse/scalars/json_value.h"
#include "warehouse/scalars/row_function.h"

namespace freshet::warehouse {
namespace {

/// 0 … 100 of two texts, character by character. Time grows with the product of their lengths.
RowResult jaro_winkler(RowArguments arguments) {
  auto left = characters_of(*arguments[0]), right = characters_of(*arguments[1]);
  if (left.empty() || right.empty()) return "0";
  size_t longest = std::max(left.size(), right.size());
  size_t reach = longest / 2 > 0 ? longest / 2 - 1 : 0;
  std::vector<bool> left_matched(left.size()), right_matched(right.size());
  size_t matches = 0;
  for (size_t i = 0; i < left.size(); ++i) {
    size_t end = std::min(right.size(), i + reach + 1);
    for (size_t k = i > reach ? i - reach : 0; k < end; ++k) {
      if (right_matched[k] || left[i] != right[k]) continue;
      left_matched[i] = right_matched[k] = true;
      ++matches;
      break;
    }
  }
  if (matches == 0) return "0";
  size_t out_of_place = 0;
  for (size_t i = 0, k = 0; i < left.size(); ++i) {
    if (!left_matched[i]) continue;
    while (!right_matched[k]) ++k;
    if (left[i] != right[k++]) ++out_of_place;
  }
  auto same = static_cast<double>(matches);
  double jaro = (same / static_cast<double>(left.size()) + same / static_cast<double>(right.size()) +
                 (same - static_cast<double>(out_of_place / 2)) / same) /
                3;
  size_t prefix = 0;
  while (prefix < std::min({size_t{4}, left.size(), right.size()}) && left[prefix] == right[prefix]) ++prefix;
  double winkler = jaro + static_cast<double>(prefix) * 0.1 * (1 - jaro);
  return std::to_string(static_cast<int>(winkler * 100 + 1e-9));
}

std::string state_text(const std::string& numbers) {
  return fmt::format(R"({{"state":{},"type":"minhash","version":1}})", numbers);
}

/// (the least values as the engine prints a list)
RowResult minhash_state(RowArguments arguments) {
  std::string numbers(*arguments[0]);
  if (numbers.contains("NULL")) return std::nullopt; // no rows
  std::erase(numbers, ' ');
  return state_text(numbers);
}

using State = std::vector<uint64_t>;

std::expected<std::vector<State>, std::string> states_of(std::string_view text) {
  auto list = JsonValue::parse(text);
  if (!list || list->kind != JsonValue::Kind::array) return std::unexpected("MinHash states are expected");
  std::vector<State> states;
  for (const auto& item : list->items) {
    const auto* numbers = item.kind == JsonValue::Kind::object ? item.find("state") : nullptr;
    if (numbers == nullptr || numbers->kind != JsonValue::Kind::array)
      return std::unexpected(fmt::format("'{}' is not a MinHash state", item.to_string()));
    auto& state = states.emplace_back();
    for (const auto& number : numbers->items) state.push_back(std::strtoull(number.text.c_str(), nullptr, 10));
    if (state.size() != states[0].size()) return std::unexpected("MinHash states of different lengths cannot be compared");
  }
  return states;
}

RowResult minhash_combine(RowArguments arguments) {
  auto states = states_of(*arguments[0]);
  if (!states) return std::unexpected(std::move(states).error());
  if (states->empty()) return std::nullopt;
  State least = (*states)[0];
  for (const auto& state : *states)
    for (size_t i = 0; i < least.size(); ++i) least[i] = std::min(least[i], state[i]);
  return state_text(fmt::format("[{}]", fmt::join(least, ",")));
}

/// How many of the hash functions have the same least value in all states.
RowResult minhash_similarity(RowArguments arguments) {
  auto states = states_of(*arguments[0]);
  if (!states) return std::unexpected(std::move(states).error());
  if (states->empty() || (*states)[0].empty()) return std::nullopt;
  size_t same = 0, length = (*states)[0].size();
  for (size_t i = 0; i < length; ++i)
    same += std::ranges::all_of(*states, [&](const State& state) { return state[i] == (*states)[0][i]; });
  return fmt::format("{}", static_cast<double>(same) / static_cast<double>(length));
}

} // namespace

engine::Result<void> register_similarity_functions(engine::Database& database) {
  using enum RowNulls;
  static constexpr RowFunction k_functions[] = {
      {"freshet_jaro_winkler", 2, false, false, give_null, jaro_winkler},
      {"freshet_minhash_state", 1, false, true, give_null, minhash_state},
      {"freshet_minhash_combine", 1, false, true, give_null, minhash_combine},
      {"freshet_minhash_similarity", 1, false, false, give_null, minhash_similarity},
  };
  return register_row_functions(database, k_functions);
}

} // namespace freshet::warehouse
