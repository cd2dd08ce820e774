#include "wire/service.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <thread>

#include "wire/gzip.h"

namespace freshet::wire {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

/// The service over a real warehouse, spoken to as a driver does, without a network.
class ServiceTest : public testing::Test {
 protected:
  void SetUp() override { start({}); }
  void TearDown() override { service_.reset(); }

  void start(ServiceOptions options) {
    service_.reset();
    warehouse_ = warehouse::Warehouse::open(clock_, {}).value();
    options.users = {{"ann", "secret"}};
    service_ = std::make_unique<Service>(*warehouse_, clock_, std::move(options));
  }

  json::object send(std::string method, std::string path, const std::string& body = "", const std::string& token = "",
                    http::Headers headers = {}) {
    http::Request request;
    request.method = std::move(method);
    const auto question = path.find('?');
    request.path = path.substr(0, question);
    if (question != std::string::npos) request.query = http::parse_query(path.substr(question + 1));
    request.target = std::move(path);
    request.body = body;
    request.body_size = body.size();
    request.headers = std::move(headers);
    request.headers.set("Authorization", "Snowflake Token=\"" + token + "\"");
    const auto response = service_->handle(request);
    status_ = response.status;
    return json::parse(response.body).as_object();
  }

  json::object login(const std::string& user = "ann", const std::string& password = "secret", const std::string& query = "") {
    const json::value body{{"data", {{"LOGIN_NAME", user}, {"PASSWORD", password}, {"ACCOUNT_NAME", "any"}}}};
    auto answer = send("POST", "/session/v1/login-request?" + query, json::serialize(body));
    if (answer.at("success").as_bool()) {
      token_ = answer.at("data").at("token").as_string();
      master_ = answer.at("data").at("masterToken").as_string();
    }
    return answer;
  }

  void login_with_database() {
    login();
    ASSERT_TRUE(query("CREATE DATABASE d").at("success").as_bool());
  }

  json::object query(json::object body, const std::string& request_id = "") {
    return send("POST", "/queries/v1/query-request?requestId=" + request_id, json::serialize(body), token_);
  }
  json::object query(const std::string& sql) { return query(json::object{{"sqlText", sql}}); }

  static std::string code(const json::object& answer) {
    const auto& value = answer.at("code");
    return value.is_string() ? std::string(value.as_string()) : "";
  }
  static json::value rowset(const json::object& answer) { return answer.at("data").at("rowset"); }

  /// Asks again while the server says that the statement is still running.
  json::object result_of(json::object answer) {
    while (code(answer) == "333333" || code(answer) == "333334") {
      std::this_thread::yield();
      answer = send("GET", std::string(answer.at("data").at("getResultUrl").as_string()), "", token_);
    }
    return answer;
  }

  FakeClock clock_;
  std::unique_ptr<warehouse::Warehouse> warehouse_;
  std::unique_ptr<Service> service_;
  std::string token_, master_;
  unsigned status_ = 0;
};

TEST_F(ServiceTest, AWrongPasswordOrUserIsRefusedInTheSameWords) {
  for (const auto& answer : {login("ann", "wrong"), login("bob", "secret"), login("", "")}) {
    EXPECT_EQ(status_, 200u);
    EXPECT_EQ(code(answer), "390100");
    EXPECT_EQ(answer.at("message"), "Incorrect username or password was specified.");
  }
  EXPECT_EQ(service_->session_count(), 0u);
}

TEST_F(ServiceTest, ALoginTellsWhatDriversNeed) {
  const auto answer = login("ANN");
  const auto& data = answer.at("data").as_object();
  EXPECT_EQ(data.at("validityInSeconds"), 3600);
  EXPECT_EQ(data.at("masterValidityInSeconds"), 14'400);
  EXPECT_GT(data.at("sessionId").as_int64(), 0);
  std::map<std::string, json::value> parameters;
  for (const auto& entry : data.at("parameters").as_array()) {
    const std::string name(entry.at("name").as_string());
    EXPECT_TRUE(parameters.emplace(name, entry.at("value")).second) << name << " comes twice";
  }
  EXPECT_EQ(parameters.at("CLIENT_STAGE_ARRAY_BINDING_THRESHOLD"), 2'147'483'647);
  EXPECT_EQ(parameters.at("BINARY_OUTPUT_FORMAT"), "HEX");
  EXPECT_TRUE(parameters.at("AUTOCOMMIT").is_bool());
  EXPECT_TRUE(parameters.contains("TIMEZONE") && parameters.contains("TIMESTAMP_NTZ_OUTPUT_FORMAT"));
}

TEST_F(ServiceTest, NamesAtLoginAreUsedAndThoseThatDoNotExistAreNot) {
  login();
  ASSERT_TRUE(query("CREATE DATABASE shop").at("success").as_bool());
  EXPECT_EQ(login("ann", "secret", "databaseName=shop&schemaName=public").at("data").at("sessionInfo").at("databaseName"),
            "SHOP");
  EXPECT_TRUE(login("ann", "secret", "databaseName=nope").at("success").as_bool());
  EXPECT_EQ(code(login("ann", "secret", "roleName=nope")), "390189");
}

TEST_F(ServiceTest, AStatementGivesRowsAsTextAndTheirTypes) {
  login();
  const auto answer = query("SELECT 7 AS n, 'x' AS t, NULL AS nothing, TRUE AS b, '2024-02-29'::DATE AS d");
  ASSERT_TRUE(answer.at("success").as_bool()) << json::serialize(answer);
  EXPECT_EQ(rowset(answer), (json::array{json::array{"7", "x", nullptr, "1", "19782"}}));
  const auto& data = answer.at("data").as_object();
  EXPECT_EQ(data.at("total"), 1);
  EXPECT_EQ(data.at("statementTypeId"), 0x1000);
  EXPECT_EQ(data.at("rowtype").at(0).at("name"), "N");
  EXPECT_EQ(data.at("rowtype").at(0).at("type"), "fixed");
  EXPECT_EQ(data.at("rowtype").at(4).at("type"), "date");
}

TEST_F(ServiceTest, AnErrorIsAnAnswerWithCodeStateAndPlace) {
  login_with_database();
  const auto answer = query("SELECT *\nFROM nope");
  EXPECT_EQ(status_, 200u);
  EXPECT_EQ(answer.at("success"), false);
  EXPECT_EQ(code(answer), "002003");
  EXPECT_EQ(answer.at("data").at("sqlState"), "42S02");
  EXPECT_FALSE(answer.at("data").at("queryId").as_string().empty());
}

TEST_F(ServiceTest, ARetryWithTheSameRequestIdDoesNotRunTwice) {
  login_with_database();
  query("CREATE TABLE t (i NUMBER)");
  const auto first = query(json::object{{"sqlText", "INSERT INTO t VALUES (1)"}}, "retry-1");
  const auto again = query(json::object{{"sqlText", "INSERT INTO t VALUES (1)"}}, "retry-1");
  EXPECT_EQ(rowset(first), rowset(again));
  EXPECT_EQ(first.at("data").at("queryId"), again.at("data").at("queryId"));
  EXPECT_EQ(rowset(query("SELECT count(*) FROM t")), (json::array{json::array{"1"}}));
}

TEST_F(ServiceTest, BindsAndArrayBindsReachTheStatement) {
  login_with_database();
  query("CREATE TABLE t (i NUMBER, s VARCHAR)");
  const auto one =
      query({{"sqlText", "INSERT INTO t VALUES (?, ?)"},
             {"bindings", {{"1", {{"type", "FIXED"}, {"value", "7"}}}, {"2", {{"type", "TEXT"}, {"value", "it's"}}}}}});
  EXPECT_EQ(rowset(one), (json::array{json::array{"1"}})) << json::serialize(one);
  json::array numbers, texts;
  for (int i = 0; i < 1001; ++i) {
    numbers.push_back(json::value(std::to_string(i)));
    texts.push_back("row");
  }
  const auto many =
      query({{"sqlText", "INSERT INTO t VALUES (?, ?)"},
             {"bindings", {{"1", {{"type", "FIXED"}, {"value", numbers}}}, {"2", {{"type", "TEXT"}, {"value", texts}}}}}});
  EXPECT_EQ(rowset(many), (json::array{json::array{"1001"}})) << json::serialize(many);
  EXPECT_EQ(rowset(query("SELECT count(*), sum(i) FROM t")), (json::array{json::array{"1002", "500507"}}));
}

TEST_F(ServiceTest, AnArrayBindThatFailsInsertsNothing) {
  login_with_database();
  query("CREATE TABLE t (i NUMBER)");
  json::array values;
  for (int i = 0; i < 600; ++i) values.push_back(json::value(i == 599 ? "seven" : "1"));
  const auto failed =
      query({{"sqlText", "INSERT INTO t VALUES (?)"}, {"bindings", {{"1", {{"type", "TEXT"}, {"value", values}}}}}});
  EXPECT_EQ(failed.at("success"), false);
  EXPECT_EQ(rowset(query("SELECT count(*) FROM t")), (json::array{json::array{"0"}}));
}

TEST_F(ServiceTest, SeveralStatementsAreFetchedByTheirIds) {
  login();
  EXPECT_EQ(code(query("SELECT 1; SELECT 2")), "000008");
  const auto answer = query({{"sqlText", "SELECT 1; SELECT 2"}, {"parameters", {{"MULTI_STATEMENT_COUNT", 2}}}});
  const std::string ids(answer.at("data").at("resultIds").as_string());
  const auto comma = ids.find(',');
  EXPECT_EQ(rowset(send("GET", "/queries/" + ids.substr(0, comma) + "/result", "", token_)), (json::array{json::array{"1"}}));
  EXPECT_EQ(rowset(send("GET", "/queries/" + ids.substr(comma + 1) + "/result", "", token_)), (json::array{json::array{"2"}}));
}

TEST_F(ServiceTest, AnErrorAmongSeveralStatementsIsPlacedInTheWholeText) {
  login();
  const auto answer = query({{"sqlText", "SELECT 1;\nSELECT FROM FROM"}, {"parameters", {{"MULTI_STATEMENT_COUNT", 0}}}});
  EXPECT_EQ(code(answer), "001003");
  EXPECT_EQ(answer.at("data").at("line"), 2);
}

TEST_F(ServiceTest, AnAsynchronousStatementIsFetchedLater) {
  login();
  const auto answer = query({{"sqlText", "SELECT 42"}, {"asyncExec", true}});
  EXPECT_EQ(code(answer), "333334");
  const std::string id(answer.at("data").at("queryId").as_string());
  EXPECT_EQ(rowset(result_of(answer)), (json::array{json::array{"42"}}));
  EXPECT_EQ(send("GET", "/monitoring/queries/" + id, "", token_).at("data").at("queries").at(0).at("status"), "SUCCESS");
}

TEST_F(ServiceTest, AStatementThatTakesTooLongIsPolled) {
  start({.answer_time = 0s});
  login();
  EXPECT_EQ(rowset(result_of(query("SELECT count(*) FROM TABLE(GENERATOR(ROWCOUNT => 1000000))"))),
            (json::array{json::array{"1000000"}}));
}

TEST_F(ServiceTest, ARunningStatementIsCancelled) {
  login();
  const auto answer = query({{"sqlText",
                              "SELECT count(*) FROM TABLE(GENERATOR(ROWCOUNT => 3000000)) a, "
                              "TABLE(GENERATOR(ROWCOUNT => 3000000)) b"},
                             {"asyncExec", true}},
                            "long-1");
  const auto status = "/monitoring/queries/" + std::string(answer.at("data").at("queryId").as_string());
  while (send("GET", status, "", token_).at("data").at("queries").at(0).at("status") != "ABORTED") {
    send("POST", "/queries/v1/abort-request", R"({"requestId":"long-1"})", token_);
    std::this_thread::yield();
  }
  EXPECT_EQ(code(result_of(answer)), "000604");
  EXPECT_EQ(rowset(query("SELECT 1")), (json::array{json::array{"1"}})); // the session goes on
}

TEST_F(ServiceTest, ALargeResultComesInChunksThatNeedTheirKey) {
  start({.inline_bytes_max = 10'000});
  login();
  const auto answer = query("SELECT seq4() AS i FROM TABLE(GENERATOR(ROWCOUNT => 10000)) ORDER BY 1");
  size_t rows = rowset(answer).as_array().size();
  EXPECT_LT(rows, 10'000u);
  for (const auto& chunk : answer.at("data").at("chunks").as_array()) {
    http::Request request;
    std::string url(chunk.at("url").as_string());
    url = url.substr(url.find("/queries/"));
    request.method = "GET";
    request.path = url.substr(0, url.find('?'));
    EXPECT_EQ(service_->handle(request).status, 403u);
    request.query = http::parse_query(url.substr(url.find('?') + 1));
    const auto body = json::parse("[" + service_->handle(request).body + "]").as_array();
    EXPECT_EQ(static_cast<int64_t>(body.size()), chunk.at("rowCount").as_int64());
    EXPECT_EQ(body.front().at(0), json::value(std::to_string(rows)));
    rows += body.size();
  }
  EXPECT_EQ(rows, 10'000u);
}

TEST_F(ServiceTest, DescribingTellsTheColumnsAndRunsNothing) {
  login_with_database();
  query("CREATE TABLE t (i NUMBER)");
  const auto described = query({{"sqlText", "INSERT INTO t VALUES (?)"}, {"describeOnly", true}});
  EXPECT_EQ(described.at("data").at("rowtype").at(0).at("name"), "number of rows inserted");
  EXPECT_EQ(described.at("data").at("numberOfBinds"), 1);
  EXPECT_EQ(described.at("data").at("arrayBindSupported"), true);
  EXPECT_EQ(rowset(query("SELECT count(*) FROM t")), (json::array{json::array{"0"}}));
  EXPECT_EQ(query({{"sqlText", "SELECT i FROM t"}, {"describeOnly", true}}).at("data").at("rowtype").at(0).at("name"), "I");
}

TEST_F(ServiceTest, AParameterOfOneRequestEndsWithIt) {
  login();
  query({{"sqlText", "SELECT 1"}, {"parameters", {{"QUERY_TAG", "mine"}, {"SOME_DRIVERS_OWN", 1}}}});
  query("SELECT 2");
  const auto history = warehouse_->history().latest(2);
  EXPECT_EQ(history.at(0).tag.empty() ? history.at(1).tag : history.at(0).tag, "mine");
  EXPECT_NE(history.at(0).tag, history.at(1).tag);
}

TEST_F(ServiceTest, AnExpiredTokenIsRenewedAndASilentSessionEnds) {
  login();
  clock_.advance(1h);
  EXPECT_EQ(code(query("SELECT 1")), "390112");
  const auto renewed = send("POST", "/session/token-request", R"({"requestType":"RENEW"})", master_);
  token_ = renewed.at("data").at("sessionToken").as_string();
  master_ = renewed.at("data").at("masterToken").as_string();
  EXPECT_TRUE(query("SELECT 1").at("success").as_bool());
  clock_.advance(4h);
  EXPECT_EQ(code(send("POST", "/session/token-request", "{}", master_)).substr(0, 4), "3901");
  while (service_->session_count() != 0) std::this_thread::yield();
}

TEST_F(ServiceTest, AClosedSessionIsGone) {
  login();
  EXPECT_TRUE(send("POST", "/session?delete=true", "", token_).at("success").as_bool());
  EXPECT_EQ(service_->session_count(), 0u);
  EXPECT_EQ(code(query("SELECT 1")), "390104");
  EXPECT_EQ(code(send("POST", "/session/heartbeat", "", "never a token")), "390104");
}

TEST_F(ServiceTest, RequestsMayBeGzipAndOnesWithoutFormAreRefused) {
  login();
  const auto body = gzip(R"({"sqlText":"SELECT 1"})");
  EXPECT_EQ(rowset(send("POST", "/queries/v1/query-request", body, token_, {{"Content-Encoding", "gzip"}})),
            (json::array{json::array{"1"}}));
  send("POST", "/queries/v1/query-request", "{", token_);
  EXPECT_EQ(status_, 400u);
  send("POST", "/queries/v1/query-request", "not gzip", token_, {{"Content-Encoding", "gzip"}});
  EXPECT_EQ(status_, 400u);
  send("POST", "/queries/v1/nonsense", "{}", token_);
  EXPECT_EQ(status_, 404u);
}

TEST_F(ServiceTest, SessionsAreLimitedInNumber) {
  start({.sessions = {.sessions_max = 1}});
  EXPECT_TRUE(login().at("success").as_bool());
  EXPECT_EQ(code(login()), "390007");
}

} // namespace
} // namespace freshet::wire
