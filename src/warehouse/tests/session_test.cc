#include "warehouse/session.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "warehouse/warehouse.h"

namespace freshet::warehouse {
namespace {

class SessionTest : public testing::Test {
 protected:
  void SetUp() override {
    warehouse_ = *Warehouse::open(clock_, {});
    session_ = *warehouse_->create_session();
    run("CREATE DATABASE db");
  }

  StatementResult run(std::string_view sql, Session* session = nullptr) {
    auto result = (session ? session : session_.get())->execute(sql);
    EXPECT_TRUE(result) << sql << ": " << result.error().message;
    return result ? std::move(*result) : StatementResult{};
  }

  FakeClock clock_;
  std::unique_ptr<Warehouse> warehouse_;
  std::unique_ptr<Session> session_;
};

constexpr const char* k_endless = "SELECT COUNT(*) FROM a x, a y, a z, a w";

TEST_F(SessionTest, CancelEndsARunningStatement) {
  run("CREATE TABLE a AS SELECT SEQ4() AS n FROM TABLE(GENERATOR(ROWCOUNT => 3000))");
  std::atomic<bool> ended = false;
  std::thread canceller([&] {
    while (!ended) session_->cancel();
  });
  auto result = session_->execute(k_endless);
  ended = true;
  canceller.join();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, 604);
  EXPECT_EQ(result.error().sql_state, "57014");
  EXPECT_EQ(run("SELECT 1").rows->integer(0, 0), 1);
}

TEST_F(SessionTest, TheStatementTimeoutEndsARunningStatement) {
  run("CREATE TABLE a AS SELECT SEQ4() AS n FROM TABLE(GENERATOR(ROWCOUNT => 3000))");
  run("ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = 5");
  std::atomic<bool> ended = false;
  std::thread time([&] {
    while (!ended) clock_.advance(std::chrono::seconds{1});
  });
  auto result = session_->execute(k_endless);
  ended = true;
  time.join();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, 630);
}

TEST_F(SessionTest, ListenersHearWhichTablesACommitWrote) {
  run("CREATE TABLE t (a INT)");
  auto table = warehouse_->catalog().find_relation(
      warehouse_->catalog()
          .find(ObjectKind::schema, warehouse_->catalog().find(ObjectKind::database, 0, "DB")->id, "PUBLIC")
          ->id,
      "T");
  std::vector<ObjectId> heard;
  auto handle =
      warehouse_->on_commit([&](std::span<const ObjectId> tables) { heard.insert(heard.end(), tables.begin(), tables.end()); });
  run("INSERT INTO t VALUES (1)");
  EXPECT_EQ(heard, std::vector{table->id});
  run("BEGIN");
  run("INSERT INTO t VALUES (2)");
  EXPECT_EQ(heard.size(), 1u);
  run("COMMIT");
  EXPECT_EQ(heard.size(), 2u);
  warehouse_->remove_listener(handle);
}

TEST_F(SessionTest, ConcurrentConsumersOfAStreamTakeEveryRowExactlyOnce) {
  run("CREATE TABLE t (a INT)");
  run("CREATE STREAM s ON TABLE t");
  run("CREATE TABLE sink (a INT)");
  std::atomic<bool> filled = false;
  auto consume = [&] {
    auto session = *warehouse_->create_session();
    run("USE SCHEMA db.public", session.get());
    for (bool last = false; !last;) {
      last = filled;
      run("INSERT INTO sink SELECT a FROM s", session.get());
    }
  };
  std::thread one(consume);
  std::thread two(consume);
  for (int i = 0; i < 30; ++i) run("INSERT INTO t VALUES (" + std::to_string(i) + ")");
  filled = true;
  one.join();
  two.join();
  auto counts = run("SELECT COUNT(*), COUNT(DISTINCT a) FROM sink");
  EXPECT_EQ(counts.rows->integer(0, 0), 30);
  EXPECT_EQ(counts.rows->integer(0, 1), 30);
}

TEST_F(SessionTest, BindsAndVariablesAreValues) {
  Binds binds;
  binds.positional = {{{.kind = sql::TypeKind::text}, std::string("it's")}, {{.kind = sql::TypeKind::number}, int64_t{7}}};
  auto result = session_->execute("SELECT ?, :2 + 1", binds);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->rows->text(0, 0), "it's");
  EXPECT_EQ(result->rows->text(0, 1), "8");
  run("SET x = 41");
  EXPECT_EQ(run("SELECT $x + 1").rows->text(0, 0), "42");
}

TEST_F(SessionTest, AResultCanBeReadAgain) {
  run("CREATE TABLE t (a INT)");
  run("SHOW TABLES");
  EXPECT_EQ(run("SELECT \"name\" FROM TABLE(RESULT_SCAN(LAST_QUERY_ID()))").rows->text(0, 0), "T");
}

} // namespace
} // namespace freshet::warehouse
