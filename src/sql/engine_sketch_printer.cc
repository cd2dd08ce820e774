// States of approximate aggregates, kept to be combined and asked later: HLL_…, APPROX_PERCENTILE_…, APPROX_TOP_K_….
#include <fmt/format.h>

#include "sql/engine_text.h"

namespace freshet::sql {
namespace {

constexpr int64_t k_counters_max = 100'000;

/// A HyperLogLog register and what it is to hold, of a hash: 12 bits choose the register, the place of the lowest 1 among the
/// other 52 is its value. register × 64 + value, as BIGINT.
std::string register_of(const std::string& hash) {
  const std::string rest = fmt::format("CAST({} >> 12 AS BIGINT)", hash);
  return fmt::format(
      "CAST({0} & 4095 AS BIGINT) * 64 + CASE WHEN {1} = 0 THEN 53 ELSE CAST(log2({1} & -{1}) AS BIGINT) + 1 END", hash, rest);
}

} // namespace

std::optional<std::string> EngineText::sketch_function(const FunctionRule& rule, const FunctionCall& call,
                                                       const Arguments& arguments) {
  FunctionCall collected = call;
  collected.over = nullptr;
  const auto listed = [&](const std::string& value) {
    return fmt::format("coalesce({} FILTER (WHERE {} IS NOT NULL){}, [])", aggregate("list", collected, {value}), value,
                       over(call, false));
  };
  if (rule.name == "HLL_ACCUMULATE") {
    collected.distinct = true;
    const std::string hash = fmt::format("CAST({} + 9223372036854775808 AS UBIGINT)", hash_of(call));
    const std::string entry = call.arguments[0].value.as<Star>()
                                  ? register_of(hash)
                                  : fmt::format("CASE WHEN {} IS NOT NULL THEN {} END", arguments[0], register_of(hash));
    return fmt::format("unhex(freshet_hll_state(to_json({})))", listed(entry));
  }
  if (rule.name == "HLL_COMBINE")
    return fmt::format("unhex(freshet_hll_combine(to_json({})))", listed(fmt::format("hex({})", arguments[0])));
  if (rule.name == "APPROX_PERCENTILE_ACCUMULATE")
    return fmt::format("freshet_digest(to_json({}))", listed(fmt::format("CAST({} AS DOUBLE)", arguments[0])));
  if (rule.name == "APPROX_PERCENTILE_COMBINE") return fmt::format("freshet_digest_combine(to_json({}))", listed(arguments[0]));
  if (rule.name == "APPROX_TOP_K_COMBINE")
    return fmt::format("freshet_top_k_combine(to_json({}), CAST({} AS VARCHAR))", listed(arguments[0]),
                       arguments.size() > 1 ? arguments[1] : "NULL");
  if (rule.name != "APPROX_TOP_K_ACCUMULATE") return std::nullopt;
  const auto counters = number_of(call, 1);
  if (!counters || *counters < 1 || *counters > k_counters_max) {
    fail_with(Error(1015, "22023",
                    fmt::format("SQL compilation error:\ninvalid value for parameter 2 of APPROX_TOP_K_ACCUMULATE: a whole "
                                "number from 1 to {} is expected",
                                k_counters_max),
                    call.name.range.line, call.name.range.column - 1));
    return std::string();
  }
  FunctionCall counted = collected;
  counted.arguments.pop_back();
  const std::string value = fmt::format("CAST({} AS VARCHAR)", arguments[0]);
  const std::string counts = fmt::format("map_entries(coalesce({} FILTER (WHERE {} IS NOT NULL){}, MAP {{}}))",
                                         aggregate("histogram", counted, {value}), value, over(call, false));
  return fmt::format("freshet_top_k(to_json({}), '{}')", counts, *counters);
}

} // namespace freshet::sql
