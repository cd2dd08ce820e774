#include "wire/script.h"

#include <fmt/ranges.h>
#include <gmock/gmock.h>

namespace freshet::wire {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Runs scripts on a server that knows `select` and fails otherwise.
class ScriptTest : public testing::Test {
 protected:
  size_t run(std::string_view script, ScriptOptions options = {}) {
    ScriptHost host;
    host.execute = [&](std::string_view text) -> sql::SqlResult<ResultTable> {
      ran_.emplace_back(text);
      if (text.starts_with("select")) return ResultTable{};
      return sql::fail({2003, "42S02", "Object 'NOPE' does not exist or not authorized.", text.contains('\n') ? 2u : 1u,
                        text.contains('\n') ? 5u : 0u});
    };
    host.on_result = [&](const ResultTable&) { ++results_; };
    host.on_error = [&](const ScriptError& error) { errors_.push_back(to_string(error)); };
    host.print = [&](std::string_view line) { printed_.emplace_back(line); };
    host.read_file = [](const std::string& path) -> Result<std::string> {
      if (path == "other.sql") return "select 'other &a';\nbad;";
      if (path == "self.sql") return "!source self.sql";
      return fail(ErrorKind::not_found, path + ": no such file");
    };
    return run_script(script, std::move(options), host);
  }

  std::vector<std::string> ran_, errors_, printed_;
  size_t results_ = 0;
};

TEST_F(ScriptTest, StopsAtTheFirstErrorWithItsPlaceInTheScript) {
  EXPECT_EQ(run("select 1;\n  delete\n from nope; select 2;", {.name = "x.sql"}), 1u);
  EXPECT_EQ(results_, 1u);
  EXPECT_THAT(errors_, ElementsAre("x.sql:3:6: 002003 (42S02): Object 'NOPE' does not exist or not authorized."));
}

TEST_F(ScriptTest, GoesOnWhenItIsToldTo) {
  EXPECT_EQ(run("select 1;\n  delete\n from nope; select 2;", {.go_on = true}), 1u);
  EXPECT_EQ(results_, 2u);
}

TEST_F(ScriptTest, AnErrorOnItsStatementsFirstLineCountsFromTheStatement) {
  run("select 1; bad");
  EXPECT_THAT(errors_, ElementsAre("query:1:11: 002003 (42S02): Object 'NOPE' does not exist or not authorized."));
}

TEST_F(ScriptTest, SnowsqlsCommandsAndVariables) {
  EXPECT_EQ(run("!set variable_substitution=true;\n!define a=one\n-- a comment\n!print a is &a, && is itself\n"
                "select '&a', '&{a}_x', '<% a %>', '&&a' ;\n!exit\nselect 2;"),
            0u);
  EXPECT_THAT(printed_, ElementsAre("a is one, & is itself"));
  EXPECT_THAT(ran_, ElementsAre("select 'one', 'one_x', 'one', '&a'"));
}

TEST_F(ScriptTest, WithoutSubstitutionAnAmpersandIsOne) {
  run("select 'a & b', '&a';");
  EXPECT_THAT(ran_, ElementsAre("select 'a & b', '&a'"));
}

TEST_F(ScriptTest, AVariableThatIsNotDefinedIsAnError) {
  EXPECT_EQ(run("select 1;\nselect &nothing;", {.substitute = true}), 1u);
  EXPECT_THAT(errors_, ElementsAre(HasSubstr("query:2:1: 001003 (42000): Variable nothing is not defined")));
}

TEST_F(ScriptTest, SourceRunsAnotherFileAndNamesItInErrors) {
  EXPECT_EQ(run("!set exit_on_error=false\n!source other.sql\nselect 2;",
                {.name = "x.sql", .substitute = true, .variables = {{"a", "1"}}}),
            1u);
  EXPECT_THAT(ran_, ElementsAre("select 'other 1'", "bad", "select 2"));
  EXPECT_THAT(errors_, ElementsAre(testing::StartsWith("other.sql:2:1: 002003")));
}

TEST_F(ScriptTest, WhatCannotBeDoneIsSaid) {
  EXPECT_EQ(run("!frobnicate\n!source gone.sql\n!source self.sql\n!define x\nselect 1;", {.go_on = true}), 4u);
  EXPECT_THAT(errors_[0], HasSubstr("'!frobnicate' is none of the SnowSQL commands"));
  EXPECT_THAT(errors_[1], HasSubstr("gone.sql: no such file"));
  EXPECT_THAT(errors_[2], HasSubstr("scripts name each other without end"));
  EXPECT_THAT(errors_[3], HasSubstr("needs name=value"));
  EXPECT_THAT(ran_, ElementsAre("select 1"));
}

} // namespace
} // namespace freshet::wire
