#include "warehouse/procedures/javascript_sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <thread>

namespace freshet::warehouse {
namespace {

using testing::HasSubstr;

class VectorRows final : public ScriptRows {
 public:
  explicit VectorRows(std::vector<std::vector<ScriptValue>> rows) : rows_(std::move(rows)) {}
  std::expected<std::optional<std::vector<ScriptValue>>, ScriptError> next() override {
    if (next_ == rows_.size()) return std::nullopt;
    return rows_[next_++];
  }

 private:
  std::vector<std::vector<ScriptValue>> rows_;
  size_t next_ = 0;
};

/// A session that answers from a function, and writes down what it was asked.
class RecordingHost final : public ScriptHost {
 public:
  std::expected<ScriptOutcome, ScriptError> execute(const std::string& sql, const std::vector<ScriptValue>& binds) override {
    statements.push_back(sql);
    last_binds = binds;
    if (!on_execute) return ScriptOutcome{.query_id = "01b0", .columns = {}, .rows = nullptr};
    return on_execute(sql);
  }
  void log(std::string_view level, std::string_view message) override {
    lines.push_back(std::string(level) + ": " + std::string(message));
  }
  void add_event(std::string_view name, std::string_view attributes) override {
    lines.push_back("event " + std::string(name) + " " + std::string(attributes));
  }
  void set_span_attribute(std::string_view key, std::string_view value) override {
    lines.push_back("span " + std::string(key) + " " + std::string(value));
  }
  std::optional<ScriptError> interrupted() override {
    return cancelled ? std::optional(ScriptError{604, "57014", "SQL execution canceled"}) : std::nullopt;
  }

  std::function<std::expected<ScriptOutcome, ScriptError>(const std::string&)> on_execute;
  std::vector<std::string> statements;
  std::vector<std::string> lines;
  std::vector<ScriptValue> last_binds;
  std::atomic<bool> cancelled = false;
};

class Sandbox : public testing::Test {
 protected:
  std::expected<ScriptValue, ScriptError> run(const std::string& body, std::vector<std::string> parameters = {},
                                              std::vector<ScriptValue> arguments = {}) {
    return sandbox.call({"PROC", std::move(parameters), body}, arguments, host);
  }
  std::string text(const std::string& body) {
    auto result = run(body);
    return result ? (result->is_null ? "NULL" : result->text) : "error: " + result.error().message;
  }

  SystemClock clock;
  JavaScriptSandbox sandbox{clock};
  RecordingHost host;
};

ScriptOutcome two_customers() {
  ScriptOutcome outcome;
  outcome.query_id = "01b0-0001";
  outcome.columns = {{"CUSTOMER_ID", ScriptType::number, "NUMBER", 0, false},
                     {"FIRST_NAME", ScriptType::text, "VARCHAR", 0, true},
                     {"SINCE", ScriptType::timestamp_ntz, "TIMESTAMP_NTZ", 9, true},
                     {"TAGS", ScriptType::variant, "VARIANT", 0, true}};
  outcome.rows = std::make_unique<VectorRows>(std::vector<std::vector<ScriptValue>>{
      {ScriptValue::of(ScriptType::number, "1"), ScriptValue::of(ScriptType::text, "Zoë"),
       ScriptValue::of(ScriptType::timestamp_ntz, "2024-10-23 15:45:46.123", 1729698346123000),
       ScriptValue::of(ScriptType::variant, R"({"a":[1,2]})")},
      {ScriptValue::of(ScriptType::number, "2"), ScriptValue::null(), ScriptValue::null(ScriptType::timestamp_ntz),
       ScriptValue::null(ScriptType::variant)}});
  outcome.row_count = 2;
  return outcome;
}

TEST_F(Sandbox, ReturnsWhatTheBodyReturnsWithItsType) {
  EXPECT_EQ(run("return 1 + 1;"), ScriptValue::of(ScriptType::number, "2"));
  EXPECT_EQ(run("return 'Müller';"), ScriptValue::of(ScriptType::text, "Müller"));
  EXPECT_EQ(run("return true;"), ScriptValue::of(ScriptType::boolean, "true"));
  EXPECT_EQ(run("return {a: [1, 'x']};"), ScriptValue::of(ScriptType::variant, R"({"a":[1,"x"]})"));
  EXPECT_EQ(run("return null;"), ScriptValue::null());
  EXPECT_EQ(run("var x = 1;"), ScriptValue::null());
  EXPECT_EQ(run("return new SfDate(0);"), ScriptValue::of(ScriptType::timestamp_ltz, "1970-01-01 00:00:00.000000000+00"));
}

TEST_F(Sandbox, ArgumentsArriveTyped) {
  auto result =
      run("return [typeof N, typeof S, B === true, D.getEpochSeconds(), D.getNanoSeconds(), V.k[1], Z === null].join('|');",
          {"N", "S", "B", "D", "V", "Z"},
          {ScriptValue::of(ScriptType::number, "1.5"), ScriptValue::of(ScriptType::text, "x"),
           ScriptValue::of(ScriptType::boolean, "true"),
           ScriptValue::of(ScriptType::timestamp_ntz, "1970-01-01 00:00:01.500001", 1500001),
           ScriptValue::of(ScriptType::variant, R"({"k":[1,7]})"), ScriptValue::null()});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->text, "number|string|true|1|500001000|7|true");
}

TEST_F(Sandbox, ReadsRowsByIndexNameAndProperty) {
  host.on_execute = [](const std::string&) { return two_customers(); };
  EXPECT_EQ(text(R"(
    var statement = snowflake.createStatement({sqlText: `select * from customer;`});
    var rows = statement.execute();
    var seen = [];
    while (rows.next()) seen.push(rows.getColumnValue(1) + ":" + rows.FIRST_NAME + ":" + rows.getColumnValueAsString('SINCE'));
    return seen.join(",") + " " + statement.getRowCount() + " " + statement.getColumnCount() + " " + statement.getColumnName(2) + " " +
           statement.getColumnType(1) + " " + statement.getColumnSqlType(3) + " " + statement.isColumnNullable(1) + " " +
           statement.isColumnText(2) + " " + statement.getQueryId() + " " + statement.getSqlText();)"),
            "1:Zoë:2024-10-23 15:45:46.123,2:null:null 2 4 FIRST_NAME number TIMESTAMP_NTZ false true 01b0-0001 select * from "
            "customer;");
  EXPECT_EQ(text("var r = snowflake.execute({sqlText: 'x'}); r.next(); return r.TAGS.a[1] + r.SINCE.getTime() % 1000;"), "125");
}

TEST_F(Sandbox, TellsHowManyRowsAStatementChanged) {
  host.on_execute = [](const std::string&) {
    ScriptOutcome outcome;
    outcome.rows_inserted = 3, outcome.rows_updated = 2, outcome.rows_deleted = 1;
    return outcome;
  };
  EXPECT_EQ(
      text("var s = snowflake.createStatement({sqlText: 'merge'}); s.execute(); return [s.getNumRowsAffected(), "
           "s.getNumRowsInserted(), s.getNumRowsUpdated(), s.getNumRowsDeleted(), s.getNumDuplicateRowsUpdated()].join();"),
      "6,3,2,1,0");
}

TEST_F(Sandbox, BindsNumbersStringsDatesAndNulls) {
  run("snowflake.execute({sqlText: 'insert into t values (?, :2, ?, ?)', binds: [1.5, 'a', new SfDate(1), null]});");
  ASSERT_EQ(host.last_binds.size(), 4u);
  EXPECT_EQ(host.last_binds[0], ScriptValue::of(ScriptType::number, "1.5"));
  EXPECT_EQ(host.last_binds[1], ScriptValue::of(ScriptType::text, "a"));
  EXPECT_EQ(host.last_binds[2], ScriptValue::of(ScriptType::timestamp_ltz, "1970-01-01 00:00:00.001000000+00"));
  EXPECT_TRUE(host.last_binds[3].is_null);
  EXPECT_THAT(text("snowflake.execute({sqlText: 'x', binds: [{}]});"), HasSubstr("Unsupported type for binding argument 1"));
  EXPECT_THAT(text("snowflake.execute({});"), HasSubstr("sqlText is missing"));
}

TEST_F(Sandbox, AnUncaughtSqlErrorNamesTheCallAndItsPosition) {
  host.on_execute = [](const std::string&) -> std::expected<ScriptOutcome, ScriptError> {
    return std::unexpected(ScriptError{2003, "42S02", "SQL compilation error:\nObject 'T' does not exist or not authorized."});
  };
  auto result = run("\nvar x = 1;\n     snowflake.execute({sqlText: 'select * from t'});");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, 100183);
  EXPECT_EQ(result.error().sql_state, "P0000");
  EXPECT_EQ(result.error().message,
            "Execution error in store procedure PROC:\nSQL compilation error:\nObject 'T' does not exist or not authorized.\n"
            "At Snowflake.execute, line 3 position 15");
  EXPECT_THAT(text("var s = snowflake.createStatement({sqlText: 'x'});\ns.execute();"),
              HasSubstr("At Statement.execute, line 2 position 2"));
}

TEST_F(Sandbox, ACaughtSqlErrorCarriesCodeStateMessageAndPosition) {
  host.on_execute = [](const std::string&) -> std::expected<ScriptOutcome, ScriptError> {
    return std::unexpected(
        ScriptError{1003, "42000", "SQL compilation error:\nsyntax error line 1 at position 0 unexpected 'Invalid'."});
  };
  EXPECT_EQ(text(R"(
      var result = "";
      try {
          snowflake.execute( {sqlText: "Invalid Command!;"} );
          result = "Succeeded";
      } catch (err) {
          result = "Failed: Code: " + err.code + " State: " + err.state + " Message: " + err.message + " Stack: " + err.stackTraceTxt;
      }
      return result;)"),
            "Failed: Code: 1003 State: 42000 Message: SQL compilation error:\nsyntax error line 1 at position 0 unexpected "
            "'Invalid'. "
            "Stack: Snowflake.execute, line 4 position 20");
}

TEST_F(Sandbox, JavaScriptErrorsNameLineAndPosition) {
  auto unknown = run("\n  return missing;");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, 100132);
  EXPECT_THAT(
      unknown.error().message,
      HasSubstr("JavaScript execution error: Uncaught ReferenceError: missing is not defined in PROC at line 2 position 2"));
  auto syntax = run("\nvar = 5;");
  ASSERT_FALSE(syntax);
  EXPECT_EQ(syntax.error().code, 100131);
  EXPECT_THAT(syntax.error().message, HasSubstr("JavaScript compilation error: Uncaught SyntaxError"));
  EXPECT_THAT(syntax.error().message, HasSubstr("line 2 position 4"));
  EXPECT_THAT(text("throw 'no customers';"), HasSubstr("Uncaught no customers in PROC"));
}

TEST_F(Sandbox, GivesTheScriptNothingButTheApi) {
  EXPECT_THAT(text("return eval('1 + 1');"), HasSubstr("error: JavaScript execution error: Uncaught EvalError"));
  EXPECT_THAT(text("return new Function('return 1')();"), HasSubstr("EvalError"));
  EXPECT_THAT(text("return (function(){}).constructor('return 1')();"), HasSubstr("EvalError"));
  for (const char* name :
       {"read", "load", "os", "print", "require", "process", "WebAssembly", "SharedArrayBuffer", "fetch", "setTimeout"}) {
    EXPECT_EQ(text(std::string("return typeof ") + name + ";"), "undefined") << name;
  }
  EXPECT_THAT(text("return import('x');"), testing::Not(testing::HasSubstr("Module")));
}

TEST_F(Sandbox, OneCallLeavesNothingForTheNext) {
  EXPECT_EQ(text("secret = 5; Array.prototype.map = null; return secret;"), "5");
  EXPECT_EQ(text("return typeof secret + typeof Array.prototype.map;"), "undefinedfunction");
}

TEST_F(Sandbox, EndsAScriptThatRunsTooLong) {
  JavaScriptSandbox strict(clock, {.time_max = std::chrono::milliseconds(30)});
  auto result = strict.call({"PROC", {}, "while (true) { try { while (true) {} } catch (e) {} }"}, {}, host);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("ran longer than it may"));
  EXPECT_EQ(text("return 1;"), "1");
}

TEST_F(Sandbox, EndsACancelledScript) {
  host.on_execute = [&](const std::string&) {
    host.cancelled = true;
    return ScriptOutcome{};
  };
  auto result = run("snowflake.execute({sqlText: 'x'}); while (true) {}");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, 604);
}

TEST_F(Sandbox, EndsAScriptThatUsesTooMuchMemory) {
  JavaScriptSandbox strict(clock, {.heap_bytes_max = size_t{64} << 20});
  auto strings = strict.call({"PROC", {}, "var a = []; while (true) a.push('x'.repeat(1000000) + a.length);"}, {}, host);
  ASSERT_FALSE(strings);
  auto arrays = strict.call({"PROC", {}, "var a = []; while (true) a.push(new Array(100000).fill(a.length));"}, {}, host);
  ASSERT_FALSE(arrays);
  EXPECT_THAT(arrays.error().message, HasSubstr("memory"));
  auto recursion = strict.call({"PROC", {}, "function f() { return f() + 1; } return f();"}, {}, host);
  ASSERT_FALSE(recursion);
  EXPECT_THAT(recursion.error().message, HasSubstr("too much recursion"));
  EXPECT_EQ(text("return 1;"), "1");
}

TEST_F(Sandbox, ProceduresCallEachOtherToALimit) {
  int depth = 0;
  std::string innermost;
  host.on_execute = [&](const std::string&) -> std::expected<ScriptOutcome, ScriptError> {
    ++depth;
    auto result = sandbox.call({"INNER", {}, "snowflake.execute({sqlText: 'call inner()'}); return 1;"}, {}, host);
    if (result) return ScriptOutcome{};
    if (innermost.empty()) innermost = result.error().message;
    return std::unexpected(result.error());
  };
  auto result = run("snowflake.execute({sqlText: 'call inner()'});");
  ASSERT_FALSE(result);
  EXPECT_EQ(depth, 5);
  EXPECT_THAT(innermost, HasSubstr("nested 5 deep"));
}

TEST_F(Sandbox, LogsAndTraces) {
  run("snowflake.log('info', 'hello'); snowflake.addEvent('loaded', {rows: 5}); snowflake.setSpanAttribute('k', 'v');");
  EXPECT_THAT(host.lines, testing::ElementsAre("info: hello", R"(event loaded {"rows":5})", R"(span k "v")"));
  EXPECT_THAT(text("snowflake.log('loud', 'x');"), HasSubstr("the level is one of"));
}

TEST_F(Sandbox, ThreadsRunScriptsAtTheSameTime) {
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      RecordingHost own;
      for (int round = 0; round < 20; ++round) {
        auto result = sandbox.call({"PROC", {"N"}, "let s = 0; for (let i = 0; i < 1000; ++i) s += N; return s;"},
                                   std::vector{ScriptValue::of(ScriptType::number, std::to_string(i))}, own);
        if (!result) ADD_FAILURE() << result.error().message;
        if (result && result->text == std::to_string(i * 1000)) ++good;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 80);
}

} // namespace
} // namespace freshet::warehouse
