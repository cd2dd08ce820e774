// The parser and its printer under faulty and huge texts: never a crash, a hang or an error outside of the text.
#include <gmock/gmock.h>

#include <ctime>

#include "sql/parser.h"
#include "sql/snowflake_printer.h"
#include "sql/tests/mutation.h"
#include "sql/tests/statement_corpus.h"

namespace freshet::sql {
namespace {

using ::testing::HasSubstr;
using testing::problem_with;

std::vector<std::string> corpus() {
  auto texts = testing::statements_of_test_files(FRESHET_SOURCE_DIR);
  for (auto& text : testing::example_scripts(FRESHET_SOURCE_DIR)) texts.push_back(std::move(text));
  for (auto& text : testing::literals_of_parser_tests(FRESHET_SOURCE_DIR)) texts.push_back(std::move(text));
  return texts;
}

std::string repeated(std::string_view piece, size_t times) {
  std::string text;
  text.reserve(piece.size() * times);
  for (size_t i = 0; i < times; ++i) text += piece;
  return text;
}

TEST(Fuzz, MutantsOfTheCorpusParseOrFailInTheirPlace) {
  testing::Mutator mutator(corpus(), 20260101);
  for (int i = 0; i < 6000; ++i) {
    std::string text = mutator.next();
    std::string problem = problem_with(text);
    ASSERT_EQ(problem, "") << "mutant " << i << ": " << text;
  }
}

// What longer runs of sql_fuzz found.
TEST(Fuzz, SeedsThatOnceFailed) {
  for (std::string_view text : {
           "create table t (a not null)",
           "list @\"a%b\"/c",
           "select prior \"a\" from t start with a = 1 connect by prior a = b",
           "drop procedure p(char varying, timestamp without time zone)",
       }) {
    EXPECT_EQ(problem_with(text), "") << text;
  }
}

// ---- depth

TEST(Fuzz, DeepNestingIsRefusedNotOverflown) {
  constexpr size_t k_deep = 20'000;
  const std::pair<std::string_view, std::string_view> nests[] = {
      {"(", ")"},
      {"NOT ", ""},
      {"- ", ""},
      {"CASE WHEN ", " THEN 1 END"},
      {"CASE ", " WHEN 1 THEN 1 END"},
      {"(SELECT ", ")"},
      {"f(", ")"},
      {"[", "]"},
      {"{'a': ", "}"},
      {"CAST(", " AS INT)"},
      {"EXISTS (SELECT ", ")"},
      {"x -> ", ""},
      {"PRIOR ", ""},
      {"CONNECT_BY_ROOT ", ""},
      {"x[", "]"},
      {"1 IN (", ")"},
      {"TABLE(", ")"},
      {"f(a => ", ")"},
      {"1 BETWEEN 1 AND (", ")"},
      {"a OR (b AND ", ")"},
  };
  for (const auto& [open, close] : nests) {
    std::string text = "SELECT " + repeated(open, k_deep) + "a" + repeated(close, k_deep);
    auto statement = parse_statement(text);
    ASSERT_FALSE(statement) << open;
    EXPECT_EQ(statement.error().code, 1003) << open;
  }
  for (const auto& [open, close] :
       {std::pair{"(", ")"}, {"(SELECT * FROM ", ")"}, {"((SELECT 1) UNION ", ")"}, {"a JOIN (", ")"}}) {
    std::string text = "SELECT * FROM " + repeated(open, k_deep) + "a" + repeated(close, k_deep);
    EXPECT_FALSE(parse_statement(text)) << open;
  }
  EXPECT_FALSE(parse_statement(repeated("EXPLAIN ", k_deep) + "SELECT 1"));
  EXPECT_FALSE(parse_statement(repeated("BEGIN ", k_deep) + repeated("END;", k_deep)));
  EXPECT_FALSE(parse_statement(repeated("BEGIN CREATE TASK a AS ", k_deep) + repeated("END;", k_deep)));
  EXPECT_FALSE(parse_type(repeated("ARRAY(", k_deep)));
  EXPECT_FALSE(parse_statement("CREATE STAGE s a = " + repeated("(", k_deep)));
}

/// As deep as is allowed: the tree is printed, copied, compared and destroyed.
TEST(Fuzz, WhatIsJustNotTooDeepIsWhole) {
  const std::pair<std::string_view, std::string_view> nests[] = {
      {"(1 + ", ")"},
      {"NOT ", ""},
      {"- ", ""},
      {"CASE WHEN ", " THEN 1 END"},
      {"(SELECT ", ")"},
      {"f(", ")"},
      {"[", "]"},
      {"{'a': ", "}"},
      {"EXISTS (SELECT ", ")"},
      {"x -> ", ""},
      {"", " + 1"},
      {"", "::int"},
      {"", " = 1"},
      {"", "[0]"},
      {"1 IN (", ")"},
  };
  for (const auto& [open, close] : nests) {
    size_t deepest = 0;
    for (size_t depth = 1; depth < 3000; depth = depth * 5 / 4 + 1) {
      std::string text = "SELECT " + repeated(open, depth) + "a" + repeated(close, depth);
      if (!parse_statement(text)) break;
      ASSERT_EQ(problem_with(text), "") << open << close << depth;
      deepest = depth;
    }
    EXPECT_GE(deepest, 80u) << open << close;
  }
}

TEST(Fuzz, LongChainsOfAndOrUnionAndListsAreFlat) {
  constexpr size_t k_long = 50'000;
  constexpr size_t k_fewer = 10'000;
  EXPECT_EQ(problem_with("SELECT 1 WHERE a = 1" + repeated(" AND b <> 2", k_long)), "");
  EXPECT_EQ(problem_with("SELECT 1 WHERE a" + repeated(" OR NOT b", k_long)), "");
  EXPECT_EQ(problem_with("SELECT 1" + repeated(" UNION ALL SELECT 1", k_fewer)), "");
  EXPECT_EQ(problem_with("SELECT a IN (1" + repeated(", 1", k_long) + ")"), "");
  EXPECT_EQ(problem_with("INSERT INTO t VALUES (1, 'a')" + repeated(", (1, 'a')", k_fewer)), "");
  EXPECT_EQ(problem_with("SELECT CASE" + repeated(" WHEN a THEN b", k_fewer) + " END"), "");
}

// ---- time

/// Of the processor, since others may use it, too.
double seconds_for(const std::string& text) {
  auto begin = std::clock();
  static_cast<void>(problem_with(text));
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

/// Eight times the text takes about eight times the time; quadratic would be sixty-four.
TEST(Fuzz, TimeIsLinearInTheText) {
  const std::tuple<std::string_view, std::string_view, std::string_view> shapes[] = {
      {"SELECT a IN (1", ", 'abc'", ")"},
      {"INSERT INTO t VALUES (1)", ", (1)", ""},
      {"SELECT 1 /*", "* x\n", "*/"},
      {"SELECT 1 --", "-- x", ""},
      {"SELECT '", "x''\\n\n", ""},
      {"SELECT '", "x''\\n\n", "'"},
      {"SELECT $$", "$ \n", ""},
      {"SELECT \"", "a\"\"", ""},
      {"SELECT ", "(", ""},
      {"SELECT (", "(a),", ""},
      {"SELECT ", "(a, ", ""},
      {"SELECT ", "(SELECT 1) + ", "1"},
      {"SELECT a FROM ", "((SELECT 1), ", "t"},
      {"", "BEGIN END; ", ""},
      {"", "BEGIN SELECT :a; ", "END"},
      {"BEGIN ", "SELECT :a, :b; ", "END"},
      {"", "DECLARE ", ""},
      {"", "CASE BEGIN ", ""},
      {"", "SELECT 1;", ""},
      {"CREATE TABLE t (a INT", ", a INT", ")"},
      {"CREATE STAGE s", " A = 1", ""},
      {"SELECT * FROM @", "\"a\"/", ""},
      {"SELECT 1 WHERE a", " AND b", ""},
      {"SELECT 1", " UNION SELECT 2", ""},
      {"GRANT a", ", a", " ON TABLE t TO ROLE r"},
      {"SELECT a", " b", ""},
      {"SELECT a", ".b", ""},
      {"SELECT ", "\xC2\xA0", "1"},
  };
  for (const auto& [begin, middle, end] : shapes) {
    auto text = [&](size_t times) { return std::string(begin) + repeated(middle, times) + std::string(end); };
    constexpr size_t k_small = 2'000;
    double small = std::max(0.002, seconds_for(text(k_small)));
    double large = seconds_for(text(8 * k_small));
    if (large > 32 * small) large = seconds_for(text(8 * k_small)); // the machine was busy
    EXPECT_LT(large, 32 * small) << begin << middle << end;
  }
}

} // namespace
} // namespace freshet::sql
