#include <gmock/gmock.h>

#include "sql/parser.h"

namespace freshet::sql {
namespace {

using testing::HasSubstr;

template <typename T>
T parsed(std::string_view text) {
  auto statement = parse_statement(text);
  if (!statement) {
    ADD_FAILURE() << text << "\n" << statement.error().message;
    return {};
  }
  auto* node = statement->as<T>();
  if (!node) {
    ADD_FAILURE() << text << ": another statement, alternative " << statement->node.index();
    return {};
  }
  return std::move(*node);
}

std::string text_of(const Properties& properties, std::string_view key) {
  const auto* value = find_property(properties, key);
  return value ? value->text : "(absent)";
}

TEST(CreateTable, WithColumnsAndConstraints) {
  auto table = parsed<CreateTable>(R"(
    create transient table if not exists db.s.customer (
      customer_id number(38,0) not null,
      email varchar(100) collate 'en-ci' comment 'the mail' unique,
      ts timestamp_ntz default current_timestamp()::timestamp_ntz not null,
      n int autoincrement start 5 increment 2 order,
      m integer identity (1, 1),
      v array(number not null), o object(a varchar, b int),
      constraint pk primary key (customer_id) not enforced rely,
      foreign key (n) references other (x) on delete cascade
    ) cluster by (customer_id, email) data_retention_time_in_days = 1, change_tracking = true comment = 'it''s')");
  EXPECT_TRUE(table.options.transient && table.options.if_not_exists);
  ASSERT_EQ(table.columns.size(), 7u);
  EXPECT_TRUE(table.columns[0].not_null);
  EXPECT_EQ(table.columns[1].collation, "en-ci");
  EXPECT_EQ(table.columns[1].constraints.size(), 1u);
  EXPECT_EQ(table.columns[2].default_text, "current_timestamp()::timestamp_ntz");
  EXPECT_TRUE(table.columns[2].not_null);
  EXPECT_EQ(table.columns[3].identity->step, 2);
  EXPECT_EQ(table.columns[6].type->fields[1].name, "b"); // a key: its case counts
  ASSERT_EQ(table.constraints.size(), 2u);
  EXPECT_THAT(table.constraints[0].attributes, testing::ElementsAre("NOT ENFORCED", "RELY"));
  EXPECT_THAT(table.constraints[1].attributes, testing::ElementsAre("ON DELETE CASCADE"));
  EXPECT_EQ(table.cluster_by.size(), 2u);
  EXPECT_EQ(text_of(table.properties, "COMMENT"), "it's");
  EXPECT_TRUE(find_property(table.properties, "CHANGE_TRACKING")->is_true());
}

TEST(CreateTable, FromOtherThings) {
  EXPECT_EQ(parsed<CreateTable>("create table t as select 1 a").as_text, "select 1 a");
  EXPECT_EQ(parsed<CreateTable>("create table t (a, b int) as (select 1, 2)").columns.size(), 2u);
  EXPECT_TRUE(parsed<CreateTable>("create table t like s").like);
  EXPECT_EQ(parsed<CreateTable>("create table t clone s at (offset => -60)").clone->at->kind, HistoryPoint::Kind::offset);
  EXPECT_TRUE(parsed<CreateTable>("create or replace temp table t copy grants as select 1").options.copy_grants);
  EXPECT_EQ(parsed<CreateTable>("create external table e (a int as (value:c1::int)) with location = @s/x file_format = (type = "
                                "csv) auto_refresh = true")
                .location->path,
            "x");
  EXPECT_TRUE(parsed<CreateTable>("create dynamic table d target_lag = '1 minute' warehouse = w as select 1").as_query);
}

TEST(CreateView, Forms) {
  auto view = parsed<CreateView>("create or replace secure view v (a comment 'x', b) copy grants comment = 'c' as select 1, 2");
  EXPECT_TRUE(view.options.secure && view.options.copy_grants);
  EXPECT_EQ(view.columns[0].comment, "x");
  EXPECT_EQ(view.query_text, "select 1, 2");
  EXPECT_TRUE(parsed<CreateView>("create materialized view v as select 1").materialized);
}

TEST(CreateOthers, ContainersSequencesAndFormats) {
  EXPECT_TRUE(parsed<CreateDatabase>("create database if not exists d data_retention_time_in_days = 3").options.if_not_exists);
  EXPECT_TRUE(parsed<CreateSchema>("create schema d.s with managed access comment = 'x'").managed_access);
  EXPECT_TRUE(parsed<CreateSchema>("create schema s clone t before (statement => 'x')").clone->at->before);
  auto sequence = parsed<CreateSequence>("create sequence s start with 5 increment by -2 noorder comment = 'x'");
  EXPECT_EQ(sequence.start, 5);
  EXPECT_EQ(sequence.step, -2);
  EXPECT_EQ(parsed<CreateSequence>("create sequence s start = 2, increment = 3").step, 3);
  auto format = parsed<CreateFileFormat>(R"(create or replace file format f
      type = csv, field_delimiter = "," skip_header = 1 null_if = ('NULL', '\\N') empty_field_as_null = true
      field_optionally_enclosed_by = '"' compression = gzip)");
  EXPECT_EQ(text_of(format.properties, "TYPE"), "csv");
  EXPECT_EQ(text_of(format.properties, "FIELD_DELIMITER"), ",");
  EXPECT_EQ(text_of(format.properties, "SKIP_HEADER"), "1");
  EXPECT_EQ(find_property(format.properties, "NULL_IF")->items[1].text, "\\N");
  EXPECT_EQ(text_of(format.properties, "FIELD_OPTIONALLY_ENCLOSED_BY"), "\"");
}

TEST(CreateStage, InTheFormsOfTheWild) {
  auto stage = parsed<CreateStage>(
      "CREATE OR REPLACE STAGE SCD_DEMO.SCD2.customer_ext_stage url='s3://bucket/stream_data' "
      "credentials=(aws_key_id='A' aws_secret_key='B') file_format = (type = csv skip_header=1);");
  EXPECT_EQ(text_of(stage.properties, "URL"), "s3://bucket/stream_data");
  EXPECT_EQ(text_of(find_property(stage.properties, "CREDENTIALS")->properties, "AWS_SECRET_KEY"), "B");
  auto integrated = parsed<CreateStage>(
      "create stage s url = 's3://b/' storage_integration = i, file_format = db.f directory = (enable = true auto_refresh = "
      "false)");
  EXPECT_EQ(find_property(integrated.properties, "FILE_FORMAT")->name.parts.size(), 2u);
  EXPECT_TRUE(find_property(find_property(integrated.properties, "DIRECTORY")->properties, "ENABLE")->is_true());
}

TEST(CreateObject, RecordsWhatMeansNothingHere) {
  auto integration =
      parsed<CreateObject>(R"(create or replace storage integration s3_int type = external_stage storage_provider = s3
      enabled = true storage_aws_role_arn = 'arn:aws:iam::1:role/x' storage_allowed_locations = ('s3://a/', 's3://b/') )");
  EXPECT_EQ(integration.kind, ObjectKind::storage_integration);
  EXPECT_EQ(find_property(integration.properties, "STORAGE_ALLOWED_LOCATIONS")->items.size(), 2u);
  EXPECT_EQ(parsed<CreateObject>("create or replace warehouse w with warehouse_size = 'XSMALL' auto_suspend = 60, auto_resume "
                                 "= true initially_suspended = true")
                .properties.size(),
            4u);
  EXPECT_EQ(parsed<CreateObject>("create or replace role taskadmin").kind, ObjectKind::role);
  EXPECT_EQ(parsed<CreateObject>("create user if not exists u password = 'x' default_role = r must_change_password = false")
                .properties.size(),
            3u);
  EXPECT_EQ(parsed<CreateObject>("create resource monitor m with credit_quota = 10 triggers on 80 percent do notify").rest,
            "triggers on 80 percent do notify");
  EXPECT_EQ(parsed<CreateObject>("create masking policy p as (v string) returns string -> case when 1 = 1 then v end").kind,
            ObjectKind::masking_policy);
}

TEST(CreatePipe, HoldsItsCopy) {
  auto pipe = parsed<CreatePipe>(R"(create or replace pipe customer_s3_pipe
    auto_ingest = true aws_sns_topic = 'arn' comment = 'x'
    as copy into customer_raw from @customer_ext_stage file_format = (format_name = 'csv_f') on_error = 'SKIP_FILE_3%')");
  EXPECT_TRUE(find_property(pipe.properties, "AUTO_INGEST")->is_true());
  EXPECT_EQ(pipe.copy.location->name.last(), "CUSTOMER_EXT_STAGE");
  EXPECT_THAT(pipe.copy_text, testing::StartsWith("copy into customer_raw"));
}

TEST(CreateStream, Forms) {
  auto stream =
      parsed<CreateStream>("create or replace stream s on table db.t at (stream => 'old') append_only = true comment = 'c'");
  EXPECT_TRUE(stream.append_only);
  EXPECT_EQ(stream.at->kind, HistoryPoint::Kind::stream);
  EXPECT_EQ(text_of(stream.properties, "COMMENT"), "c");
  EXPECT_EQ(parsed<CreateStream>("create stream s copy grants on view v show_initial_rows = true").source_kind,
            ObjectKind::view);
  EXPECT_EQ(parsed<CreateStream>("create stream s on external table e insert_only = true").source_kind,
            ObjectKind::external_table);
}

TEST(CreateTask, Forms) {
  auto task = parsed<CreateTask>(R"(create or replace task tsk_scd_hist warehouse = COMPUTE_WH schedule = '1 minute'
      ERROR_ON_NONDETERMINISTIC_MERGE = FALSE, user_task_timeout_ms = 60000
      when system$stream_has_data('S') and 1 = 1
    as
      merge into t using s on t.a = s.a when matched then delete)");
  EXPECT_EQ(text_of(task.properties, "SCHEDULE"), "1 minute");
  EXPECT_EQ(text_of(task.properties, "ERROR_ON_NONDETERMINISTIC_MERGE"), "FALSE");
  EXPECT_EQ(task.when_text, "system$stream_has_data('S') and 1 = 1");
  EXPECT_TRUE(task.body->statement.as<Merge>());
  EXPECT_THAT(task.body_text, testing::StartsWith("merge into t"));
  auto child = parsed<CreateTask>("create task c after a, db.s.b as call p()");
  EXPECT_EQ(child.after.size(), 2u);
  EXPECT_TRUE(child.body->statement.as<Call>());
  EXPECT_TRUE(parsed<CreateTask>("create task f finalize = root as select 1").finalize);
  EXPECT_TRUE(parsed<CreateTask>("create task f schedule = '5 seconds' as begin insert into t select 1; end")
                  .body->statement.as<Block>());
  EXPECT_TRUE(
      parsed<CreateTask>(
          "create task t schedule = 'USING CRON 0 9-17 * * SUN America/Los_Angeles' config = $${\"a\": 1}$$ as select 1")
          .body);
}

TEST(CreateRoutine, Forms) {
  auto procedure = parsed<CreateRoutine>(R"(CREATE OR REPLACE PROCEDURE pdr_scd_demo()
    returns string not null
    language javascript
    as
        $$
          var cmd = `merge into customer c using customer_raw cr on c.id = cr.id`
          return cmd+'\n';
        $$;)");
  EXPECT_EQ(procedure.language, "JAVASCRIPT");
  EXPECT_TRUE(procedure.returns.not_null);
  EXPECT_THAT(procedure.body, HasSubstr("cmd+'\\n'"));
  EXPECT_TRUE(parsed<CreateRoutine>("create procedure p returns string language javascript as 'return 1'").parentheses_missing);
  auto block = parsed<CreateRoutine>(
      "create or replace procedure p(a varchar default 'x', b number(10, 2)) returns table (c int) language sql execute as "
      "caller as begin return 1; end");
  EXPECT_TRUE(block.as_caller && block.returns.is_table);
  EXPECT_EQ(block.parameters.size(), 2u);
  EXPECT_EQ(block.body, "begin return 1; end");
  EXPECT_TRUE(parsed<CreateRoutine>("create function f(x float) returns float strict immutable as $$ x * 2 $$").is_function);
  EXPECT_EQ(parsed<CreateRoutine>("create procedure p() returns int language python runtime_version = '3.10' packages = "
                                  "('snowflake-snowpark-python') handler = 'main' as 'x'")
                .properties.size(),
            3u);
}

TEST(Alter, Actions) {
  auto action = [](std::string_view text) { return parsed<Alter>(text).actions.at(0); };
  EXPECT_EQ(std::get<AlterWords>(action("alter task db.s.t resume")).words, "RESUME");
  EXPECT_EQ(std::get<AlterTaskAfter>(action("alter task t add after a, b")).tasks.size(), 2u);
  EXPECT_FALSE(std::get<AlterTaskAfter>(action("alter task t remove after a")).add);
  EXPECT_EQ(std::get<AlterTaskBody>(action("alter task t modify as select 2")).body_text, "select 2");
  EXPECT_TRUE(std::get<AlterTaskWhen>(action("alter task t modify when 1 = 1")).when);
  EXPECT_EQ(std::get<SetProperties>(action("alter task t set schedule = '5 minutes' warehouse = w")).properties.size(), 2u);
  EXPECT_EQ(std::get<UnsetProperties>(action("alter task t unset schedule, comment")).keys.size(), 2u);
  EXPECT_EQ(std::get<AddColumns>(action("alter table t add column a int not null, b varchar default 'x'")).columns.size(), 2u);
  EXPECT_TRUE(std::get<AddColumns>(action("alter table t add column if not exists a int")).if_not_exists);
  EXPECT_EQ(std::get<DropColumns>(action("alter table if exists t drop column a, b")).columns.size(), 2u);
  EXPECT_EQ(std::get<RenameColumn>(action("alter table t rename column a to b")).to.name, "B");
  EXPECT_EQ(std::get<RenameTo>(action("alter table t rename to db.s.u")).name.parts.size(), 3u);
  EXPECT_EQ(std::get<AlterColumns>(action("alter table t modify column a set data type varchar(10), column b drop not null"))
                .columns.size(),
            2u);
  EXPECT_EQ(std::get<AlterColumns>(action("alter table t alter a type number(10,2)")).columns[0].type->parameters.size(), 2u);
  EXPECT_EQ(std::get<AlterColumns>(action("alter table t alter column a comment 'x'")).columns[0].text, "x");
  EXPECT_EQ(std::get<ClusterBy>(action("alter table t cluster by (a)")).keys.size(), 1u);
  EXPECT_TRUE(std::get<DropConstraint>(action("alter table t drop constraint pk")).by_name);
  EXPECT_EQ(std::get<AddConstraint>(action("alter table t add constraint pk primary key (a)")).constraint.columns.size(), 1u);
  EXPECT_EQ(std::get<SwapWith>(action("alter table t swap with u")).name.last(), "U");
  EXPECT_EQ(text_of(std::get<Refresh>(action("alter pipe p refresh prefix = 'a/' modified_after = '2024-01-01'")).properties,
                    "PREFIX"),
            "a/");
  EXPECT_TRUE(std::get<SetProperties>(action("alter pipe p set pipe_execution_paused = true")).properties[0].value.is_true());
  EXPECT_EQ(std::get<SetProperties>(action("alter storage integration i set storage_allowed_locations = ('s3://a/')"))
                .properties.size(),
            1u);
  EXPECT_EQ(std::get<AlterWords>(action("alter warehouse w suspend")).words, "SUSPEND");
  EXPECT_EQ(std::get<AlterWords>(action("alter view v set secure")).words, "SET SECURE");
  EXPECT_EQ(parsed<AlterSession>("alter session set timezone = 'UTC', autocommit = false").set.size(), 2u);
  EXPECT_EQ(parsed<AlterSession>("alter session unset timezone").unset.size(), 1u);
  EXPECT_EQ(parsed<Alter>("alter procedure p(varchar, number(1,2)) rename to q").argument_types->size(), 2u);
}

TEST(Load, CopyForms) {
  auto copy = parsed<CopyIntoTable>(
      "copy into t (a, b) from (select $1::number, t.$2, metadata$filename from @s/p/ t) pattern = '.*[.]csv' "
      "file_format = (format_name = my_db.public.f), on_error = continue force = true files = ('a', 'b') purge = false");
  EXPECT_EQ(copy.columns.size(), 2u);
  EXPECT_TRUE(copy.query);
  EXPECT_EQ(text_of(copy.options, "ON_ERROR"), "continue");
  EXPECT_EQ(find_property(copy.options, "FILES")->items.size(), 2u);
  EXPECT_EQ(parsed<CopyIntoTable>("copy into t from 's3://b/p' credentials = (aws_key_id = 'x')").location->kind,
            StageLocation::Kind::url);
  EXPECT_EQ(parsed<CopyIntoTable>("copy into t from @%t").location->kind, StageLocation::Kind::table);
  EXPECT_EQ(parsed<CopyIntoTable>("copy into t from @~/x/y.csv").location->path, "x/y.csv");
  EXPECT_EQ(parsed<CopyIntoTable>("copy into t from '@s/with blank/' on_error = skip_file_5%").location->path, "with blank/");
  auto unload = parsed<CopyIntoLocation>(
      "copy into @s/out from (select * from t) file_format = (type = parquet) overwrite = true header = true");
  EXPECT_TRUE(unload.query);
  EXPECT_EQ(parsed<CopyIntoLocation>("copy into @s/o from t partition by (d) max_file_size = 100").options.size(), 1u);
}

TEST(Load, FilesOfStages) {
  EXPECT_EQ(parsed<ListFiles>("list @s/x pattern = '.*'").pattern, ".*");
  EXPECT_EQ(parsed<ListFiles>("ls @~").location.kind, StageLocation::Kind::user);
  EXPECT_EQ(parsed<RemoveFiles>("rm @s/x/y.csv").location.path, "x/y.csv");
  EXPECT_EQ(parsed<PutFiles>("put file:///tmp/a*.csv @%t auto_compress = false overwrite = true").source, "file:///tmp/a*.csv");
  EXPECT_EQ(parsed<GetFiles>("get @s/x 'file:///tmp/'").target, "file:///tmp/");
}

TEST(Session, Forms) {
  EXPECT_EQ(parsed<Use>("use role accountadmin").kind, Use::Kind::role);
  EXPECT_EQ(parsed<Use>("use db.s").kind, Use::Kind::schema);
  EXPECT_EQ(parsed<Use>("use d").kind, Use::Kind::database_or_schema);
  EXPECT_EQ(parsed<Use>("use schema s").kind, Use::Kind::schema);
  EXPECT_EQ(parsed<Use>("use secondary roles all").kind, Use::Kind::secondary_roles);
  EXPECT_EQ(parsed<BeginTransaction>("begin name t1").name->name, "T1");
  EXPECT_FALSE(parsed<BeginTransaction>("start transaction").name);
  EXPECT_EQ(parsed<Call>("call db.s.p(1, a => 'x')").call.arguments.size(), 2u);
  EXPECT_EQ(parsed<SetVariables>("set (a, b) = (1, 'x')").values.size(), 2u);
  EXPECT_EQ(parsed<SetVariables>("set a = (select max(x) from t)").names.size(), 1u);
  EXPECT_TRUE(parsed<ExecuteTask>("execute task t retry last").retry_last);
  EXPECT_EQ(parsed<ExecuteTask>("execute task t retry graph run group '12'").retried_group, "12");
  EXPECT_TRUE(parsed<ExecuteImmediate>("execute immediate $$ begin return 1; end $$").text);
  EXPECT_TRUE(parsed<ExecuteImmediate>("execute immediate from @s/f.sql").from);
  EXPECT_TRUE(parsed<Explain>("explain using json select 1").statement->statement.as<QueryStatement>());
}

TEST(Show, Forms) {
  auto show = parsed<Show>("show terse tables history like 'A%' in schema db.s starts with 'A' limit 10 from 'x'");
  EXPECT_TRUE(show.terse && show.history);
  EXPECT_EQ(show.kind, "TABLES");
  EXPECT_EQ(show.in_kind, "SCHEMA");
  EXPECT_EQ(show.in_name.parts.size(), 2u);
  EXPECT_EQ(show.limit, 10);
  EXPECT_EQ(parsed<Show>("show file formats in account").in_kind, "ACCOUNT");
  EXPECT_EQ(parsed<Show>("show tables in db.s").in_kind, "");
  EXPECT_EQ(parsed<Show>("show tables in schema").in_kind, "SCHEMA");
  EXPECT_EQ(parsed<Show>("show columns in table t").in_name.last(), "T");
  EXPECT_EQ(parsed<Show>("show parameters like 'TIMEZONE' in session").in_kind, "SESSION");
  EXPECT_EQ(parsed<Show>("show grants to role r").grants, "TO");
  EXPECT_EQ(parsed<Show>("show grants on table t").in_kind, "TABLE");
  EXPECT_EQ(parsed<Show>("show grants").grants, "");
}

TEST(Describe, Forms) {
  EXPECT_EQ(parsed<Describe>("desc table t").kind, ObjectKind::table);
  EXPECT_EQ(parsed<Describe>("describe storage integration i").kind, ObjectKind::storage_integration);
  EXPECT_EQ(parsed<Describe>("desc procedure p(varchar)").argument_types->size(), 1u);
  EXPECT_EQ(parsed<Describe>("desc integration s3_int").name.last(), "S3_INT");
  EXPECT_TRUE(parsed<Describe>("describe result last_query_id()").of_result);
  EXPECT_EQ(parsed<Describe>("desc file format f").kind, ObjectKind::file_format);
}

TEST(Grant, Forms) {
  auto grant = parsed<Grant>("grant execute task, execute managed task on account to role taskadmin");
  EXPECT_EQ(grant.privileges.size(), 2u);
  EXPECT_EQ(grant.scope, Grant::Scope::account);
  EXPECT_EQ(parsed<Grant>("grant role r to user u").grantee_kind, "USER");
  EXPECT_EQ(parsed<Grant>("grant select on all tables in schema db.s to role r").scope, Grant::Scope::all);
  EXPECT_EQ(parsed<Grant>("grant select, insert on future tables in database d to r with grant option").in_kind, "DATABASE");
  EXPECT_EQ(parsed<Grant>("grant ownership on table t to role r copy current grants").current_grants, "COPY");
  EXPECT_TRUE(parsed<Grant>("revoke all privileges on schema s from role r cascade").revoke);
  EXPECT_EQ(parsed<Grant>("grant usage on integration i to role r").object_kind, "INTEGRATION");
}

TEST(DropAndComment, Forms) {
  EXPECT_TRUE(parsed<Drop>("drop table if exists a.b cascade").cascade);
  EXPECT_EQ(parsed<Drop>("drop procedure p(int, varchar)").argument_types->size(), 2u);
  EXPECT_EQ(parsed<Undrop>("undrop schema s").kind, ObjectKind::schema);
  EXPECT_EQ(parsed<CommentOn>("comment if exists on column t.c is 'x'").name.parts.size(), 2u);
}

} // namespace
} // namespace freshet::sql
