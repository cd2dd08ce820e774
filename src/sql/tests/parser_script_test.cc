#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql/parser.h"
#include "sql/syntax_scripting.h"

namespace freshet::sql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

ScriptBlock parsed(std::string_view text) {
  auto block = parse_script_block(text);
  EXPECT_TRUE(block) << block.error().message;
  return block ? *block : ScriptBlock{};
}

std::string error_of(std::string_view text) {
  auto block = parse_script_block(text);
  return block ? "no error" : block.error().message;
}

TEST(ScriptParser, DeclaresVariablesCursorsResultsetsExceptionsAndProcedures) {
  auto block = parsed(R"(
    declare
      x number(38, 2) default 1.5;
      y := x + 1;
      z varchar;
      c1 cursor for select price from invoices where id > ? and name = :z;
      c2 cursor for r;
      r resultset default (select 1);
      e exception (-20002, 'Raised');
      p procedure (a int, b varchar default 'x') returns int as begin return a; end;
    begin
      return x;
    end;)");
  ASSERT_THAT(block.declarations, SizeIs(8));
  EXPECT_EQ(block.declarations[0].as<ScriptVariable>()->type->name, "NUMBER");
  EXPECT_FALSE(block.declarations[1].as<ScriptVariable>()->type);
  EXPECT_FALSE(block.declarations[2].as<ScriptVariable>()->value);
  EXPECT_THAT(block.declarations[3].as<ScriptCursor>()->query->binds, ElementsAre("Z"));
  EXPECT_EQ(block.declarations[3].as<ScriptCursor>()->query->statement.binds, 1u);
  EXPECT_EQ(block.declarations[4].as<ScriptCursor>()->resultset->name, "R");
  EXPECT_TRUE(block.declarations[5].as<ScriptResultset>()->value->sql);
  EXPECT_EQ(block.declarations[6].as<ScriptException>()->number, -20002);
  EXPECT_THAT(block.declarations[7].as<ScriptNestedProcedure>()->parameters, SizeIs(2));
}

TEST(ScriptParser, ReadsEveryKindOfLoopWithItsLabel) {
  auto block = parsed(R"(begin
    for i in reverse 1 to n * 2 do continue; end for outer_loop;
    for rec in c1 loop break outer_loop; end loop;
    for rec in (select 1) do exit; end for;
    while (i < 3) do i := i + 1; end while w;
    repeat iterate; until (i > 3) end repeat;
    loop null; end loop l;
  end)");
  ASSERT_THAT(block.body, SizeIs(6));
  EXPECT_TRUE(block.body[0].as<ScriptFor>()->reverse);
  EXPECT_EQ(block.body[0].as<ScriptFor>()->label, "OUTER_LOOP");
  EXPECT_TRUE(block.body[0].as<ScriptFor>()->body[0].as<ScriptJump>()->goes_on);
  EXPECT_EQ(block.body[1].as<ScriptFor>()->rows->name, "C1");
  EXPECT_EQ(block.body[1].as<ScriptFor>()->body[0].as<ScriptJump>()->label, "OUTER_LOOP");
  EXPECT_TRUE(block.body[2].as<ScriptFor>()->query);
  EXPECT_EQ(block.body[3].as<ScriptLoop>()->kind, ScriptLoop::Kind::while_);
  EXPECT_EQ(block.body[4].as<ScriptLoop>()->kind, ScriptLoop::Kind::repeat);
  EXPECT_EQ(block.body[5].as<ScriptLoop>()->label, "L");
}

TEST(ScriptParser, ReadsBranchesAndHandlers) {
  auto block = parsed(R"(begin
    if (a) then return 1; elseif (b) then return 2; else if (c) then return 3; end if; end if;
    case (x) when 1 then null; when 2 then null; else return 5; end case;
    case when x > 1 then null; end;
  exception
    when statement_error or my_error then raise;
    when other continue then return sqlerrm;
  end my_label;)");
  EXPECT_THAT(block.body[0].as<ScriptIf>()->branches, SizeIs(2));
  EXPECT_THAT(block.body[0].as<ScriptIf>()->otherwise, SizeIs(1));
  EXPECT_TRUE(block.body[1].as<ScriptCase>()->operand);
  EXPECT_TRUE(block.body[1].as<ScriptCase>()->otherwise);
  EXPECT_FALSE(block.body[2].as<ScriptCase>()->otherwise);
  ASSERT_THAT(block.handlers, SizeIs(2));
  EXPECT_THAT(block.handlers[0].exceptions, ElementsAre("STATEMENT_ERROR", "MY_ERROR"));
  EXPECT_TRUE(block.handlers[1].goes_on);
  EXPECT_EQ(block.label, "MY_LABEL");
}

TEST(ScriptParser, TakesIntoAndBindsFromStatements) {
  auto block = parsed("begin\n  select a, b into :x, y from t where id = :rec.id and v:path = :z;\n end;");
  const auto* sql = block.body[0].as<ScriptSql>();
  ASSERT_TRUE(sql);
  EXPECT_THAT(sql->into, SizeIs(2));
  EXPECT_THAT(sql->binds, ::testing::IsSupersetOf({std::string("X"), std::string("REC.ID"), std::string("Z")}));
  EXPECT_EQ(block.body[0].range.line, 2u);
  EXPECT_EQ(sql->statement.range.line, 1u); // counts from its own beginning
}

TEST(ScriptParser, TellsStatementsInBracketsFromExpressions) {
  auto block = parsed("begin a := (select 1); b := (select 1) + 1; c := (x + 1); d := (call p()); return table(r); end;");
  EXPECT_TRUE(block.body[0].as<ScriptAssignment>()->value.sql);
  EXPECT_TRUE(block.body[1].as<ScriptAssignment>()->value.expression);
  EXPECT_TRUE(block.body[2].as<ScriptAssignment>()->value.expression);
  EXPECT_TRUE(block.body[3].as<ScriptAssignment>()->value.sql);
  EXPECT_EQ(block.body[4].as<ScriptReturn>()->table->name, "R");
}

TEST(ScriptParser, BeginsTransactionsInsideBlocks) {
  auto block = parsed("begin begin transaction; begin; commit; begin select 1; end; end;");
  ASSERT_THAT(block.body, SizeIs(4));
  EXPECT_TRUE(block.body[0].as<ScriptSql>()->statement.as<BeginTransaction>());
  EXPECT_TRUE(block.body[1].as<ScriptSql>()->statement.as<BeginTransaction>());
  EXPECT_TRUE(block.body[3].as<ScriptBlock>());
}

TEST(ScriptParser, NamesTheFaultyToken) {
  EXPECT_THAT(error_of("begin\n  let x 5;\nend;"), HasSubstr("line 2 at position 8 unexpected '5'"));
  EXPECT_THAT(error_of("begin if (x) return 1; end if; end;"), HasSubstr("unexpected 'return'"));
  EXPECT_THAT(error_of("begin select 1 end;"), HasSubstr("unexpected"));
  EXPECT_THAT(error_of("begin select 1;"), HasSubstr("unexpected '<EOF>'"));
}

TEST(ScriptParser, BoundsNesting) {
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "begin ";
  EXPECT_THAT(error_of(deep), HasSubstr("may nest"));
}

TEST(ScriptParser, TransactionsStillBegin) {
  for (auto text : {"begin", "begin;", "begin transaction", "begin work", "begin name x", "start transaction name y;"}) {
    auto statement = parse_statement(text);
    ASSERT_TRUE(statement) << text;
    EXPECT_TRUE(statement->as<BeginTransaction>()) << text;
  }
}

TEST(ScriptParser, BlocksStayWholeInScripts) {
  constexpr std::string_view k_text = R"(
    create procedure p(a int) returns int language sql as
    declare q procedure () returns int as begin return 1; end; x int; begin call q() into :x; return case when x = 1 then 2 end; end;
    declare x int; begin for i in 1 to 3 do x := i; end for; end;
    begin transaction; commit;
    create task t as begin let i := 1; while (i < 3) do i := i + 1; end while; end;
    select 1;)";
  auto script = parse_script(k_text);
  ASSERT_TRUE(script) << script.error().message;
  EXPECT_THAT(*script, SizeIs(6));
  auto texts = split_script(k_text);
  ASSERT_TRUE(texts);
  ASSERT_EQ(texts->size(), script->size());
  for (size_t i = 0; i < script->size(); ++i) EXPECT_EQ((*texts)[i].text, (*script)[i].text);
}

} // namespace
} // namespace freshet::sql
