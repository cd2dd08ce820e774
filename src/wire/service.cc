#include "wire/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "base/log.h"
#include "base/random.h"
#include "wire/cell.h"
#include "wire/json_text.h"
#include "wire/login.h"
#include "wire/request.h"
#include "wire/signature.h"

namespace freshet::wire {
namespace {

http::Response json(std::string body, unsigned status = 200) {
  return http::Response::text(status, std::move(body), "application/json");
}

http::Response bad_request(std::string_view message) {
  std::string body = R"({"data":null,"code":"390000","success":false,"message":)";
  append_json_string(body, message);
  return json(body += '}', 400);
}

std::string_view message_of(Code code) {
  switch (code) {
    case Code::session_expired:
      return "Session token has expired. Renew it with the master token.";
    case Code::session_gone:
      return "Session no longer exists. New login required to access the service.";
    case Code::master_expired:
      return "Authentication token has expired. The user must authenticate again.";
    default:
      return "The authentication token is invalid. Log in again.";
  }
}

http::Response refused(Code code) {
  return json(protocol_error_body(code, message_of(code)));
}

bool equal_names(std::string_view a, std::string_view b) {
  const auto fold = [](unsigned char c) { return std::tolower(c); };
  return std::ranges::equal(a, b, {}, fold, fold);
}

std::string parameter(const http::Request& request, std::string_view name) {
  return std::string(request.parameter(name).value_or(""));
}

/// `/queries/{id}/result` → id and what follows it.
std::pair<std::string_view, std::string_view> split_query_path(std::string_view path) {
  path.remove_prefix(std::string_view("/queries/").size());
  const auto slash = path.find('/');
  return {path.substr(0, slash), slash == std::string_view::npos ? std::string_view() : path.substr(slash)};
}

/// Newer drivers keep an http:// that the server gives them when they have a token; older ones only inside a presigned address.
StageFiles::Style transfer_style(std::string_view client, std::string_view version) {
  int major = 0;
  std::from_chars(version.data(), version.data() + version.size(), major);
  const bool takes_token =
      client == "freshet" || (client == "PythonConnector" && major >= 5) || (client == "JavaScript" && major >= 3);
  return takes_token ? StageFiles::Style::token : StageFiles::Style::presigned;
}

std::string login_body(const ClientSession& session, const Tokens& tokens, const SessionLimits& limits,
                       std::string_view version) {
  const auto snapshot = SessionSnapshot::of(*session.session);
  boost::json::object names;
  const auto name = [](const std::string& text) { return text.empty() ? boost::json::value() : boost::json::value(text); };
  names["databaseName"] = name(snapshot.context.database);
  names["schemaName"] = name(snapshot.context.schema);
  names["warehouseName"] = name(snapshot.context.warehouse);
  names["roleName"] = name(snapshot.context.role);
  const auto seconds = [](Duration time) { return std::chrono::duration_cast<std::chrono::seconds>(time).count(); };
  return fmt::format(
      R"({{"data":{{"masterToken":"{}","token":"{}","validityInSeconds":{},"masterValidityInSeconds":{},"displayUserName":{},)"
      R"("serverVersion":"{}","firstLogin":false,"remMeToken":null,"remMeValidityInSeconds":0,"healthCheckInterval":45,)"
      R"("newClientForUpgrade":null,"sessionId":{},"parameters":{},"sessionInfo":{},"idToken":null,"idTokenValidityInSeconds":0,)"
      R"("responseData":null,"mfaToken":null,"mfaTokenValidityInSeconds":0}},"code":null,"message":null,"success":true}})",
      tokens.master, tokens.session, seconds(limits.session_validity), seconds(limits.master_validity),
      boost::json::serialize(boost::json::value(session.user)), version, session.id, snapshot.parameters,
      boost::json::serialize(names));
}

} // namespace

Service::Service(warehouse::Warehouse& warehouse, Clock& clock, ServiceOptions options)
    : warehouse_(warehouse),
      clock_(clock),
      options_(std::move(options)),
      key_(random_secret_hex(32)),
      stage_files_(options_.stage_files, clock, key_),
      // Drivers hold it in a JavaScript number: small, and other than those before the last restart.
      next_session_id_(clock.now().time_since_epoch().count() / 1000),
      sessions_(clock, options_.sessions),
      executor_(clock, options_.statement_threads, options_.statements_waiting_max),
      sweeper_("wire-sessions", clock, [this] { return end_expired_sessions(); }) {}

Service::~Service() {
  sweeper_.stop();
  for (const auto& session : sessions_.take_all()) executor_.close(*session);
}

bool Service::owns(std::string_view path) {
  return StageFiles::owns(path) || path == "/session" || path.starts_with("/session/") || path.starts_with("/queries/") ||
         path.starts_with("/monitoring/queries/") || path.starts_with("/telemetry/send");
}

http::Response Service::handle(const http::Request& request) {
  const std::string_view path = request.path;
  if (StageFiles::owns(path)) return stage_files_.handle(request);
  if (path == "/session/v1/login-request") return login(request);
  if (path == "/session/token-request") return renew(request);
  if (path == "/session" && request.parameter("delete").has_value()) return close_session(request);
  if (path.starts_with("/telemetry/send")) return json(success_body()); // accepted and dropped
  if (path.starts_with("/queries/")) {
    constexpr std::string_view k_chunks = "/chunks/";
    const auto [query_id, rest] = split_query_path(path);
    if (rest.starts_with(k_chunks)) return chunk(request, query_id, rest.substr(k_chunks.size()));
  }
  return with_session(request);
}

http::Response Service::with_session(const http::Request& request) {
  auto found = sessions_.find(session_token(request));
  if (!found) return refused(found.error());
  const auto& session = *found;
  const std::string_view path = request.path;
  if (path == "/session/heartbeat") return json(success_body());
  if (path == "/queries/v1/query-request") return query(request, session);
  if (path == "/queries/v1/abort-request") return abort_by_request_id(request, session);
  constexpr std::string_view k_monitoring = "/monitoring/queries/";
  if (path.starts_with(k_monitoring)) {
    const auto name = path.find_first_not_of('/', k_monitoring.size()); // the Python driver writes two slashes
    return status(session, path.substr(std::min(name, path.size())));
  }
  if (path.starts_with("/queries/")) {
    const auto [query_id, rest] = split_query_path(path);
    const auto run = find_run(session, query_id);
    if (rest == "/result") {
      if (run) return answer(request, *session, *run, query_id);
      return json(error_body({static_cast<int32_t>(Code::result_not_found), "02000", "Result not found"}, query_id));
    }
    if (rest == "/abort-request") {
      if (run && executor_.abort(*session, *run)) return json(success_body());
      return json(error_body({605, "57014", "Identified SQL statement is not currently executing."}, query_id));
    }
  }
  return json(R"({"data":null,"code":"390000","message":"Freshet does not have this endpoint.","success":false})", 404);
}

bool Service::password_matches(std::string_view user, std::string_view password) const {
  const auto given = hmac(key_, password);
  bool matches = false;
  for (const auto& known : options_.users) { // all of them, so that the time tells nothing about the names
    const bool same = equal_in_constant_time(given, hmac(key_, known.password));
    if (equal_names(known.name, user) && !known.password.empty()) matches |= same;
  }
  return matches;
}

http::Response Service::login(const http::Request& request) {
  const auto body = request_json(request, options_.request_bytes_max);
  if (!body) return bad_request(body.error().message);
  const auto* data = body->is_object() ? body->get_object().if_contains("data") : nullptr;
  if (data == nullptr) return bad_request("the login request has no \"data\"");
  const auto authenticator = text_member(*data, "AUTHENTICATOR");
  if (!authenticator.empty() && !equal_names(authenticator, "SNOWFLAKE")) {
    return json(protocol_error_body(
        Code::authentication_failed,
        fmt::format("Freshet does not have the authenticator {}. Log in with user and password.", authenticator)));
  }
  const std::string user(text_member(*data, "LOGIN_NAME"));
  if (!password_matches(user, text_member(*data, "PASSWORD"))) {
    log::warn("wire", "a login from {} was refused: wrong user or password", request.remote_address);
    return json(protocol_error_body(Code::authentication_failed, "Incorrect username or password was specified."));
  }
  LoginRequest login{user,
                     parameter(request, "roleName"),
                     parameter(request, "warehouse"),
                     parameter(request, "databaseName"),
                     parameter(request, "schemaName"),
                     {}};
  if (const auto* parameters = data->get_object().if_contains("SESSION_PARAMETERS"))
    login.parameters = parameters_from(*parameters);
  const auto transfers = transfer_style(text_member(*data, "CLIENT_APP_ID"), text_member(*data, "CLIENT_APP_VERSION"));
  auto opened = open_session(warehouse_, login);
  if (!opened) return json(error_body(opened.error(), ""));
  auto session = std::make_shared<ClientSession>();
  session->id = next_session_id_++;
  session->user = (*opened)->context().user;
  session->transfers = transfers;
  session->session = std::move(*opened);
  const auto tokens = sessions_.add(session);
  if (!tokens) {
    return json(protocol_error_body(Code::too_many_sessions,
                                    fmt::format("{} sessions are open, which is the limit. Close some, or try again later.",
                                                options_.sessions.sessions_max)));
  }
  sweeper_.wake();
  return json(login_body(*session, *tokens, options_.sessions, warehouse_.options().version));
}

http::Response Service::renew(const http::Request& request) {
  const auto tokens = sessions_.renew(session_token(request));
  if (!tokens) return refused(tokens.error());
  const auto seconds = [](Duration time) { return std::chrono::duration_cast<std::chrono::seconds>(time).count(); };
  const auto session = sessions_.find(tokens->session);
  return json(fmt::format(
      R"({{"data":{{"sessionToken":"{}","validityInSecondsST":{},"masterToken":"{}","validityInSecondsMT":{},"sessionId":{}}},)"
      R"("code":null,"message":null,"success":true}})",
      tokens->session, seconds(options_.sessions.session_validity), tokens->master, seconds(options_.sessions.master_validity),
      session ? (*session)->id : 0));
}

http::Response Service::close_session(const http::Request& request) {
  const auto session = sessions_.find_any(session_token(request));
  if (!session) return refused(Code::session_gone);
  sessions_.remove(session->id);
  executor_.close(*session);
  return json(success_body());
}

std::optional<TimePoint> Service::end_expired_sessions() {
  for (const auto& session : sessions_.take_expired()) {
    log::info("wire", "session {} of {} ended: nothing was heard of it", session->id, session->user);
    executor_.close(*session);
  }
  return sessions_.next_expiry();
}

http::Response Service::query(const http::Request& request, const Session& session) {
  const auto body = request_json(request, options_.request_bytes_max);
  if (!body) return bad_request(body.error().message);
  auto statement = statement_request(*body);
  if (!statement) return json(error_body(statement.error(), ""));
  const auto* asynchronous = body->is_object() ? body->get_object().if_contains("asyncExec") : nullptr;
  const auto run = executor_.submit(session, warehouse_.new_query_id(), parameter(request, "requestId"), std::move(*statement));
  if (!run) {
    auto busy = json(protocol_error_body(Code::too_many_sessions, "Too many statements wait. Try again later."), 503);
    busy.headers.set("Retry-After", "1");
    return busy;
  }
  if (asynchronous != nullptr && asynchronous->is_bool() && asynchronous->get_bool()) {
    return json(in_progress_body(Code::still_running_async, run->query_id()));
  }
  return answer(request, *session, *run, run->query_id());
}

http::Response Service::answer(const http::Request& request, const ClientSession& session, StatementRun& run,
                               std::string_view query_id) {
  if (!run.wait(clock_, clock_.now() + options_.answer_time, request.stopping)) {
    return json(in_progress_body(Code::still_running, run.query_id()));
  }
  const auto& outcome = *run.outcome();
  if (outcome.error) return json(error_body(*outcome.error, outcome.query_id));
  if (outcome.description) return json(describe_body(*outcome.description, outcome.query_id, outcome.session));
  const auto* result = run.result(query_id);
  if (result == nullptr) {
    std::vector<ChildResult> children;
    for (const auto& child : outcome.results) children.push_back({child.query_id, child.kind});
    return json(multi_statement_body(children, outcome.query_id, outcome.session));
  }
  auto* transfers = warehouse_.service<warehouse::FileTransfers>();
  if (const auto transfer = transfers == nullptr ? nullptr : transfers->find(result->query_id)) {
    const auto text = stage_files_.transfer_json(*transfer, request.headers.get("Host", "127.0.0.1"), session.transfers);
    return json(transfer_body(*result, outcome.session, text));
  }
  // Chunks are found again by the id that the session knows the run by.
  const auto chunk_url = [&](size_t begin, size_t end) {
    const auto host = request.headers.get("Host", "127.0.0.1");
    return fmt::format("http://{}/queries/{}/chunks/{}-{}?key={}", host, result->query_id, begin, end,
                       chunk_key(result->query_id));
  };
  return json(result_body(*result, outcome.session, options_.inline_bytes_max, chunk_url));
}

std::string Service::chunk_key(std::string_view query_id) const {
  return hex(hmac(key_, query_id));
}

http::Response Service::chunk(const http::Request& request, std::string_view query_id, std::string_view rows) {
  if (!equal_in_constant_time(parameter(request, "key"), chunk_key(query_id))) {
    return http::Response::text(403, "The key does not fit this chunk.");
  }
  size_t begin = 0, end = 0;
  const auto [after_begin, error] = std::from_chars(rows.data(), rows.data() + rows.size(), begin);
  const bool has_end = error == std::errc() && after_begin != rows.data() + rows.size() && *after_begin == '-';
  if (has_end) std::from_chars(after_begin + 1, rows.data() + rows.size(), end);
  for (const auto& session : sessions_.all()) {
    const auto run = StatementExecutor::find(*session, query_id);
    const auto* result = run ? run->result(query_id) : nullptr;
    if (result == nullptr || !has_end || begin > end || end > result->row_count()) continue;
    std::string body;
    const auto& shown = run->outcome()->session;
    append_rows(body, *result, begin, end, ZoneOffsets(shown.time_zone), shown.json_indent);
    // Rows between commas: drivers add the brackets themselves, and the Node.js driver would parse what calls itself JSON.
    return http::Response::text(200, std::move(body), "application/octet-stream");
  }
  return http::Response::text(404, "The result is gone. Run the statement again.");
}

http::Response Service::abort_by_request_id(const http::Request& request, const Session& session) {
  const auto body = request_json(request, options_.request_bytes_max);
  if (!body) return bad_request(body.error().message);
  const auto run = StatementExecutor::find_request(*session, text_member(*body, "requestId"));
  if (run && executor_.abort(*session, *run)) return json(success_body());
  return json(error_body({605, "57014", "Identified SQL statement is not currently executing."}, run ? run->query_id() : ""));
}

std::shared_ptr<StatementRun> Service::find_run(const Session& session, std::string_view query_id) {
  if (auto run = StatementExecutor::find(*session, query_id)) return run;
  for (const auto& other : sessions_.all()) {
    if (other == session || other->user != session->user) continue;
    if (auto run = StatementExecutor::find(*other, query_id)) return run;
  }
  return nullptr;
}

http::Response Service::status(const Session& session, std::string_view query_id) {
  const auto run = find_run(session, query_id);
  if (!run) return json(R"({"data":{"queries":[]},"code":null,"message":null,"success":true})");
  const auto state = run->state();
  const auto* outcome = run->outcome();
  const bool failed = outcome != nullptr && outcome->error;
  const auto milliseconds = [](TimePoint time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  };
  const auto ended = outcome == nullptr ? TimePoint() : run->ended();
  boost::json::object query;
  query["id"] = std::string(query_id);
  query["status"] = state == StatementRun::State::waiting   ? "QUEUED"
                    : state == StatementRun::State::running ? "RUNNING"
                    : !failed                               ? "SUCCESS"
                    : outcome->error->code == 604           ? "ABORTED"
                                                            : "FAILED_WITH_ERROR";
  query["state"] = state == StatementRun::State::done ? (failed ? "FAILED" : "SUCCEEDED") : query["status"];
  query["errorCode"] = failed ? fmt::format("{:06}", outcome->error->code) : "";
  query["errorMessage"] = failed ? boost::json::value(outcome->error->message) : boost::json::value();
  query["startTime"] = milliseconds(run->arrived());
  query["endTime"] = outcome == nullptr ? 0 : milliseconds(ended);
  query["totalDuration"] = milliseconds(outcome == nullptr ? clock_.now() : ended) - milliseconds(run->arrived());
  query["sessionId"] = session->id;
  query["sqlText"] = run->request().text;
  boost::json::value body{{"data", {{"queries", boost::json::array{std::move(query)}}}},
                          {"code", nullptr},
                          {"message", nullptr},
                          {"success", true}};
  return json(boost::json::serialize(body));
}

} // namespace freshet::wire
