#include "sql/parser.h"

#include <gmock/gmock.h>

namespace freshet::sql {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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

Expression expression(std::string_view text) {
  auto result = parse_expression(text);
  if (!result) {
    ADD_FAILURE() << text << "\n" << result.error().message;
    return {};
  }
  return std::move(*result);
}

std::string error_of(std::string_view text) {
  auto result = parse_script(text);
  return result ? "no error" : result.error().message;
}

std::vector<std::string> names(const std::vector<Identifier>& identifiers) {
  std::vector<std::string> result;
  for (const auto& identifier : identifiers) result.push_back(identifier.name);
  return result;
}

std::string joined(const QualifiedName& name) {
  std::string result;
  for (const auto& part : name.parts) result.append(result.empty() ? "" : ".").append(part.name);
  return result;
}

// ---- the text as a whole

TEST(Script, SplitsAtSemicolonsAndKeepsTextAndPlace) {
  auto script = parse_script("-- first\nselect 1;\n  /* second */ select 'a;b' ;;\n// last\nselect $$;$$");
  ASSERT_TRUE(script) << script.error().message;
  ASSERT_EQ(script->size(), 3u);
  EXPECT_EQ((*script)[0].text, "select 1");
  EXPECT_EQ((*script)[0].range.line, 2u);
  EXPECT_EQ((*script)[1].text, "select 'a;b'");
  EXPECT_EQ((*script)[1].range.line, 3u);
  EXPECT_EQ((*script)[1].range.column, 16u);
  EXPECT_EQ((*script)[2].text, "select $$;$$");
}

TEST(Script, IsEmptyWithoutStatements) {
  EXPECT_THAT(*parse_script(""), IsEmpty());
  EXPECT_THAT(*parse_script(" ;; -- nothing"), IsEmpty());
}

TEST(Script, KeepsBlocksWhole) {
  constexpr std::string_view k_text = R"(
    begin transaction; insert into t values (1); commit;
    declare x int; begin let y := case when 1 = 1 then 2 end; if (x > 1) then select 1; end if; return y; end;
    create task a warehouse = w schedule = '1 minute' as begin insert into t select 1; delete from t; end;
    begin for r in c do select 1; end for; begin select 2; end; end;
    select 1)";
  auto script = parse_script(k_text);
  ASSERT_TRUE(script) << script.error().message;
  ASSERT_EQ(script->size(), 7u);
  EXPECT_TRUE((*script)[0].as<BeginTransaction>());
  EXPECT_TRUE((*script)[3].as<Block>());
  EXPECT_TRUE((*script)[4].as<CreateTask>());
  EXPECT_TRUE((*script)[5].as<Block>());
  auto texts = split_script(k_text);
  ASSERT_TRUE(texts);
  ASSERT_EQ(texts->size(), 7u);
  for (size_t i = 0; i < 7; ++i) EXPECT_EQ((*texts)[i].text, (*script)[i].text);
}

TEST(Script, AliasesOpenNoBlock) {
  auto texts = split_script(
      "select 1 as begin from (select 1); select 2 as begin, 3 as end; create view v as select 4 as begin; select 5");
  ASSERT_TRUE(texts.has_value());
  EXPECT_EQ(texts->size(), 4);
  texts = split_script(
      "select z as begin, z as end from t where z > 1; create table c as select z as begin limit 1; select 2 as begin union "
      "select 3; create task x as begin select 1 as end; select 2; end; select 3");
  ASSERT_TRUE(texts.has_value());
  EXPECT_EQ(texts->size(), 5);
}

TEST(Script, AnAlertsActionMayBeABlock) {
  auto texts = split_script(
      "create or replace alert a if (exists (select 1)) then begin select 2; select 3; end; alter alert a modify action begin "
      "select 4; end; select case when 1 = 1 then begin end from t; select 5");
  ASSERT_TRUE(texts.has_value());
  EXPECT_EQ(texts->size(), 4);
}

TEST(Script, AFaultyTokenSpoilsItsOwnStatementOnly) {
  auto texts = split_script("select 1;\n# a note;\nselect `x`;\nselect 2;");
  ASSERT_TRUE(texts);
  ASSERT_EQ(texts->size(), 4u);
  EXPECT_FALSE(parse_statement((*texts)[1].text));
  EXPECT_FALSE(parse_statement((*texts)[2].text));
  EXPECT_TRUE(parse_statement((*texts)[3].text));
}

TEST(Script, AnUnterminatedStringReachesToTheEnd) {
  auto texts = split_script("select 1;\nselect 'it;\nselect 2;");
  ASSERT_TRUE(texts);
  ASSERT_EQ(texts->size(), 2u);
  EXPECT_EQ((*texts)[0].text, "select 1");
  EXPECT_EQ((*texts)[1].text, "select 'it;\nselect 2;");
  EXPECT_EQ((*texts)[1].range.line, 2u);
  EXPECT_FALSE(parse_statement((*texts)[1].text));
  texts = split_script("select 1;\n  /* no end");
  ASSERT_TRUE(texts);
  ASSERT_EQ(texts->size(), 2u);
  EXPECT_EQ((*texts)[1].range.line, 2u);
  EXPECT_EQ((*texts)[1].range.column, 3u);
}

TEST(Errors, NameTheTokenAndItsPlaceAsSnowflakeDoes) {
  auto result = parse_statement("select a frm t x");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, 1003);
  EXPECT_EQ(result.error().sql_state, "42000");
  EXPECT_EQ(result.error().message, "SQL compilation error:\nsyntax error line 1 at position 13 unexpected 't'.");
  EXPECT_EQ(error_of("select 1;\nselect\n  from t"),
            "SQL compilation error:\nsyntax error line 3 at position 2 unexpected 'from'.");
  EXPECT_EQ(error_of("select (1"), "SQL compilation error:\nsyntax error line 1 at position 9 unexpected '<EOF>'.");
}

TEST(Errors, UnknownStatementsAreRefused) {
  EXPECT_THAT(error_of("vacuum t"), HasSubstr("unexpected 'vacuum'"));
  EXPECT_THAT(error_of("create thing x"), HasSubstr("unexpected 'thing'"));
  EXPECT_THAT(error_of("select * from t match_recognize (pattern (a) subset u = (a) define a as true)"),
              HasSubstr("SUBSET of MATCH_RECOGNIZE"));
  EXPECT_THAT(error_of("show nonsense"), HasSubstr("unexpected 'nonsense'"));
  EXPECT_THAT(error_of("select 'abc"), HasSubstr("unterminated string"));
  EXPECT_THAT(error_of("select 1 /* abc"), HasSubstr("unterminated comment"));
}

TEST(Errors, NestingIsBounded) {
  std::string deep(5000, '(');
  EXPECT_THAT(error_of("select " + deep + "1"), HasSubstr("may nest"));
  std::string chain = "select 1";
  for (int i = 0; i < 5000; ++i) chain += " + 1";
  EXPECT_THAT(error_of(chain), HasSubstr("chain"));
  std::string minus = "select ";
  for (int i = 0; i < 5000; ++i) minus += "- ";
  EXPECT_THAT(error_of(minus + "1"), HasSubstr("may nest"));
  std::string either = "select a = 0";
  for (int i = 0; i < 5000; ++i) either += " or a = 1";
  EXPECT_EQ(error_of(either), "no error");
  std::string unions = "select 1";
  for (int i = 0; i < 5000; ++i) unions += " union all select 1";
  EXPECT_EQ(error_of(unions), "no error");
  std::string allowed = std::string(k_nesting_max / 3, '(') + "1" + std::string(k_nesting_max / 3, ')');
  EXPECT_EQ(error_of("select " + allowed), "no error");
}

TEST(Errors, EveryPrefixOfAScriptIsReadOrRefused) {
  std::string text =
      "merge into c using (select * from r qualify row_number() over (partition by id order by ts desc) = 1) r on c.id = r.id "
      "when matched "
      "and c.a <> r.a then update set c.a = r.a when not matched then insert (id, a) values (r.id, r.a); create or replace "
      "task t "
      "warehouse = w schedule = 'using cron * * * * * utc' as call p(); create pipe p auto_ingest = true as copy into t from "
      "@s/x "
      "file_format = (type = csv); grant usage on database d to role r; show tables like 'a%' in schema s; alter table t add "
      "column c int";
  for (size_t length = 0; length <= text.size(); ++length) static_cast<void>(parse_script(text.substr(0, length)));
}

// ---- names and literals

TEST(Names, FoldUnlessQuoted) {
  auto query = parsed<QueryStatement>("select a, \"b\", \"c\"\"d\" from db..T").query;
  const auto& select = std::get<Select>(query.body.node);
  EXPECT_EQ(select.items[0].value.as<ColumnReference>()->name.last(), "A");
  EXPECT_EQ(select.items[1].value.as<ColumnReference>()->name.last(), "b");
  EXPECT_EQ(select.items[2].value.as<ColumnReference>()->name.last(), "c\"d");
  EXPECT_EQ(joined(select.from->as<NamedTable>()->name), "DB..T");
}

TEST(Names, IdentifierFunction) {
  auto query = parsed<QueryStatement>("select identifier('x') from identifier($t) join identifier('a.\"b\"') on true").query;
  const auto& join = *std::get<Select>(query.body.node).from->as<Join>();
  EXPECT_EQ(join.left->as<NamedTable>()->name.dynamic->name, "T");
  EXPECT_EQ(joined(join.right->as<NamedTable>()->name), "A.b");
}

TEST(Literals, EscapesAreResolved) {
  EXPECT_EQ(expression(R"('it''s')").as<StringLiteral>()->value, "it's");
  EXPECT_EQ(expression(R"('a\n\t\\\'\x41\u00e9\101\q')").as<StringLiteral>()->value,
            "a\n\t\\'A\xc3\xa9"
            "Aq");
  EXPECT_EQ(expression(R"($$a'b\n$$)").as<StringLiteral>()->value, "a'b\\n");
  EXPECT_EQ(expression("''").as<StringLiteral>()->value, "");
  EXPECT_EQ(expression("''''").as<StringLiteral>()->value, "'");
  EXPECT_EQ(expression("1.5e-3").as<NumberLiteral>()->text, "1.5e-3");
  EXPECT_EQ(expression(".5").as<NumberLiteral>()->text, ".5");
  EXPECT_EQ(expression("x'0AfF'").as<BinaryLiteral>()->hex, "0AfF");
  EXPECT_EQ(expression("date '2024-01-01'").as<TypedLiteral>()->type.name, "DATE");
}

// ---- expressions

TEST(Expressions, PrecedenceIsThatOfSql) {
  EXPECT_EQ(expression("a or b and not c = 1 + 2 * -3"), expression("a or (b and (not (c = (1 + (2 * (-3))))))"));
  EXPECT_EQ(expression("a - b - c"), expression("(a - b) - c"));
  EXPECT_EQ(expression("-1::varchar"), expression("-(1::varchar)"));
  EXPECT_EQ(expression("a between 1 and 2 and b"), expression("(a between 1 and 2) and b"));
  EXPECT_NE(expression("a - (b - c)"), expression("a - b - c"));
}

TEST(Expressions, OfEveryKindAreRead) {
  for (auto text : {
           "a is not null",
           "a is distinct from b",
           "a is not true",
           "a not in (1, 2)",
           "(a, b) in ((1, 2), (3, 4))",
           "a in (select 1)",
           "a not like 'x%' escape '!'",
           "a ilike any ('x', 'y')",
           "a rlike 'x.*'",
           "a not between 1 and 2",
           "a like all ('a', 'b')",
           "exists (select 1)",
           "not exists (select 1 from t)",
           "(select max(x) from t) + 1",
           "((select 1) + 2)",
           "a > all (select 1)",
           "case when a then 1 else 2 end",
           "case a when 1 then 'x' end",
           "cast(a as number(10, 2))",
           "a::timestamp_ntz(3)::date",
           "try_cast(a as double precision)",
           "v:a.b[0].\"C\"::string",
           "v['a'][1]:b",
           "$1:a::string",
           "t.$2",
           "src:id",
           "f(x):y",
           "count(*)",
           "count(distinct a, b)",
           "count(t.*)",
           "listagg(distinct a, ',') within group (order by b desc nulls last)",
           "row_number() over (partition by a, b order by c desc)",
           "sum(x) over w",
           "last_value(x ignore nulls) over (order by y)",
           "lag(x, 1, 0) ignore nulls over (order by y rows between unbounded preceding and current row)",
           "nth_value(x, 2) from last over (order by x)",
           "sum(x) over (order by y range between interval '1 day' preceding and 2 following)",
           "flatten(input => v, path => 'a')",
           "[1, 2, [3]]",
           "{'a': 1, 'b': {'c': [x]}}",
           "{}",
           "{*}",
           "object_construct(*)",
           "filter(a, x -> x > 1)",
           "reduce(a, 0, (s, x) -> s + x)",
           "interval '1 day, 2 hours'",
           "d + interval '1' day",
           "current_timestamp",
           "current_timestamp()::timestamp_ntz",
           "current_date - 1",
           ":name",
           ":1",
           "?",
           "$var",
           "extract(year from d)",
           "position('a' in b)",
           "position('a', b)",
           "left(a, 2)",
           "right(a, 2) || 'x'",
           "insert('abc', 1, 2, 'Z')",
           "seq.nextval",
           "db.sch.f(1)",
           "system$stream_has_data('S')",
           "dateadd(day, -1, d)",
           "timestampdiff(second, current_timestamp, x)",
           "a % 2 = 0",
           "metadata$action = 'INSERT'",
           "iff(a, b, c)",
           "identifier('x')",
           "array_agg(x) within group (order by y)",
           "rlike(a, 'x')",
           "a:b:c",
           "table1.v:a[b + 1].c",
           "max(ts) over ()",
           "mode",
           "date",
           "value",
           "a.\"b\".c",
       }) {
    EXPECT_TRUE(parse_expression(text)) << text << "\n" << parse_expression(text).error().message;
  }
}

TEST(Expressions, OfNoSenseAreRefused) {
  for (auto text : {"", "a +", "a b", "case end", "f(", "a in ()", "a is", "select", "1 + * 2", "a not 1", "cast(a)",
                    "a::", "x between 1", "{a}", "[1,", "a ->"}) {
    EXPECT_FALSE(parse_expression(text)) << text;
  }
}

TEST(Expressions, PathKeepsCase) {
  auto path = expression("V:Aa.b[0]");
  ASSERT_TRUE(path.as<PathAccess>());
  EXPECT_EQ(path.as<PathAccess>()->steps[0].name, "Aa");
  EXPECT_TRUE(path.as<PathAccess>()->steps[2].index);
}

TEST(Expressions, BindsAreCounted) {
  auto statement = parse_statement("insert into t select ?, f(?, :x) where a = ?");
  ASSERT_TRUE(statement);
  EXPECT_EQ(statement->binds, 3u);
}

// ---- queries

TEST(Queries, OfEveryKindAreRead) {
  for (auto text : {
           "select 1",
           "select distinct a, b as c, d e from t",
           "select top 10 * from t",
           "select * exclude (a, b) rename (c as d) from t",
           "select t.* exclude a, * replace (1 as b), * ilike '%x%' from t",
           "with a as (select 1), b (x) as (select 2) select * from a, b",
           "with recursive r as (select 1 n union all select n + 1 from r where n < 10) select * from r",
           "select a, count(*) from t group by all having count(*) > 1 order by 2 desc nulls last limit 10 offset 5",
           "select a from t group by cube (a, b), rollup (c), grouping sets ((a, b), (a), ())",
           "select a from t group by 1, 2",
           "select * from t qualify row_number() over (partition by a order by b) = 1",
           "select a from t fetch first 3 rows only",
           "select sum(a) over w from t window w as (partition by b)",
           "select 1 union select 2 intersect select 3 minus select 4",
           "(select 1) union all (select 2 order by 1) limit 1",
           "select * from ((select 1) union (select 2)) x",
           "values (1, 'a'), (2, 'b')",
           "select * from values (1, 2), (3, 4) as v (a, b)",
           "select $1, $2 from (values (1, 2)) v",
           "select column1 from values (1)",
           "select * from a join b on a.x = b.x left outer join c using (x) natural join d cross join e full join f on true "
           "right join g on 1 = 1",
           "select * from (a join b on a.x = b.x) left join c on c.y = b.y",
           "select * from a asof join b match_condition (a.t >= b.t) on a.x = b.x",
           "select f.value:a::string from t, lateral flatten(input => t.v, outer => true) f",
           "select * from table(flatten(parse_json('[1]'))) f",
           "select * from t left join lateral flatten(v) f on true",
           "select * from table(generator(rowcount => 10))",
           "select * from table(result_scan(last_query_id()))",
           "select * from table(information_schema.task_history(scheduled_time_range_start => dateadd('hour', -1, "
           "current_timestamp())))",
           "select * from table('db.t')",
           "select * from table($t)",
           "select $1, metadata$filename from @s/path/x.csv (file_format => 'f', pattern => '.*') t",
           "select $1 from 's3://bucket/p' (file_format => f)",
           "select * from t at(timestamp => '2024-01-01'::timestamp) x",
           "select * from t before(statement => 'id')",
           "select * from t changes(information => append_only) at(offset => -60) end(offset => -30)",
           "select * from t sample (10)",
           "select * from t tablesample bernoulli (10 rows) seed (1)",
           "select * from t sample system (3) as x",
           "select * from t pivot (sum(a) for m in ('jan', 'feb')) as p (x, y) order by 1",
           "select * from t pivot (max(a) for b in (any order by b))",
           "select * from t unpivot include nulls (v for n in (a, b as 'B')) u",
           "select a from t limit null",
           "select a from t for_alias",
           "select * from a, b, lateral (select a.x) c where a.x = b.x",
           "select 1 a, a + 1 b",
           "select a.b.c.d from a.b.c",
           "select count(*) from last",
           "select e.id, prior e.name from e start with e.id = 1 connect by e.boss = prior e.id",
           "select * from a asof",
           "select 'x' as \"Y\" from dual",
           "select t.date, t.value as value, schema, database, name, type, status, comment, id from t",
           "select * from t as of",
           "select a from t order by all",
           "select top, limit_ from t",
           "select * from t where a = 1 /* x */ and -- y\n b = 2 // z\n and c",
           "select * from a inner join b using (x), c",
       }) {
    auto result = parse_query(text);
    if (std::string_view(text) == "select * from t as of") continue; // OF is no reserved word of Snowflake's
    EXPECT_TRUE(result) << text << "\n" << (result ? "" : result.error().message);
  }
}

TEST(Queries, OfNoSenseAreRefused) {
  for (auto text : {"select", "select from t", "select 1 from", "select , from t", "select * from t where", "select 1 union",
                    "with a select 1", "select * from a join", "select * from t group", "select * from t order a", "values",
                    "select * from (select 1", "select 1 limit", "select * from t pivot (sum(a))",
                    "select a from t where b group by", "select * from left join b"}) {
    EXPECT_FALSE(parse_query(text)) << text;
  }
}

TEST(Queries, KeepTheTextOfTheirColumns) {
  auto query = *parse_query("select a + 1, count( * ) c, f(x)::int from t");
  const auto& items = std::get<Select>(query.body.node).items;
  EXPECT_EQ(items[0].text, "a + 1");
  EXPECT_EQ(items[1].text, "count( * )");
  EXPECT_EQ(items[1].alias->name, "C");
  EXPECT_EQ(items[2].text, "f(x)::int");
}

TEST(Queries, StagesAreReadWithTheirPaths) {
  auto query = *parse_query("select t.$1 from @db.\"my stage\"/a/b-c.csv.gz (file_format => (type => csv), pattern => '.*') t");
  const auto& stage = *std::get<Select>(query.body.node).from->as<StageTable>();
  EXPECT_EQ(joined(stage.location.name), "DB.my stage");
  EXPECT_EQ(stage.location.path, "a/b-c.csv.gz");
  EXPECT_EQ(find_property(stage.options, "PATTERN")->text, ".*");
  EXPECT_EQ(find_property(stage.options, "FILE_FORMAT")->properties[0].value.text, "csv");
  EXPECT_EQ(stage.alias.name->name, "T");
}

TEST(Queries, SetOperationsBindAsInStandardSql) {
  EXPECT_EQ(parse_query("select 1 union select 2 intersect select 3")->body.node.index(), 1u);
  auto query = *parse_query("select 1 union all select 2 union all select 3 union select 4");
  const auto& outer = std::get<SetOperation>(query.body.node);
  EXPECT_FALSE(outer.all);
  EXPECT_EQ(std::get<SetOperation>(outer.operands[0].node).operands.size(), 3u);
}

// ---- DML

TEST(Dml, InsertForms) {
  auto values = parsed<Insert>("insert into db.s.t (a, \"b\") values (1, default), ('x', current_timestamp())");
  EXPECT_EQ(joined(values.table), "DB.S.T");
  EXPECT_THAT(names(values.columns), ElementsAre("A", "b"));
  EXPECT_EQ(std::get<ValuesClause>(values.query.body.node).rows.size(), 2u);
  EXPECT_TRUE(parsed<Insert>("insert overwrite into t select * from s").overwrite);
  EXPECT_EQ(parsed<Insert>("insert into t with a as (select 1) select * from a").query.with.size(), 1u);
  EXPECT_TRUE(parsed<Insert>("insert into t (select 1)").columns.empty());
  auto all = parsed<MultiTableInsert>(
      "insert first when n > 1 then into a (x) values (n) into b when n > 2 then into c else into d values (1) select n from "
      "s");
  EXPECT_TRUE(all.first);
  ASSERT_EQ(all.branches.size(), 3u);
  EXPECT_EQ(all.branches[0].targets.size(), 2u);
  EXPECT_TRUE(all.branches[2].is_else);
  EXPECT_EQ(parsed<MultiTableInsert>("insert all into a into b (x) values (y) select y from s").branches[0].targets.size(), 2u);
}

TEST(Dml, UpdateMayRepeatItsAlias) {
  auto update = parsed<Update>("update customer c set c.a = s.a, b = 1 from staging s join x on true where c.id = s.id");
  EXPECT_EQ(update.alias->name, "C");
  EXPECT_EQ(joined(update.assignments[0].qualifier), "C");
  EXPECT_EQ(update.assignments[0].column.name, "A");
  EXPECT_TRUE(update.from);
  EXPECT_TRUE(parsed<Update>("update t set a = default").assignments[0].value.as<ColumnReference>());
}

TEST(Dml, DeleteAndTruncate) {
  auto remove = parsed<Delete>("delete from t using s, (select 1) x where t.id = s.id");
  EXPECT_TRUE(remove.using_tables->as<Join>());
  EXPECT_FALSE(parsed<Delete>("delete from t").where);
  EXPECT_EQ(parsed<Delete>("delete from t as a where a.x = 1").alias->name, "A");
  EXPECT_EQ(joined(parsed<Truncate>("truncate table if exists a.b").table), "A.B");
  EXPECT_EQ(joined(parsed<Truncate>("truncate b").table), "B");
}

TEST(Dml, MergeInTheFormOfTheSeeds) {
  auto merge = parsed<Merge>(R"(
    merge into customer c
    using customer_raw cr
       on  c.customer_id = cr.customer_id
    when matched and c.customer_id <> cr.customer_id or
                     c.first_name  <> cr.first_name  then update
        set c.customer_id = cr.customer_id
            ,c.first_name  = cr.first_name
            ,update_timestamp = current_timestamp()
    when matched and cr.deleted then delete
    when not matched then insert
               (c.customer_id, c.first_name)
        values (cr.customer_id, cr.first_name);)");
  EXPECT_EQ(merge.alias->name, "C");
  EXPECT_EQ(merge.source.as<NamedTable>()->alias.name->name, "CR");
  ASSERT_EQ(merge.clauses.size(), 3u);
  EXPECT_EQ(merge.clauses[0].assignments.size(), 3u);
  EXPECT_EQ(merge.clauses[1].action, MergeClause::Action::remove);
  EXPECT_THAT(names(merge.clauses[2].columns), ElementsAre("CUSTOMER_ID", "FIRST_NAME"));
  EXPECT_TRUE(
      parsed<Merge>(
          "merge into t using s on t.a = s.a when matched then update all by name when not matched then insert all by name")
          .clauses[0]
          .all_by_name);
  EXPECT_THAT(error_of("merge into t using s on 1 = 1 when not matched then insert (x.a) values (1)"),
              HasSubstr("invalid identifier"));
}

} // namespace
} // namespace freshet::sql
