#include "sql/snowflake_printer.h"

#include <gmock/gmock.h>

#include "sql/parser.h"
#include "sql/tests/statement_corpus.h"

namespace freshet::sql {
namespace {

std::string printed(std::string_view text) {
  auto statement = parse_statement(text);
  return statement ? print_statement(*statement) : "no statement: " + statement.error().message;
}

/// Complains unless the printed statement is the same tree, and prints the same again.
void expect_same_tree(const Statement& statement) {
  std::string text = print_statement(statement);
  auto again = parse_statement(text);
  if (!again) {
    ADD_FAILURE() << again.error().message << "\nwritten: " << statement.text << "\nprinted: " << text;
  } else if (!(*again == statement)) {
    ADD_FAILURE() << "another tree\nwritten: " << statement.text << "\nprinted: " << text
                  << "\nthen:    " << print_statement(*again);
  } else {
    EXPECT_EQ(print_statement(*again), text);
  }
}

/// How many statements the texts had; texts that do not parse count for nothing.
size_t check(const std::vector<std::string>& texts) {
  size_t count = 0;
  for (const auto& text : texts) {
    auto script = parse_script(text);
    if (!script) continue;
    for (const auto& statement : *script) expect_same_tree(statement);
    count += script->size();
  }
  return count;
}

// ---- the whole corpus

TEST(SnowflakePrinter, StatementsOfTheCorpusParseToTheSameTree) {
  EXPECT_GT(check(::freshet::sql::testing::statements_of_test_files(FRESHET_SOURCE_DIR)), 1200u);
}

TEST(SnowflakePrinter, ExampleScriptsParseToTheSameTree) {
  EXPECT_GT(check(::freshet::sql::testing::example_scripts(FRESHET_SOURCE_DIR)), 50u);
}

TEST(SnowflakePrinter, TextsOfTheParsersTestsParseToTheSameTree) {
  EXPECT_GT(check(::freshet::sql::testing::literals_of_parser_tests(FRESHET_SOURCE_DIR)), 300u);
}

TEST(SnowflakePrinter, ExpressionsOfTheParsersTestsParseToTheSameTree) {
  size_t count = 0;
  for (const auto& text : ::freshet::sql::testing::literals_of_parser_tests(FRESHET_SOURCE_DIR)) {
    auto expression = parse_expression(text);
    if (!expression) continue;
    ++count;
    auto again = parse_expression(print_expression(*expression));
    ASSERT_TRUE(again) << again.error().message << "\nwritten: " << text << "\nprinted: " << print_expression(*expression);
    EXPECT_EQ(*again, *expression) << "written: " << text << "\nprinted: " << print_expression(*expression);
  }
  EXPECT_GT(count, 200u);
}

// ---- how it looks

TEST(SnowflakePrinter, BracketsStandOnlyWhereTheTreeNeedsThem) {
  EXPECT_EQ(printed("select ((a + b)) * c - (d - e), not (a = 1 or b = 2) and c"),
            "SELECT (A + B) * C - (D - E), NOT (A = 1 OR B = 2) AND C");
  EXPECT_EQ(printed("select - - 1, -(a + 1), (a and b) and c"), "SELECT - -1, -(A + 1), (A AND B) AND C");
}

TEST(SnowflakePrinter, NamesAreQuotedWhereTheyHaveToBe) {
  EXPECT_EQ(printed("select \"a b\", \"C\", d, t.\"select\", \"x\"\"y\" from db..\"Order\" as \"o\""),
            "SELECT \"a b\", \"C\", D, T.\"select\", \"x\"\"y\" FROM DB..\"Order\" AS \"o\"");
}

TEST(SnowflakePrinter, StringsKeepTheirCharacters) {
  EXPECT_EQ(printed(R"(select 'it''s', 'a\\b\n', $$it's \n$$)"), "SELECT 'it''s', 'a\\\\b\n', 'it''s \\\\n'");
}

TEST(SnowflakePrinter, BindsStayInTheirOrder) {
  EXPECT_EQ(printed("select ? from t offset ? limit ?"), "SELECT ? FROM T OFFSET ? ROWS FETCH FIRST ? ROWS ONLY");
  EXPECT_EQ(printed("select ? from t limit ? offset ?"), "SELECT ? FROM T LIMIT ? OFFSET ?");
}

TEST(SnowflakePrinter, TablesShowTheirColumnsAndProperties) {
  EXPECT_EQ(printed("create or replace transient table t (a int not null default 1 comment 'x', b timestamp(3) with time zone, "
                    "primary key (a) not enforced) cluster by (a) data_retention_time_in_days = 1"),
            "CREATE OR REPLACE TRANSIENT TABLE T (A INT NOT NULL DEFAULT 1 COMMENT 'x', B TIMESTAMP(3) WITH TIME ZONE, "
            "PRIMARY KEY (A) NOT ENFORCED) CLUSTER BY (A) DATA_RETENTION_TIME_IN_DAYS = 1");
}

TEST(SnowflakePrinter, RoutinesKeepTheirBodies) {
  EXPECT_EQ(
      printed("create procedure p(a int default 1) returns varchar language javascript execute as caller as 'return \"$$\"'"),
      "CREATE PROCEDURE P(A INT DEFAULT 1) RETURNS VARCHAR LANGUAGE JAVASCRIPT EXECUTE AS CALLER AS 'return \"$$\"'");
  EXPECT_EQ(printed("create function f() returns int as $$ 1 $$"), "CREATE FUNCTION F() RETURNS INT LANGUAGE SQL AS $$ 1 $$");
}

TEST(SnowflakePrinter, StagesAreQuotedWhenTheyHoldBlanks) {
  EXPECT_EQ(printed("copy into t from '@db.s.stage/a b/' file_format = (type = csv field_delimiter = ',')"),
            "COPY INTO T FROM '@DB.S.STAGE/a b/' FILE_FORMAT = (TYPE = csv FIELD_DELIMITER = ',')");
  EXPECT_EQ(printed("list @%\"my%table\"/x"), "LIST @%\"my%table\"/x");
}

TEST(SnowflakePrinter, WhatIsRareInTheCorpusParsesToTheSameTree) {
  for (std::string_view text : {
           "select * from a, b join c on a.x = c.x left join (d cross join e) using (x), lateral flatten(input => a.v) f",
           "select * from (a, b) join c on true",
           "select t.*, * exclude (a) replace (b + 1 as b) rename (c as d) from t",
           "select * ilike '%id%' from t order by all desc nulls last",
           "with recursive r (n) as (select 1 union all select n + 1 from r where n < 5) select * from r",
           "select 1 union all (select 2 intersect select 3) except select 4 order by 1",
           "select a from t1 union select b from t2 union all select c from t3",
           "select x from t pivot (sum(a) as s for m in (any order by m) default on null (0)) as p (x)",
           "select x from t unpivot include nulls (v for n in (a, b as 'B')) as u",
           "select count(*), sum(a) over (partition by b order by c rows between 1 preceding and current row) from t group by "
           "grouping sets ((a, b), ())",
           "select listagg(distinct a, ',') within group (order by b desc nulls first) from t group by rollup (a)",
           "select nth_value(a, 2) from last ignore nulls over w from t window w as (partition by b) qualify row_number() over "
           "w = 1",
           "select v:a.\"b c\"[0]['k']::varchar(3), f(x).y, extract(year from d), position('a' in b) from t",
           "select x -> x + 1, (x int) -> x, (a, b) -> a from t",
           "select [1, 2], {'a': 1, 'b': [2]}, {*} from t",
           "select a like any ('x', 'y') escape '!', a not rlike 'z', a is not distinct from b, a = all (select 1) from t",
           "select connect_by_root a, prior \"b\" from t start with a = 1 connect by prior a = b",
           "select * from t sample bernoulli (10) seed (3), s changes (information => append_only) at (offset => -60)",
           "select * from t changes (information => default) at (timestamp => 'x'::timestamp) end (statement => 'y')",
           "select $1, t.$2 from @stage/path (file_format => csv, pattern => '.*') t",
           "select left('abc', 2), \"CURRENT_DATE\", current_date, insert('a', 1, 1, 'b')",
           "insert all when a > 1 then into t (a) values (a, default) else into u select a from s",
           "merge into t as x using (select 1 as a) as s on x.a = s.a when matched and s.a > 1 then delete when not matched "
           "then insert all by name",
           "create external table e (a int as (value:c1::int)) auto_refresh = false location = @s/p/ file_format = (type = "
           "csv)",
           "create stream s on table t at (stream => 'r') append_only = true comment = 'c'",
           "create task k warehouse = w schedule = '1 minute' after a, b when system$stream_has_data('s') as begin select 1; "
           "end",
           "create task k schedule = '1 minute' execute as user ann when system$stream_has_data('s') as select 1",
           "alter task k set comment = 'x', execute as user ann",
           "alter task k unset execute as user, comment",
           "execute task k retry graph run group '12'",
           "describe transaction 1651535571261000000",
           "show tasks in schema s root only limit 3",
           "create schema s clone t at (offset => -60) ignore tables with insufficient data retention include internal stages",
           "copy into t from s3://data/in/ file_format = (type = csv)",
           "create external table e (a int as (value:c1::int) not null) location = @s/p/ file_format = (type = csv)",
           "create sequence s start = -5 increment = 2 order comment = 'c'",
           "create table t (a int autoincrement start 1 increment 2 noorder, b int unique references u (c) on delete cascade)",
           "create table t (a) as select 1",
           "create table t with tag (a = 'x') as select 1",
           "alter table t modify column a set data type varchar(10), column b drop not null, column c comment 'x'",
           "alter table t add column if not exists a int, b int",
           "alter task k remove after a",
           "alter task k modify as insert into t values (1)",
           "grant database role r to role x",
           "grant select on future tables in schema s to role r with grant option",
           "drop function f(varchar, timestamp without time zone, char varying)",
           "with p as procedure (a int) returns int language sql as $$ begin return a; end $$ call p(1) into :x",
           "set (a, b) = (1, 2)",
           "set (a, b) = (select 1, 2)",
           "show terse tables history like 'x%' in schema s starts with 'X' limit 5 from 'Y'",
           "show grants on table t",
           "explain using json select 1",
           "values (1, 'a'), (2, default)",
           "copy into 's3://b/p' from (select 1) partition by ('a' || b) file_format = (type = parquet) header = true",
           "put 'file:///tmp/a b.csv' @~/x auto_compress = false",
           "select * from identifier($t) where identifier(:c) = ?",
           "execute immediate 'select 1' using (a, b)",
       }) {
    auto statement = parse_statement(text);
    ASSERT_TRUE(statement) << text << "\n" << statement.error().message;
    expect_same_tree(*statement);
  }
}

} // namespace
} // namespace freshet::sql
