#include <fmt/format.h>
#include <zlib.h>

#include "warehouse/load/tests/load_fixture.h"

namespace freshet::warehouse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Copy = LoadFixture;

std::string gzip(const std::string& content) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(content.size() + 100, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST_F(Copy, LoadsEachFileOnce) {
  put("in/a.csv", "id,name\n1,a\n2,\n");
  put("in/b.csv", "id,name\n3,c\n");
  put("other/c.csv", "id,name\n4,d\n");
  EXPECT_THAT(query("COPY INTO T FROM @S"),
              ElementsAre("s3://bucket/in/a.csv|LOADED|2|2|1|0|~|~|~|~", "s3://bucket/in/b.csv|LOADED|1|1|1|0|~|~|~|~"));
  EXPECT_EQ(one("COPY INTO T FROM @S"), "Copy executed with 0 files processed.");
  EXPECT_THAT(query("SELECT * FROM T ORDER BY ID"), ElementsAre("1|a", "2|~", "3|c"));
  run("COPY INTO T FROM @S FORCE = TRUE");
  EXPECT_EQ(one("SELECT COUNT(*) FROM T"), "6");
}

TEST_F(Copy, AChangedFileIsLoadedAgainAndTruncateForgetsAll) {
  put("in/a.csv", "id,name\n1,a\n");
  run("COPY INTO T FROM @S");
  put("in/a.csv", "id,name\n2,b\n");
  run("COPY INTO T FROM @S");
  EXPECT_THAT(query("SELECT ID FROM T ORDER BY ID"), ElementsAre("1", "2"));
  run("TRUNCATE TABLE T");
  run("COPY INTO T FROM @S");
  EXPECT_THAT(query("SELECT ID FROM T"), ElementsAre("2"));
}

TEST_F(Copy, AnErrorAbortsTheStatementAndNothingIsLoaded) {
  put("in/a.csv", "id,name\n1,a\n");
  put("in/b.csv", "id,name\n2,b\nx,c\n");
  EXPECT_EQ(one("COPY INTO T FROM @S"),
            "100038: Numeric value 'x' is not recognized\n  File 'b.csv', line 3, character 1\n  Row 2, column "
            "\"T\"[\"ID\":1]\n  If you would "
            "like to continue loading when an error is encountered, use other values such as 'SKIP_FILE' or 'CONTINUE' for the "
            "ON_ERROR "
            "option. For more information on loading options, please run 'info loading_data' in a SQL client.");
  EXPECT_EQ(one("SELECT COUNT(*) FROM T"), "0");
}

TEST_F(Copy, ContinueAndSkipFileKeepWhatTheyPromise) {
  put("in/a.csv", "id,name\n1,a\nx,b\n3,c\n4,d\n");
  EXPECT_EQ(one("COPY INTO T FROM @S ON_ERROR = SKIP_FILE"),
            "s3://bucket/in/a.csv|LOAD_FAILED|4|0|1|1|Numeric value 'x' is not recognized|3|1|\"T\"[\"ID\":1]");
  EXPECT_EQ(one("COPY INTO T FROM @S ON_ERROR = 'SKIP_FILE_20%'"),
            "s3://bucket/in/a.csv|LOAD_FAILED|4|0|1|1|Numeric value 'x' is not recognized|3|1|\"T\"[\"ID\":1]");
  EXPECT_EQ(one("COPY INTO T FROM @S ON_ERROR = SKIP_FILE_2"),
            "s3://bucket/in/a.csv|PARTIALLY_LOADED|4|3|2|1|Numeric value 'x' is not recognized|3|1|\"T\"[\"ID\":1]");
  EXPECT_EQ(one("COPY INTO T FROM @S ON_ERROR = CONTINUE FORCE = TRUE"),
            "s3://bucket/in/a.csv|PARTIALLY_LOADED|4|3|4|1|Numeric value 'x' is not recognized|3|1|\"T\"[\"ID\":1]");
  EXPECT_EQ(one("SELECT COUNT(*) FROM T"), "6");
}

TEST_F(Copy, AColumnListTakesTheFirstFieldsAndDefaultsFillTheRest) {
  run("CREATE TABLE U (A NUMBER, B VARCHAR DEFAULT 'none', C VARCHAR)");
  put("in/a.csv", "x\nhello,7,more\n");
  run("COPY INTO U (C, A) FROM @S");
  EXPECT_EQ(one("SELECT * FROM U"), "7|none|hello");
}

TEST_F(Copy, ATransformComputesFromFieldsAndMetadata) {
  run("CREATE TABLE U (FILE VARCHAR, LINE NUMBER, TWICE NUMBER)");
  put("in/a.csv", "id,name\n1,a\n2,b\n");
  run("COPY INTO U FROM (SELECT METADATA$FILENAME, METADATA$FILE_ROW_NUMBER, $1::NUMBER * 2 FROM @S)");
  EXPECT_THAT(query("SELECT * FROM U ORDER BY LINE"), ElementsAre("in/a.csv|1|2", "in/a.csv|2|4"));
}

/// Large files are read where they lie, others through a copy: nothing may tell them apart.
TEST_F(Copy, ATransformSeesTheSameOfLargeFilesAndOfSmallOnes) {
  std::string large = "ID,NAME\n", quoted = "ID,NAME\n";
  constexpr int k_rows = 400'000;
  for (int i = 1; i <= k_rows; ++i) {
    large += fmt::format("{},name {}\n", i, i);
    quoted += fmt::format("{},\"say \"\"{}\"\"\"\n", i, i);
  }
  put("in/large.csv", large);
  put("in/quoted.csv", quoted);
  put("in/small.csv", "ID,NAME\n1,one\n\n2,\n3,three,more\n");
  run("CREATE TABLE W (ID NUMBER, NAME VARCHAR, EXTRA VARCHAR, FILE VARCHAR, ROW_NUMBER NUMBER, MODIFIED TIMESTAMP_NTZ)");
  const auto loaded = query("COPY INTO W FROM (SELECT $1, $2, $3, METADATA$FILENAME, METADATA$FILE_ROW_NUMBER, "
                            "METADATA$FILE_LAST_MODIFIED FROM @S) FILE_FORMAT = (TYPE = CSV SKIP_HEADER = 1 SKIP_BLANK_LINES = "
                            "TRUE FIELD_OPTIONALLY_ENCLOSED_BY = '\"')");
  ASSERT_THAT(loaded, testing::SizeIs(3)) << testing::PrintToString(loaded);
  EXPECT_THAT(query("SELECT FILE, COUNT(*), SUM(IFF(ID = ROW_NUMBER, 0, 1)), COUNT(EXTRA), COUNT(DISTINCT MODIFIED), MAX(LENGTH(NAME)) FROM W GROUP BY FILE ORDER BY FILE"),
              testing::ElementsAre("in/large.csv|400000|0|0|1|11", "in/quoted.csv|400000|0|0|1|12", "in/small.csv|3|0|1|1|5"));
  EXPECT_THAT(query("SELECT NAME FROM W WHERE ID = 7 ORDER BY FILE"), testing::ElementsAre("name 7", "say \"7\""));
}

TEST_F(Copy, ATransformThatFailsIsTreatedByOnError) {
  run("CREATE TABLE U (N NUMBER)");
  put("in/a.csv", "id\n1\n");
  put("in/b.csv", "id\n2\nx\n4\n");
  EXPECT_THAT(one("COPY INTO U FROM (SELECT $1::NUMBER FROM @S)"), HasSubstr("100038"));
  run("COPY INTO U FROM (SELECT $1::NUMBER FROM @S) ON_ERROR = SKIP_FILE");
  EXPECT_THAT(query("SELECT N FROM U ORDER BY N"), ElementsAre("1"));
  run("COPY INTO U FROM (SELECT $1::NUMBER FROM @S) ON_ERROR = CONTINUE");
  EXPECT_THAT(query("SELECT N FROM U ORDER BY N"), ElementsAre("1", "2", "4"));
}

TEST_F(Copy, ATransformThatFailsSaysWhere) {
  run("CREATE TABLE U (NAME VARCHAR, N NUMBER)");
  run("CREATE FILE FORMAT QUOTED TYPE = CSV SKIP_HEADER = 1 FIELD_OPTIONALLY_ENCLOSED_BY = '\"'");
  put("in/a.csv", "n,name\n1,\"two\nlines\"\n2,b\nx,c\ny,d\n");
  const std::string copy = "COPY INTO U FROM (SELECT $2, $1 FROM @S (FILE_FORMAT => QUOTED))";
  EXPECT_THAT(one(copy), AllOf(HasSubstr("100038"), HasSubstr("File 'a.csv', line 5"), HasSubstr("Row 3"), HasSubstr("\"U\"[\"N\":2]")));
  EXPECT_THAT(one(copy + " ON_ERROR = SKIP_FILE"), HasSubstr("|LOAD_FAILED|4|0|1|1|Numeric value 'x' is not recognized|5|"));
  EXPECT_THAT(one(copy + " ON_ERROR = CONTINUE"), HasSubstr("|PARTIALLY_LOADED|4|2|4|2|Numeric value 'x' is not recognized|5|"));
}

TEST_F(Copy, ATransformThatGivesNullWhereNoneMayBeFailsItsFileAlone) {
  run("CREATE TABLE U (N NUMBER, NAME VARCHAR NOT NULL)");
  put("in/a.csv", "n,name\n1,a\n");
  put("in/b.csv", "n,name\n2,b\n3\n");
  EXPECT_THAT(query("COPY INTO U FROM (SELECT $1, $2 FROM @S) ON_ERROR = SKIP_FILE"),
              ElementsAre(HasSubstr("a.csv|LOADED|1|1"), HasSubstr("b.csv|LOAD_FAILED|2|0|1|1|NULL result in a non-nullable column|3|")));
  EXPECT_THAT(query("SELECT N FROM U"), ElementsAre("1"));
}

TEST_F(Copy, FilesPatternSizeLimitAndPurgeChoose) {
  for (const auto* name : {"a", "b", "c"}) put(fmt::format("in/{}.csv", name), fmt::format("id,name\n1,{}\n", name));
  run("COPY INTO T FROM @S FILES = ('b.csv')");
  run("COPY INTO T FROM @S PATTERN = '.*/a[.]csv'");
  EXPECT_THAT(query("SELECT NAME FROM T ORDER BY NAME"), ElementsAre("a", "b"));
  EXPECT_THAT(one("COPY INTO T FROM @S FILES = ('b.csv')"), HasSubstr("LOAD_SKIPPED"));
  EXPECT_THAT(one("COPY INTO T FROM @S FILES = ('missing.csv')"), HasSubstr("was not found"));
  run("TRUNCATE TABLE T");
  run("COPY INTO T FROM @S SIZE_LIMIT = 1 PURGE = TRUE");
  EXPECT_THAT(query("SELECT NAME FROM T"), ElementsAre("a"));
  EXPECT_EQ(query("LIST @S").size(), 2u);
}

TEST_F(Copy, GzipIsFoundByItsFirstBytes) {
  put("in/a.csv.gz", gzip("id,name\n1,a\n"));
  put("in/b.csv.gz", gzip("id,name\n2,b\n").substr(0, 20));
  run("COPY INTO T FROM @S ON_ERROR = SKIP_FILE");
  EXPECT_THAT(query("SELECT * FROM T"), ElementsAre("1|a"));
}

TEST_F(Copy, EmptyFilesLoadNothingAndAreLoaded) {
  put("in/empty.csv", "");
  put("in/header.csv", "id,name\n");
  EXPECT_THAT(query("COPY INTO T FROM @S"), ElementsAre("s3://bucket/in/empty.csv|LOADED|0|0|1|0|~|~|~|~",
                                                        "s3://bucket/in/header.csv|LOADED|0|0|1|0|~|~|~|~"));
}

TEST_F(Copy, ValidationModeLoadsNothingAndListsErrors) {
  put("in/a.csv", "id,name\nx,a\n2,b\ny,c\n");
  EXPECT_EQ(query("COPY INTO T FROM @S VALIDATION_MODE = RETURN_ERRORS").size(), 2u);
  EXPECT_EQ(one("SELECT COUNT(*) FROM T"), "0");
}

TEST_F(Copy, StagedFilesCanBeQueried) {
  put("in/a.csv", "id,name\n1,a\n2,b\n");
  EXPECT_THAT(query("SELECT $2, METADATA$FILENAME FROM @S ORDER BY $1 DESC"), ElementsAre("b|in/a.csv", "a|in/a.csv"));
}

TEST_F(Copy, ARolledBackLoadIsForgotten) {
  put("in/a.csv", "id,name\n1,a\n");
  run("BEGIN");
  run("COPY INTO T FROM @S");
  run("ROLLBACK");
  EXPECT_EQ(one("SELECT COUNT(*) FROM T"), "0");
  run("COPY INTO T FROM @S");
  EXPECT_EQ(one("SELECT COUNT(*) FROM T"), "1");
}

TEST_F(Copy, WrongCredentialsAreTheStagesFailure) {
  run("CREATE STAGE W URL = 's3://bucket/in/' CREDENTIALS = (AWS_KEY_ID = 'key' AWS_SECRET_KEY = 'wrong')");
  EXPECT_THAT(one("LIST @W"), HasSubstr("91003: Failure using stage area."));
  run("CREATE STAGE R URL = 's3://bucket/in/' CREDENTIALS = (AWS_KEY_ID = 'key' AWS_SECRET_KEY = 'right')");
  EXPECT_TRUE(query("LIST @R").empty());
}

TEST_F(Copy, AnIntegrationAllowsItsLocationsOnly) {
  run("CREATE STORAGE INTEGRATION I TYPE = EXTERNAL_STAGE STORAGE_PROVIDER = S3 ENABLED = TRUE STORAGE_AWS_ROLE_ARN = "
      "'arn:aws:iam::1:role/r' "
      "STORAGE_ALLOWED_LOCATIONS = ('s3://bucket/in/')");
  run("CREATE STAGE OK URL = 's3://bucket/in/deep/' STORAGE_INTEGRATION = I");
  EXPECT_THAT(one("CREATE STAGE NO URL = 's3://bucket/inner/' STORAGE_INTEGRATION = I"),
              HasSubstr("3167: SQL compilation error:\nLocation"));
}

TEST_F(Copy, FileFormatsMayBeNamedAndWrittenWithCommasAndDoubleQuotes) {
  run("CREATE FILE FORMAT F type = csv, field_delimiter = \"|\" skip_header = 1");
  put("in/a.csv", "id|name\n1|a\n");
  run("COPY INTO T FROM @S FILE_FORMAT = (FORMAT_NAME = F)");
  EXPECT_EQ(one("SELECT * FROM T"), "1|a");
  EXPECT_THAT(one("CREATE FILE FORMAT G TYPE = AVRO"), HasSubstr("Unsupported feature"));
}

TEST_F(Copy, TheSeedsCustomersLoad) {
  run("CREATE TABLE C (CUSTOMER_ID NUMBER, FIRST_NAME VARCHAR, LAST_NAME VARCHAR, EMAIL VARCHAR, STREET VARCHAR, CITY VARCHAR, "
      "STATE VARCHAR, COUNTRY VARCHAR)");
  ASSERT_TRUE(store_->put("bucket", "in/customer.csv",
                          objects::Content::of_file(FRESHET_SOURCE_DIR "/tests/data/customer_20241023154546.csv"), {}));
  run("COPY INTO C FROM @S");
  EXPECT_EQ(one("SELECT COUNT(*), COUNT(DISTINCT CUSTOMER_ID) FROM C"), "10000|10000");
}

} // namespace
} // namespace freshet::warehouse
