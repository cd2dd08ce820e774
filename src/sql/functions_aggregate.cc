// The map of functions: aggregates and windows.
#include "sql/function_rules.h"

namespace freshet::sql {
namespace {

using enum FunctionForm;
using enum ResultKind;

constexpr uint8_t k_any = 255;

// clang-format off
constexpr FunctionRule k_rules[] = {
  // aggregates
  {"COUNT", 1, k_any, special, "count", integer},
  {"SUM", 1, 1, special, "sum", unknown},
  {"AVG", 1, 1, special, "avg", unknown},
  {"MIN", 1, 1, special, "min", first_argument},
  {"MAX", 1, 1, special, "max", first_argument},
  {"HASH_AGG", 1, k_any, special, "", integer},
  {"ANY_VALUE", 1, 1, aggregate, "any_value", first_argument},
  {"BOOLXOR_AGG", 1, 1, special, "", boolean},
  {"REGR_AVGX", 2, 2, special, "regr_avgx", real},
  {"REGR_AVGY", 2, 2, special, "regr_avgy", real},
  {"REGR_SXX", 2, 2, special, "regr_sxx", real},
  {"REGR_SXY", 2, 2, special, "regr_sxy", real},
  {"REGR_SYY", 2, 2, special, "regr_syy", real},
  {"COUNT_IF", 1, 1, special, "count_if", integer},
  {"MEDIAN", 1, 1, special, "median", unknown},
  {"MODE", 1, 1, aggregate, "mode", first_argument},
  {"STDDEV", 1, 1, special, "stddev_samp", real},
  {"STDDEV_SAMP", 1, 1, special, "stddev_samp", real},
  {"STDDEV_POP", 1, 1, special, "stddev_pop", real},
  {"VARIANCE", 1, 1, special, "var_samp", unknown},
  {"VAR_SAMP", 1, 1, special, "var_samp", unknown},
  {"VARIANCE_SAMP", 1, 1, special, "var_samp", unknown},
  {"VAR_POP", 1, 1, special, "var_pop", unknown},
  {"VARIANCE_POP", 1, 1, special, "var_pop", unknown},
  {"CORR", 2, 2, special, "corr", real},
  {"COVAR_POP", 2, 2, special, "covar_pop", real},
  {"COVAR_SAMP", 2, 2, special, "covar_samp", real},
  {"REGR_SLOPE", 2, 2, special, "regr_slope", real},
  {"REGR_INTERCEPT", 2, 2, special, "regr_intercept", real},
  {"REGR_R2", 2, 2, special, "regr_r2", real},
  {"REGR_COUNT", 2, 2, special, "regr_count", integer},
  {"SKEW", 1, 1, special, "skewness", unknown},
  {"KURTOSIS", 1, 1, special, "kurtosis", unknown},
  {"APPROX_COUNT_DISTINCT", 1, k_any, special, "", integer},
  {"HLL", 1, k_any, special, "", integer},
  {"HLL_ACCUMULATE", 1, 1, special, "", unknown},
  {"HLL_COMBINE", 1, 1, special, "", unknown},
  {"APPROX_PERCENTILE_ACCUMULATE", 1, 1, special, "", json, "d"},
  {"APPROX_PERCENTILE_COMBINE", 1, 1, special, "", json, "v"},
  {"APPROX_TOP_K_ACCUMULATE", 2, 2, special, "", json, "v."},
  {"APPROX_TOP_K_COMBINE", 1, 2, special, "", json, "v."},
  {"MINHASH", 2, k_any, special, "", json},
  {"MINHASH_COMBINE", 1, 1, special, "", json},
  {"APPROXIMATE_SIMILARITY", 1, 1, special, "", real},
  {"APPROXIMATE_JACCARD_INDEX", 1, 1, special, "", real},
  {"APPROX_TOP_K", 1, 3, special, "", json},
  {"BOOLAND_AGG", 1, 1, special, "bool_and", boolean},
  {"BOOLOR_AGG", 1, 1, special, "bool_or", boolean},
  {"BITAND_AGG", 1, 1, special, "bit_and", integer},
  {"BITOR_AGG", 1, 1, special, "bit_or", integer},
  {"BITXOR_AGG", 1, 1, special, "bit_xor", integer},
  {"MIN_BY", 2, 3, special, "arg_min", unknown},
  {"MAX_BY", 2, 3, special, "arg_max", unknown},
  {"BITMAP_CONSTRUCT_AGG", 1, 1, special, "", unknown},
  {"BITMAP_OR_AGG", 1, 1, special, "", unknown},
  {"LISTAGG", 1, 2, special, "", text},
  {"STRING_AGG", 1, 2, special, "", text},
  {"ARRAY_AGG", 1, 1, special, "", json},
  {"ARRAYAGG", 1, 1, special, "", json},
  {"ARRAY_UNIQUE_AGG", 1, 1, special, "", json},
  {"ARRAY_UNION_AGG", 1, 1, special, "", json},
  {"OBJECT_AGG", 2, 2, special, "json_group_object", json},
  {"PERCENTILE_CONT", 1, 1, special, "quantile_cont", unknown},
  {"PERCENTILE_DISC", 1, 1, special, "quantile_disc", unknown},
  {"APPROX_PERCENTILE", 2, 2, special, "quantile_cont", real},
  {"GROUPING", 1, k_any, pattern, "grouping({*})", integer},
  {"GROUPING_ID", 1, k_any, pattern, "grouping({*})", integer},
  // windows
  {"ROW_NUMBER", 0, 0, window, "row_number", integer},
  {"RANK", 0, 0, window, "rank", integer},
  {"DENSE_RANK", 0, 0, window, "dense_rank", integer},
  {"PERCENT_RANK", 0, 0, window, "percent_rank", real},
  {"CUME_DIST", 0, 0, window, "cume_dist", real},
  {"NTILE", 1, 1, window, "ntile", integer},
  {"LAG", 1, 3, window, "lag", first_argument},
  {"LEAD", 1, 3, window, "lead", first_argument},
  {"FIRST_VALUE", 1, 1, window, "first_value", first_argument},
  {"LAST_VALUE", 1, 1, window, "last_value", first_argument},
  {"INTERPOLATE_FFILL", 1, 1, special, "last_value", first_argument},
  {"INTERPOLATE_BFILL", 1, 1, special, "first_value", first_argument},
  {"NTH_VALUE", 2, 2, window, "nth_value", first_argument},
  {"RATIO_TO_REPORT", 1, 1, special, "", real},
  {"CONDITIONAL_TRUE_EVENT", 1, 1, special, "", integer},
  {"CONDITIONAL_CHANGE_EVENT", 1, 1, special, "", integer},
};
// clang-format on

} // namespace

std::span<const FunctionRule> aggregate_functions() {
  return k_rules;
}

} // namespace freshet::sql
