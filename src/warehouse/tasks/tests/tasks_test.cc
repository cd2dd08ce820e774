#include "warehouse/tasks/tests/task_world.h"

namespace freshet::warehouse {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

class TaskStatements : public TaskWorld {
 protected:
  void SetUp() override {
    TaskWorld::SetUp();
    set_up_tables();
  }
  void set_up_tables() {
    run("create database d");
    run("create or replace schema d.s");
    run("use schema d.s");
    run("create table log_table (message varchar)");
  }
};

TEST_F(TaskStatements, ATaskIsCreatedSuspendedAndRunsOnceResumed) {
  EXPECT_EQ(ask("create task t schedule = '1 minute' as insert into log_table values ('ran')"), "Task T successfully created.");
  clock.advance(5min);
  EXPECT_EQ(tasks->run_due(), 0u);
  run("alter task t resume");
  clock.advance(59s);
  EXPECT_EQ(tasks->run_due(), 0u);
  clock.advance(1s);
  EXPECT_EQ(tasks->run_due(), 1u);
  EXPECT_EQ(ask("select count(*) from log_table"), "1");
  EXPECT_EQ(ask("select state, scheduled_from, database_name, schema_name, name from "
                "table(information_schema.task_history(task_name => 'T')) "
                "where state <> 'SCHEDULED'"),
            "SUCCEEDED SCHEDULE D S T");
  EXPECT_EQ(ask("select count(*) from table(information_schema.task_history()) where state = 'SCHEDULED'"), "1");
  run("alter task t suspend");
  clock.advance(5min);
  EXPECT_EQ(tasks->run_due(), 0u);
}

TEST_F(TaskStatements, AFailureShowsItsCodeAndMessageAndNothingElseStops) {
  run("create task bad schedule = '1 minute' suspend_task_after_num_failures = 2 as insert into missing_table values (1)");
  run("create task good schedule = '1 minute' as insert into log_table values ('ran')");
  run("alter task bad resume");
  run("alter task good resume");
  for (int i = 0; i < 4; ++i) {
    clock.advance(1min);
    tasks->run_due();
  }
  EXPECT_EQ(ask("select count(*) from log_table"), "4");
  EXPECT_EQ(ask("select count(*), min(state), max(state), min(error_code) from table(information_schema.task_history(task_name "
                "=> 'BAD'))"),
            "2 FAILED FAILED_AND_AUTO_SUSPENDED 002003");
  EXPECT_THAT(ask("select error_message from table(information_schema.task_history(task_name => 'BAD', error_only => true))"),
              HasSubstr("MISSING_TABLE"));
}

TEST_F(TaskStatements, AWhenThatIsFalseSkipsTheRun) {
  run("create task t schedule = '1 minute' when 1 = 2 as insert into log_table values ('ran')");
  run("alter task t resume");
  clock.advance(1min);
  EXPECT_EQ(tasks->run_due(), 0u);
  EXPECT_EQ(ask("select state, error_message from table(information_schema.task_history()) where state <> 'SCHEDULED'"),
            "SKIPPED Conditional expression for task evaluated to false.");
}

TEST_F(TaskStatements, AGraphPassesReturnValuesAndIsGuarded) {
  run("create task root schedule = '1 minute' as call system$set_return_value('seven')");
  run("create task child after root as insert into log_table select system$get_predecessor_return_value('ROOT')");
  run("alter task child resume");
  run("alter task root resume");
  EXPECT_EQ(ask("alter task child suspend"),
            "91421 Unable to update graph with root task D.S.ROOT since that root task is not suspended.");
  EXPECT_THAT(ask("create task other after root as select 1"), StartsWith("91421 "));
  EXPECT_THAT(ask("alter task root set schedule = '5 minutes'"), StartsWith("91421 "));
  EXPECT_THAT(ask("execute task child"), HasSubstr("not a root task"));
  clock.advance(1min);
  EXPECT_EQ(tasks->run_due(), 2u);
  EXPECT_EQ(ask("select message from log_table"), "seven");
  run("alter task root suspend");
  EXPECT_THAT(ask("alter task root add after child"), HasSubstr("cycle"));
  run("create task late after child as insert into log_table values ('late')");
  run("select system$task_dependents_enable('root')");
  clock.advance(1min);
  EXPECT_EQ(tasks->run_due(), 3u);
}

TEST_F(TaskStatements, ExecuteTaskRunsASuspendedTask) {
  run("create task t as insert into log_table values ('ran')");
  EXPECT_EQ(ask("execute task t"), "Task T is scheduled to run immediately.");
  EXPECT_EQ(tasks->run_due(), 1u);
  EXPECT_EQ(ask("select count(*), min(state), min(scheduled_from) from table(information_schema.task_history())"),
            "1 SUCCEEDED EXECUTE_TASK");
}

TEST_F(TaskStatements, ATriggeredTaskRunsWhenItsStreamHasDataAndOnlyThen) {
  run("create table source (id number)");
  run("create stream changes on table source");
  run("create task t when system$stream_has_data('changes') as insert into log_table select 'row ' || id from changes");
  run("alter task t resume");
  EXPECT_EQ(tasks->run_due(), 0u);
  run("insert into source values (1), (2)");
  EXPECT_EQ(tasks->run_due(), 1u);
  EXPECT_EQ(ask("select count(*) from log_table"), "2");
  EXPECT_EQ(tasks->run_due(), 0u);
  run("insert into log_table values ('another table')");
  EXPECT_EQ(tasks->run_due(), 0u);
  EXPECT_EQ(ask("select count(*), min(state), min(scheduled_from) from table(information_schema.task_history())"),
            "1 SUCCEEDED TRIGGER");
}

TEST_F(TaskStatements, WhatWasDueBeforeARestartRunsOnce) {
  move_to_disk();
  set_up_tables();
  run("create task t schedule = '1 minute' as insert into log_table values ('ran')");
  run("alter task t resume");
  run("create task once as insert into log_table values ('asked for')");
  clock.advance(1min);
  EXPECT_EQ(tasks->run_due(), 1u);
  run("execute task once");
  close();
  clock.advance(10min);
  open();
  run("use schema d.s");
  EXPECT_EQ(tasks->run_due(), 2u);
  EXPECT_EQ(tasks->run_due(), 0u);
  EXPECT_EQ(ask("select count(*), count_if(message = 'asked for') from log_table"), "3 1");
}

TEST_F(TaskStatements, MisuseIsRefused) {
  EXPECT_THAT(ask("create task t schedule = 'often' as select 1"),
              HasSubstr("invalid value ['often'] for parameter 'SCHEDULE'"));
  EXPECT_THAT(ask("create task t schedule = '1 minute' no_such_property = 5 as select 1"),
              HasSubstr("invalid property 'NO_SUCH_PROPERTY'"));
  EXPECT_THAT(ask("create task t schedule = '1 minute' autocommit = false as select 1"), HasSubstr("AUTOCOMMIT"));
  EXPECT_THAT(ask("create task t after missing as select 1"), HasSubstr("MISSING"));
  run("create schema d.other");
  run("create task d.other.elsewhere as select 1");
  EXPECT_THAT(ask("create task d.s.t after d.other.elsewhere as select 1"), HasSubstr("in another schema"));
}

TEST_F(TaskStatements, ThreadsRunTheTasksOfACommit) {
  session.reset();
  tasks.reset();
  tasks = std::move(*Tasks::start(*warehouse, {.runners_max = 2}));
  session = std::move(*warehouse->create_session());
  run("use schema d.s");
  run("create table source (id number)");
  run("create table middle (id number)");
  run("create stream source_changes on table source");
  run("create stream middle_changes on table middle");
  run("create task first when system$stream_has_data('source_changes') as insert into middle select id from source_changes");
  run("create task second when system$stream_has_data('middle_changes') as insert into log_table select 'row ' || id from "
      "middle_changes");
  run("alter task first resume");
  run("alter task second resume");
  run("insert into source values (1), (2), (3)");
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (ask("select count(*) from log_table") != "3" && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(ask("select count(*) from log_table"), "3");
}

class Procedures : public TaskStatements {};

TEST_F(Procedures, CallGivesOneColumnNamedAfterTheProcedure) {
  EXPECT_EQ(
      ask("create or replace procedure add_up(a float, b float) returns float language javascript as $$ return A + B; $$"),
      "Function ADD_UP successfully created.");
  auto result = session->execute("call add_up(1, 2.5)");
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->columns[0].name, "ADD_UP");
  EXPECT_EQ(result->rows->text(0, 0), "3.5");
}

TEST_F(Procedures, RunStatementsWithBindsAndReadRows) {
  run("create procedure fill returns string language javascript as $$\n"
      "  for (let i = 1; i <= 3; ++i) snowflake.execute({sqlText: `insert into log_table values (?);`, binds: ['line ' + "
      "i]});\n"
      "  let rows = snowflake.execute({sqlText: 'select message, count(*) over () as n from log_table order by message "
      "desc'});\n"
      "  rows.next();\n"
      "  return rows.MESSAGE + ' of ' + rows.N;\n$$");
  EXPECT_EQ(ask("call fill()"), "line 3 of 3");
}

TEST_F(Procedures, AnUncaughtSqlErrorNamesTheProcedureAndTheLine) {
  run("create procedure broken() returns string language javascript as $$\n  snowflake.execute({sqlText: 'select * from "
      "nowhere'});\n$$");
  EXPECT_THAT(ask("call broken()"),
              testing::AllOf(StartsWith("100183 Execution error in store procedure BROKEN:\n"), HasSubstr("NOWHERE"),
                             HasSubstr("At Snowflake.execute, line 2 position 12")));
}

TEST_F(Procedures, ATransactionLeftOpenIsRolledBackWithAnError) {
  run("create procedure forgetful() returns string language javascript as $$\n"
      "  snowflake.execute({sqlText: 'begin'}); snowflake.execute({sqlText: `insert into log_table values ('lost')`}); return "
      "'done'; $$");
  EXPECT_THAT(ask("call forgetful()"), HasSubstr("incomplete and it was rolled back"));
  EXPECT_EQ(ask("select count(*) from log_table"), "0");
}

TEST_F(Procedures, CallEachOther) {
  run("create procedure inner_one(n float) returns float language javascript as $$ return N * 2; $$");
  run("create procedure outer_one(n float) returns float language javascript as $$\n"
      "  var r = snowflake.execute({sqlText: 'call inner_one(?)', binds: [N]}); r.next(); return r.getColumnValue(1) + 1; $$");
  EXPECT_EQ(ask("call outer_one(20)"), "41.0");
}

} // namespace
} // namespace freshet::warehouse
