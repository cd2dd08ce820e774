#include "warehouse/session_parameters.h"

#include <date/tz.h>
#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace freshet::warehouse {
namespace {

// clang-format off
const std::vector<ParameterDefinition> k_parameters = {
    {"ABORT_DETACHED_QUERY", "false", "BOOLEAN", "If true, Snowflake will automatically abort queries when it detects that the client has disappeared."},
    {"AUTOCOMMIT", "true", "BOOLEAN", "The autocommit property determines whether is statement should to be implicitly wrapped within a transaction or not."},
    {"BINARY_INPUT_FORMAT", "HEX", "STRING", "input format for binary"},
    {"BINARY_OUTPUT_FORMAT", "HEX", "STRING", "display format for binary"},
    {"CLIENT_MEMORY_LIMIT", "1536", "NUMBER", "limit the amount of memory used by the client (in MB)"},
    {"CLIENT_METADATA_REQUEST_USE_CONNECTION_CTX", "false", "BOOLEAN", "For specific ODBC functions and JDBC methods, this parameter can change the default search scope from all databases/schemas to the current database/schema."},
    {"CLIENT_METADATA_USE_SESSION_DATABASE", "false", "BOOLEAN", "Whether metadata functions of clients look in the database of the session only"},
    {"CLIENT_PREFETCH_THREADS", "4", "NUMBER", "Customer parameter to control threads, 0=auto"},
    {"CLIENT_RESULT_CHUNK_SIZE", "160", "NUMBER", "Set the max result chunk size in MB on the client side"},
    {"CLIENT_RESULT_COLUMN_CASE_INSENSITIVE", "false", "BOOLEAN", "Column name search is case insensitive in clients"},
    {"CLIENT_SESSION_KEEP_ALIVE", "false", "BOOLEAN", "If true, client session will not expire automatically"},
    {"CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY", "3600", "NUMBER", "Heartbeat frequency in seconds for CLIENT_SESSION_KEEP_ALIVE."},
    {"CLIENT_STAGE_ARRAY_BINDING_THRESHOLD", "65280", "NUMBER", "Number of values from which clients send arrays of binds through a stage"},
    {"CLIENT_TIMESTAMP_TYPE_MAPPING", "TIMESTAMP_LTZ", "STRING", "If a variable is bound to the TIMESTAMP data type using the bind API determines which TIMESTAMP* type it should map to."},
    {"DATE_INPUT_FORMAT", "AUTO", "STRING", "input format for date"},
    {"DATE_OUTPUT_FORMAT", "YYYY-MM-DD", "STRING", "display format for date"},
    {"DEFAULT_DDL_COLLATION", "", "STRING", "Collation that is used for all the new columns created by the DDL statements (if not specified)"},
    {"DEFAULT_NULL_ORDERING", "LAST", "STRING", "The default ordering of NULL values in a result set: FIRST (NULL values are lower than any non-NULL values) or LAST (NULL values are higher than any non-NULL values)"},
    {"ERROR_ON_NONDETERMINISTIC_MERGE", "true", "BOOLEAN", "raise an error when attempting to merge-update a row that joins many rows"},
    {"ERROR_ON_NONDETERMINISTIC_UPDATE", "false", "BOOLEAN", "raise an error when attempting to update a row that joins many rows"},
    {"GEOGRAPHY_OUTPUT_FORMAT", "GeoJSON", "STRING", "GEOGRAPHY display format: GeoJSON, WKT, or WKB(case-insensitive)"},
    {"HYBRID_TABLE_LOCK_TIMEOUT", "3600", "NUMBER", "Number of seconds to wait while trying to acquire row-level locks on a hybrid table, before timing out and aborting the statement"},
    {"JDBC_ENABLE_PUT_GET", "true", "BOOLEAN", "Whether PUT and GET may be sent through the JDBC driver"},
    {"JDBC_FORMAT_DATE_WITH_TIMEZONE", "true", "BOOLEAN", "Whether the JDBC driver applies the time zone of a calendar to dates"},
    {"JDBC_QUERY_RESULT_FORMAT", "JSON", "STRING", "Format in which the JDBC driver asks for results; they come as JSON"},
    {"JDBC_TREAT_DECIMAL_AS_INT", "true", "BOOLEAN", "Whether the JDBC driver gives numbers without scale as BIGINT"},
    {"JDBC_TREAT_TIMESTAMP_NTZ_AS_UTC", "false", "BOOLEAN", "Whether the JDBC driver takes TIMESTAMP_NTZ values for times in UTC"},
    {"JDBC_USE_SESSION_TIMEZONE", "true", "BOOLEAN", "Whether the JDBC driver uses the time zone of the session, not that of its machine"},
    {"JSON_INDENT", "2", "NUMBER", "Width of indentation in JSON output (0 for compact)"},
    {"LOCK_TIMEOUT", "43200", "NUMBER", "Number of seconds to wait while trying to lock a resource, before timing out and aborting the statement. A value of 0 turns off lock waiting i.e. the statement must acquire the lock immediately or abort. If multiple resources need to be locked by the statement, the timeout applies separately to each lock attempt."},
    {"LOG_EVENT_LEVEL", "OFF", "STRING", "LOG_EVENT_LEVEL to use when filtering events of tasks and pipes"},
    {"LOG_LEVEL", "OFF", "STRING", "LOG_LEVEL to use when filtering events"},
    {"MULTI_STATEMENT_COUNT", "1", "NUMBER", "Number of statement included in submitted query text. This parameter is submitted by user to avoid sql injection. Value 1 means one statement, value > 1 means N statement can be executed, if not equal to the value will raise the exception. Value 0 means any number of statement can be executed"},
    {"ODBC_TREAT_DECIMAL_AS_INT", "false", "BOOLEAN", "Whether the ODBC driver gives numbers without scale as BIGINT"},
    {"PYTHON_CONNECTOR_QUERY_RESULT_FORMAT", "JSON", "STRING", "Format in which the Python connector asks for results; they come as JSON"},
    {"QUERY_RESULT_FORMAT", "JSON", "STRING", "Format in which clients ask for results; they come as JSON"},
    {"QUERY_TAG", "", "STRING", "String (up to 2000 characters) used to tag statements executed by the session"},
    {"QUOTED_IDENTIFIERS_IGNORE_CASE", "false", "BOOLEAN", "If true, the case of quoted identifiers is ignored"},
    {"ROWS_PER_RESULTSET", "0", "NUMBER", "maximum number of rows in a result set"},
    {"SEARCH_PATH", "$current, $public", "STRING", "Search path for unqualified object references."},
    {"SIMULATED_DATA_SHARING_CONSUMER", "", "STRING", "Data sharing views will return rows as if executed in the specified consumer account."},
    {"STATEMENT_QUEUED_TIMEOUT_IN_SECONDS", "0", "NUMBER", "Timeout in seconds for queued statements: statements will automatically be canceled if they are queued on a warehouse for longer than this amount of time; disabled if set to zero."},
    {"STATEMENT_TIMEOUT_IN_SECONDS", "172800", "NUMBER", "Timeout in seconds for statements: statements are automatically canceled if they run for longer; if set to zero, max value (604800) is enforced."},
    {"STRICT_JSON_OUTPUT", "false", "BOOLEAN", "JSON output is strictly compliant to the specification"},
    {"TIMESTAMP_DAY_IS_ALWAYS_24H", "false", "BOOLEAN", "If set, arithmetic on days always uses 24 hours per day, possibly not preserving the time (due to DST changes)"},
    {"TIMESTAMP_INPUT_FORMAT", "AUTO", "STRING", "input format for timestamp"},
    {"TIMESTAMP_LTZ_OUTPUT_FORMAT", "", "STRING", "Display format for TIMESTAMP_LTZ values. If empty, TIMESTAMP_OUTPUT_FORMAT is used."},
    {"TIMESTAMP_NTZ_OUTPUT_FORMAT", "YYYY-MM-DD HH24:MI:SS.FF3", "STRING", "Display format for TIMESTAMP_NTZ values. If empty, TIMESTAMP_OUTPUT_FORMAT is used."},
    {"TIMESTAMP_OUTPUT_FORMAT", "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM", "STRING", "Default display format for all timestamp types."},
    {"TIMESTAMP_TYPE_MAPPING", "TIMESTAMP_NTZ", "STRING", "If TIMESTAMP type is used, what specific TIMESTAMP* type it should map to: TIMESTAMP_LTZ, TIMESTAMP_NTZ or TIMESTAMP_TZ"},
    {"TIMESTAMP_TZ_OUTPUT_FORMAT", "", "STRING", "Display format for TIMESTAMP_TZ values. If empty, TIMESTAMP_OUTPUT_FORMAT is used."},
    {"TIMEZONE", "America/Los_Angeles", "STRING", "time zone"},
    {"TIME_INPUT_FORMAT", "AUTO", "STRING", "input format for time"},
    {"TIME_OUTPUT_FORMAT", "HH24:MI:SS", "STRING", "display format for time"},
    {"TRACE_LEVEL", "OFF", "STRING", "Trace level value to use when generating/filtering trace events"},
    {"TRANSACTION_ABORT_ON_ERROR", "false", "BOOLEAN", "If this parameter is true, and a statement issued within a non-autocommit transaction returns with an error, then the non-autocommit transaction is aborted."},
    {"TRANSACTION_DEFAULT_ISOLATION_LEVEL", "READ COMMITTED", "STRING", "The isolation level when starting a transaction, when no isolation level was specified"},
    {"TWO_DIGIT_CENTURY_START", "1970", "NUMBER", "For 2-digit dates, defines a century-start year."},
    {"UNSUPPORTED_DDL_ACTION", "ignore", "STRING", "The action to take upon encountering an unsupported DDL statement"},
    {"USE_CACHED_RESULT", "true", "BOOLEAN", "If enabled, query results can be reused between successive invocations of the same query as long as the original result has not expired"},
    {"WEEK_OF_YEAR_POLICY", "0", "NUMBER", "Defines the policy of assigning weeks to years: 0: the week needs to have 4 days in a given year; 1: a week with January 1st always belongs to a given year."},
    {"WEEK_START", "0", "NUMBER", "Defines the first day of the week: 0: legacy Snowflake behavior; 1: Monday .. 7: Sunday."},
};
// clang-format on

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::toupper(c); });
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

std::unexpected<sql::Error> unknown(std::string_view name) {
  return sql::fail({1006, "22023", fmt::format("SQL compilation error:\ninvalid parameter '{}'", name)});
}

std::unexpected<sql::Error> invalid(std::string_view value, std::string_view name) {
  return sql::fail({1008, "22023", fmt::format("SQL compilation error:\ninvalid value [{}] for parameter '{}'", value, name)});
}

} // namespace

const std::vector<ParameterDefinition>& SessionParameters::definitions() {
  return k_parameters;
}

const ParameterDefinition* SessionParameters::find(std::string_view name) {
  auto at = std::ranges::lower_bound(k_parameters, name, {}, &ParameterDefinition::name);
  return at == k_parameters.end() || at->name != name ? nullptr : &*at;
}

std::string_view SessionParameters::get(std::string_view name) const {
  if (auto at = set_.find(name); at != set_.end()) return at->second;
  auto* definition = find(name);
  return definition == nullptr ? std::string_view{} : definition->default_value;
}

bool SessionParameters::is_true(std::string_view name) const {
  return get(name) == "true";
}

int64_t SessionParameters::number(std::string_view name) const {
  auto text = get(name);
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool SessionParameters::is_set(std::string_view name) const {
  return set_.contains(name);
}

sql::ParseOptions SessionParameters::parse_options() const {
  return {.folds_quoted = is_true("QUOTED_IDENTIFIERS_IGNORE_CASE")};
}

sql::TypeKind SessionParameters::timestamp_alias() const {
  auto mapping = get("TIMESTAMP_TYPE_MAPPING");
  if (mapping == "TIMESTAMP_LTZ") return sql::TypeKind::timestamp_ltz;
  if (mapping == "TIMESTAMP_TZ") return sql::TypeKind::timestamp_tz;
  return sql::TypeKind::timestamp_ntz;
}

sql::SqlResult<void> SessionParameters::set(std::string_view name, std::string_view value) {
  auto* definition = find(name);
  if (definition == nullptr) return unknown(name);
  std::string stored(value);
  if (definition->type == "BOOLEAN") {
    stored = lower(value);
    if (stored != "true" && stored != "false") return invalid(value, name);
  } else if (definition->type == "NUMBER") {
    int64_t number = 0;
    auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc{} || end != value.data() + value.size() || number < 0) return invalid(value, name);
  } else if (name == "TIMESTAMP_TYPE_MAPPING") {
    stored = upper(value);
    if (stored != "TIMESTAMP_LTZ" && stored != "TIMESTAMP_NTZ" && stored != "TIMESTAMP_TZ") return invalid(value, name);
  } else if (name == "DEFAULT_NULL_ORDERING") {
    stored = upper(value);
    if (stored != "FIRST" && stored != "LAST") return invalid(value, name);
  } else if (name == "TIMEZONE") {
    try {
      stored = date::locate_zone(stored)->name();
    } catch (const std::runtime_error&) {
      return invalid(value, name);
    }
  }
  set_[std::string(name)] = std::move(stored);
  return {};
}

sql::SqlResult<void> SessionParameters::unset(std::string_view name) {
  if (find(name) == nullptr) return unknown(name);
  if (auto at = set_.find(name); at != set_.end()) set_.erase(at);
  return {};
}

} // namespace freshet::warehouse
