#include <fmt/format.h>

#include "warehouse/load/tests/load_fixture.h"

namespace freshet::warehouse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class PipeTest : public LoadFixture {
 protected:
  void SetUp() override {
    LoadFixture::SetUp();
    run("CREATE PIPE P AUTO_INGEST = TRUE AS COPY INTO T FROM @S");
  }
  std::string status() { return one("SELECT SYSTEM$PIPE_STATUS('D.PUBLIC.P')"); }
};

TEST_F(PipeTest, LoadsWhatArrives) {
  put("in/a.csv", "id,name\n1,a\n");
  put("other/b.csv", "id,name\n2,b\n");
  drain();
  EXPECT_THAT(query("SELECT * FROM T"), ElementsAre("1|a"));
  EXPECT_THAT(query(k_history), ElementsAre("a.csv|Loaded|1|1|0"));
  EXPECT_THAT(status(), HasSubstr("\"executionState\":\"RUNNING\""));
  EXPECT_THAT(status(), HasSubstr("\"numOutstandingMessagesOnChannel\":0"));
  EXPECT_TRUE(service_->idle().value());
}

TEST_F(PipeTest, TheSameNameIsLoadedOnceWhateverItsContent) {
  put("in/a.csv", "id,name\n1,a\n");
  drain();
  put("in/a.csv", "id,name\n2,b\n");
  drain();
  run("TRUNCATE TABLE T"); // the pipe keeps its own history
  put("in/a.csv", "id,name\n3,c\n");
  drain();
  EXPECT_EQ(one("SELECT COUNT(*) FROM T"), "0");
}

TEST_F(PipeTest, DuplicatedEventsCountOnceAlsoAfterARestart) {
  put("in/a.csv", "id,name\n1,a\n");
  drain();
  auto* queue = service_->pipe(warehouse_->catalog().all(ObjectKind::pipe).at(0)->id).get();
  const auto event = write_s3_event({"bucket", "in/a.csv", 12, "x", "1", clock_.now()});
  ASSERT_TRUE(queue->queue().send({event, event}));
  drain();
  restart(); // as after a crash between the commit and the removal of the event
  ASSERT_TRUE(service_->pipe(warehouse_->catalog().all(ObjectKind::pipe).at(0)->id)->queue().send({event}));
  drain();
  EXPECT_EQ(one("SELECT COUNT(*) FROM T"), "1");
  EXPECT_TRUE(service_->idle().value());
}

TEST_F(PipeTest, ABadFileStopsNoOther) {
  for (int i = 0; i < 20; ++i)
    put(fmt::format("in/{:02}.csv", i), i == 7 ? "id,name\nx,a\n" : fmt::format("id,name\n{},a\n", i));
  put("in/truncated.csv", "id,name\n1,a\n2");
  put("in/zero.csv", "");
  drain();
  EXPECT_EQ(one("SELECT COUNT(*) FROM T"), "19");
  EXPECT_THAT(
      query(fmt::format("SELECT FILE_NAME, STATUS, FIRST_ERROR_MESSAGE, FIRST_ERROR_LINE_NUMBER, FIRST_ERROR_CHARACTER_POS, "
                        "FIRST_ERROR_COLUMN_NAME FROM TABLE(INFORMATION_SCHEMA.COPY_HISTORY(TABLE_NAME => 'T', START_TIME => "
                        "'2025-12-31 00:00:00')) WHERE STATUS <> 'Loaded' ORDER BY 1")),
      ElementsAre("07.csv|Load failed|Numeric value 'x' is not recognized|2|1|\"T\"[\"ID\":1]",
                  "truncated.csv|Load failed|End of record reached while expected to parse column "
                  "'\"T\"[\"NAME\":2]'|3|2|\"T\"[\"NAME\":2]"));
}

TEST_F(PipeTest, ACorrectedFileOfTheSameNameIsLoaded) {
  put("in/a.csv", "id,name\nx,a\n");
  drain();
  put("in/a.csv", "id,name\n1,a\n");
  drain();
  EXPECT_EQ(one("SELECT COUNT(*) FROM T"), "1");
}

TEST_F(PipeTest, AMissingObjectIsRetriedThenRecorded) {
  put("in/a.csv", "id,name\n1,a\n");
  store_->step();
  ASSERT_TRUE(store_->remove("bucket", "in/a.csv"));
  for (int i = 0; i < 4; ++i) {
    drain();
    EXPECT_TRUE(query(k_history).empty());
    clock_.advance(std::chrono::minutes(5));
  }
  drain();
  EXPECT_THAT(query(k_history), ElementsAre("a.csv|Load failed|0|0|1"));
  EXPECT_TRUE(service_->idle().value());
}

TEST_F(PipeTest, MessagesThatAreNoEventsAreDropped) {
  auto pipe = service_->pipe(warehouse_->catalog().all(ObjectKind::pipe).at(0)->id);
  ASSERT_TRUE(pipe->queue().send({"hello", R"({"Event":"s3:TestEvent"})"}));
  drain();
  EXPECT_TRUE(service_->idle().value());
}

TEST_F(PipeTest, APausedPipeLeavesItsEventsInTheQueue) {
  run("ALTER PIPE P SET PIPE_EXECUTION_PAUSED = TRUE");
  put("in/a.csv", "id,name\n1,a\n");
  drain();
  EXPECT_EQ(one("SELECT COUNT(*) FROM T"), "0");
  EXPECT_THAT(status(), HasSubstr("\"executionState\":\"PAUSED\""));
  run("ALTER PIPE P SET PIPE_EXECUTION_PAUSED = FALSE");
  drain();
  EXPECT_EQ(one("SELECT COUNT(*) FROM T"), "1");
}

TEST_F(PipeTest, RefreshFindsWhatWasThereBefore) {
  put("in/old.csv", "id,name\n1,a\n");
  run("CREATE OR REPLACE PIPE P AUTO_INGEST = TRUE AS COPY INTO T FROM @S");
  store_->step();
  EXPECT_THAT(query("ALTER PIPE P REFRESH"), ElementsAre("old.csv|SENT"));
  drain();
  EXPECT_TRUE(query("ALTER PIPE P REFRESH").empty());
  EXPECT_EQ(one("SELECT COUNT(*) FROM T"), "1");
}

TEST_F(PipeTest, WithoutItsTableItWaitsAndSaysSo) {
  run("DROP TABLE T");
  put("in/a.csv", "id,name\n1,a\n");
  drain();
  EXPECT_THAT(status(), HasSubstr("STOPPED_MISSING_TABLE"));
  run("CREATE TABLE T (ID NUMBER, NAME VARCHAR)");
  clock_.advance(std::chrono::minutes(1));
  drain();
  EXPECT_EQ(one("SELECT COUNT(*) FROM T"), "1");
  EXPECT_THAT(status(), HasSubstr("RUNNING"));
}

TEST_F(PipeTest, WhatSnowflakeRefusesIsRefused) {
  for (const auto* options : {"ON_ERROR = ABORT_STATEMENT", "PURGE = TRUE", "FORCE = TRUE", "SIZE_LIMIT = 10",
                              "FILES = ('a.csv')", "RETURN_FAILED_ONLY = TRUE", "VALIDATION_MODE = RETURN_ERRORS"}) {
    EXPECT_THAT(one(fmt::format("CREATE PIPE Q AUTO_INGEST = TRUE AS COPY INTO T FROM @S {}", options)),
                HasSubstr("is not supported for pipes"))
        << options;
  }
  EXPECT_THAT(one("CREATE PIPE Q AS COPY INTO T FROM (SELECT $1, $2 FROM @S WHERE $1 > 1)"), HasSubstr("WHERE"));
  EXPECT_THAT(one("CREATE PIPE Q AS COPY INTO NOWHERE FROM @S"), HasSubstr("does not exist"));
}

TEST_F(PipeTest, ADroppedPipeIsNotToldAnyMore) {
  run("DROP PIPE P");
  drain();
  EXPECT_TRUE(store_->notifications("bucket")->empty());
}

} // namespace
} // namespace freshet::warehouse
