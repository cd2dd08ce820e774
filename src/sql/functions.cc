#include "sql/functions.h"

#include <unordered_map>

#include "sql/function_rules.h"
#include "sql/syntax_query.h"

namespace freshet::sql {
namespace {

using enum FunctionForm;
using enum ResultKind;

constexpr uint8_t k_any = 255;

// clang-format off
constexpr FunctionRule k_rules[] = {
  // conditional
  {"IFF", 3, 3, pattern, "CASE WHEN {0} THEN {1} ELSE {2} END", unknown},
  {"IFNULL", 2, 2, pattern, "coalesce({*})", common},
  {"NVL", 2, 2, pattern, "coalesce({*})", common},
  {"NVL2", 3, 3, pattern, "CASE WHEN {0} IS NOT NULL THEN {1} ELSE {2} END", unknown},
  {"COALESCE", 1, k_any, pattern, "coalesce({*})", common},
  {"NULLIF", 2, 2, pattern, "nullif({*})", first_argument},
  {"NULLIFZERO", 1, 1, pattern, "nullif({0}, 0)", first_argument, "d"},
  {"ZEROIFNULL", 1, 1, pattern, "coalesce({0}, 0)", common, "d"},
  {"EQUAL_NULL", 2, 2, pattern, "({0} IS NOT DISTINCT FROM {1})", boolean},
  {"DECODE", 3, k_any, special, "", unknown},
  {"GREATEST", 1, k_any, special, "greatest", common},
  {"LEAST", 1, k_any, special, "least", common},
  {"GREATEST_IGNORE_NULLS", 1, k_any, pattern, "greatest({*})", common},
  {"LEAST_IGNORE_NULLS", 1, k_any, pattern, "least({*})", common},
  {"BOOLAND", 2, 2, pattern, "({0} AND {1})", boolean, "b"},
  {"BOOLOR", 2, 2, pattern, "({0} OR {1})", boolean, "b"},
  {"BOOLNOT", 1, 1, pattern, "(NOT {0})", boolean, "b"},
  {"BOOLXOR", 2, 2, pattern, "({0} <> {1})", boolean, "b"},
  {"REGR_VALX", 2, 2, pattern, "CASE WHEN {0} IS NOT NULL THEN {1} END", real, "r"},
  {"REGR_VALY", 2, 2, pattern, "CASE WHEN {1} IS NOT NULL THEN {0} END", real, "r"},
  // numeric
  {"ABS", 1, 1, pattern, "abs({0})", first_argument, "d"},
  {"SIGN", 1, 1, pattern, "sign({0})", integer, "d"},
  {"CEIL", 1, 2, special, "ceil", unknown},
  {"CEILING", 1, 2, special, "ceil", unknown},
  {"FLOOR", 1, 2, special, "floor", unknown},
  {"ROUND", 1, 3, special, "", unknown, "d"},
  {"TRUNC", 1, 2, special, "", unknown},
  {"TRUNCATE", 1, 2, special, "", unknown},
  {"MOD", 2, 2, special, "", first_argument, "d"},
  {"SQRT", 1, 1, pattern, "sqrt({0})", real, "d"},
  {"CBRT", 1, 1, pattern, "CASE WHEN pow(round(cbrt({0})), 3) = {0} THEN round(cbrt({0})) ELSE cbrt({0}) END", real, "d"},
  {"SQUARE", 1, 1, pattern, "pow({0}, 2)", real, "d"},
  {"POWER", 2, 2, pattern, "pow({*})", real, "d"},
  {"POW", 2, 2, pattern, "pow({*})", real, "d"},
  {"EXP", 1, 1, pattern, "exp({0})", real, "d"},
  {"LN", 1, 1, pattern, "ln({0})", real, "d"},
  {"LOG", 2, 2, pattern, "log({*})", real, "d"},
  {"FACTORIAL", 1, 1, pattern, "factorial(CAST({0} AS INTEGER))", integer, "n"},
  {"PI", 0, 0, pattern, "pi()", real},
  {"SIN", 1, 1, pattern, "sin({0})", real, "d"},
  {"COS", 1, 1, pattern, "cos({0})", real, "d"},
  {"TAN", 1, 1, pattern, "tan({0})", real, "d"},
  {"COT", 1, 1, pattern, "cot({0})", real, "d"},
  {"ASIN", 1, 1, pattern, "asin({0})", real, "d"},
  {"ACOS", 1, 1, pattern, "acos({0})", real, "d"},
  {"ATAN", 1, 1, pattern, "atan({0})", real, "d"},
  {"ATAN2", 2, 2, pattern, "atan2({*})", real, "d"},
  {"SINH", 1, 1, pattern, "sinh({0})", real, "d"},
  {"COSH", 1, 1, pattern, "cosh({0})", real, "d"},
  {"TANH", 1, 1, pattern, "tanh({0})", real, "d"},
  {"DEGREES", 1, 1, pattern, "degrees({0})", real, "d"},
  {"RADIANS", 1, 1, pattern, "radians({0})", real, "d"},
  {"DIV0", 2, 2, special, "{1}", unknown},
  {"DIV0NULL", 2, 2, special, "coalesce({1}, 0)", unknown},
  {"BITAND", 2, 3, special, "({0} & {1})", unknown},
  {"BITOR", 2, 3, special, "({0} | {1})", unknown},
  {"BITXOR", 2, 3, special, "xor({0}, {1})", unknown},
  {"BITNOT", 1, 1, special, "(~{0})", unknown},
  {"BITSHIFTLEFT", 2, 2, special, "({0} << {1})", unknown},
  {"BITSHIFTRIGHT", 2, 2, special, "({0} >> {1})", unknown},
  {"GETBIT", 2, 2, pattern, "((CAST({0} AS BIGINT) >> CAST({1} AS BIGINT)) & 1)", integer},
  {"BITMAP_BUCKET_NUMBER", 1, 1, pattern, "CASE WHEN {0} > 0 THEN ({0} - 1) // 32768 + 1 ELSE {0} // 32768 END", integer, "n"},
  {"BITMAP_BIT_POSITION", 1, 1, pattern, "CASE WHEN {0} > 0 THEN ({0} - 1) % 32768 ELSE abs({0}) % 32768 END", integer, "n"},
  {"BITMAP_COUNT", 1, 1, pattern, "CAST(bit_count(CAST({0} AS BIT)) AS BIGINT)", integer},
  // generated data
  {"RANDOM", 0, 1, special, "", integer},
  {"UNIFORM", 3, 3, special, "", unknown},
  {"NORMAL", 3, 3, pattern, "freshet_normal({*})", real, "rrn"},
  {"ZIPF", 3, 3, pattern, "freshet_zipf({*})", integer, "rnn"},
  {"RANDSTR", 2, 2, pattern, "freshet_randstr({*})", text, "n"},
  {"SEQ1", 0, 1, special, "", integer},
  {"SEQ2", 0, 1, special, "", integer},
  {"SEQ4", 0, 1, special, "", integer},
  {"SEQ8", 0, 1, special, "", integer},
  {"HAVERSINE", 4, 4, pattern, "(2 * 6371 * asin(sqrt(pow(sin(radians({2} - {0}) / 2), 2) + cos(radians({0})) * cos(radians({2})) * pow(sin(radians({3} - {1}) / 2), 2))))", real},
  {"CONNECT_BY_ROOT", 1, 1, special, "", first_argument},
  {"SYS_CONNECT_BY_PATH", 2, 2, special, "", text},
  // text
  {"UPPER", 1, 1, pattern, "upper({0})", text, "t"},
  {"LOWER", 1, 1, pattern, "lower({0})", text, "t"},
  {"INITCAP", 1, 2, special, "", text, "t"},
  {"SOUNDEX", 1, 1, pattern, "freshet_soundex({0})", text, "t"},
  {"SOUNDEX_P123", 1, 1, pattern, "freshet_soundex_p123({0})", text, "t"},
  {"PARSE_IP", 2, 3, pattern, "freshet_parse_ip({0}, {1}, CAST({2=0} AS VARCHAR))", json, "tt."},
  {"RTRIMMED_LENGTH", 1, 1, pattern, "length(rtrim({0}, ' '))", integer, "t"},
  {"PARSE_URL", 1, 2, pattern, "freshet_parse_url({0}, CAST({1=0} AS VARCHAR))", json, "t."},
  {"BIT_LENGTH", 1, 1, special, "", integer, "t"},
  {"LENGTH", 1, 1, special, "", integer, "t"},
  {"LEN", 1, 1, special, "", integer, "t"},
  {"OCTET_LENGTH", 1, 1, special, "", integer, "t"},
  {"TRIM", 1, 2, pattern, "trim({*})", text, "t"},
  {"LTRIM", 1, 2, pattern, "ltrim({*})", text, "t"},
  {"RTRIM", 1, 2, pattern, "rtrim({*})", text, "t"},
  {"LPAD", 2, 3, pattern, "CASE WHEN {2=' '} = '' THEN left(CAST({0} AS VARCHAR), {1}) ELSE lpad(CAST({0} AS VARCHAR), CAST({1} AS INTEGER), {2=' '}) END", text, "tnt"},
  {"RPAD", 2, 3, pattern, "CASE WHEN {2=' '} = '' THEN left(CAST({0} AS VARCHAR), {1}) ELSE rpad(CAST({0} AS VARCHAR), CAST({1} AS INTEGER), {2=' '}) END", text, "tnt"},
  {"LEFT", 2, 2, pattern, "left(CAST({0} AS VARCHAR), CASE WHEN {1} < 0 THEN 0 ELSE {1} END)", text, "tn"},
  {"RIGHT", 2, 2, pattern, "right(CAST({0} AS VARCHAR), CASE WHEN {1} < 0 THEN 0 ELSE {1} END)", text, "tn"},
  {"SUBSTR", 2, 3, special, "", unknown},
  {"SUBSTRING", 2, 3, special, "", unknown},
  {"CONCAT", 1, k_any, special, "", text},
  {"CONCAT_WS", 2, k_any, special, "", text},
  {"REPLACE", 2, 3, pattern, "replace({0}, {1}, {2=''})", text, "t"},
  {"REVERSE", 1, 1, pattern, "reverse({0})", text, "t"},
  {"REPEAT", 2, 2, pattern, "repeat({*})", text, "tn"},
  {"SPACE", 1, 1, pattern, "repeat(' ', {0})", text, "n"},
  {"ASCII", 1, 1, pattern, "ascii({0})", integer, "t"},
  {"UNICODE", 1, 1, pattern, "CASE WHEN {0} = '' THEN 0 ELSE unicode({0}) END", integer, "t"},
  {"CHR", 1, 1, pattern, "freshet_chr(CAST({0} AS VARCHAR))", text, "n"},
  {"CHAR", 1, 1, pattern, "freshet_chr(CAST({0} AS VARCHAR))", text, "n"},
  {"TRANSLATE", 3, 3, pattern, "CASE WHEN length({2}) > length({1}) THEN freshet_check_length('(target alphabet)', 1) ELSE translate({*}) END", text, "t"},
  {"CONTAINS", 2, 2, pattern, "contains(CAST({0} AS VARCHAR), {1})", boolean, "t"},
  {"STARTSWITH", 2, 2, pattern, "starts_with(CAST({0} AS VARCHAR), {1})", boolean, "t"},
  {"ENDSWITH", 2, 2, pattern, "ends_with(CAST({0} AS VARCHAR), {1})", boolean, "t"},
  {"POSITION", 2, 3, special, "", integer},
  {"CHARINDEX", 2, 3, special, "", integer},
  {"INSERT", 4, 4, pattern, "(left({0}, {1} - 1) || {3} || substr({0}, {1} + {2}))", text, "tnnt"},
  {"SPLIT", 2, 2, pattern, "to_json(CASE WHEN {1} = '' THEN [CAST({0} AS VARCHAR)] ELSE string_split({*}) END)", json, "t"},
  {"SPLIT_PART", 3, 3, pattern, "CASE WHEN {1} = '' THEN CASE WHEN abs({2}) <= 1 THEN {0} ELSE '' END ELSE split_part({0}, {1}, CASE WHEN {2} = 0 THEN 1 ELSE {2} END) END", text, "ttn"},
  {"STRTOK", 1, 3, pattern, "freshet_strtok({0}, {1=' '}, CAST({2=1} AS VARCHAR))", text, "ttn"},
  {"EDITDISTANCE", 2, 3, special, "", integer, "tt."},
  {"JAROWINKLER_SIMILARITY", 2, 2, pattern, "CAST(freshet_jaro_winkler(lower({0}), lower({1})) AS INTEGER)", integer, "t"},
  {"HEX_ENCODE", 1, 2, pattern, "CASE WHEN {1=1} = 0 THEN lower(hex({0})) ELSE hex({0}) END", text, "tn"},
  {"HEX_DECODE_STRING", 1, 1, pattern, "decode(unhex({0}))", text, "t"},
  {"HEX_DECODE_BINARY", 1, 1, pattern, "unhex({0})", unknown},
  {"TO_BINARY", 1, 2, special, "", unknown},
  {"TRY_TO_BINARY", 1, 2, special, "TRY_", unknown},
  {"BASE64_DECODE_BINARY", 1, 2, special, "from_base64({0})", unknown, "t"},
  {"TRY_BASE64_DECODE_STRING", 1, 2, special, "TRY(decode(from_base64({0})))", text, "t"},
  {"TRY_BASE64_DECODE_BINARY", 1, 2, special, "TRY(from_base64({0}))", unknown, "t"},
  {"TRY_HEX_DECODE_STRING", 1, 1, pattern, "TRY(decode(unhex({0})))", text, "t"},
  {"TRY_HEX_DECODE_BINARY", 1, 1, pattern, "TRY(unhex({0}))", unknown, "t"},
  {"MD5_BINARY", 1, 1, pattern, "unhex(md5({0}))", unknown, "t"},
  {"SHA1_BINARY", 1, 1, pattern, "unhex(sha1({0}))", unknown, "t"},
  {"SHA2_BINARY", 1, 2, pattern, "unhex(freshet_sha2({0}, {1=256}))", unknown, "tn"},
  {"MD5_NUMBER_LOWER64", 1, 1, pattern, "CAST('0x' || substr(md5({0}), 17) AS UBIGINT)", integer, "t"},
  {"MD5_NUMBER_UPPER64", 1, 1, pattern, "CAST('0x' || left(md5({0}), 16) AS UBIGINT)", integer, "t"},
  {"WIDTH_BUCKET", 4, 4, pattern, "CAST(CASE WHEN {0} < {1} THEN 0 WHEN {0} >= {2} THEN {3} + 1 ELSE floor(({0} - {1}) / (({2} - {1}) / {3})) + 1 END AS BIGINT)", integer, "d"},
  {"BASE64_ENCODE", 1, 3, special, "base64({0})", text, "t"},
  {"BASE64_DECODE_STRING", 1, 2, special, "decode(from_base64({0}))", text, "t"},
  {"COLLATE", 2, 2, special, "", text, "t."},
  {"COLLATION", 1, 1, special, "", text},
  {"LIKE", 2, 3, special, "({0} LIKE {1})", boolean, "t"},
  {"ILIKE", 2, 3, special, "({0} ILIKE {1})", boolean, "t"},
  {"RLIKE", 2, 3, special, "", boolean},
  {"REGEXP_LIKE", 2, 3, special, "", boolean},
  {"REGEXP_REPLACE", 2, 6, special, "", text},
  {"REGEXP_SUBSTR", 2, 6, special, "", text},
  {"REGEXP_COUNT", 2, 4, special, "", integer},
  {"REGEXP_INSTR", 2, 7, special, "", integer},
  {"REGEXP_SUBSTR_ALL", 2, 6, special, "", json},
  {"REGEXP_EXTRACT_ALL", 2, 6, special, "", json},
  {"REGEXP", 2, 2, special, "", boolean},
  // compression and encryption
  {"COMPRESS", 2, 2, pattern, "freshet_compress({0}, {1})", unknown, "tt"},
  {"DECOMPRESS_BINARY", 2, 2, pattern, "freshet_decompress({0}, {1})", unknown, ".t"},
  {"DECOMPRESS_STRING", 2, 2, pattern, "decode(freshet_decompress({0}, {1}))", text, ".t"},
  {"ENCRYPT", 2, 4, special, "freshet_encrypt", unknown},
  {"DECRYPT", 2, 4, special, "freshet_decrypt", unknown},
  {"TRY_DECRYPT", 2, 4, special, "freshet_try_decrypt", unknown},
  {"ENCRYPT_RAW", 3, 5, special, "freshet_encrypt_raw", json},
  {"DECRYPT_RAW", 3, 6, special, "freshet_decrypt_raw", unknown},
  {"TRY_DECRYPT_RAW", 3, 6, special, "freshet_try_decrypt_raw", unknown},
  // hashes and identity
  {"MD5", 1, 1, pattern, "md5({0})", text, "t"},
  {"MD5_HEX", 1, 1, pattern, "md5({0})", text, "t"},
  {"SHA1", 1, 1, pattern, "sha1({0})", text, "t"},
  {"SHA1_HEX", 1, 1, pattern, "sha1({0})", text, "t"},
  {"SHA2", 1, 2, pattern, "freshet_sha2({0}, {1=256})", text, "tn"},
  {"SHA2_HEX", 1, 2, pattern, "freshet_sha2({0}, {1=256})", text, "tn"},
  {"HASH", 1, k_any, special, "", integer},
  {"UUID_STRING", 0, 2, special, "", text, "t"},
  {"ACOSH", 1, 1, pattern, "acosh({0})", real, "d"},
  {"ASINH", 1, 1, pattern, "asinh({0})", real, "d"},
  {"ATANH", 1, 1, pattern, "atanh({0})", real, "d"},
  // conversion
  {"TO_VARCHAR", 1, 2, special, "", text},
  {"TO_CHAR", 1, 2, special, "", text},
  {"TO_NUMBER", 1, 4, special, "", unknown},
  {"TO_NUMERIC", 1, 4, special, "", unknown},
  {"TO_DECIMAL", 1, 4, special, "", unknown},
  {"TRY_TO_NUMBER", 1, 4, special, "TRY_", unknown},
  {"TRY_TO_NUMERIC", 1, 4, special, "TRY_", unknown},
  {"TRY_TO_DECIMAL", 1, 4, special, "TRY_", unknown},
  {"TO_DOUBLE", 1, 2, special, "", real},
  {"TRY_TO_DOUBLE", 1, 2, special, "TRY_", real},
  {"TO_BOOLEAN", 1, 1, pattern, "freshet_boolean({0})", boolean},
  {"TRY_TO_BOOLEAN", 1, 1, pattern, "freshet_try_boolean({0})", boolean},
  {"TO_DATE", 1, 2, special, "", date},
  {"DATE", 1, 2, special, "", date},
  {"TRY_TO_DATE", 1, 2, special, "TRY_", date},
  {"TO_TIME", 1, 2, special, "", unknown},
  {"TIME", 1, 2, special, "", unknown},
  {"TRY_TO_TIME", 1, 2, special, "TRY_", unknown},
  {"TO_TIMESTAMP", 1, 2, special, "", timestamp},
  {"TO_TIMESTAMP_NTZ", 1, 2, special, "", timestamp},
  {"TO_TIMESTAMP_LTZ", 1, 2, special, "", instant},
  {"TO_TIMESTAMP_TZ", 1, 2, special, "", instant},
  {"TRY_TO_TIMESTAMP", 1, 2, special, "TRY_", timestamp},
  {"TRY_TO_TIMESTAMP_NTZ", 1, 2, special, "TRY_", timestamp},
  {"TRY_TO_TIMESTAMP_LTZ", 1, 2, special, "TRY_", instant},
  {"TRY_TO_TIMESTAMP_TZ", 1, 2, special, "TRY_", instant},
  // date and time
  {"DATEADD", 3, 3, special, "", unknown},
  {"DATE_ADD", 3, 3, special, "", unknown},
  {"TIMEADD", 3, 3, special, "", unknown},
  {"TIMESTAMPADD", 3, 3, special, "", unknown},
  {"DATEDIFF", 3, 3, special, "", integer},
  {"TIMEDIFF", 3, 3, special, "", integer},
  {"TIMESTAMPDIFF", 3, 3, special, "", integer},
  {"DATE_TRUNC", 2, 2, special, "", unknown},
  {"DATE_PART", 2, 2, special, "", integer},
  {"EXTRACT", 2, 2, special, "", integer},
  {"LAST_DAY", 1, 2, special, "", date},
  {"NEXT_DAY", 2, 2, special, "", date},
  {"PREVIOUS_DAY", 2, 2, special, "", date},
  {"TIME_SLICE", 3, 4, special, "", first_argument},
  {"ADD_MONTHS", 2, 2, special, "", unknown},
  {"MONTHS_BETWEEN", 2, 2, special, "", unknown},
  {"YEAR", 1, 1, pattern, "year({0})", integer, "m"},
  {"QUARTER", 1, 1, pattern, "quarter({0})", integer, "m"},
  {"MONTH", 1, 1, pattern, "month({0})", integer, "m"},
  {"DAY", 1, 1, pattern, "day({0})", integer, "m"},
  {"DAYOFMONTH", 1, 1, pattern, "day({0})", integer, "m"},
  {"DAYOFWEEK", 1, 1, special, "", integer, "m"},
  {"DAYOFWEEKISO", 1, 1, pattern, "isodow({0})", integer, "m"},
  {"DAYOFWEEK_ISO", 1, 1, pattern, "isodow({0})", integer, "m"},
  {"DAYOFYEAR", 1, 1, pattern, "dayofyear({0})", integer, "m"},
  {"WEEK", 1, 1, special, "", integer, "m"},
  {"WEEKOFYEAR", 1, 1, special, "", integer, "m"},
  {"WEEKISO", 1, 1, pattern, "week({0})", integer, "m"},
  {"YEAROFWEEK", 1, 1, special, "", integer, "m"},
  {"YEAROFWEEKISO", 1, 1, pattern, "isoyear({0})", integer, "m"},
  {"HOUR", 1, 1, pattern, "hour({0})", integer, "m"},
  {"MINUTE", 1, 1, pattern, "minute({0})", integer, "m"},
  {"SECOND", 1, 1, pattern, "second({0})", integer, "m"},
  {"DAYNAME", 1, 1, pattern, "left(dayname({0}), 3)", text, "m"},
  {"MONTHNAME", 1, 1, pattern, "left(monthname({0}), 3)", text, "m"},
  {"DATE_FROM_PARTS", 3, 3, pattern, "CAST(make_date({0}, 1, 1) + to_months(CAST({1} - 1 AS INTEGER)) + to_days(CAST({2} - 1 AS INTEGER)) AS DATE)", date},
  {"DATEFROMPARTS", 3, 3, pattern, "CAST(make_date({0}, 1, 1) + to_months(CAST({1} - 1 AS INTEGER)) + to_days(CAST({2} - 1 AS INTEGER)) AS DATE)", date},
  {"TIME_FROM_PARTS", 3, 4, pattern, "(TIME '00:00:00' + to_hours(CAST({0} AS BIGINT)) + to_minutes(CAST({1} AS BIGINT)) + to_seconds({2}) + to_microseconds(CAST({3=0} AS BIGINT) // 1000))", unknown},
  {"TIMEFROMPARTS", 3, 4, pattern, "(TIME '00:00:00' + to_hours(CAST({0} AS BIGINT)) + to_minutes(CAST({1} AS BIGINT)) + to_seconds({2}) + to_microseconds(CAST({3=0} AS BIGINT) // 1000))", unknown},
  {"TIMESTAMP_FROM_PARTS", 2, 8, special, "", timestamp},
  {"TIMESTAMPFROMPARTS", 2, 8, special, "", timestamp},
  {"TIMESTAMP_LTZ_FROM_PARTS", 6, 7, special, "", instant},
  {"TIMESTAMP_TZ_FROM_PARTS", 6, 8, special, "", instant},
  {"TIMESTAMP_NTZ_FROM_PARTS", 2, 7, special, "", timestamp},
  {"CONVERT_TIMEZONE", 2, 3, special, "", unknown},
};
// clang-format on

} // namespace

std::span<const FunctionRule> scalar_functions() {
  return k_rules;
}

namespace {

/// Other names of functions, whose rules have the documented main one.
struct Alias {
  std::string_view name;
  std::string_view function;
};
constexpr Alias k_aliases[] = {{"BIT_AND", "BITAND"},
                               {"BIT_OR", "BITOR"},
                               {"BIT_XOR", "BITXOR"},
                               {"BIT_NOT", "BITNOT"},
                               {"BIT_SHIFTLEFT", "BITSHIFTLEFT"},
                               {"BIT_SHIFTRIGHT", "BITSHIFTRIGHT"},
                               {"BITANDAGG", "BITAND_AGG"},
                               {"BIT_ANDAGG", "BITAND_AGG"},
                               {"BIT_AND_AGG", "BITAND_AGG"},
                               {"BITORAGG", "BITOR_AGG"},
                               {"BIT_ORAGG", "BITOR_AGG"},
                               {"BIT_OR_AGG", "BITOR_AGG"},
                               {"BITXORAGG", "BITXOR_AGG"},
                               {"BIT_XORAGG", "BITXOR_AGG"},
                               {"BIT_XOR_AGG", "BITXOR_AGG"},
                               {"TIMESTAMPNTZFROMPARTS", "TIMESTAMP_NTZ_FROM_PARTS"},
                               {"TIMESTAMPLTZFROMPARTS", "TIMESTAMP_LTZ_FROM_PARTS"},
                               {"TIMESTAMPTZFROMPARTS", "TIMESTAMP_TZ_FROM_PARTS"}};

const std::unordered_map<std::string_view, const FunctionRule*>& rules_by_name() {
  static const auto* const k_map = [] {
    auto* map = new std::unordered_map<std::string_view, const FunctionRule*>();
    for (auto rules : {scalar_functions(), semi_structured_functions(), aggregate_functions()})
      for (const auto& rule : rules) map->emplace(rule.name, &rule);
    for (const auto& alias : k_aliases) map->emplace(alias.name, map->at(alias.function));
    return map;
  }();
  return *k_map;
}

} // namespace

bool is_aggregate(const FunctionRule& rule) {
  auto rules = aggregate_functions();
  return &rule >= rules.data() && &rule < rules.data() + rules.size();
}

const FunctionRule* find_function(std::string_view upper_name) {
  auto found = rules_by_name().find(upper_name);
  return found == rules_by_name().end() ? nullptr : found->second;
}

const FunctionRule* rule_of(const FunctionCall& call) {
  return call.name.parts.size() == 1 ? find_function(call.name.last()) : nullptr;
}

bool is_aggregate(const FunctionCall& call) {
  const auto* rule = rule_of(call);
  return rule != nullptr && is_aggregate(*rule);
}

const std::vector<FunctionRule>& all_functions() {
  static const std::vector<FunctionRule> k_all = [] {
    std::vector<FunctionRule> all;
    for (auto rules : {scalar_functions(), semi_structured_functions(), aggregate_functions()})
      all.insert(all.end(), rules.begin(), rules.end());
    for (const auto& alias : k_aliases) {
      all.push_back(*find_function(alias.function));
      all.back().name = alias.name;
    }
    return all;
  }();
  return k_all;
}

} // namespace freshet::sql
