#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/engine.h"

namespace freshet::engine {
namespace {

struct KeyCounter : testing::Test {
  std::unique_ptr<Database> database = Database::open({}).value();
  std::unique_ptr<Connection> connection = database->connect().value();

  /// Of `rows`, a relation of key and gone.
  std::string single_keys(const std::string& rows) {
    const auto found =
        connection->query(fmt::format("SELECT freshet_single_keys(hash(k), gone) FROM {} AS t(k, gone)", rows)).value();
    return found.is_null(0, 0) ? "NULL" : std::to_string(found.integer(0, 0));
  }
};

TEST_F(KeyCounter, CountsKeysThatCameOnce) {
  EXPECT_EQ(single_keys("(VALUES (1, false), (2, false), (3, false))"), "3");
  EXPECT_EQ(single_keys("(VALUES (1, true), (1, false), (2, false), (1, true))"), "2");
  EXPECT_EQ(single_keys("(SELECT i, false FROM range(1000000) r(i))"), "1000000");
  EXPECT_EQ(single_keys("(SELECT i % 600000, i >= 600000 FROM range(1000000) r(i))"), "600000");
}

TEST_F(KeyCounter, GivesNoneWhenAKeyCameTwiceOrOnlyWent) {
  EXPECT_EQ(single_keys("(VALUES (1, false), (1, false))"), "0");
  EXPECT_EQ(single_keys("(VALUES (1, false), (2, true))"), "0");
  EXPECT_EQ(single_keys("(SELECT 1, false WHERE false)"), "0");
  EXPECT_EQ(single_keys("(SELECT CASE i WHEN 999999 THEN 0 ELSE i END, false FROM range(1000000) r(i))"), "0");
  EXPECT_EQ(single_keys("(SELECT i, i = 999999 FROM range(1000000) r(i))"), "0");
}

TEST_F(KeyCounter, DoesNotCountMoreThanFourMillion) {
  EXPECT_EQ(single_keys("(SELECT i, false FROM range(4194304) r(i))"), "4194304");
  EXPECT_EQ(single_keys("(SELECT i, false FROM range(4200000) r(i))"), "NULL");
}

} // namespace
} // namespace freshet::engine
