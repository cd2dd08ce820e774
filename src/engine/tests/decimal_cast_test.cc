#include <gtest/gtest.h>

#include <fmt/format.h>

#include <random>

#include "engine/engine.h"

namespace freshet::engine {
namespace {

struct DecimalCast : testing::Test {
  std::unique_ptr<Database> database = Database::open({}).value();
  std::unique_ptr<Connection> connection = database->connect().value();

  /// What the text is as DECIMAL(type), printed; the error's message where it is none.
  std::string cast(const std::string& text, const std::string& type) {
    const auto rows = connection->query(fmt::format("SELECT CAST(CAST({} AS DECIMAL({})) AS VARCHAR)", quote_literal(text), type));
    return rows ? std::string(rows->text(0, 0)) : rows.error().message;
  }
};

TEST_F(DecimalCast, ReadsWhatNumbersLookLike) {
  EXPECT_EQ(cast("42", "38,0"), "42");
  EXPECT_EQ(cast(" \t-7\n", "38,0"), "-7");
  EXPECT_EQ(cast("+5.25", "38,2"), "5.25");
  EXPECT_EQ(cast("12.", "38,1"), "12.0");
  EXPECT_EQ(cast(".5", "38,1"), "0.5");
  EXPECT_EQ(cast("1.5e3", "38,0"), "1500");
  EXPECT_EQ(cast("15E-1", "38,1"), "1.5");
  EXPECT_EQ(cast("000000000000000000000000000000000000000000000000001", "38,0"), "1");
  EXPECT_EQ(cast("0e99999", "38,0"), "0");
}

TEST_F(DecimalCast, RoundsHalfAwayFromZero) {
  EXPECT_EQ(cast("12.5", "38,0"), "13");
  EXPECT_EQ(cast("-12.5", "38,0"), "-13");
  EXPECT_EQ(cast("12.49999999999999999999999999999999999999999999999", "38,0"), "12");
  EXPECT_EQ(cast("0.005", "38,2"), "0.01");
  EXPECT_EQ(cast("1e-400", "38,0"), "0");
  EXPECT_EQ(cast("12345678901234567890123456789012345678.5", "38,0"), "12345678901234567890123456789012345679");
}

TEST_F(DecimalCast, RefusesWhatDoesNotFitOrIsNoNumber) {
  EXPECT_EQ(cast("99999999999999999999999999999999999999", "38,0"), "99999999999999999999999999999999999999");
  for (const std::string text : {"99999999999999999999999999999999999999.5", "100000000000000000000000000000000000000", "9e38", "1e38",
                                 "", ".", "-", "1e", "1e+", "abc", "5 5", "0x10", "1_000", "1.2.3", "--1", "nan"}) {
    EXPECT_TRUE(cast(text, "38,0").starts_with(fmt::format("Could not convert string \"{}\" to DECIMAL(38,0)", text))) << cast(text, "38,0");
  }
  EXPECT_EQ(cast("9.99", "19,18"), "9.990000000000000000");
  EXPECT_TRUE(cast("10", "19,18").starts_with("Could not convert"));
}

TEST_F(DecimalCast, NullStaysNullAndTryCastGivesNull) {
  const auto rows = connection
                        ->query("SELECT count(*), count(TRY_CAST(t AS DECIMAL(38,0))), max(TRY_CAST(t AS DECIMAL(38,0)))::BIGINT "
                                "FROM (SELECT CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN 'x' ELSE i::VARCHAR END AS t FROM range(9000) r(i))")
                        .value();
  EXPECT_EQ(rows.integer(0, 0), 9000);
  EXPECT_EQ(rows.integer(0, 1), 3000);
  EXPECT_EQ(rows.integer(0, 2), 8999);
}

TEST_F(DecimalCast, AgreesWithTheEnginesOwnCastOfFewerDigits) {
  std::mt19937_64 random(7);
  std::string values;
  for (int i = 0; i < 5000; ++i) {
    const auto digits = random() % 1'000'000'000;
    auto text = fmt::format("{}{}", random() % 2 == 0 ? "-" : "", digits);
    if (const auto point = random() % 12; point < text.size()) text.insert(text.size() - point, ".");
    values += fmt::format("{}('{}')", i > 0 ? ", " : "", text);
  }
  const auto rows = connection
                        ->query("SELECT count(*), count(TRY_CAST(t AS DECIMAL(18,3))), count(*) FILTER (TRY_CAST(t AS DECIMAL(18,3)) IS DISTINCT "
                                "FROM TRY_CAST(t AS DECIMAL(38,3))), min(t) FILTER (TRY_CAST(t AS DECIMAL(18,3)) IS DISTINCT "
                                "FROM TRY_CAST(t AS DECIMAL(38,3))) FROM (VALUES " + values + ") v(t)")
                        .value();
  EXPECT_EQ(rows.integer(0, 0), 5000);
  EXPECT_GT(rows.integer(0, 1), 4900);
  EXPECT_EQ(rows.integer(0, 2), 0) << rows.text(0, 3);
}

} // namespace
} // namespace freshet::engine
