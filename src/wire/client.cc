#include "wire/client.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>

#include "base/random.h"
#include "wire/cell.h"
#include "wire/client_transfer.h"
#include "wire/response.h"

namespace freshet::wire {
namespace {

namespace json = boost::json;

constexpr std::string_view k_client_version = "0.1.0";

std::string text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

int64_t number_of(const json::object& object, std::string_view name, int64_t otherwise) {
  const auto* value = object.if_contains(name);
  json::error_code error;
  const auto number = value != nullptr && value->is_number() ? value->to_number<int64_t>(error) : otherwise;
  return error ? otherwise : number;
}

int32_t code_of(std::string_view text) {
  int32_t code = 0;
  std::from_chars(text.data(), text.data() + text.size(), code);
  return code;
}

warehouse::ResultColumn column_from(const json::object& entry) {
  warehouse::ResultColumn column{.name = text_of(entry, "name"), .type = {}};
  const auto type = text_of(entry, "type");
  for (int kind = 0; kind <= static_cast<int>(sql::TypeKind::vector); ++kind) {
    if (wire_type_name(static_cast<sql::TypeKind>(kind)) != type) continue;
    column.type.kind = static_cast<sql::TypeKind>(kind);
    break;
  }
  column.type.precision = static_cast<int32_t>(number_of(entry, "precision", 38));
  column.type.scale = static_cast<int32_t>(number_of(entry, "scale", 0));
  column.type.length = number_of(entry, "length", 0);
  const auto* nullable = entry.if_contains("nullable");
  column.nullable = nullable == nullptr || !nullable->is_bool() || nullable->get_bool();
  return column;
}

bool append_table_rows(ResultTable& table, const json::value& rowset) {
  if (!rowset.is_array()) return false;
  for (const auto& row : rowset.get_array()) {
    if (!row.is_array() || row.get_array().size() != table.columns.size()) return false;
    auto& cells = table.rows.emplace_back();
    for (const auto& cell : row.get_array()) {
      if (cell.is_string())
        cells.emplace_back(std::string(cell.get_string()));
      else
        cells.emplace_back(std::nullopt);
    }
  }
  return true;
}

Error unexpected_answer(std::string_view what) {
  return {ErrorKind::corrupt,
          fmt::format("the server's answer is not the Snowflake protocol's: {}. Check host and port.", what)};
}

} // namespace

struct Client::Answer {
  json::value body;

  bool success() const {
    const auto* value = body.get_object().if_contains("success");
    return value != nullptr && value->is_bool() && value->get_bool();
  }
  int32_t code() const { return code_of(text_of(body.get_object(), "code")); }
  std::string message() const { return text_of(body.get_object(), "message"); }
  const json::object& data() const {
    static const json::object k_none;
    const auto* value = body.get_object().if_contains("data");
    return value != nullptr && value->is_object() ? value->get_object() : k_none;
  }
  sql::Error error() const {
    const auto line = number_of(data(), "line", -1), position = number_of(data(), "pos", -1);
    return {code(), text_of(data(), "sqlState"), message(), static_cast<uint32_t>(std::max<int64_t>(0, line)),
            static_cast<uint32_t>(std::max<int64_t>(0, position))};
  }
};

Client::Client(FileSystem& files, ConnectOptions options) : files_(files), http_(files), options_(std::move(options)) {}

Client::~Client() {
  close();
}

Result<std::unique_ptr<Client>> Client::connect(FileSystem& files, ConnectOptions options) {
  std::unique_ptr<Client> client(new Client(files, std::move(options)));
  TRY(client->login());
  return client;
}

Result<Client::Answer> Client::send(std::string_view method, const std::string& path, const std::string& body,
                                    const std::string& token) {
  http::ClientRequest request;
  request.method = method;
  request.url = options_.url + path;
  request.headers.set("Accept", "application/json");
  request.headers.set("Content-Type", "application/json");
  request.headers.set("Authorization", fmt::format("Snowflake Token=\"{}\"", token));
  request.body = body;
  const auto response = TRY(http_.send(request));
  if (response.status != 200) {
    return fail(ErrorKind::unavailable,
                fmt::format("the server answered with HTTP status {}: {}", response.status, response.body.substr(0, 200)));
  }
  json::error_code error;
  Answer answer{json::parse(response.body, error)};
  if (error || !answer.body.is_object()) return std::unexpected(unexpected_answer("it is not JSON"));
  return answer;
}

Result<Client::Answer> Client::send_renewing(std::string_view method, const std::string& path, const std::string& body) {
  auto answer = TRY(send(method, path, body, token_));
  if (answer.success() || answer.code() != static_cast<int32_t>(Code::session_expired)) return answer;
  TRY(renew());
  return send(method, path, body, token_);
}

Result<void> Client::login() {
  const json::value body{{"data",
                          {{"CLIENT_APP_ID", "freshet"},
                           {"CLIENT_APP_VERSION", k_client_version},
                           {"ACCOUNT_NAME", options_.account},
                           {"LOGIN_NAME", options_.user},
                           {"PASSWORD", options_.password},
                           {"SESSION_PARAMETERS", json::object()}}}};
  std::string path = "/session/v1/login-request?requestId=" + random_uuid();
  for (const auto& [name, value] : {std::pair<const char*, const std::string&>{"databaseName", options_.database},
                                    {"schemaName", options_.schema},
                                    {"warehouse", options_.warehouse},
                                    {"roleName", options_.role}}) {
    if (!value.empty()) path += fmt::format("&{}={}", name, http::percent_encode(value));
  }
  const auto answer = TRY(send("POST", path, json::serialize(body), "None"));
  if (!answer.success()) return fail(ErrorKind::permission_denied, fmt::format("{:06}: {}", answer.code(), answer.message()));
  token_ = text_of(answer.data(), "token");
  master_token_ = text_of(answer.data(), "masterToken");
  if (token_.empty()) return std::unexpected(unexpected_answer("the login gave no token"));
  return {};
}

Result<void> Client::renew() {
  const json::value body{{"oldSessionToken", token_}, {"requestType", "RENEW"}};
  const auto answer =
      TRY(send("POST", "/session/token-request?requestId=" + random_uuid(), json::serialize(body), master_token_));
  if (!answer.success()) return fail(ErrorKind::permission_denied, fmt::format("{:06}: {}", answer.code(), answer.message()));
  token_ = text_of(answer.data(), "sessionToken");
  master_token_ = text_of(answer.data(), "masterToken");
  return {};
}

sql::SqlResult<ResultTable> Client::execute(std::string_view text) {
  const json::value body{{"sqlText", text}, {"asyncExec", false}, {"sequenceId", 1}};
  const auto path = "/queries/v1/query-request?requestId=" + random_uuid();
  auto answer = TRY(send_renewing("POST", path, json::serialize(body)));
  while (answer.success() && (answer.code() == static_cast<int32_t>(Code::still_running) ||
                              answer.code() == static_cast<int32_t>(Code::still_running_async))) {
    const auto url = text_of(answer.data(), "getResultUrl"); // the server waits a while before it answers
    answer = TRY(send_renewing("GET", url, ""));
  }
  if (!answer.success()) return sql::fail(answer.error());
  if (asks_for_transfer(answer.data())) return transfer_files(files_, http_, answer.data());
  return table_from_answer(answer);
}

sql::SqlResult<ResultTable> Client::table_from_answer(const Answer& answer) {
  const auto& data = answer.data();
  if (const auto* parameters = data.if_contains("parameters"); parameters != nullptr && parameters->is_array()) {
    for (const auto& parameter : parameters->get_array()) {
      if (parameter.is_object())
        formats_.set(text_of(parameter.get_object(), "name"), text_of(parameter.get_object(), "value"));
    }
  }
  ResultTable table{text_of(data, "queryId"), number_of(data, "statementTypeId", 0), {}, {}, formats_};
  if (const auto* warnings = data.if_contains("freshetWarnings"); warnings != nullptr && warnings->is_array()) {
    for (const auto& entry : warnings->get_array()) {
      if (!entry.is_object()) continue;
      const auto& warning = entry.get_object();
      table.warnings.push_back(
          {text_of(warning, "code"), text_of(warning, "object"), text_of(warning, "message"), text_of(warning, "advice")});
    }
  }
  const auto* row_type = data.if_contains("rowtype");
  if (row_type == nullptr || !row_type->is_array())
    return std::unexpected(sql::Error(unexpected_answer("there is no rowtype")));
  for (const auto& entry : row_type->get_array()) {
    if (entry.is_object()) table.columns.push_back(column_from(entry.get_object()));
  }
  if (const auto* rowset = data.if_contains("rowset"); rowset == nullptr || !append_table_rows(table, *rowset)) {
    return std::unexpected(sql::Error(unexpected_answer("its rowset is malformed")));
  }
  const auto* chunks = data.if_contains("chunks");
  if (chunks == nullptr || !chunks->is_array()) return table;
  for (const auto& chunk : chunks->get_array()) {
    http::ClientRequest request;
    request.url = chunk.is_object() ? text_of(chunk.get_object(), "url") : "";
    const auto response = TRY(http_.send(request));
    json::error_code error;
    const auto rows = json::parse("[" + response.body + "]", error);
    if (response.status != 200 || error || !append_table_rows(table, rows)) {
      return std::unexpected(sql::Error(unexpected_answer("a chunk of the result is malformed or gone")));
    }
  }
  return table;
}

void Client::close() {
  if (token_.empty()) return;
  (void)send("POST", "/session?delete=true&requestId=" + random_uuid(), "{}", token_);
  token_.clear();
}

} // namespace freshet::wire
