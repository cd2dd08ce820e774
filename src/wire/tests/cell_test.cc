#include "wire/cell.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "engine/zoned_timestamp.h"
#include "wire/json_text.h"

namespace freshet::wire {
namespace {

using engine::TypeId;
using sql::TypeKind;

/// One value of an engine type as a column of one row.
template <typename T>
std::string cell(const sql::SnowflakeType& type, const engine::Type& engine_type, T value, const char* zone = "UTC") {
  std::string out;
  append_cell(out, type, engine::Vector(&engine_type, &value, nullptr, {}), 0, ZoneOffsets(zone));
  return out;
}

TEST(Cell, NumbersHaveTheDigitsOfTheirScale) {
  EXPECT_EQ(cell<int64_t>({.kind = TypeKind::number}, {.id = TypeId::bigint}, -42), "-42");
  EXPECT_EQ(cell<int32_t>({.kind = TypeKind::number, .precision = 9, .scale = 2},
                          {.id = TypeId::decimal, .width = 9, .scale = 2}, 150),
            "1.50");
  EXPECT_EQ(cell<int16_t>({.kind = TypeKind::number, .scale = 3}, {.id = TypeId::decimal, .width = 4, .scale = 3}, -5),
            "-0.005");
  const auto wide = __int128{1'234'567'890'123'456'789} * 10'000'000'000'000'000'000u + 1;
  EXPECT_EQ(cell<__int128>({.kind = TypeKind::number}, {.id = TypeId::decimal, .width = 38}, wide),
            "12345678901234567890000000000000000001");
}

TEST(Cell, AnIntegerInAColumnWithScaleGetsItsZeros) {
  EXPECT_EQ(cell<int64_t>({.kind = TypeKind::number, .scale = 2}, {.id = TypeId::bigint}, 7), "7.00");
}

TEST(Cell, BooleansAreOneAndZero) {
  EXPECT_EQ(cell<uint8_t>({.kind = TypeKind::boolean}, {.id = TypeId::boolean}, 1), "1");
  EXPECT_EQ(cell<uint8_t>({.kind = TypeKind::boolean}, {.id = TypeId::boolean}, 0), "0");
}

TEST(Cell, DatesAreDaysSince1970) {
  EXPECT_EQ(cell<int32_t>({.kind = TypeKind::date}, {.id = TypeId::date}, 20'000), "20000");
  EXPECT_EQ(cell<int32_t>({.kind = TypeKind::date}, {.id = TypeId::date}, -1), "-1");
}

TEST(Cell, TimesAndTimestampsAreSecondsWithTheFractionOfTheirScale) {
  const engine::Type micros{.id = TypeId::timestamp};
  EXPECT_EQ(cell<int64_t>({.kind = TypeKind::timestamp_ntz, .scale = 9}, micros, 1'700'000'000'123'456),
            "1700000000.123456000");
  EXPECT_EQ(cell<int64_t>({.kind = TypeKind::timestamp_ntz, .scale = 3}, micros, 1'700'000'000'123'456), "1700000000.123");
  EXPECT_EQ(cell<int64_t>({.kind = TypeKind::timestamp_ntz, .scale = 0}, micros, 1'700'000'000'999'999), "1700000000");
  EXPECT_EQ(cell<int64_t>({.kind = TypeKind::timestamp_ntz, .scale = 9}, micros, -500'000), "-0.500000000");
  EXPECT_EQ(cell<int64_t>({.kind = TypeKind::time, .scale = 9}, {.id = TypeId::time}, 3'600'000'001), "3600.000001000");
  EXPECT_EQ(cell<int64_t>({.kind = TypeKind::timestamp_ntz, .scale = 9}, {.id = TypeId::timestamp_ns}, 1'000'000'001),
            "1.000000001");
}

TEST(Cell, ATimestampWithZoneCarriesItsOffsetPlusADay) {
  const sql::SnowflakeType type{.kind = TypeKind::timestamp_tz, .scale = 9};
  const engine::Type zoned{.id = TypeId::timestamp_tz};
  const int64_t july = 1'751'328'000'000'000; // 2025-07-01T00:00:00Z
  EXPECT_EQ(cell(type, zoned, july), "1751328000.000000000 1440");
  EXPECT_EQ(cell(type, zoned, july, "America/Los_Angeles"), "1751328000.000000000 1020"); // seven hours behind, in summer
  EXPECT_EQ(cell(type, zoned, july, "Asia/Kolkata"), "1751328000.000000000 1770");
  EXPECT_EQ(cell(type, zoned, july, "No/Such_Zone"), "1751328000.000000000 1440");
  const engine::Type own_offset{.id = TypeId::interval};
  EXPECT_EQ(cell(type, own_offset, engine::pack({july, -510}), "Asia/Kolkata"), "1751328000.000000000 930");
  EXPECT_EQ(cell(type, own_offset, engine::pack({-1, 840})), "-0.000001000 2280");
}

TEST(Cell, FloatsKeepEveryDigitThatMatters) {
  EXPECT_EQ(cell<double>({.kind = TypeKind::real}, {.id = TypeId::double_}, 0.1), "0.1");
  EXPECT_EQ(cell<double>({.kind = TypeKind::real}, {.id = TypeId::double_}, 1e300), "1e+300");
}

TEST(Cell, RowTypesNameWhatDriversAskFor) {
  std::string out;
  append_row_type(out, {.name = "A \"b\"", .type = {.kind = TypeKind::number, .precision = 10, .scale = 2}, .nullable = false});
  const auto number = boost::json::parse(out).as_object();
  EXPECT_EQ(number.at("name"), "A \"b\"");
  EXPECT_EQ(number.at("type"), "fixed");
  EXPECT_EQ(number.at("precision"), 10);
  EXPECT_EQ(number.at("scale"), 2);
  EXPECT_EQ(number.at("nullable"), false);
  out.clear();
  append_row_type(out, {.name = "T", .type = {.kind = TypeKind::text, .length = 20}});
  const auto text = boost::json::parse(out).as_object();
  EXPECT_EQ(text.at("type"), "text");
  EXPECT_EQ(text.at("length"), 20);
  EXPECT_EQ(text.at("byteLength"), 80);
}

TEST(JsonText, IndentsMembersAndElements) {
  const auto indented = [](std::string_view compact) {
    std::string out;
    append_indented_json(out, compact);
    return out;
  };
  EXPECT_EQ(indented(R"({"a":1,"b":[true,{"c":null}],"d":{},"e":[]})"),
            "{\n  \"a\": 1,\n  \"b\": [\n    true,\n    {\n      \"c\": null\n    }\n  ],\n  \"d\": {},\n  \"e\": []\n}");
  EXPECT_EQ(indented(R"(["x, {\"y\": [1]}",undefined])"), "[\n  \"x, {\\\"y\\\": [1]}\",\n  undefined\n]");
  EXPECT_EQ(indented("[1,\"\xef\xb7\x90\"]"), "[\n  1,\n  undefined\n]"); // an element that is SQL's NULL
  EXPECT_EQ(indented("12.5"), "12.5");
  EXPECT_EQ(indented(R"("text\)"), R"("text\)"); // cut short: as far as it goes
}

TEST(JsonText, EscapesWhatJsonForbidsAndReplacesWhatIsNotUtf8) {
  std::string out;
  append_json_string(out, "a\"\\\n\t\x01\xc3\xa9\xff\xe2\x82\xac\xed\xa0\x80");
  EXPECT_EQ(boost::json::parse(out), "a\"\\\n\t\x01\xc3\xa9\xef\xbf\xbd\xe2\x82\xac\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

} // namespace
} // namespace freshet::wire
