#include "wire/response.h"

#include <fmt/format.h>

#include <algorithm>

#include "wire/cell.h"
#include "wire/json_text.h"

namespace freshet::wire {
namespace {

using warehouse::StatementKind;

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string json_name_or_null(const std::string& name) {
  return name.empty() ? "null" : json_string(name);
}

/// Parameters of drivers, not of the warehouse, or whose value is ours to decide.
struct FixedParameter {
  std::string_view name;
  std::string_view json;
};
constexpr FixedParameter k_fixed_parameters[] = {
    {"CLIENT_STAGE_ARRAY_BINDING_THRESHOLD", "2147483647"},
    {"CLIENT_TELEMETRY_ENABLED", "false"},
    {"CLIENT_OUT_OF_BAND_TELEMETRY_ENABLED", "false"},
    {"CLIENT_TELEMETRY_SESSIONLESS_ENABLED", "false"},
    {"CLIENT_DISABLE_INCIDENTS", "true"},
    {"CLIENT_ENABLE_LOG_INFO_STATEMENT_PARAMETERS", "false"},
    {"CLIENT_PREFETCH_THREADS", "4"},
    {"CLIENT_CONSENT_CACHE_ID_TOKEN", "false"},
    {"PYTHON_CONNECTOR_QUERY_RESULT_FORMAT", "\"JSON\""},
    {"JDBC_QUERY_RESULT_FORMAT", "\"JSON\""},
    {"ODBC_QUERY_RESULT_FORMAT", "\"JSON\""},
    {"GO_QUERY_RESULT_FORMAT", "\"JSON\""},
    {"DOTNET_QUERY_RESULT_FORMAT", "\"JSON\""},
    {"ENABLE_FIX_1247059", "false"},
    {"SERVICE_NAME", "\"\""},
};

/// Sent even where the warehouse does not know the parameter: a driver stumbles without them.
constexpr std::pair<std::string_view, std::string_view> k_expected_parameters[] = {
    {"TIMEZONE", "\"UTC\""},
    {"AUTOCOMMIT", "true"},
    {"BINARY_OUTPUT_FORMAT", "\"HEX\""},
    {"DATE_OUTPUT_FORMAT", "\"YYYY-MM-DD\""},
    {"TIME_OUTPUT_FORMAT", "\"HH24:MI:SS\""},
    {"TIMESTAMP_OUTPUT_FORMAT", "\"YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM\""},
    {"TIMESTAMP_NTZ_OUTPUT_FORMAT", "\"YYYY-MM-DD HH24:MI:SS.FF3\""},
    {"TIMESTAMP_LTZ_OUTPUT_FORMAT", "\"\""},
    {"TIMESTAMP_TZ_OUTPUT_FORMAT", "\"\""},
    {"TIMESTAMP_TYPE_MAPPING", "\"TIMESTAMP_NTZ\""},
    {"CLIENT_SESSION_KEEP_ALIVE", "false"},
    {"CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY", "3600"},
    {"CLIENT_RESULT_CHUNK_SIZE", "160"},
    {"CLIENT_MEMORY_LIMIT", "1536"},
    {"CLIENT_METADATA_REQUEST_USE_CONNECTION_CTX", "false"},
    {"CLIENT_RESULT_COLUMN_CASE_INSENSITIVE", "false"},
    {"CLIENT_TIMESTAMP_TYPE_MAPPING", "\"TIMESTAMP_LTZ\""},
    {"JS_TREAT_INTEGER_AS_BIGINT", "false"},
    {"QUERY_CONTEXT_CACHE_SIZE", "5"},
};

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, {}, [](unsigned char c) { return std::tolower(c); }, [](unsigned char c) { return std::tolower(c); });
}

std::string parameter_value_json(std::string_view type, std::string_view value) {
  if (equals_ignoring_case(type, "BOOLEAN")) return equals_ignoring_case(value, "true") ? "true" : "false";
  const bool digits = !value.empty() && std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
  if (equals_ignoring_case(type, "NUMBER") && digits) return std::string(value);
  return json_string(value);
}

class ParameterList {
 public:
  void add(std::string_view name, std::string_view json) {
    if (text_.size() > 1) text_ += ',';
    text_ += R"({"name":)";
    append_json_string(text_, name);
    text_.append(R"(,"value":)").append(json) += '}';
  }
  std::string take() && { return std::move(text_) + ']'; }

 private:
  std::string text_ = "[";
};

bool is_dml(StatementKind kind) {
  return kind >= StatementKind::dml && kind < StatementKind::session_command;
}

/// The opening of `data` that all answers about a finished statement share.
std::string data_start(std::string_view query_id, StatementKind kind, const SessionSnapshot& session) {
  return fmt::format(
      R"({{"data":{{"parameters":{},"queryId":{},"statementTypeId":{},"version":1,"queryResultFormat":"json",)"
      R"("finalDatabaseName":{},"finalSchemaName":{},"finalWarehouseName":{},"finalRoleName":{},"databaseProvider":null,)"
      R"("arrayBindSupported":{})",
      session.parameters, json_string(query_id), static_cast<int64_t>(kind), json_name_or_null(session.context.database),
      json_name_or_null(session.context.schema), json_name_or_null(session.context.warehouse),
      json_name_or_null(session.context.role), is_dml(kind));
}

constexpr std::string_view k_success_end = R"(},"code":null,"message":null,"success":true})";

void append_row_types(std::string& out, const std::vector<warehouse::ResultColumn>& columns) {
  out += R"(,"rowtype":[)";
  for (size_t i = 0; i < columns.size(); ++i) {
    if (i != 0) out += ',';
    append_row_type(out, columns[i]);
  }
  out += ']';
}

void append_stats(std::string& out, const warehouse::StatementResult& result) {
  if (!is_dml(result.kind)) return;
  fmt::format_to(std::back_inserter(out),
                 R"(,"stats":{{"numRowsInserted":{},"numRowsUpdated":{},"numRowsDeleted":{},"numDmlDuplicates":0}})",
                 result.counts.inserted, result.counts.updated, result.counts.deleted);
}

/// Freshet's own: drivers do not look at keys that they do not know.
void append_warnings(std::string& out, const warehouse::StatementResult& result) {
  if (result.warnings.empty()) return;
  out += R"(,"freshetWarnings":[)";
  for (const auto& warning : result.warnings) {
    if (out.back() != '[') out += ',';
    fmt::format_to(std::back_inserter(out), R"({{"code":{},"object":{},"message":{},"advice":{}}})", json_string(warning.code),
                   json_string(warning.object), json_string(warning.message), json_string(warning.advice));
  }
  out += ']';
}

/// The one row of a DML result, by the names of its columns.
void append_counts(std::string& out, const warehouse::StatementResult& result) {
  out += R"(,"rowset":[[)";
  for (size_t i = 0; i < result.columns.size(); ++i) {
    const std::string_view name = result.columns[i].name;
    const auto& counts = result.counts;
    const auto count = name.ends_with("inserted")    ? counts.inserted
                       : name.ends_with("deleted")   ? counts.deleted
                       : name.contains("multi-join") ? counts.multi_joined
                                                     : counts.updated;
    fmt::format_to(std::back_inserter(out), R"({}"{}")", i == 0 ? "" : ",", count);
  }
  out += "]]";
}

/// Appends rows until the answer is large enough, and the addresses of the others.
void append_rowset(std::string& out, const warehouse::StatementResult& result, const SessionSnapshot& session,
                   size_t inline_bytes_max, const std::function<std::string(size_t, size_t)>& chunk_url) {
  constexpr size_t k_step = 1024; // rows between two looks at the size
  const ZoneOffsets zone(session.time_zone);
  const size_t start = out.size();
  const size_t total = result.row_count();
  size_t row = 0;
  out += R"(,"rowset":[)";
  for (; row < total && (row == 0 || out.size() - start < inline_bytes_max); row += k_step) {
    if (row != 0) out += ',';
    append_rows(out, result, row, std::min(row + k_step, total), zone, session.json_indent);
  }
  out += ']';
  if (row >= total) return;
  const size_t bytes_per_row = (out.size() - start) / row + 1;
  const size_t rows_per_chunk = std::max<size_t>(k_step, 2 * inline_bytes_max / bytes_per_row);
  out += R"(,"chunks":[)";
  for (size_t begin = row; begin < total; begin += rows_per_chunk) {
    const size_t end = std::min(begin + rows_per_chunk, total);
    // The sizes are not known before a chunk is asked for; drivers only plan their memory by them.
    fmt::format_to(std::back_inserter(out), R"({}{{"url":{},"rowCount":{},"uncompressedSize":{},"compressedSize":{}}})",
                   begin == row ? "" : ",", json_string(chunk_url(begin, end)), end - begin, (end - begin) * bytes_per_row,
                   (end - begin) * bytes_per_row);
  }
  out += R"(],"chunkHeaders":{})";
}

} // namespace

SessionSnapshot SessionSnapshot::of(const warehouse::Session& session) {
  constexpr int64_t k_indent_max = 16;
  const auto& parameters = session.parameters();
  return {session.context(), parameters_json(parameters), std::string(parameters.get("TIMEZONE")),
          static_cast<size_t>(std::clamp<int64_t>(parameters.number("JSON_INDENT"), 0, k_indent_max))};
}

std::string parameters_json(const warehouse::SessionParameters& parameters) {
  ParameterList list;
  for (const auto& fixed : k_fixed_parameters) list.add(fixed.name, fixed.json);
  const auto is_fixed = [](std::string_view name) {
    return std::ranges::find(k_fixed_parameters, name, &FixedParameter::name) != std::end(k_fixed_parameters);
  };
  for (const auto& definition : warehouse::SessionParameters::definitions()) {
    if (!is_fixed(definition.name)) {
      list.add(definition.name, parameter_value_json(definition.type, parameters.get(definition.name)));
    }
  }
  for (const auto& [name, json] : k_expected_parameters) {
    if (warehouse::SessionParameters::find(name) == nullptr) list.add(name, json);
  }
  return std::move(list).take();
}

std::string result_body(const warehouse::StatementResult& result, const SessionSnapshot& session, size_t inline_bytes_max,
                        const std::function<std::string(size_t begin, size_t end)>& chunk_url) {
  auto out = data_start(result.query_id, result.kind, session);
  append_row_types(out, result.columns);
  if (result.rows)
    append_rowset(out, result, session, inline_bytes_max, chunk_url);
  else
    append_counts(out, result);
  append_stats(out, result);
  append_warnings(out, result);
  fmt::format_to(std::back_inserter(out), R"(,"total":{0},"returned":{0})", result.rows ? result.row_count() : 1);
  return out += k_success_end;
}

std::string transfer_body(const warehouse::StatementResult& result, const SessionSnapshot& session, std::string_view transfer) {
  auto out = data_start(result.query_id, result.kind, session);
  append_row_types(out, result.columns);
  out.append(R"(,"rowset":[],"total":0,"returned":0)").append(transfer);
  return out += k_success_end;
}

std::string describe_body(const Description& description, std::string_view query_id, const SessionSnapshot& session) {
  const auto& [columns, kind, binds] = description;
  auto out = data_start(query_id, kind, session);
  append_row_types(out, columns);
  fmt::format_to(std::back_inserter(out), R"(,"rowset":[],"total":0,"returned":0,"numberOfBinds":{},"metaDataOfBinds":[)",
                 binds);
  for (uint32_t i = 0; i < binds; ++i) {
    if (i != 0) out += ',';
    append_row_type(out, {.name = std::to_string(i + 1), .type = {.kind = sql::TypeKind::text}});
  }
  return (out += ']') += k_success_end;
}

std::string multi_statement_body(const std::vector<ChildResult>& children, std::string_view query_id,
                                 const SessionSnapshot& session) {
  constexpr auto k_multi_statement = static_cast<StatementKind>(0xA000);
  auto out = data_start(query_id, k_multi_statement, session);
  append_row_types(out, {{.name = "multiple statement execution", .type = {.kind = sql::TypeKind::text}}});
  out += R"(,"rowset":[["Multiple statements executed successfully."]],"total":1,"returned":1,"resultIds":")";
  for (size_t i = 0; i < children.size(); ++i) out.append(i == 0 ? "" : ",").append(children[i].query_id);
  out += R"(","resultTypes":")";
  for (size_t i = 0; i < children.size(); ++i) {
    out.append(i == 0 ? "" : ",").append(std::to_string(static_cast<int64_t>(children[i].kind)));
  }
  return (out += '"') += k_success_end;
}

std::string in_progress_body(Code code, std::string_view query_id) {
  return fmt::format(
      R"({{"data":{{"queryId":{},"getResultUrl":"/queries/{}/result","queryAbortsAfterSecs":172800,"progressDesc":null}},)"
      R"("code":"{}","message":"Query execution in progress. Query ID provided in the response can be used to obtain results",)"
      R"("success":true}})",
      json_string(query_id), query_id, static_cast<int32_t>(code));
}

std::string error_body(const sql::Error& error, std::string_view query_id) {
  return fmt::format(
      R"({{"data":{{"internalError":false,"errorCode":"{:06}","age":0,"sqlState":{},"queryId":{},"line":{},"pos":{},"type":"{}"}},)"
      R"("code":"{:06}","message":{},"success":false}})",
      error.code, json_string(error.sql_state), json_string(query_id), error.line == 0 ? -1 : static_cast<int64_t>(error.line),
      error.line == 0 ? -1 : static_cast<int64_t>(error.position), error.line == 0 ? "EXECUTION" : "COMPILATION", error.code,
      json_string(error.message));
}

std::string protocol_error_body(Code code, std::string_view message) {
  return fmt::format(R"({{"data":{{"sqlState":"08001"}},"code":"{:06}","message":{},"success":false,"headers":null}})",
                     static_cast<int32_t>(code), json_string(message));
}

std::string success_body() {
  return R"({"data":null,"code":null,"message":null,"success":true})";
}

} // namespace freshet::wire
