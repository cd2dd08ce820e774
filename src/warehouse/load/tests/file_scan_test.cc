#include "warehouse/load/file_scan.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "warehouse/load/load_options.h"

namespace freshet::warehouse {
namespace {

using sql::TypeKind;

sql::SnowflakeType of(TypeKind kind) {
  sql::SnowflakeType type;
  type.kind = kind;
  return type;
}
sql::SnowflakeType number(int32_t precision, int32_t scale) {
  auto type = of(TypeKind::number);
  type.precision = precision;
  type.scale = scale;
  return type;
}
sql::SnowflakeType text(int64_t length = 16'777'216) {
  auto type = of(TypeKind::text);
  type.length = length;
  return type;
}

struct Scanned {
  ScanReport report;
  std::string copy;
};

Scanned scan(const ScanRequest& request, std::string_view file) {
  Scanned result;
  size_t given = 0;
  result.report = FileScan(request)
                      .run(
                          [&](uint64_t count) -> Result<std::string> {
                            auto part = std::string(file.substr(given, count));
                            given += part.size();
                            return part;
                          },
                          [&](std::string_view bytes) -> Result<void> {
                            result.copy += bytes;
                            return {};
                          })
                      .value();
  return result;
}

/// T (ID NUMBER, NAME VARCHAR(5)) with one header line.
ScanRequest two_columns() {
  ScanRequest request;
  request.table = "T";
  request.format.skip_header = 1;
  request.columns = {{"ID", number(38, 0), true}, {"NAME", text(5), true}};
  return request;
}

/// message @line:character column code
std::string first_error(const ScanRequest& request, std::string_view file) {
  const auto report = scan(request, file).report;
  if (report.errors.empty()) return "none";
  const auto& e = report.errors[0];
  return e.message + " @" + std::to_string(e.line) + ":" + std::to_string(e.character) + " " + e.column + " " +
         std::to_string(e.code);
}

TEST(FileScan, AFirstRecordOfTheWrongWidthIsReportedJustPastIt) {
  EXPECT_EQ(first_error(two_columns(), "id,name\n1,a,x\n2,b\n"),
            "Number of columns in file (3) does not match that of the corresponding table (2), use file format option "
            "error_on_column_count_mismatch=false to ignore this error @3:1 \"T\"[3] 100080");
  EXPECT_EQ(first_error(two_columns(), "id,name\n1\n"),
            "Number of columns in file (1) does not match that of the corresponding table (2), use file format option "
            "error_on_column_count_mismatch=false to ignore this error @2:2 \"T\"[\"ID\":1] 100080");
}

TEST(FileScan, ALaterRecordThatIsTooWidePointsAtTheDelimiter) {
  EXPECT_EQ(first_error(two_columns(), "id,name\n1,a\n2,b,extra\n"),
            "Field delimiter ',' found while expecting record delimiter '\\n' @3:4 \"T\"[\"NAME\":2] 100016");
}

TEST(FileScan, ALaterRecordThatIsTooShortNamesTheColumnItNeverReached) {
  EXPECT_EQ(first_error(two_columns(), "id,name\n1,a\n2\n"),
            "End of record reached while expected to parse column '\"T\"[\"NAME\":2]' @3:2 \"T\"[\"NAME\":2] 100068");
}

TEST(FileScan, ErrorsOfValuesPointAtTheField) {
  EXPECT_EQ(first_error(two_columns(), "id,name\nabc,a\n"),
            "Numeric value 'abc' is not recognized @2:1 \"T\"[\"ID\":1] 100038");
  EXPECT_EQ(first_error(two_columns(), "id,name\n1,toolong\n"),
            "User character length limit (5) exceeded by string 'toolong' @2:3 \"T\"[\"NAME\":2] 100074");
}

TEST(FileScan, TextAfterAnEnclosureNamesTheCharacter) {
  auto request = two_columns();
  request.format.enclosed_by = '"';
  EXPECT_EQ(first_error(request, "id,name\n\"1\"x,a\n"),
            "Found character 'x' instead of field delimiter ',' @2:4 \"T\"[\"ID\":1] 100065");
  EXPECT_EQ(first_error(request, "id,name\n1,\"a\"x\n"),
            "Found character 'x' instead of record delimiter '\\n' @2:6 \"T\"[\"NAME\":2] 100066");
}

TEST(FileScan, ANullInANotNullColumnIsAnError) {
  auto request = two_columns();
  request.columns[1].nullable = false;
  EXPECT_THAT(first_error(request, "id,name\n1,\n"), testing::StartsWith("NULL result in a non-nullable column. Use quotes"));
}

TEST(FileScan, InvalidUtf8IsAnErrorUnlessReplaced) {
  auto request = two_columns();
  EXPECT_EQ(first_error(request, "id,name\n1,a\xFF\n"),
            "Invalid UTF8 detected in string 'a0xFF' @2:3 \"T\"[\"NAME\":2] 100144");
  request.format.replace_invalid_characters = true;
  EXPECT_EQ(scan(request, "id,name\n1,a\xFF\n").copy, "\"1\",\"a\xEF\xBF\xBD\"\n");
}

TEST(FileScan, GoodRowsGoOnBesideBadOnes) {
  const auto scanned = scan(two_columns(), "id,name\n1,a\nx,b\n3\n4,d\n");
  EXPECT_EQ(scanned.report.rows_parsed, 4u);
  EXPECT_EQ(scanned.report.rows_good, 2u);
  EXPECT_EQ(scanned.report.errors_seen, 2u);
  EXPECT_EQ(scanned.copy, "\"1\",\"a\"\n\"4\",\"d\"\n");
}

TEST(FileScan, WithoutTheCountCheckMissingFieldsAreNullAndFurtherOnesAreDropped) {
  auto request = two_columns();
  request.check_column_count = false;
  EXPECT_EQ(scan(request, "id,name\n1\n2,b,c\n").copy, "\"1\",\n\"2\",\"b\"\n");
}

TEST(FileScan, AHeaderAloneAndAnEmptyFileHaveNoRows) {
  EXPECT_EQ(scan(two_columns(), "id,name\n").report.rows_parsed, 0u);
  EXPECT_EQ(scan(two_columns(), "").report.rows_parsed, 0u);
}

TEST(FileScan, TheCustomersOfTheSeedsAreCleanAndTheEngineReadsThemAlike) {
  std::ifstream file(FRESHET_SOURCE_DIR "/tests/data/customer_20241023154546.csv");
  std::stringstream content;
  content << file.rdbuf();
  ScanRequest request;
  request.format.skip_header = 1;
  request.columns = {{"CUSTOMER_ID", number(38, 0), true}};
  for (int i = 0; i < 7; ++i) request.columns.push_back({"C", text(), true});
  const auto report = scan(request, content.str()).report;
  EXPECT_EQ(report.rows_good, 10'000u);
  EXPECT_EQ(report.errors_seen, 0u);
  EXPECT_FALSE(report.rewritten);
}

/// The text that the engine is to cast, or the error.
std::string convert(const sql::SnowflakeType& type, std::string_view value, const CsvFormat& format = {}) {
  const FieldConverter converter({"C", type, true}, format, {});
  std::string out;
  ConversionFault fault;
  switch (converter.convert(value, out, fault)) {
    case FieldConverter::Outcome::verbatim:
      return std::string(value);
    case FieldConverter::Outcome::rewritten:
      return out;
    case FieldConverter::Outcome::refused:
      return "! " + fault.message;
  }
  return {};
}

TEST(FieldConverter, NumbersAreRoundedHalfAwayFromZero) {
  EXPECT_EQ(convert(number(5, 2), "1.005"), "1.01");
  EXPECT_EQ(convert(number(5, 2), "-1.005"), "-1.01");
  EXPECT_EQ(convert(number(5, 0), "9.5"), "10");
  EXPECT_EQ(convert(number(5, 2), ".5"), "0.50");
  EXPECT_EQ(convert(number(5, 0), "0.4"), "0");
  EXPECT_EQ(convert(number(38, 0), "1.5e3"), "1500");
  EXPECT_EQ(convert(number(38, 0), " +7 "), "7");
}

TEST(FieldConverter, NumbersThatDoNotFitAreRefused) {
  EXPECT_EQ(convert(number(3, 1), "99.95"), "! Numeric value '99.95' is out of range");
  EXPECT_EQ(convert(number(38, 0), "1e39"), "! Numeric value '1e39' is out of range");
  EXPECT_EQ(convert(number(38, 0), "1e999999999"), "! Numeric value '1e999999999' is out of range");
  EXPECT_EQ(convert(number(38, 0), ""), "! Numeric value '' is not recognized");
  EXPECT_EQ(convert(number(38, 0), "1,000"), "! Numeric value '1,000' is not recognized");
}

TEST(FieldConverter, IntegersKeptIn64BitsRefuseWhatDoesNotFit) {
  auto type = number(38, 0);
  type.is_integer = true;
  EXPECT_EQ(convert(type, "9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(convert(type, "9223372036854775808"), "! Numeric value '9223372036854775808' is out of range");
}

TEST(FieldConverter, BooleansHaveManyNames) {
  EXPECT_EQ(convert(of(TypeKind::boolean), "Yes"), "true");
  EXPECT_EQ(convert(of(TypeKind::boolean), "0"), "false");
  EXPECT_EQ(convert(of(TypeKind::boolean), "2"), "! Boolean value '2' is not recognized");
}

TEST(FieldConverter, DatesAreFoundInTheFormatsOfAuto) {
  EXPECT_EQ(convert(of(TypeKind::date), "2026-02-28"), "2026-02-28");
  EXPECT_EQ(convert(of(TypeKind::date), "3/4/2026"), "2026-03-04");
  EXPECT_EQ(convert(of(TypeKind::date), "04-Mar-2026"), "2026-03-04");
  EXPECT_EQ(convert(of(TypeKind::date), "2026-03-04 10:00:00"), "2026-03-04");
  EXPECT_EQ(convert(of(TypeKind::date), "2026-02-30"), "! Date '2026-02-30' is not recognized");
}

TEST(FieldConverter, TimestampsKeepTheirWallClockOrTheirOffset) {
  EXPECT_EQ(convert(of(TypeKind::timestamp_ntz), "2026-03-04T05:06:07.123Z"), "2026-03-04 05:06:07.123000");
  EXPECT_EQ(convert(of(TypeKind::timestamp_tz), "2026-03-04 05:06:07 -0830"), "2026-03-04 05:06:07-08:30");
  EXPECT_EQ(convert(of(TypeKind::timestamp_ntz), "1700000000"), "2023-11-14 22:13:20");
  EXPECT_EQ(convert(of(TypeKind::timestamp_ntz), "1700000000123"), "2023-11-14 22:13:20.123000");
  EXPECT_EQ(convert(of(TypeKind::timestamp_ntz), "soon"), "! Timestamp 'soon' is not recognized");
}

TEST(FieldConverter, AGivenFormatIsTheOnlyOne) {
  CsvFormat format;
  format.timestamp_format = "DD-MON-YYYY HH12:MI AM";
  EXPECT_EQ(convert(of(TypeKind::timestamp_ntz), "04-MAR-2026 01:30 PM", format), "2026-03-04 13:30:00");
  EXPECT_EQ(convert(of(TypeKind::timestamp_ntz), "2026-03-04 13:30:00", format),
            "! Timestamp '2026-03-04 13:30:00' is not recognized");
}

TEST(FieldConverter, BinaryIsHexUnlessSaidOtherwise) {
  EXPECT_EQ(convert(of(TypeKind::binary), "00ff"), "\\x00\\xFF");
  EXPECT_EQ(convert(of(TypeKind::binary), "0g"), "! The following string is not a legal hex-encoded value: '0g'");
  CsvFormat format;
  format.binary_format = "BASE64";
  EXPECT_EQ(convert(of(TypeKind::binary), "AP8=", format), "\\x00\\xFF");
}

TEST(FieldConverter, LengthIsCountedInCharacters) {
  EXPECT_EQ(convert(text(2), "\xC3\xA9\xC3\xA9"), "\xC3\xA9\xC3\xA9");
  EXPECT_THAT(convert(text(2), "\xC3\xA9\xC3\xA9x"), testing::StartsWith("! User character length limit (2)"));
}

TEST(OnError, SkipFileCountsErrorsOrTheirShare) {
  const auto parse = [](std::string_view text) { return parse_on_error(text).value(); };
  EXPECT_FALSE(parse("continue").refuses(5, 5));
  EXPECT_TRUE(parse("SKIP_FILE").refuses(1, 100));
  EXPECT_FALSE(parse("SKIP_FILE_3").refuses(2, 100));
  EXPECT_TRUE(parse("SKIP_FILE_3").refuses(3, 100));
  EXPECT_FALSE(parse("SKIP_FILE_10%").refuses(10, 100));
  EXPECT_TRUE(parse("SKIP_FILE_10%").refuses(11, 100));
  EXPECT_FALSE(parse_on_error("SKIP_FILE_x").has_value());
}

TEST(CsvFormat, OptionsAreReadAsScriptsWriteThem) {
  CsvFormat format;
  ASSERT_TRUE(format.set({"FIELD_DELIMITER", {"\\t"}}));
  EXPECT_EQ(format.field_delimiter, "\t");
  ASSERT_TRUE(format.set({"FIELD_DELIMITER", {"0x7C"}}));
  EXPECT_EQ(format.field_delimiter, "|");
  ASSERT_TRUE(format.set({"FIELD_OPTIONALLY_ENCLOSED_BY", {"\\042"}}));
  EXPECT_EQ(format.enclosed_by, '"');
  ASSERT_TRUE(format.set({"ESCAPE_UNENCLOSED_FIELD", {"NONE"}}));
  EXPECT_FALSE(format.escape_unenclosed);
  ASSERT_TRUE(format.set({"NULL_IF", {"", "NULL"}}));
  EXPECT_THAT(format.null_if, testing::ElementsAre("", "NULL"));
  EXPECT_FALSE(format.set({"SKIP_HEADER", {"many"}}));
  EXPECT_FALSE(format.set({"SKIP_HEADERS", {"1"}}));
  EXPECT_FALSE(format.set({"ENCODING", {"latin1"}}));
  ASSERT_TRUE(format.set({"FIELD_OPTIONALLY_ENCLOSED_BY", {"|"}}));
  EXPECT_FALSE(format.validate());
}

} // namespace
} // namespace freshet::warehouse
