// Every text is run on the engine: expected values are those of Snowflake's documentation.
#include "sql/engine_printer.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "engine/engine.h"
#include "sql/functions.h"
#include "sql/parser.h"
#include "warehouse/scalars/scalars.h"

namespace freshet::sql {
namespace {

using testing::HasSubstr;

/// Tables are what they are called; the rest is as a session would answer.
class TestNames final : public EngineNames {
 public:
  SqlResult<std::string> relation(const NamedTable& table) override {
    if (table.name.last() == "MISSING") return fail(does_not_exist("Object", table.name.last()));
    return quote_identifier(table.name.last());
  }
  SqlResult<std::string> stage(const StageTable& table) override {
    return "(SELECT 1 AS \"$1\", 'b' AS \"$2\", " + quote_string(table.location.path) + " AS \"METADATA$FILENAME\")";
  }
  SqlResult<std::string> table_function(const FunctionCall& call, const std::vector<PrintedArgument>&) override {
    return fail(unknown_function(call.name.last(), 1, 0));
  }
  SqlResult<std::optional<std::string>> context_function(const FunctionCall& call,
                                                         const std::vector<PrintedArgument>&) override {
    if (call.name.last() == "CURRENT_TIMESTAMP") return "TIMESTAMP WITH TIME ZONE '2024-05-01 10:00:00+00'";
    if (call.name.last() == "CURRENT_DATE") return "DATE '2024-05-01'";
    if (call.name.last() == "CURRENT_DATABASE") return "'DB'";
    return std::nullopt;
  }
  SqlResult<std::string> variable(const SessionVariable& variable) override { return quote_string(variable.name); }
  SqlResult<std::string> bind(const BindVariable& bind) override { return "$" + std::to_string(bind.position + 1); }
  SqlResult<QualifiedName> dynamic_name(const DynamicName& name) override { return parse_qualified_name(name.name); }
  SqlResult<std::optional<std::string>> next_value(const QualifiedName&) override { return "7"; }
};

class Printed : public testing::Test {
 protected:
  void SetUp() override {
    auto database = engine::Database::open({});
    ASSERT_TRUE(database);
    database_ = std::move(*database);
    ASSERT_TRUE(warehouse::register_scalars(*database_));
    auto connection = database_->connect();
    ASSERT_TRUE(connection);
    connection_ = std::move(*connection);
    run_engine("SET TimeZone = 'UTC'");
    run_engine("CREATE TABLE \"T\" (\"A\" BIGINT, \"B\" VARCHAR, \"D\" DATE, \"TS\" TIMESTAMP, \"F\" BOOLEAN, \"V\" JSON)");
    run_engine(
        "INSERT INTO \"T\" VALUES (1, 'x', '2024-01-31', '2024-01-31 10:11:12.5', true, '{\"a\": {\"b\": [1, \"two\"]}, \"s\": "
        "\"text\"}'), "
        "(2, 'y', '2024-02-29', '2024-02-29 00:00:00', false, '[10, 20]'), (NULL, NULL, NULL, NULL, NULL, NULL)");
  }

  std::string run_engine(const std::string& text) {
    auto result = connection_->query(text);
    if (!result) return "error: " + result.error().message + "\nin " + text;
    columns_.clear();
    for (const auto& column : result->columns()) columns_.push_back(column.name);
    std::string rows;
    for (size_t row = 0; row < result->size(); ++row) {
      if (row) rows += '\n';
      for (size_t column = 0; column < columns_.size(); ++column)
        rows.append(column ? "|" : "").append(result->text(row, column));
    }
    return rows;
  }

  std::string printed(std::string_view text) {
    auto query = parse_query(text);
    if (!query) return "parse error: " + query.error().message;
    auto engine = print_engine_query(*query, names_);
    return engine ? *engine : "print error: " + engine.error().message;
  }

  std::string run(std::string_view text) {
    std::string engine = printed(text);
    return engine.find("error: ") == std::string::npos ? run_engine(engine) : engine;
  }
  std::string value(std::string_view expression) { return run("select " + std::string(expression)); }

  std::unique_ptr<engine::Database> database_;
  std::unique_ptr<engine::Connection> connection_;
  TestNames names_;
  std::vector<std::string> columns_;
};

TEST_F(Printed, ColumnsAreNamedAsSnowflakeNamesThem) {
  run("select a, t.b as x, a + 1, count(*) over (), 'y', a::varchar, $1 from t");
  EXPECT_THAT(columns_, testing::ElementsAre("A", "X", "A + 1", "COUNT(*) OVER ()", "'Y'", "A::VARCHAR", "$1"));
  EXPECT_EQ(run("select \"COUNT(*)\" from (select count(*) from t)"), "3");
}

TEST_F(Printed, NullsAreTheHighestValues) {
  EXPECT_EQ(run("select a from t order by a"), "1\n2\nNULL");
  EXPECT_EQ(run("select a from t order by a desc"), "NULL\n2\n1");
  EXPECT_EQ(run("select a from t order by a desc nulls last"), "2\n1\nNULL");
  EXPECT_EQ(run("select a from t qualify row_number() over (order by a desc) = 1"), "NULL");
}

TEST_F(Printed, QueriesOfEveryKindRun) {
  EXPECT_EQ(run("select a x, x + 1 y, y * 2 from t where a = 1"), "1|2|4");
  EXPECT_EQ(run("with c as (select a from t where a > 1) select * from c"), "2");
  EXPECT_EQ(run("with t as (select a from t where a > 1) select * from t"), "2");
  EXPECT_EQ(run("with r as (select 1 n union all select n + 1 from r where n < 3) select sum(n) from r"), "6");
  EXPECT_EQ(run("select * from values (1, 'a'), (2, 'b') as v (n, s) order by n"), "1|a\n2|b");
  EXPECT_EQ(run("select column2, $1, v.$2 from values (1, 'a') v"), "a|1|a");
  EXPECT_EQ(run("select top 1 a from t order by a"), "1");
  EXPECT_EQ(run("select row_number() over (order by seq4()) n from table(generator(rowcount => 3)) order by n"), "1\n2\n3");
  EXPECT_EQ(run("select a from t order by a limit 1 offset 1"), "2");
  EXPECT_EQ(run("select 1 union select 1 union all select 2 order by 1"), "1\n2");
  EXPECT_EQ(run("select x.a, y.b from t x left join t y on x.a = y.a - 1 order by 1"), "1|y\n2|NULL\nNULL|NULL");
  EXPECT_EQ(run("select count(*) from t x, t y"), "9");
  EXPECT_EQ(run("select count(*) from t x join t y using (a)"), "2");
  EXPECT_EQ(run("select f, count(*) from t group by all having count(*) > 0 order by f"), "false|1\ntrue|1\nNULL|1");
  EXPECT_EQ(run("select f, sum(a) from t where a is not null group by rollup (f) order by 1"), "false|2\ntrue|1\nNULL|3");
  EXPECT_EQ(run("select * exclude (d, ts, f, v) replace (a * 10 as a) rename (b as c) from t where a = 1"), "10|x");
  EXPECT_EQ(
      run("select * from (values ('jan', 1), ('feb', 2)) as m (name, n) pivot (sum(n) for name in ('jan', 'feb')) as p (x, y)"),
      "1|2");
  EXPECT_EQ(run("select * from (select 1 a, 2 b) unpivot (v for n in (a, b)) order by n"), "A|1\nB|2");
  EXPECT_EQ(run("select count(*) from table(generator(rowcount => 5))"), "5");
  EXPECT_EQ(run("select $1, t.$2, metadata$filename from @s/x.csv (file_format => f) t"), "1|b|x.csv");
  EXPECT_EQ(run("select a from identifier('t') where a in (select max(a) from t)"), "2");
  EXPECT_EQ(run("select s.nextval, $v, current_database()"), "7|V|DB");
  EXPECT_EQ(run("select count(*) from t sample (100)"), "3");
  EXPECT_EQ(run("select q.a, p.a from (select 5 a) q asof join (select 3 a union select 4) p match_condition (q.a >= p.a)"),
            "5|4");
  EXPECT_EQ(run("select a from t where b like any ('x%', 'z') or b ilike 'Y'"), "1\n2");
}

TEST_F(Printed, ErrorsAreThoseOfSnowflake) {
  EXPECT_EQ(run("select 1,\n nonsense(2)"), "print error: SQL compilation error:\nUnknown function NONSENSE.");
  EXPECT_THAT(run("select iff(1)"), HasSubstr("not enough arguments for function [IFF(1)], expected 3, got 1"));
  EXPECT_THAT(run("select * from missing"), HasSubstr("Object 'MISSING' does not exist or not authorized."));
  EXPECT_THAT(run("select row_number()"), HasSubstr("missing OVER"));
  EXPECT_THAT(run("select dateadd(fortnight, 1, d) from t"), HasSubstr("'FORTNIGHT' is not a valid date/time component"));
  EXPECT_THAT(run("select 1 / a from (select 0 a)"), HasSubstr("Division by zero"));
}

TEST_F(Printed, SemiStructuredDataIsRead) {
  EXPECT_EQ(run("select v:a.b[1]::string, v:a.b[0]::int + 1, v:s, v['s']::varchar(4) from t where a = 1"), "two|2|\"text\"|text");
  EXPECT_EQ(run("select a from t where v:s = 'text'"), "1");
  EXPECT_EQ(run("select f.index, f.value::int from t, lateral flatten(input => t.v) f where t.a = 2 order by 1"), "0|10\n1|20");
  EXPECT_EQ(run("select f.key from t, table(flatten(input => v, path => 'a')) f where a = 1"), "b");
  EXPECT_EQ(run("select f.value::string from t, lateral flatten(v:a.b) f where a = 1 order by f.index"), "1\ntwo");
  EXPECT_EQ(run("select count(*) from t, lateral flatten(input => v:zzz, outer => true) f"), "3");
  EXPECT_EQ(value("object_construct('a', 1, 'b', null)"), "{\"a\":1}");
  EXPECT_EQ(value("array_size(array_construct(1, 2, 3))"), "3");
  EXPECT_EQ(value("parse_json('{\"x\": [1, {\"y\": 5}]}'):x[1].y::int"), "5");
  EXPECT_EQ(run("select array_agg(a) within group (order by a desc) from t"), "[2,1]");
  EXPECT_EQ(run("select s.index, s.value from table(split_to_table('a.b', '.')) s order by 1"), "1|a\n2|b");
}

TEST_F(Printed, ConditionalFunctions) {
  EXPECT_EQ(
      value("iff(1 > 2, 'a', 'b'), nvl(null, 3), nvl2(null, 1, 2), zeroifnull(null), nullifzero(0), coalesce(null, null, 4)"),
      "b|3|2|0|NULL|4");
  EXPECT_EQ(value("decode(2, 1, 'one', 2, 'two', 'other'), decode(null, null, 'n'), decode(9, 1, 'x', 'other')"),
            "two|n|other");
  EXPECT_EQ(value("equal_null(null, null), equal_null(1, null), greatest(1, 2, null), least(3, 2), div0(1, 0)"),
            "true|false|NULL|2|0.000000");
  EXPECT_EQ(run("select a from t where f = 'FALSE'"), "2");
  EXPECT_EQ(value("case when 1 = 1 then 'x' end, not true, 3 between 1 and 5, 1 is distinct from null"), "x|false|true|true");
}

TEST_F(Printed, NumbersFollowSnowflakesRules) {
  EXPECT_EQ(value("1 / 3, 10 / 4, 7 % 3, round(2.567, 2), trunc(2.567, 1), ceil(1.2), floor(-1.2), abs(-3)"),
            "0.333333|2.500000|1|2.57|2.5|2|-2|3");
  EXPECT_EQ(
      value("to_number('12.5', 10, 1), to_number('1,234', '9,999'), try_to_number('x'), '5'::int + 1, 12.345::number(10, 2)"),
      "12.5|1234|NULL|6|12.35");
  EXPECT_EQ(value("2000000000 + 2000000000, 100000 * 100000, -(3 - 5)"), "4000000000|10000000000|2");
  EXPECT_EQ(value("mod(7, 2), power(2, 3), sqrt(9), sign(-5), bitand(6, 3)"), "1|8.0|3.0|-1|2");
}

TEST_F(Printed, TextFunctions) {
  EXPECT_EQ(value("upper('a'), initcap('john o''neil smith'), length('abc'), substr('hello', 2, 3), substring('hello', 0, 2), "
                  "left('abc', 2)"),
            "A|John O'neil Smith|3|ell|he|ab");
  EXPECT_EQ(value("concat('a', 'b', 'c'), concat('a', null), concat_ws('-', 'a', 'b'), 'a' || 1, lpad('7', 3, '0'), trim('  x "
                  "'), ltrim('00x', '0')"),
            "abc|NULL|a-b|a1|007|x|x");
  EXPECT_EQ(value("split_part('a,b,c', ',', 2), split_part('a,b', ',', -1), split('a,b', ','), charindex('l', 'hello'), "
                  "position('z' in 'abc')"),
            "b|b|[\"a\",\"b\"]|3|0");
  EXPECT_EQ(value("regexp_replace('a1b2', '[0-9]'), regexp_substr('a12b', '[0-9]+'), regexp_substr('abc', '[0-9]'), "
                  "rlike('abc', 'b'), 'abc' rlike '.*c', regexp_count('aXbX', 'X')"),
            "ab|12|NULL|false|true|2");
  EXPECT_EQ(value("md5('a'), sha2('a'), contains('abc', 'b'), startswith('abc', 'ab'), endswith('abc', 'bc'), replace('abc', "
                  "'b'), reverse('abc')"),
            "0cc175b9c0f1b6a831c399e269772661|ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb|true|true|true|"
            "ac|cba");
  EXPECT_EQ(value("'it''s', 'abc'::varchar(3), strtok('a.b-c', '.-', 2)"), "it's|abc|b");
}

TEST_F(Printed, DatesAndTimes) {
  EXPECT_EQ(value("dateadd(day, 1, '2024-02-28'::date), dateadd('month', 1, to_date('2024-01-31')), dateadd(hour, 2, "
                  "'2024-01-01'::timestamp)"),
            "2024-02-29|2024-02-29|2024-01-01 02:00:00");
  EXPECT_EQ(
      value("datediff(day, '2024-01-01', '2024-03-01'), datediff(month, '2024-01-31', '2024-02-01'), datediff(week, "
            "'2024-01-07'::date, '2024-01-08'::date), timestampdiff(second, '2024-01-01 00:00:00', '2024-01-01 00:01:01')"),
      "60|1|1|61");
  EXPECT_EQ(value("to_timestamp('2024-01-02 03:04:05.678', 'YYYY-MM-DD HH24:MI:SS.FF3'), to_timestamp('05-JAN-2024', "
                  "'DD-MON-YYYY'), to_date('01/02/2024', 'MM/DD/YYYY'), try_to_date('x')"),
            "2024-01-02 03:04:05.678|2024-01-05 00:00:00|2024-01-02|NULL");
  EXPECT_EQ(value("to_char('2024-01-02 03:04:05'::timestamp, 'YYYY/MM/DD HH12:MI AM'), to_varchar('2024-01-02'::date, "
                  "'DD-MON-YYYY'), to_char(1234.5, '9,999.00'), to_char(7, 'FM000.0')"),
            "2024/01/02 03:04 AM|02-Jan-2024| 1,234.50|007.0");
  EXPECT_EQ(run("select ts::varchar, to_varchar(d), to_char(a) from t where a = 1"), "2024-01-31 10:11:12.500|2024-01-31|1");
  EXPECT_EQ(value("date_trunc('month', '2024-05-17'::date), date_trunc('hour', '2024-05-17 10:30:00'::timestamp), "
                  "last_day('2024-02-01'::date), year('2024-05-01'::date), extract(month from '2024-05-01'::date), "
                  "dayname('2024-05-01'::date), date_part(epoch_second, '1970-01-02'::timestamp)"),
            "2024-05-01|2024-05-17 10:00:00|2024-02-29|2024|5|Wed|86400");
  EXPECT_EQ(value("to_timestamp(1700000000), to_timestamp_ntz('2024-01-01'), current_date - 1, "
                  "current_timestamp()::timestamp_ntz, '2024-01-01'::date + interval '1 day, 2 hours'"),
            "2023-11-14 22:13:20|2024-01-01 00:00:00|2024-04-30|2024-05-01 10:00:00|2024-01-02 02:00:00");
  EXPECT_EQ(value("add_months('2024-01-31'::date, 1), add_months('2024-02-29'::date, 1), months_between('2024-03-15'::date, "
                  "'2024-02-15'::date)"),
            "2024-02-29|2024-03-31|1.000000");
  EXPECT_EQ(
      value("convert_timezone('UTC', 'America/New_York', '2024-01-01 12:00:00'::timestamp_ntz), date_from_parts(2024, 13, 1)"),
      "2024-01-01 07:00:00|2025-01-01");
}

TEST_F(Printed, TimestampsAreReadWithEveryOffsetThatAutoDetects) {
  for (auto text :
       {"2024-02-29 12:00:00 +0200", "2024-02-29 12:00:00 +02:00", "2024-02-29 12:00:00+02:00", "2024-02-29 12:00:00 +02",
        "2024-02-29T12:00:00+0200", "2024-02-29 12:00 +0200", "2024-02-29T12:00+02:00", "2024-02-29T10:00:00Z",
        "2024-02-29T10:00 Z", "2024-02-29 10:00:00.000", "2024-02-29 10:00", "2024-02-29 07:30:00.000 -0230"}) {
    const std::string quoted = "'" + std::string(text) + "'";
    for (auto cast :
         {quoted + "::timestamp_tz", "cast(" + quoted + " as timestamp_ltz)", "to_timestamp_tz(" + quoted + ")",
          "try_cast(" + quoted + " as timestamp_tz)", "timestamp_tz " + quoted, "(" + quoted + " || '')::timestamp_tz"}) {
      EXPECT_EQ(value("date_part(epoch_second, " + std::string(cast) + ")"), "1709200800") << cast;
    }
  }
  EXPECT_EQ(run("select date_part(epoch_second, s::timestamp_tz), date_part(epoch_second, to_timestamp_ltz(s)) from "
                "(select '2024-02-29 12:00 +0200' s)"),
            "1709200800|1709200800");
  EXPECT_EQ(value("date_part(epoch_second, parse_json('{\"t\": \"2024-02-29 12:00:00 +0200\"}'):t::timestamp_tz)"),
            "1709200800");
}

TEST_F(Printed, WithoutAZoneTheWallClockOfATimestampCounts) {
  EXPECT_EQ(value("'2024-02-29 12:00:00 +0200'::timestamp_ntz, '2024-02-29T12:00Z'::timestamp, "
                  "to_timestamp_ntz('2024-02-29 12:00:00.5+02:00')"),
            "2024-02-29 12:00:00|2024-02-29 12:00:00|2024-02-29 12:00:00.5");
  EXPECT_EQ(run("select s::timestamp_ntz, ts::timestamp_ntz from (select '2024-02-29 12:00 -08' s, ts from t where a = 1)"),
            "2024-02-29 12:00:00|2024-01-31 10:11:12.5");
  EXPECT_EQ(value("try_to_timestamp('soon +0200')"), "NULL");
}

TEST_F(Printed, AggregatesAndWindows) {
  EXPECT_EQ(run("select count(*), count(a), count(distinct a, b), sum(a), min(b), max(ts), count_if(a > 1), median(a) from t"),
            "3|2|2|3|x|2024-02-29 00:00:00|1|1.5");
  EXPECT_EQ(run("select listagg(b, ',') within group (order by b desc), listagg(distinct b) from t where a = 1"), "x|x");
  EXPECT_EQ(run("select listagg(b, ',') within group (order by b desc) from t"), "y,x");
  EXPECT_EQ(run("select a, last_value(a) over (order by a), lag(a, 1, 0) over (order by a), rank() over (partition by f order "
                "by a), sum(a) over (order by a) from t where a is not null order by a"),
            "1|2|0|1|1\n2|2|1|1|3");
  EXPECT_EQ(run("select percentile_cont(0.5) within group (order by a), approx_count_distinct(a), booland_agg(f), any_value(1) "
                "from t"),
            "1.5|2|false|1");
  EXPECT_EQ(run("select a, ratio_to_report(a) over () from t where a = 1"), "1|1.0");
  EXPECT_EQ(run("select a, seq4() from t where a = 1"), "1|0");
}

TEST_F(Printed, TheMapNamesEachFunctionOnce) {
  std::vector<std::string_view> names;
  for (const auto& rule : all_functions()) names.push_back(rule.name);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
  EXPECT_EQ(find_function("NO_SUCH_FUNCTION"), nullptr);
}

TEST(Types, GoBothWays) {
  auto type = [](std::string_view text) { return *type_from_name(*parse_type(text)); };
  EXPECT_EQ(type("number").to_string(), "NUMBER(38,0)");
  EXPECT_EQ(type("number(10, 2)").engine_type(), "DECIMAL(10,2)");
  EXPECT_EQ(type("int").to_string(), "NUMBER(38,0)");
  EXPECT_EQ(type("int").engine_type(), "BIGINT");
  EXPECT_EQ(type("string").to_string(), "VARCHAR(16777216)");
  EXPECT_EQ(type("char").length, 1);
  EXPECT_EQ(type("timestamp").kind, TypeKind::timestamp_ntz);
  EXPECT_EQ(type("timestamp with local time zone").kind, TypeKind::timestamp_ltz);
  EXPECT_EQ(type("double precision").engine_type(), "DOUBLE");
  EXPECT_EQ(type("array(number)").engine_type(), "JSON");
  for (auto text : {"number(10,2)", "float", "varchar", "boolean", "date", "time", "timestamp_ntz", "variant", "binary"}) {
    EXPECT_EQ(type_from_engine(type(text).engine_type()), type(text)) << text;
  }
  EXPECT_FALSE(type_from_name(*parse_type("number(39)")));
  EXPECT_FALSE(type_from_name(*parse_type("nonsense")));
}

} // namespace
} // namespace freshet::sql
