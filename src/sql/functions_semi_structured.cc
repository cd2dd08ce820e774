// The map of functions: semi-structured values.
#include "sql/function_rules.h"

namespace freshet::sql {
namespace {

using enum FunctionForm;
using enum ResultKind;

constexpr uint8_t k_any = 255;

// clang-format off
constexpr FunctionRule k_rules[] = {
  {"PARSE_JSON", 1, 2, special, "freshet_parse_json", json, "t"},
  {"TRY_PARSE_JSON", 1, 2, special, "freshet_try_parse_json", json, "t"},
  {"CHECK_JSON", 1, 1, pattern, "freshet_check_json({0})", text, "t"},
  {"TO_JSON", 1, 1, pattern, "freshet_json_document({0})", text, "v"},
  {"TO_VARIANT", 1, 1, pattern, "{0}", json, "v"},
  {"TO_OBJECT", 1, 1, pattern, "freshet_object_pick({0}, freshet_object_keys({0}))", json, "v"},
  {"TO_ARRAY", 1, 1, pattern, "CASE WHEN freshet_typeof({0}) = 'ARRAY' THEN {0} WHEN freshet_typeof({0}) <> 'NULL_VALUE' THEN freshet_array({0}) END", json, "v"},
  {"OBJECT_CONSTRUCT", 0, k_any, special, "freshet_object('drop', {*})", json},
  {"OBJECT_CONSTRUCT_KEEP_NULL", 0, k_any, special, "freshet_object('keep', {*})", json},
  {"OBJECT_INSERT", 3, 4, pattern, "freshet_object_insert({0}, {1}, {2}, CAST({3=false} AS VARCHAR))", json, "vtv."},
  {"OBJECT_DELETE", 2, k_any, pattern, "freshet_object_delete({*})", json, "vt"},
  {"OBJECT_PICK", 2, k_any, pattern, "freshet_object_pick({*})", json, "vt"},
  {"OBJECT_KEYS", 1, 1, pattern, "freshet_object_keys({0})", json, "v"},
  {"MAP_CAT", 2, 2, pattern, "freshet_object_cat({*})", json, "v"},
  {"MAP_CONTAINS_KEY", 2, 2, pattern, "list_contains(json_keys({1}), CAST({0} AS VARCHAR))", boolean, ".v"},
  {"MAP_DELETE", 2, k_any, pattern, "freshet_object_delete({*})", json, "vt"},
  {"MAP_INSERT", 3, 4, pattern, "freshet_map_insert({0}, {1}, {2}, CAST({3=false} AS VARCHAR))", json, "vtv."},
  {"MAP_KEYS", 1, 1, pattern, "freshet_object_keys({0})", json, "v"},
  {"MAP_PICK", 2, k_any, pattern, "freshet_object_pick({*})", json, "vt"},
  {"MAP_SIZE", 1, 1, pattern, "CAST(len(json_keys({0})) AS BIGINT)", integer, "v"},
  {"ARRAY_CONSTRUCT", 0, k_any, pattern, "freshet_array({*})", json, "v"},
  {"ARRAY_CONSTRUCT_COMPACT", 0, k_any, pattern, "freshet_array_compact(freshet_array({*}))", json, "v"},
  {"ARRAY_REPEAT", 2, 2, pattern, "freshet_array_repeat({0}, CAST({1} AS VARCHAR))", json, "v."},
  {"ARRAY_SIZE", 1, 1, pattern, "CAST(freshet_array_size({0}) AS BIGINT)", integer, "v"},
  {"ARRAY_CONTAINS", 2, 2, pattern, "CAST(freshet_array_contains({*}) AS BOOLEAN)", boolean, "v"},
  {"ARRAY_POSITION", 2, 2, pattern, "CAST(freshet_array_position({*}) AS BIGINT)", integer, "v"},
  {"ARRAY_TO_STRING", 2, 2, pattern, "freshet_array_to_string({*})", text, "vt"},
  {"ARRAY_CAT", 2, 2, pattern, "freshet_array_cat({*})", json, "v"},
  {"ARRAY_APPEND", 2, 2, pattern, "freshet_array_append({*})", json, "v"},
  {"ARRAY_PREPEND", 2, 2, pattern, "freshet_array_prepend({*})", json, "v"},
  {"ARRAY_INSERT", 3, 3, pattern, "freshet_array_insert({*})", json, "vtv"},
  {"ARRAY_SLICE", 3, 3, pattern, "freshet_array_slice({*})", json, "vt"},
  {"ARRAY_COMPACT", 1, 1, pattern, "freshet_array_compact({0})", json, "v"},
  {"ARRAY_REMOVE", 2, 2, pattern, "freshet_array_remove({*})", json, "v"},
  {"ARRAY_REMOVE_AT", 2, 2, pattern, "freshet_array_remove_at({*})", json, "vt"},
  {"ARRAY_DISTINCT", 1, 1, pattern, "freshet_array_distinct({0})", json, "v"},
  {"ARRAY_INTERSECTION", 2, 2, pattern, "freshet_array_intersection({*})", json, "v"},
  {"ARRAY_EXCEPT", 2, 2, pattern, "freshet_array_except({*})", json, "v"},
  {"ARRAYS_OVERLAP", 2, 2, pattern, "CAST(freshet_arrays_overlap({*}) AS BOOLEAN)", boolean, "v"},
  {"ARRAY_FLATTEN", 1, 1, pattern, "freshet_array_flatten({0})", json, "v"},
  {"ARRAY_REVERSE", 1, 1, pattern, "freshet_array_reverse({0})", json, "v"},
  {"ARRAY_SORT", 1, 3, pattern, "freshet_array_sort({0}, CAST({1=true} AS VARCHAR), CAST({2=''} AS VARCHAR))", json, "v."},
  {"ARRAY_MAX", 1, 1, pattern, "freshet_array_max({0})", json, "v"},
  {"ARRAY_MIN", 1, 1, pattern, "freshet_array_min({0})", json, "v"},
  {"ARRAY_GENERATE_RANGE", 2, 3, pattern, "to_json(range(CAST({0} AS BIGINT), CAST({1} AS BIGINT), CAST({2=1} AS BIGINT)))", json, "d"},
  {"ARRAYS_TO_OBJECT", 2, 2, pattern, "freshet_arrays_to_object({*})", json, "v"},
  {"ARRAYS_ZIP", 1, k_any, pattern, "freshet_arrays_zip({*})", json, "v"},
  {"PARSE_XML", 1, 2, pattern, "freshet_parse_xml({0}, CAST({1=false} AS VARCHAR))", json, "t."},
  {"TRY_PARSE_XML", 1, 2, pattern, "TRY(freshet_parse_xml({0}, CAST({1=false} AS VARCHAR)))", json, "t."},
  {"CHECK_XML", 1, 2, pattern, "freshet_check_xml({0})", text, "t."},
  {"XMLGET", 2, 3, pattern, "freshet_xml_get({0}, {1}, CAST({2=0} AS VARCHAR))", json, "vt."},
  {"TO_XML", 1, 1, pattern, "freshet_to_xml({0})", text, "v"},
  {"FILTER", 2, 2, special, "", json},
  {"TRANSFORM", 2, 2, special, "", json},
  {"REDUCE", 3, 3, special, "", unknown},
  {"GET", 2, 2, special, "", json},
  {"GET_IGNORE_CASE", 2, 2, pattern, "freshet_get({0}, {1}, 'ignore')", json, "vt"},
  {"GET_PATH", 2, 2, pattern, "freshet_get_path({*})", json, "vt"},
  {"JSON_EXTRACT_PATH_TEXT", 2, 2, pattern, "(freshet_get_path(freshet_parse_json({0}), {1}) ->> '$')", text, "t"},
  {"TYPEOF", 1, 1, special, "freshet_typeof({0})", text, "v"},
  {"IS_NULL_VALUE", 1, 1, pattern, "(freshet_typeof({0}) = 'NULL_VALUE')", boolean, "v"},
  {"IS_ARRAY", 1, 1, pattern, "(freshet_typeof({0}) = 'ARRAY')", boolean, "v"},
  {"IS_OBJECT", 1, 1, pattern, "(freshet_typeof({0}) = 'OBJECT')", boolean, "v"},
  {"IS_BOOLEAN", 1, 1, pattern, "(freshet_typeof({0}) = 'BOOLEAN')", boolean, "v"},
  {"IS_VARCHAR", 1, 1, pattern, "(freshet_typeof({0}) = 'VARCHAR')", boolean, "v"},
  {"IS_CHAR", 1, 1, pattern, "(freshet_typeof({0}) = 'VARCHAR')", boolean, "v"},
  {"IS_INTEGER", 1, 1, pattern, "(freshet_typeof({0}) = 'INTEGER')", boolean, "v"},
  {"IS_DECIMAL", 1, 1, pattern, "(freshet_typeof({0}) IN ('INTEGER', 'DECIMAL'))", boolean, "v"},
  {"IS_DOUBLE", 1, 1, pattern, "(freshet_typeof({0}) IN ('INTEGER', 'DECIMAL', 'DOUBLE'))", boolean, "v"},
  {"IS_REAL", 1, 1, pattern, "(freshet_typeof({0}) IN ('INTEGER', 'DECIMAL', 'DOUBLE'))", boolean, "v"},
  {"IS_DATE", 1, 1, special, "(freshet_typeof({0}) = 'VARCHAR' AND regexp_full_match(({0} ->> '$'), '\\d{{4}}-\\d{{2}}-\\d{{2}}'))", boolean, "v"},
  {"IS_DATE_VALUE", 1, 1, special, "(freshet_typeof({0}) = 'VARCHAR' AND regexp_full_match(({0} ->> '$'), '\\d{{4}}-\\d{{2}}-\\d{{2}}'))", boolean, "v"},
  {"IS_TIME", 1, 1, special, "(freshet_typeof({0}) = 'VARCHAR' AND regexp_full_match(({0} ->> '$'), '\\d{{2}}:\\d{{2}}:\\d{{2}}(\\.\\d+)?'))", boolean, "v"},
  {"IS_TIMESTAMP_NTZ", 1, 1, special, "(freshet_typeof({0}) = 'VARCHAR' AND regexp_full_match(({0} ->> '$'), '\\d{{4}}-\\d{{2}}-\\d{{2}}[ T]\\d{{2}}:\\d{{2}}:\\d{{2}}(\\.\\d+)?'))", boolean, "v"},
  {"IS_TIMESTAMP_LTZ", 1, 1, special, "(freshet_typeof({0}) = 'VARCHAR' AND regexp_full_match(({0} ->> '$'), '\\d{{4}}-\\d{{2}}-\\d{{2}}[ T]\\d{{2}}:\\d{{2}}:\\d{{2}}(\\.\\d+)? ?(Z|[+-][0-9:]+)'))", boolean, "v"},
  {"IS_TIMESTAMP_TZ", 1, 1, special, "(freshet_typeof({0}) = 'VARCHAR' AND regexp_full_match(({0} ->> '$'), '\\d{{4}}-\\d{{2}}-\\d{{2}}[ T]\\d{{2}}:\\d{{2}}:\\d{{2}}(\\.\\d+)? ?(Z|[+-][0-9:]+)'))", boolean, "v"},
  {"IS_BINARY", 1, 1, special, "(freshet_typeof({0}) = 'VARCHAR' AND regexp_full_match(({0} ->> '$'), '([0-9A-F]{{2}})+'))", boolean, "v"},
  {"STRIP_NULL_VALUE", 1, 1, pattern, "CASE WHEN freshet_typeof({0}) = 'NULL_VALUE' THEN NULL ELSE {0} END", json, "v"},
  {"AS_VARCHAR", 1, 1, pattern, "CASE WHEN freshet_typeof({0}) = 'VARCHAR' THEN ({0} ->> '$') END", text, "v"},
  {"AS_CHAR", 1, 1, pattern, "CASE WHEN freshet_typeof({0}) = 'VARCHAR' THEN ({0} ->> '$') END", text, "v"},
  {"AS_BOOLEAN", 1, 1, pattern, "CASE WHEN freshet_typeof({0}) = 'BOOLEAN' THEN CAST(({0} ->> '$') AS BOOLEAN) END", boolean, "v"},
  {"AS_INTEGER", 1, 1, pattern, "CASE WHEN freshet_typeof({0}) = 'INTEGER' THEN CAST(({0} ->> '$') AS BIGINT) END", integer, "v"},
  {"AS_DECIMAL", 1, 3, special, "", unknown},
  {"AS_NUMBER", 1, 3, special, "", unknown},
  {"AS_DOUBLE", 1, 1, pattern, "CASE WHEN freshet_typeof({0}) IN ('INTEGER', 'DECIMAL', 'DOUBLE') THEN CAST(({0} ->> '$') AS DOUBLE) END", real, "v"},
  {"AS_REAL", 1, 1, pattern, "CASE WHEN freshet_typeof({0}) IN ('INTEGER', 'DECIMAL', 'DOUBLE') THEN CAST(({0} ->> '$') AS DOUBLE) END", real, "v"},
  {"AS_DATE", 1, 1, special, "freshet_try_date({0}, current_setting('TimeZone'), 'AUTO')", date, "v"},
  {"AS_TIME", 1, 1, special, "freshet_try_time({0}, current_setting('TimeZone'), 'AUTO')", unknown, "v"},
  {"AS_TIMESTAMP_NTZ", 1, 1, special, "freshet_try_ntz({0}, current_setting('TimeZone'), 'AUTO')", timestamp, "v"},
  {"AS_TIMESTAMP_LTZ", 1, 1, special, "freshet_try_ltz({0}, current_setting('TimeZone'), 'AUTO')", instant, "v"},
  {"AS_TIMESTAMP_TZ", 1, 1, special, "freshet_try_tz({0}, current_setting('TimeZone'), 'AUTO')", unknown, "v"},
  {"AS_BINARY", 1, 1, special, "CASE WHEN freshet_typeof({0}) = 'VARCHAR' THEN TRY(unhex(({0} ->> '$'))) END", unknown, "v"},
  {"AS_ARRAY", 1, 1, pattern, "CASE WHEN freshet_typeof({0}) = 'ARRAY' THEN {0} END", json, "v"},
  {"AS_OBJECT", 1, 1, pattern, "CASE WHEN freshet_typeof({0}) = 'OBJECT' THEN {0} END", json, "v"},
  // states of approximate aggregates
  {"HLL_ESTIMATE", 1, 1, pattern, "CAST(freshet_hll_estimate(hex({0})) AS BIGINT)", integer},
  {"HLL_EXPORT", 1, 1, pattern, "freshet_hll_export(hex({0}))", json},
  {"HLL_IMPORT", 1, 1, pattern, "unhex(freshet_hll_import({0}))", unknown, "v"},
  {"APPROX_PERCENTILE_ESTIMATE", 2, 2, pattern, "CAST(freshet_digest_estimate({0}, CAST({1} AS VARCHAR)) AS DOUBLE)", real, "v."},
  {"APPROX_TOP_K_ESTIMATE", 1, 2, pattern, "freshet_top_k_estimate({0}, CAST({1=1} AS VARCHAR))", json, "v."},
  // vectors
  {"VECTOR_INNER_PRODUCT", 2, 2, pattern, "list_inner_product(from_json({0}, '[\"DOUBLE\"]'), from_json({1}, '[\"DOUBLE\"]'))", real, "v"},
  {"VECTOR_L1_DISTANCE", 2, 2, pattern, "list_sum(list_transform(list_zip(from_json({0}, '[\"DOUBLE\"]'), from_json({1}, '[\"DOUBLE\"]')), lambda p: abs(p[1] - p[2])))", real, "v"},
  {"VECTOR_L2_DISTANCE", 2, 2, pattern, "list_distance(from_json({0}, '[\"DOUBLE\"]'), from_json({1}, '[\"DOUBLE\"]'))", real, "v"},
  {"VECTOR_COSINE_SIMILARITY", 2, 2, pattern, "list_cosine_similarity(from_json({0}, '[\"DOUBLE\"]'), from_json({1}, '[\"DOUBLE\"]'))", real, "v"},
  {"STRTOK_TO_ARRAY", 1, 2, pattern, "freshet_tokens({0}, {1=' '})", json, "t"},
};
// clang-format on

} // namespace

std::span<const FunctionRule> semi_structured_functions() {
  return k_rules;
}

} // namespace freshet::sql
