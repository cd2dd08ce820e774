#include "wire/result_table.h"

#include <gtest/gtest.h>

namespace freshet::wire {
namespace {

using sql::TypeKind;

ResultTable example() {
  ResultTable table;
  table.columns = {{.name = "ID", .type = {.kind = TypeKind::number}},
                   {.name = "NAME", .type = {.kind = TypeKind::text}},
                   {.name = "OK", .type = {.kind = TypeKind::boolean}}};
  table.rows = {{"7", "Zoë, \"Z\"", "1"}, {"100", std::nullopt, "0"}};
  return table;
}

TEST(ResultTable, IsPrintedInAFrameWithNumbersToTheRight) {
  EXPECT_EQ(print(example(), TableFormat::table),
            "+-----+----------+-------+\n"
            "| ID  | NAME     | OK    |\n"
            "+-----+----------+-------+\n"
            "|   7 | Zoë, \"Z\" | TRUE  |\n"
            "| 100 | NULL     | FALSE |\n"
            "+-----+----------+-------+\n"
            "2 rows\n");
}

TEST(ResultTable, SemiStructuredValuesTakeALineForEachMember) {
  ResultTable table;
  table.columns = {{.name = "ID", .type = {.kind = TypeKind::number}}, {.name = "V", .type = {.kind = TypeKind::variant}}};
  table.rows = {{"7", "{\n  \"a\": 1\n}"}, {"8", "2"}};
  EXPECT_EQ(print(table, TableFormat::table),
            "+----+----------+\n"
            "| ID | V        |\n"
            "+----+----------+\n"
            "|  7 | {        |\n"
            "|    |   \"a\": 1 |\n"
            "|    | }        |\n"
            "|  8 | 2        |\n"
            "+----+----------+\n"
            "2 rows\n");
}

TEST(ResultTable, IsPrintedAsCsv) {
  EXPECT_EQ(print(example(), TableFormat::csv), "ID,NAME,OK\n7,\"Zoë, \"\"Z\"\"\",TRUE\n100,,FALSE\n");
}

TEST(ResultTable, IsPrintedAsJson) {
  EXPECT_EQ(print(example(), TableFormat::json),
            "[{\"ID\":7,\"NAME\":\"Zoë, \\\"Z\\\"\",\"OK\":true},{\"ID\":100,\"NAME\":null,\"OK\":false}]\n");
}

TEST(ResultTable, ShowsTimesInSnowflakesDefaultFormats) {
  EXPECT_EQ(display_text("20000", {.kind = TypeKind::date}, {}), "2024-10-04");
  EXPECT_EQ(display_text("-1", {.kind = TypeKind::date}, {}), "1969-12-31");
  EXPECT_EQ(display_text("45296.789", {.kind = TypeKind::time}, {}), "12:34:56");
  EXPECT_EQ(display_text("1700000000.123456789", {.kind = TypeKind::timestamp_ntz}, {}), "2023-11-14 22:13:20.123");
  EXPECT_EQ(display_text("-0.500000000", {.kind = TypeKind::timestamp_ntz}, {}), "1969-12-31 23:59:59.500");
  OutputFormats in_new_york;
  in_new_york.time_zone = "America/New_York";
  EXPECT_EQ(display_text("1700000000.000", {.kind = TypeKind::timestamp_ltz}, in_new_york), "2023-11-14 17:13:20.000 -0500");
  EXPECT_EQ(display_text("1700000000.000 1770", {.kind = TypeKind::timestamp_tz}, {}), "2023-11-15 03:43:20.000 +0530");
}

TEST(ResultTable, ShowsValuesInTheSessionsFormats) {
  OutputFormats formats;
  formats.set("DATE_OUTPUT_FORMAT", "DD/MM/YYYY");
  formats.set("TIMESTAMP_NTZ_OUTPUT_FORMAT", "YYYY-MM-DD HH24:MI");
  formats.set("TIMESTAMP_OUTPUT_FORMAT", "DD-MON-YYYY HH12:MI AM TZH");
  formats.set("BINARY_OUTPUT_FORMAT", "BASE64");
  formats.set("QUERY_TAG", "x");
  EXPECT_EQ(display_text("20000", {.kind = TypeKind::date}, formats), "04/10/2024");
  EXPECT_EQ(display_text("1700000000.123", {.kind = TypeKind::timestamp_ntz}, formats), "2023-11-14 22:13");
  EXPECT_EQ(display_text("1700000000.000 1770", {.kind = TypeKind::timestamp_tz}, formats), "15-Nov-2023 03:43 AM +05");
  EXPECT_EQ(display_text("53656372657421", {.kind = TypeKind::binary}, formats), "U2VjcmV0IQ==");
}

} // namespace
} // namespace freshet::wire
