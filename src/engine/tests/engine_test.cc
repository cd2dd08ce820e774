#include "engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

namespace freshet::engine {
namespace {

struct Engine : testing::Test {
  std::unique_ptr<Database> database = Database::open({}).value();
  std::unique_ptr<Connection> connection = database->connect().value();

  std::string text(const std::string& sql) {
    auto rows = connection->query(sql);
    if (!rows) return "error: " + rows.error().message;
    std::string out;
    for (size_t row = 0; row < rows->size(); ++row) {
      if (row > 0) out += '\n';
      for (size_t column = 0; column < rows->columns().size(); ++column)
        out += (column > 0 ? "|" : "") + rows->text(row, column);
    }
    return out;
  }
  Error error(const std::string& sql) { return connection->query(sql).error(); }
};

TEST_F(Engine, ReadsEveryTypeItsTextAsTheEngineCastsIt) {
  for (const char* expression : {"true",
                                 "12::TINYINT",
                                 "-129::SMALLINT",
                                 "7::UBIGINT",
                                 "170141183460469231731687303715884105727::HUGEINT",
                                 "-0.05::DECIMAL(4,2)",
                                 "123456789012345678901234567.890::DECIMAL(38,3)",
                                 "12::DECIMAL(9,0)",
                                 "1.5::DOUBLE",
                                 "2::DOUBLE",
                                 "'text with more than twelve bytes'",
                                 "'short'",
                                 "''",
                                 "DATE '2024-10-23'",
                                 "DATE '1969-12-31'",
                                 "TIME '15:45:46.5'",
                                 "TIMESTAMP '2024-10-23 15:45:46.123456'",
                                 "TIMESTAMP '1960-01-01 00:00:00.5'",
                                 "TIMESTAMPTZ '2024-10-23 15:45:46+02'",
                                 "'2024-10-23 15:45:46.123456789'::TIMESTAMP_NS",
                                 "'\\xAA'::BLOB",
                                 "'a'::ENUM('x', 'a')",
                                 "[1, 2, NULL]",
                                 "{'a': 1, 'b': 'x'}",
                                 "MAP {'k': 1}",
                                 "'{\"a\":1}'::JSON",
                                 "'c9dd1f26-1e9b-4a0b-8d3d-1f8c1b4a2b3c'::UUID",
                                 "NULL"}) {
    auto rows = connection->query(std::string("SELECT ") + expression + " AS v, CAST(v AS VARCHAR)");
    ASSERT_TRUE(rows) << expression << rows.error().message;
    EXPECT_EQ(rows->text(0, 0), rows->text(0, 1)) << expression;
  }
}

TEST_F(Engine, TypesCarryWidthScaleAndAlias) {
  auto rows = connection->query("SELECT 1::DECIMAL(18,3) AS d, '{}'::JSON AS j").value();
  EXPECT_EQ(rows.columns()[0].name, "d");
  EXPECT_EQ(sql_text(rows.columns()[0].type), "DECIMAL(18,3)");
  EXPECT_EQ(rows.columns()[1].type.alias, "JSON");
  EXPECT_EQ(rows.columns()[1].type.id, TypeId::varchar);
}

TEST_F(Engine, RowsAreReachedByNumberAcrossChunks) {
  auto rows = connection->query("SELECT range FROM range(10000) ORDER BY 1").value();
  EXPECT_EQ(rows.size(), 10000u);
  EXPECT_GT(rows.chunks().size(), 1u);
  EXPECT_EQ(rows.integer(2047, 0), 2047);
  EXPECT_EQ(rows.integer(2048, 0), 2048);
  EXPECT_EQ(rows.integer(9999, 0), 9999);
}

TEST_F(Engine, ExecuteCountsChangedRows) {
  EXPECT_EQ(connection->execute("CREATE TABLE t AS SELECT range AS a FROM range(7)"), 7);
  EXPECT_EQ(connection->execute("DELETE FROM t WHERE a < 3"), 3);
  EXPECT_EQ(connection->execute("INSERT INTO t VALUES (1), (2)"), 2);
}

TEST_F(Engine, BindsKeepTypeAndValue) {
  Value binds[] = {
      std::monostate{},     true,           int64_t{-5}, 1.5, Decimal{"-12.340"}, std::string("it's\0ok", 7), Date{19000},
      Timestamp{1'500'000}, TimestampTz{0}, Blob{"\x01"}};
  auto rows = connection->query("SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?", binds).value();
  EXPECT_TRUE(rows.is_null(0, 0));
  EXPECT_EQ(rows.text(0, 1), "true");
  EXPECT_EQ(rows.integer(0, 2), -5);
  EXPECT_EQ(rows.floating(0, 3), 1.5);
  EXPECT_EQ(rows.text(0, 4), "-12.340");
  EXPECT_EQ(rows.string(0, 5), std::string_view("it's\0ok", 7));
  EXPECT_EQ(rows.text(0, 6), "2022-01-08");
  EXPECT_EQ(rows.text(0, 7), "1970-01-01 00:00:01.5");
  EXPECT_EQ(rows.text(0, 8), "1970-01-01 00:00:00+00");
}

TEST_F(Engine, ABadDecimalIsAConversionErrorThatNamesIt) {
  Value binds[] = {Decimal{"1x"}};
  auto error = connection->query("SELECT ?", binds).error();
  EXPECT_EQ(error.kind, ErrorKind::conversion);
  EXPECT_EQ(error.value, "1x");
}

TEST_F(Engine, PreparedStatementsRunAgainAndKnowTheirColumns) {
  auto statement = connection->prepare("SELECT $1::BIGINT + 1 AS next").value();
  EXPECT_EQ(statement.columns()[0].name, "next");
  for (int64_t i : {1, 2}) {
    Value binds[] = {i};
    EXPECT_EQ(statement.query(binds)->integer(0, 0), i + 1);
  }
  EXPECT_EQ(statement.query().error().kind, ErrorKind::invalid_input);
}

TEST_F(Engine, ErrorsHaveAKindAndNoEchoOfTheStatement) {
  connection->query("CREATE TABLE t (a INT NOT NULL)").value();
  EXPECT_EQ(error("SELECT CAST('it''s' AS INT)").value, "it's");
  EXPECT_EQ(error("SELECT CAST('abc' AS INT)").message, "Could not convert string 'abc' to INT32");
  EXPECT_EQ(error("SELECT CAST('2024-13-01' AS DATE)").value, "2024-13-01");
  EXPECT_EQ(error("SELECT CAST(x AS TINYINT) FROM (VALUES (300)) v(x)").value, "300");
  EXPECT_EQ(error("SELECT CAST(x AS DECIMAL(3,1)) FROM (VALUES ('12345')) v(x)").value, "12345");
  EXPECT_EQ(error("INSERT INTO t VALUES (NULL)").kind, ErrorKind::constraint);
  EXPECT_EQ(error("SELECT * FROM nowhere").kind, ErrorKind::catalog);
  EXPECT_EQ(error("SELECT b FROM t").kind, ErrorKind::binder);
  EXPECT_EQ(error("SELEC").kind, ErrorKind::parser);
  EXPECT_EQ(error("SELECT error('boo')").message, "boo");
  EXPECT_EQ(error("SELECT 9223372036854775807 + x FROM (VALUES (1::BIGINT)) v(x)").kind, ErrorKind::out_of_range);
  EXPECT_EQ(error(std::string("SELECT 1\0; SELECT 2", 19)).kind, ErrorKind::parser);
  EXPECT_EQ(connection->prepare("SELECT b FROM t").error().kind, ErrorKind::binder);
}

TEST_F(Engine, AFailedStatementLeavesItsTransactionAlive) {
  connection->query("CREATE TABLE t (a INT)").value();
  ASSERT_TRUE(connection->begin());
  connection->query("INSERT INTO t VALUES (1)").value();
  EXPECT_FALSE(connection->query("CREATE TEMP TABLE p AS SELECT CAST(v AS INT) AS a FROM (VALUES ('1'), ('x')) AS v(v)"));
  connection->query("INSERT INTO t VALUES (2)").value();
  ASSERT_TRUE(connection->commit());
  EXPECT_EQ(text("SELECT * FROM t ORDER BY a"), "1\n2");
}

TEST_F(Engine, BeginTakesTheSnapshot) {
  connection->query("CREATE TABLE t (a INT)").value();
  auto other = database->connect().value();
  ASSERT_TRUE(other->begin());
  connection->query("INSERT INTO t VALUES (1)").value();
  EXPECT_EQ(other->query("SELECT count(*) FROM t")->integer(0, 0), 0);
  ASSERT_TRUE(other->rollback());
  EXPECT_EQ(other->query("SELECT count(*) FROM t")->integer(0, 0), 1);
}

TEST_F(Engine, AConcurrentChangeOfTheSameRowIsAConflict) {
  connection->query("CREATE TABLE t AS SELECT 1 AS a").value();
  auto other = database->connect().value();
  ASSERT_TRUE(other->begin());
  connection->query("UPDATE t SET a = 2").value();
  EXPECT_EQ(other->query("UPDATE t SET a = 3").error().kind, ErrorKind::conflict);
  EXPECT_EQ(freshet::Error(other->query("UPDATE t SET a = 3").error()).kind, freshet::ErrorKind::conflict);
}

TEST_F(Engine, StreamsAChunkAtATime) {
  auto stream = connection->stream("SELECT range FROM range(100000)").value();
  size_t rows = 0;
  while (auto chunk = stream.next().value()) rows += chunk->size();
  EXPECT_EQ(rows, 100000u);
}

TEST_F(Engine, AStreamReportsAnErrorInItsMiddle) {
  auto stream = connection->stream("SELECT CASE WHEN range = 90000 THEN error('it is late') ELSE range END FROM range(100000)");
  Error error = stream ? Error{} : stream.error();
  while (stream) {
    auto chunk = stream->next();
    if (!chunk) {
      error = chunk.error();
      break;
    }
    ASSERT_TRUE(*chunk);
  }
  EXPECT_EQ(error.message, "it is late");
}

TEST_F(Engine, InterruptEndsTheRunningStatement) {
  std::jthread interrupter([&](std::stop_token stop) {
    while (!stop.stop_requested()) connection->interrupt();
  });
  EXPECT_EQ(error("SELECT count(*) FROM range(100000) a, range(1000000) b WHERE a.range * b.range = 3").kind,
            ErrorKind::interrupted);
}

TEST_F(Engine, TheAppenderLoadsRows) {
  connection->query("CREATE TABLE t (a BIGINT, b VARCHAR)").value();
  auto appender = connection->appender("main", "t").value();
  for (int64_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(appender.append_integer(i));
    ASSERT_TRUE(i == 1 ? appender.append_null() : appender.append_text("row"));
    ASSERT_TRUE(appender.end_row());
  }
  ASSERT_TRUE(appender.close());
  EXPECT_EQ(text("SELECT * FROM t ORDER BY a"), "0|row\n1|NULL\n2|row");
}

TEST_F(Engine, FunctionsInCppTakeChunksAndOverloads) {
  ScalarFunction twice{
      "twice", {Type{TypeId::bigint}}, {}, Type{TypeId::bigint}, false, false, [](const Chunk& in, ResultVector& out) {
        for (size_t i = 0; i < in.size(); ++i) out.data<int64_t>()[i] = in[0].integer(i) * 2;
        return std::expected<void, std::string>();
      }};
  ScalarFunction twice_text{"twice",
                            {Type{TypeId::varchar}},
                            {},
                            Type{TypeId::varchar},
                            false,
                            false,
                            [](const Chunk& in, ResultVector& out) -> std::expected<void, std::string> {
                              for (size_t i = 0; i < in.size(); ++i) {
                                if (in[0].text(i) == "bad") return std::unexpected("not bad");
                                out.set_text(i, std::string(in[0].text(i)) + std::string(in[0].text(i)));
                              }
                              return {};
                            }};
  ASSERT_TRUE(database->register_functions({twice, twice_text}));
  EXPECT_EQ(text("SELECT twice(21), twice('ab'), twice(NULL::BIGINT)"), "42|abab|NULL");
  EXPECT_EQ(error("SELECT twice('bad')").message, "not bad");
}

struct OnDisk : testing::Test {
  Path folder = std::filesystem::temp_directory_path() / ("freshet_engine_" + std::to_string(::getpid()));
  OnDisk() { std::filesystem::create_directories(folder); }
  ~OnDisk() override { std::filesystem::remove_all(folder); }
};

TEST_F(OnDisk, CommittedRowsAreThereAfterReopening) {
  {
    auto database = Database::open(folder / "a.duckdb").value();
    auto connection = database->connect().value();
    connection->query("CREATE TABLE t AS SELECT 1 AS a").value();
    ASSERT_TRUE(connection->begin());
    connection->query("INSERT INTO t VALUES (2)").value();
  }
  auto database = Database::open(folder / "a.duckdb").value();
  EXPECT_EQ(database->connect().value()->query("SELECT count(*) FROM t")->integer(0, 0), 1);
}

TEST_F(OnDisk, CompactKeepsTheRows) {
  auto database = Database::open(folder / "a.duckdb").value();
  auto connection = database->connect().value();
  connection->query("CREATE TABLE t AS SELECT range AS a FROM range(300000)").value();
  connection->query("DELETE FROM t WHERE a % 2 = 0").value();
  ASSERT_TRUE(database->compact());
  EXPECT_EQ(connection->query("SELECT count(*) FROM t")->integer(0, 0), 150000);
}

TEST_F(OnDisk, AFolderThatDoesNotExistIsAnIoErrorWithThePath) {
  auto error = Database::open(folder / "missing" / "a.duckdb").error();
  EXPECT_EQ(error.kind, ErrorKind::io);
  EXPECT_THAT(error.message, testing::HasSubstr("missing/a.duckdb"));
}

} // namespace
} // namespace freshet::engine
