// Aggregates that collect values: LISTAGG, ARRAY_AGG, OBJECT_AGG, ….
#include <fmt/format.h>

#include <algorithm>

#include "sql/engine_text.h"

namespace freshet::sql {
namespace {

/// DISTINCT with an order by the value itself, which the engine takes only of what it collects.
bool orders_by_itself(const FunctionCall& call) {
  return call.distinct && call.within_group.size() == 1 && call.within_group[0].value == call.arguments[0].value;
}

constexpr int64_t k_hash_functions_max = 1024;
constexpr int k_hash_bits_cut = 11; // values fit a double's 53 bits, as JSON's numbers should

std::string_view direction(const FunctionCall& call) {
  return call.within_group[0].descending.value_or(false) ? "DESC" : "ASC";
}

} // namespace

std::optional<std::string> EngineText::collecting_function(const FunctionRule& rule, const FunctionCall& call,
                                                           const Arguments& arguments) {
  if (rule.name == "LISTAGG" || rule.name == "STRING_AGG") return joined_values(call, arguments);
  if (rule.name == "ARRAY_AGG" || rule.name == "ARRAYAGG" || rule.name == "ARRAY_UNIQUE_AGG") {
    FunctionCall collected = call;
    collected.distinct |= rule.name == "ARRAY_UNIQUE_AGG";
    return array_of_values(collected, arguments[0]);
  }
  FunctionCall collected = call;
  collected.over = nullptr;
  if (rule.name == "MINHASH") { // the least value of each of k hash functions
    auto count = number_of(call, 0);
    if (!count || *count < 1 || *count > k_hash_functions_max) {
      fail_with(
          Error(1015, "22023",
                fmt::format("SQL compilation error:\ninvalid value for parameter 1 of MINHASH: a whole number from 1 to {} "
                            "is expected",
                            k_hash_functions_max),
                call.name.range.line, call.name.range.column - 1));
      return std::string();
    }
    collected.arguments.erase(collected.arguments.begin());
    std::string row = hash_of(collected), least;
    for (int64_t i = 0; i < *count; ++i)
      least += fmt::format("{}min(hash({}, {}) >> {}){}", i > 0 ? ", " : "", row, i, k_hash_bits_cut, over(call, false));
    return fmt::format("freshet_minhash_state(CAST([{}] AS VARCHAR))", least);
  }
  if (rule.name == "MINHASH_COMBINE" || rule.name.starts_with("APPROXIMATE_")) {
    collected.distinct = false;
    std::string states =
        fmt::format("to_json(coalesce({} FILTER (WHERE {} IS NOT NULL){}, []))",
                    aggregate("list", collected, {variant_of(call.arguments[0].value)}), arguments[0], over(call, false));
    return rule.name == "MINHASH_COMBINE" ? fmt::format("freshet_minhash_combine({})", states)
                                          : fmt::format("CAST(freshet_minhash_similarity({}) AS DOUBLE)", states);
  }
  if (rule.name == "ARRAY_UNION_AGG") {
    std::string where = fmt::format(" FILTER (WHERE {} IS NOT NULL){}", arguments[0], over(call, false));
    return fmt::format("freshet_array_union(to_json(coalesce({}{}, [])))",
                       aggregate("list", collected, {variant_of(call.arguments[0].value)}), where);
  }
  if (rule.name == "OBJECT_AGG") {
    std::string where =
        fmt::format(" FILTER (WHERE {} IS NOT NULL AND {} IS NOT NULL){}", arguments[0], arguments[1], over(call, false));
    std::string keys = aggregate("list", collected, {text_of(call.arguments[0].value)}) + where;
    std::string values = aggregate("list", collected, {variant_of(call.arguments[1].value)}) + where;
    return fmt::format("freshet_object_of(to_json(coalesce({}, [])), to_json(coalesce({}, [])))", keys, values);
  }
  if (rule.name == "APPROX_TOP_K") { // [[value, how often], …], the most frequent first
    std::string values = fmt::format("CAST({} AS VARCHAR)", variant_of(call.arguments[0].value));
    std::string counted = fmt::format("list_transform(map_entries({}{}), lambda e: struct_pack(n := e.value, v := e.key))",
                                      aggregate("histogram", collected, {values}), over(call, false));
    return fmt::format(
        "to_json(list_transform(list_sort({}, 'DESC')[1:CAST({} AS BIGINT)], lambda s: freshet_array(s.v, CAST(s.n AS "
        "VARCHAR))))",
        counted, arguments.size() > 1 ? arguments[1] : "1");
  }
  return std::nullopt;
}

std::string EngineText::joined_values(const FunctionCall& call, const Arguments& arguments) {
  std::string separator = arguments.size() > 1 ? arguments[1] : "''";
  const Expression& value = call.arguments[0].value;
  if (!orders_by_itself(call)) {
    FunctionCall joining = call;
    if (call.distinct && !call.within_group.empty()) joining.within_group.clear(); // an order of values that are gone
    return fmt::format("coalesce({}, '')", aggregate("string_agg", joining, {text_of(value), separator}));
  }
  FunctionCall collected = call;
  collected.within_group.clear();
  collected.over = nullptr;
  return fmt::format("coalesce(array_to_string(list_sort({} FILTER (WHERE {} IS NOT NULL){}, '{}'), {}), '')",
                     aggregate("list", collected, {arguments[0]}), arguments[0], over(call, false), direction(call), separator);
}

std::string EngineText::array_of_values(const FunctionCall& call, const std::string& value) {
  FunctionCall collected = call;
  collected.over = nullptr;
  std::string where = fmt::format(" FILTER (WHERE {} IS NOT NULL){}", value, over(call, false));
  auto kind = kind_of(call.arguments[0].value);
  bool plain = kind == ResultKind::integer || kind == ResultKind::text || kind == ResultKind::date;
  if (orders_by_itself(call) && plain) {
    collected.within_group.clear();
    return fmt::format("coalesce(to_json(list_sort({}{}, '{}')), CAST('[]' AS JSON))", aggregate("list", collected, {value}),
                       where, direction(call));
  }
  return fmt::format("coalesce(to_json({}{}), CAST('[]' AS JSON))",
                     aggregate("list", collected, {variant_of(call.arguments[0].value)}), where);
}

} // namespace freshet::sql
