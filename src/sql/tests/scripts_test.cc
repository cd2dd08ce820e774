// Whole scripts, written as people write them: mixed case, comments of every form, commas in front, semicolons forgotten.
#include <gmock/gmock.h>

#include "sql/parser.h"

namespace freshet::sql {
namespace {

constexpr std::string_view k_setup = R"(
create database if not exists scd_demo;
use database scd_demo;
create schema if not exists scd2;
use schema scd2;
show tables;

create or replace table customer (
     customer_id number,
     first_name varchar,
     country varchar,
     update_timestamp timestamp_ntz default current_timestamp());   // the current one

create or replace table customer_history (
     customer_id number, first_name varchar,
     start_time timestamp_ntz default current_timestamp(),
     end_time timestamp_ntz default current_timestamp(),
     is_current boolean
     );

create or replace stream customer_table_changes on table customer;

-- Creating a stage with access keys
CREATE OR REPLACE STAGE SCD_DEMO.SCD2.customer_ext_stage
    url='s3://snowflake-bucket/stream_data'
    credentials=(aws_key_id='x' aws_secret_key='y//z');

CREATE OR REPLACE FILE FORMAT SCD_DEMO.SCD2.CSV
TYPE = CSV,
FIELD_DELIMITER = ","
SKIP_HEADER = 1;

SHOW STAGES;
LIST @customer_ext_stage;

CREATE OR REPLACE PIPE customer_s3_pipe
  auto_ingest = true
  AS
  COPY INTO customer_raw
  FROM @customer_ext_stage
  FILE_FORMAT = CSV
  ;

show pipes;
select SYSTEM$PIPE_STATUS('customer_s3_pipe');
TRUNCATE  customer_raw;
)";

constexpr std::string_view k_scd1 = R"(
merge into customer c
using customer_raw cr
   on  c.customer_id = cr.customer_id
when matched and c.customer_id <> cr.customer_id or
                 c.first_name  <> cr.first_name then update
    set c.customer_id = cr.customer_id
        ,c.first_name  = cr.first_name
        ,update_timestamp = current_timestamp()
when not matched then insert
           (c.customer_id,c.first_name)
    values (cr.customer_id,cr.first_name);

CREATE OR REPLACE PROCEDURE pdr_scd_demo()
returns string not null
language javascript
as
    $$
      var cmd = `
                 merge into customer c
                 using customer_raw cr on c.customer_id = cr.customer_id
                 when not matched then insert (c.customer_id) values (cr.customer_id);
      `
      var sql = snowflake.createStatement({sqlText: cmd});
      var result = sql.execute();
    return cmd+'\n';
    $$;
call pdr_scd_demo();

use role securityadmin;
create or replace role taskadmin;
use role accountadmin;
grant execute task on account to role taskadmin;
use role securityadmin;
grant role taskadmin to role sysadmin;

create or replace task tsk_scd_raw warehouse = COMPUTE_WH schedule = '1 minute'
ERROR_ON_NONDETERMINISTIC_MERGE=FALSE
as
call pdr_scd_demo();
show tasks;
alter task tsk_scd_raw suspend;--resume --suspend
show tasks;

select timestampdiff(second, current_timestamp, scheduled_time) as next_run, scheduled_time, current_timestamp, name, state
from table(information_schema.task_history()) where state = 'SCHEDULED' order by completed_time desc;
)";

constexpr std::string_view k_scd2 = R"(
create or replace view v_customer_change_data as
-- This subquery figures out what to do when data is inserted into the customer table
select CUSTOMER_ID, FIRST_NAME, start_time, end_time, is_current, 'I' as dml_type
from (
      select CUSTOMER_ID, FIRST_NAME,
             update_timestamp as start_time,
             lag(update_timestamp) over (partition by customer_id order by update_timestamp desc) as end_time_raw,
             case when end_time_raw is null then '9999-12-31'::timestamp_ntz else end_time_raw end as end_time,
             case when end_time_raw is null then TRUE else FALSE end as is_current
      from (
            select CUSTOMER_ID, FIRST_NAME, UPDATE_TIMESTAMP
            from SCD_DEMO.SCD2.customer_table_changes
            where metadata$action = 'INSERT'
            and metadata$isupdate = 'FALSE'
  )
  )
union
select CUSTOMER_ID, null, start_time, current_timestamp()::timestamp_ntz, null, 'D'
from (
      select ch.customer_id, ch.start_time
      from customer_history ch
      inner join customer_table_changes ctc
       on ch.customer_id = ctc.customer_id
      where ctc.metadata$action = 'DELETE'
      and   ctc.metadata$isupdate = 'FALSE'
      and   ch.is_current = TRUE
     );

create or replace task tsk_scd_hist warehouse= COMPUTE_WH schedule='1 minute' ERROR_ON_NONDETERMINISTIC_MERGE=FALSE
as
merge into customer_history ch
using v_customer_change_data ccd
    on ch.CUSTOMER_ID = ccd.CUSTOMER_ID
    and ch.start_time = ccd.start_time
when matched and ccd.dml_type = 'U' then update
    set ch.end_time = ccd.end_time,
        ch.is_current = FALSE
when matched and ccd.dml_type = 'D' then update
   set ch.end_time = ccd.end_time, ch.is_current = FALSE
when not matched and ccd.dml_type = 'I' then insert
          (CUSTOMER_ID, FIRST_NAME, start_time, end_time, is_current)
    values (ccd.CUSTOMER_ID, ccd.FIRST_NAME, ccd.start_time, ccd.end_time, ccd.is_current);

alter task tsk_scd_hist resume;
insert into customer values(223136,'Jessica','Tajikistan',current_timestamp());
update customer set FIRST_NAME='Jessica', update_timestamp = current_timestamp()::timestamp_ntz where customer_id=72;
delete from customer where customer_id =73 and first_name = 'Kim';
select count(*),customer_id from customer group by customer_id having count(*)=1;
select * from customer_history where is_current = FALSE
)";

constexpr std::string_view k_parameterised = R"(
CREATE OR REPLACE STORAGE INTEGRATION s3_init
  TYPE = EXTERNAL_STAGE STORAGE_PROVIDER = S3 ENABLED = TRUE
  STORAGE_AWS_ROLE_ARN = 'arn:aws:iam::000000000000:role/x'
  STORAGE_ALLOWED_LOCATIONS = ('s3://bucket/')
  COMMENT = 'connection';
DESC INTEGRATION s3_init;
alter storage integration s3_init set STORAGE_ALLOWED_LOCATIONS = ('s3://bucket/', 's3://other/stream/');

insert into stage.customer
select distinct $1 as x, to_timestamp(load_ts, 'YYYY-MM-DD HH24:MI:SS.FF3'), md5(concat(coalesce(first_name, ''), '|', nvl(email, ''))) as change_hash
from raw.customer r
where r.load_ts > (select last_extracted from control.parameters where table_name = 'CUSTOMER')
qualify row_number() over (partition by customer_id order by load_ts desc) = 1;

update dim.customer d set d.is_current = false, d.end_date = s.load_ts from stage.customer s
 where d.customer_id = s.customer_id and d.change_hash != s.change_hash and d.is_current;

create or replace procedure etl.load_customer() returns varchar language sql execute as caller as
declare
  lets timestamp_ntz;
  n integer default 0;
begin
  select max(load_ts) into :lets from raw.customer;
  if (lets is null) then
    return 'nothing to do';
  end if;
  begin transaction;
  delete from raw.customer where load_ts <= :lets;
  truncate table stage.customer;
  commit;
  case when n > 0 then n := n + 1; else n := 0; end case;
  for r in (select 1) do n := n + 1; end for;
  return 'done';
exception
  when other then rollback; raise;
end;
create task etl.t warehouse = w schedule = 'USING CRON */5 * * * * UTC' as call etl.load_customer();
)";

TEST(Scripts, OfTheWildAreRead) {
  struct {
    std::string_view script;
    size_t statements;
  } scripts[] = {{k_setup, 16}, {k_scd1, 14}, {k_scd2, 8}, {k_parameterised, 7}};
  for (auto [script, count] : scripts) {
    auto statements = parse_script(script);
    ASSERT_TRUE(statements) << statements.error().message;
    EXPECT_EQ(statements->size(), count);
    auto texts = split_script(script);
    ASSERT_TRUE(texts);
    ASSERT_EQ(texts->size(), statements->size());
    for (size_t i = 0; i < texts->size(); ++i) {
      EXPECT_EQ((*texts)[i].text, (*statements)[i].text);
      auto again = parse_statement((*statements)[i].text);
      ASSERT_TRUE(again) << again.error().message;
      EXPECT_EQ(*again, (*statements)[i]) << (*statements)[i].text;
    }
  }
}

TEST(Scripts, EveryCutAndEveryMissingCharacterIsReadOrRefused) {
  for (auto script : {k_scd1, k_parameterised}) {
    for (size_t i = 0; i < script.size(); i += 7) {
      static_cast<void>(parse_script(script.substr(0, i)));
      std::string damaged(script);
      damaged.erase(i, 1);
      static_cast<void>(parse_script(damaged));
      damaged.insert(i, 1, "()',;\"$@:[{"[i % 11]);
      static_cast<void>(parse_script(damaged));
    }
  }
}

}  // namespace
}  // namespace freshet::sql
