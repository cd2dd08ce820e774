// States of approximate aggregates: HyperLogLog, t-Digest, Space-Saving. The aggregates' printers make them out of lists.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <map>

#include "warehouse/hexadecimal.h"
#include "warehouse/scalars/json_value.h"
#include "warehouse/scalars/row_function.h"
#include "warehouse/scalars/scalars.h"

namespace freshet::warehouse {
namespace {

constexpr int k_precision = 12;
constexpr size_t k_registers = size_t{1} << k_precision;
constexpr size_t k_sparse_bytes = 3; // a register's number in two bytes, its value in one

using Registers = std::array<uint8_t, k_registers>;

/// The registers in a binary of at most 4096 bytes: one byte each, or only those that are not 0.
std::string hexadecimal_of(const Registers& registers) {
  const auto used = k_registers - static_cast<size_t>(std::ranges::count(registers, 0));
  std::string bytes;
  for (size_t i = 0; i < k_registers; ++i) {
    if (used * k_sparse_bytes >= k_registers) {
      bytes += static_cast<char>(registers[i]);
    } else if (registers[i] != 0) {
      bytes += static_cast<char>(i >> 8);
      bytes += static_cast<char>(i & 0xFF);
      bytes += static_cast<char>(registers[i]);
    }
  }
  return hexadecimal(bytes);
}

std::optional<std::string> bytes_of(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2) {
    unsigned value = 0;
    if (std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16).ptr != hex.data() + i + 2) return std::nullopt;
    bytes += static_cast<char>(value);
  }
  return bytes;
}

/// Takes over what a state has more of. False: it is no state.
bool merge(Registers& registers, std::string_view hex) {
  const auto bytes = bytes_of(hex);
  if (!bytes) return false;
  const auto at = [&](size_t i) { return static_cast<uint8_t>((*bytes)[i]); };
  if (bytes->size() == k_registers) {
    for (size_t i = 0; i < k_registers; ++i) registers[i] = std::max(registers[i], at(i));
    return true;
  }
  if (bytes->size() % k_sparse_bytes != 0) return false;
  for (size_t i = 0; i < bytes->size(); i += k_sparse_bytes) {
    const size_t index = size_t{at(i)} << 8 | at(i + 1);
    if (index >= k_registers) return false;
    registers[index] = std::max(registers[index], at(i + 2));
  }
  return true;
}

RowResult no_hll_state() {
  return std::unexpected("Invalid HyperLogLog state");
}

/// (a list of register × 64 + value)
RowResult hll_state(RowArguments arguments) {
  Registers registers{};
  const auto entries = JsonValue::parse(*arguments[0]);
  if (!entries) return no_hll_state();
  for (const auto& item : entries->items) {
    const auto entry = std::strtoull(item.text.c_str(), nullptr, 10);
    auto& value = registers[(entry >> 6) % k_registers];
    value = std::max(value, static_cast<uint8_t>(entry & 63));
  }
  return hexadecimal_of(registers);
}

RowResult hll_combine(RowArguments arguments) {
  Registers registers{};
  const auto states = JsonValue::parse(*arguments[0]);
  if (!states) return no_hll_state();
  for (const auto& state : states->items)
    if (!merge(registers, state.text)) return no_hll_state();
  return hexadecimal_of(registers);
}

/// Linear counting while many registers are empty, the harmonic mean after that (Flajolet et al., 2007).
RowResult hll_estimate(RowArguments arguments) {
  Registers registers{};
  if (!merge(registers, *arguments[0])) return no_hll_state();
  constexpr auto k_count = static_cast<double>(k_registers);
  const auto empty = static_cast<double>(std::ranges::count(registers, 0));
  double sum = 0;
  for (auto value : registers) sum += std::ldexp(1.0, -value);
  const double raw = 0.7213 / (1 + 1.079 / k_count) * k_count * k_count / sum;
  const double estimate = raw <= 2.5 * k_count && empty > 0 ? k_count * std::log(k_count / empty) : raw;
  return fmt::format("{}", std::llround(estimate));
}

JsonValue list_of_numbers(const auto& numbers) {
  JsonValue out;
  out.kind = JsonValue::Kind::array;
  for (auto number : numbers) out.items.push_back(JsonValue::of_integer(static_cast<int64_t>(number)));
  return out;
}

RowResult hll_export(RowArguments arguments) {
  Registers registers{};
  if (!merge(registers, *arguments[0])) return no_hll_state();
  JsonValue out;
  out.kind = JsonValue::Kind::object;
  out.set("precision", JsonValue::of_integer(k_precision));
  out.set("version", JsonValue::of_integer(4));
  if (arguments[0]->size() == k_registers * 2) {
    out.set("dense", list_of_numbers(registers));
    return out.to_string();
  }
  std::vector<size_t> indices, counts;
  for (size_t i = 0; i < k_registers; ++i) {
    if (registers[i] == 0) continue;
    indices.push_back(i);
    counts.push_back(registers[i]);
  }
  JsonValue sparse;
  sparse.kind = JsonValue::Kind::object;
  sparse.set("indices", list_of_numbers(indices));
  sparse.set("maxLzCounts", list_of_numbers(counts));
  out.set("sparse", std::move(sparse));
  return out.to_string();
}

RowResult hll_import(RowArguments arguments) {
  const auto value = JsonValue::parse(*arguments[0]);
  const auto* precision = value ? value->find("precision") : nullptr;
  if (precision == nullptr || precision->text != std::to_string(k_precision)) return no_hll_state();
  Registers registers{};
  const auto number = [](const JsonValue& item) { return std::strtoull(item.text.c_str(), nullptr, 10); };
  if (const auto* dense = value->find("dense"); dense != nullptr && dense->items.size() == k_registers) {
    for (size_t i = 0; i < k_registers; ++i) registers[i] = static_cast<uint8_t>(number(dense->items[i]));
    return hexadecimal_of(registers);
  }
  const auto* sparse = value->find("sparse");
  const auto* indices = sparse != nullptr ? sparse->find("indices") : nullptr;
  const auto* counts = sparse != nullptr ? sparse->find("maxLzCounts") : nullptr;
  if (indices == nullptr || counts == nullptr || indices->items.size() != counts->items.size()) return no_hll_state();
  for (size_t i = 0; i < indices->items.size(); ++i)
    registers[number(indices->items[i]) % k_registers] = static_cast<uint8_t>(number(counts->items[i]));
  return hexadecimal_of(registers);
}

// ---- t-Digest: means with their weights, ascending

struct Centroid {
  double mean;
  double weight;
};
using Digest = std::vector<Centroid>;

constexpr size_t k_centroids_max = 1000;

/// Neighbours are put together until few enough are left, those near the middle first: tails stay exact.
void compress(Digest& digest) {
  std::ranges::sort(digest, {}, &Centroid::mean);
  if (digest.size() <= k_centroids_max) return;
  double total = 0;
  for (const auto& each : digest) total += each.weight;
  Digest out;
  double before = 0;
  for (const auto& each : digest) {
    const double q = (before + each.weight / 2) / total;
    const double limit = std::max(1.0, 4 * total * q * (1 - q) / (k_centroids_max / 2.0));
    before += each.weight;
    if (!out.empty() && out.back().weight + each.weight <= limit) {
      auto& last = out.back();
      last.mean += (each.mean - last.mean) * each.weight / (last.weight + each.weight);
      last.weight += each.weight;
    } else {
      out.push_back(each);
    }
  }
  digest = std::move(out);
}

RowResult digest_text(Digest digest) {
  compress(digest);
  std::string numbers;
  for (const auto& [mean, weight] : digest)
    fmt::format_to(std::back_inserter(numbers), "{}{:.15e},{:.15e}", numbers.empty() ? "" : ",", mean, weight);
  return fmt::format(R"({{"state":[{}],"type":"tdigest","version":1}})", numbers);
}

std::expected<Digest, std::string> digest_of(const JsonValue& value) {
  const auto* state = value.find("state");
  const auto* type = value.find("type");
  if (state == nullptr || type == nullptr || type->text != "tdigest" || state->items.size() % 2 != 0)
    return std::unexpected("Invalid t-Digest state");
  Digest out;
  for (size_t i = 0; i < state->items.size(); i += 2)
    out.push_back({std::strtod(state->items[i].text.c_str(), nullptr), std::strtod(state->items[i + 1].text.c_str(), nullptr)});
  return out;
}

/// (a list of numbers)
RowResult digest(RowArguments arguments) {
  const auto values = JsonValue::parse(*arguments[0]);
  Digest out;
  if (values)
    for (const auto& item : values->items) out.push_back({std::strtod(item.text.c_str(), nullptr), 1});
  return digest_text(std::move(out));
}

RowResult digest_combine(RowArguments arguments) {
  const auto states = JsonValue::parse(*arguments[0]);
  Digest out;
  if (states) {
    for (const auto& state : states->items) {
      const auto digest = digest_of(state);
      if (!digest) return std::unexpected(digest.error());
      out.insert(out.end(), digest->begin(), digest->end());
    }
  }
  return digest_text(std::move(out));
}

/// (state, which part): between the middles of two centroids in proportion; exact while every weight is 1.
RowResult digest_estimate(RowArguments arguments) {
  const auto value = JsonValue::parse(*arguments[0]);
  if (!value) return std::unexpected("Invalid t-Digest state");
  const auto digest = digest_of(*value);
  if (!digest) return std::unexpected(digest.error());
  if (digest->empty()) return std::nullopt;
  const double part = std::strtod(std::string(*arguments[1]).c_str(), nullptr);
  if (part < 0 || part > 1) return std::unexpected(fmt::format("Invalid percentile {}: it is a number from 0 to 1", part));
  double total = 0;
  for (const auto& each : *digest) total += each.weight;
  const double wanted = part * (total - 1);
  double before = 0, last_place = 0, last_mean = digest->front().mean;
  for (const auto& [mean, weight] : *digest) {
    const double place = before + (weight - 1) / 2;
    if (place >= wanted) {
      const double step = place - last_place;
      return fmt::format("{}", step > 0 ? last_mean + (mean - last_mean) * (wanted - last_place) / step : mean);
    }
    last_place = place;
    last_mean = mean;
    before += weight;
  }
  return fmt::format("{}", digest->back().mean);
}

// ---- Space-Saving: the most frequent values with their counts

struct Counted {
  JsonValue value;
  int64_t count;
};

RowResult top_k_text(std::vector<Counted> counted, size_t counters) {
  std::ranges::stable_sort(counted, [](const Counted& a, const Counted& b) {
    return a.count != b.count ? a.count > b.count : a.value.compare(b.value) < 0;
  });
  if (counted.size() > counters) counted.resize(counters);
  std::string pairs;
  for (const auto& [value, count] : counted)
    fmt::format_to(std::back_inserter(pairs), "{}[{},{}]", pairs.empty() ? "" : ",", value.to_string(), count);
  return fmt::format(R"({{"counters":{},"state":[{}],"type":"space-saving","version":1}})", counters, pairs);
}

size_t count_of(std::string_view text) {
  size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// (a list of {"key": a value's text, "value": how often}, counters)
RowResult top_k(RowArguments arguments) {
  const auto entries = JsonValue::parse(*arguments[0]);
  std::vector<Counted> counted;
  if (entries) {
    for (const auto& entry : entries->items) {
      const auto* key = entry.find("key");
      const auto* count = entry.find("value");
      if (key == nullptr || count == nullptr) continue;
      auto value = JsonValue::parse(key->text);
      counted.push_back(
          {value ? std::move(*value) : JsonValue::of_string(key->text), static_cast<int64_t>(count_of(count->text))});
    }
  }
  return top_k_text(std::move(counted), count_of(*arguments[1]));
}

std::expected<std::vector<Counted>, std::string> counted_of(const JsonValue& value) {
  const auto* type = value.find("type");
  const auto* state = value.find("state");
  if (type == nullptr || type->text != "space-saving" || state == nullptr) return std::unexpected("Invalid Space-Saving state");
  std::vector<Counted> out;
  for (const auto& pair : state->items) {
    if (pair.items.size() != 2) return std::unexpected("Invalid Space-Saving state");
    out.push_back({pair.items[0], static_cast<int64_t>(count_of(pair.items[1].text))});
  }
  return out;
}

/// (a list of states, counters or NULL: the most that a state has)
RowResult top_k_combine(RowArguments arguments) {
  const auto states = arguments[0] ? JsonValue::parse(*arguments[0]) : JsonValue{};
  size_t counters = arguments[1] ? count_of(*arguments[1]) : 0;
  std::map<std::string, int64_t> counts;
  if (states) {
    for (const auto& state : states->items) {
      const auto counted = counted_of(state);
      if (!counted) return std::unexpected(counted.error());
      for (const auto& [value, count] : *counted) counts[value.to_string()] += count;
      const auto* own = state.find("counters");
      if (!arguments[1] && own != nullptr) counters = std::max(counters, count_of(own->text));
    }
  }
  std::vector<Counted> out;
  for (const auto& [text, count] : counts) out.push_back({*JsonValue::parse(text), count});
  return top_k_text(std::move(out), counters);
}

/// (state, k): [[value, how often], …]
RowResult top_k_estimate(RowArguments arguments) {
  const auto value = JsonValue::parse(*arguments[0]);
  if (!value) return std::unexpected("Invalid Space-Saving state");
  const auto counted = counted_of(*value);
  if (!counted) return std::unexpected(counted.error());
  std::string pairs;
  for (size_t i = 0; i < std::min(counted->size(), count_of(*arguments[1])); ++i)
    fmt::format_to(std::back_inserter(pairs), "{}[{},{}]", i > 0 ? "," : "", (*counted)[i].value.to_string(),
                   (*counted)[i].count);
  return "[" + pairs + "]";
}

} // namespace

engine::Result<void> register_sketch_functions(engine::Database& database) {
  using enum RowNulls;
  static constexpr RowFunction k_functions[] = {
      {"freshet_hll_state", 1, false, false, give_null, hll_state},
      {"freshet_hll_combine", 1, false, false, give_null, hll_combine},
      {"freshet_hll_estimate", 1, false, false, give_null, hll_estimate},
      {"freshet_hll_export", 1, false, true, give_null, hll_export},
      {"freshet_hll_import", 1, false, false, give_null, hll_import},
      {"freshet_digest", 1, false, true, give_null, digest},
      {"freshet_digest_combine", 1, false, true, give_null, digest_combine},
      {"freshet_digest_estimate", 2, false, false, give_null, digest_estimate},
      {"freshet_top_k", 2, false, true, give_null, top_k},
      {"freshet_top_k_combine", 2, false, true, are_seen, top_k_combine},
      {"freshet_top_k_estimate", 2, false, true, give_null, top_k_estimate},
  };
  return register_row_functions(database, k_functions);
}

} // namespace freshet::warehouse
