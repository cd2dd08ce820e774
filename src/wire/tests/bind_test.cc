#include "wire/bind.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "wire/gzip.h"

namespace freshet::wire {
namespace {

using sql::TypeKind;

warehouse::Bind bind(std::string_view json) {
  auto rows = parse_binds(boost::json::parse(R"({"1":)" + std::string(json) + "}"));
  EXPECT_TRUE(rows.has_value());
  EXPECT_EQ(rows->rows.size(), 1u);
  return rows->rows.at(0).positional.at(0);
}

template <typename T>
void expect(std::string_view json, TypeKind kind, const T& value) {
  const auto parsed = bind(json);
  EXPECT_EQ(parsed.type.kind, kind) << json;
  EXPECT_EQ(parsed.value, engine::Value(value)) << json;
}

TEST(Bind, TakesTheTypesOfTheNodeDriver) {
  expect(R"({"type":"TEXT","value":"it's"})", TypeKind::text, std::string("it's"));
  expect(R"({"type":"FIXED","value":"-7"})", TypeKind::number, int64_t{-7});
  expect(R"({"type":"REAL","value":"1.5"})", TypeKind::real, 1.5);
  expect(R"({"type":"BOOLEAN","value":"true"})", TypeKind::boolean, true);
  expect(R"({"type":"VARIANT","value":"{\"a\":1}"})", TypeKind::text, std::string(R"({"a":1})"));
  expect(R"({"type":"TEXT","value":null})", TypeKind::text, std::monostate{});
}

TEST(Bind, TakesTheTypesOfThePythonDriver) {
  expect(R"({"type":"DATE","value":"1704067200000"})", TypeKind::date, engine::Date{19'723});
  expect(R"({"type":"DATE","value":"-86400000"})", TypeKind::date, engine::Date{-1});
  expect(R"({"type":"TIME","value":"3600000001000"})", TypeKind::time, engine::Time{3'600'000'001});
  expect(R"({"type":"TIMESTAMP_NTZ","value":"1704067200123456000"})", TypeKind::timestamp_ntz,
         engine::Timestamp{1'704'067'200'123'456});
  expect(R"({"type":"TIMESTAMP_LTZ","value":"1704067200123456000"})", TypeKind::timestamp_ltz,
         engine::TimestampTz{1'704'067'200'123'456});
  expect(R"({"type":"TIMESTAMP_TZ","value":"1704067200123456000 1500"})", TypeKind::timestamp_tz,
         engine::ZonedTimestamp{1'704'067'200'123'456, 60});
  expect(R"({"type":"BINARY","value":"00ff"})", TypeKind::binary, engine::Blob{std::string("\x00\xff", 2)});
  expect(R"({"type":"ANY","value":null})", TypeKind::text, std::monostate{});
}

TEST(Bind, ADecimalKeepsEveryDigit) {
  const auto decimal = bind(R"({"type":"FIXED","value":"12345678901234567890.120"})");
  EXPECT_EQ(decimal.type.scale, 3);
  EXPECT_EQ(decimal.value, engine::Value(engine::Decimal{"12345678901234567890.120"}));
}

TEST(Bind, WhatIsNotOfItsTypesFormIsText) {
  expect(R"({"type":"DATE","value":"2024-01-31"})", TypeKind::text, std::string("2024-01-31"));
  expect(R"({"type":"FIXED","value":"seven"})", TypeKind::text, std::string("seven"));
}

TEST(Bind, AListIsOneRowPerEntry) {
  const auto rows =
      parse_binds(boost::json::parse(R"({"1":{"type":"FIXED","value":["1","2"]},"2":{"type":"TEXT","value":["a",null]}})"));
  ASSERT_TRUE(rows.has_value());
  EXPECT_TRUE(rows->is_array);
  ASSERT_EQ(rows->rows.size(), 2u);
  EXPECT_EQ(rows->rows[1].positional[0].value, engine::Value(int64_t{2}));
  EXPECT_EQ(rows->rows[1].positional[1].value, engine::Value(std::monostate{}));
}

TEST(Bind, ListsOfDifferentLengthsAndMissingNumbersAreRefused) {
  EXPECT_FALSE(parse_binds(boost::json::parse(R"({"1":{"type":"TEXT","value":["a"]},"2":{"type":"TEXT","value":["a","b"]}})")));
  EXPECT_FALSE(parse_binds(boost::json::parse(R"({"2":{"type":"TEXT","value":"a"}})")));
  EXPECT_FALSE(parse_binds(boost::json::parse(R"({"1":{"type":"TEXT"}})")));
  EXPECT_FALSE(parse_binds(boost::json::parse("[]")));
}

TEST(Gzip, WhatWasCompressedComesBackUnlessItIsTooLargeOrDamaged) {
  const std::string plain(100'000, 'x');
  const auto compressed = gzip(plain);
  EXPECT_EQ(gunzip(compressed, 1 << 20), plain);
  EXPECT_FALSE(gunzip(compressed, 1000).has_value());
  EXPECT_FALSE(gunzip(compressed.substr(0, compressed.size() / 2), 1 << 20).has_value());
  EXPECT_FALSE(gunzip("not gzip", 1 << 20).has_value());
}

} // namespace
} // namespace freshet::wire
