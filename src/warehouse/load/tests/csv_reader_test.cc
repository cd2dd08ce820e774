#include "warehouse/load/csv_reader.h"

#include <gmock/gmock.h>

#include "base/random.h"

namespace freshet::warehouse {
namespace {

using testing::ElementsAre;

/// Fields joined by `|`, null as `~`, records of a file given in blocks of `block` bytes.
std::vector<std::string> read(const CsvFormat& format, std::string_view file, size_t block = 1 << 20) {
  CsvReader reader(format);
  CsvRecord record;
  std::vector<std::string> records;
  std::string buffer;
  size_t given = 0;
  while (true) {
    const auto part = file.substr(given, block);
    given += part.size();
    buffer += part;
    const bool last = given == file.size();
    reader.feed(buffer, last);
    auto step = CsvReader::Step::record;
    while ((step = reader.next(record)) == CsvReader::Step::record) {
      std::string text;
      for (const auto& field : record.fields) {
        if (&field != &record.fields.front()) text += '|';
        text += field.null ? "~" : std::string(field.text);
      }
      if (record.problem != CsvRecord::Problem::none) text += "!" + std::to_string(record.problem_offset);
      records.push_back(text + "@" + std::to_string(record.line));
    }
    if (step == CsvReader::Step::end) return records;
    buffer.erase(0, reader.consumed());
  }
}

CsvFormat quoted() {
  CsvFormat format;
  format.enclosed_by = '"';
  return format;
}

TEST(CsvReader, EmptyFieldsAreNullAndQuotesAreDataByDefault) {
  EXPECT_THAT(read({}, "1,\"a\",\n,,\r\nx,y,z"), ElementsAre("1|\"a\"|~@1", "~|~|~@2", "x|y|z@3"));
}

TEST(CsvReader, AnEnclosedEmptyFieldIsAnEmptyString) {
  EXPECT_THAT(read(quoted(), "\"\",\n"), ElementsAre("|~@1"));
}

TEST(CsvReader, EnclosedFieldsKeepDelimitersLineEndsAndDoubledQuotes) {
  EXPECT_THAT(read(quoted(), "\"a,b\",\"c\"\"d\"\n\"e\nf\",g\nh,i\n"), ElementsAre("a,b|c\"d@1", "e\nf|g@2", "h|i@4"));
}

TEST(CsvReader, ABackslashEscapesInUnenclosedFieldsByDefault) {
  EXPECT_THAT(read({}, "a\\,b,\\N\nc\\\nd,\\t\n"), ElementsAre("a,b|~@1", "c\nd|\t@2"));
}

TEST(CsvReader, EscapeNoneKeepsBackslashesAndNullIfStillSeesThem) {
  CsvFormat format;
  format.escape_unenclosed.reset();
  EXPECT_THAT(read(format, "a\\b,\\N\n"), ElementsAre("a\\b|~@1"));
}

TEST(CsvReader, TextAfterAnEnclosureIsAProblemOfThatRecordAlone) {
  EXPECT_THAT(read(quoted(), "\"a\"b,c\nd,e\n"), ElementsAre("a!3@1", "d|e@2"));
}

TEST(CsvReader, AnEnclosureThatIsNeverClosedIsAProblem) {
  EXPECT_THAT(read(quoted(), "a,b\nc,\"d\ne,f\n"), ElementsAre("a|b@1", "c|!2@2"));
}

TEST(CsvReader, WithoutMultiLineALineEndClosesTheRecord) {
  auto format = quoted();
  format.multi_line = false;
  EXPECT_THAT(read(format, "a,\"b\nc,d\n"), ElementsAre("a|!2@1", "c|d@2"));
}

TEST(CsvReader, HeadersAreLinesAndAByteOrderMarkIsSkipped) {
  auto format = quoted();
  format.skip_header = 2;
  EXPECT_THAT(read(format, "\xEF\xBB\xBF\"x\ny\n1,2\n"), ElementsAre("1|2@3"));
}

TEST(CsvReader, BlankLinesAreRecordsUnlessSkipped) {
  CsvFormat format;
  EXPECT_THAT(read(format, "1\n\n2\n\n"), ElementsAre("1@1", "~@2", "2@3", "~@4"));
  format.skip_blank_lines = true;
  EXPECT_THAT(read(format, "1\n\n2\n\n"), ElementsAre("1@1", "2@3"));
}

TEST(CsvReader, TrimSpaceUncoversEnclosuresButKeepsWhatTheyHold) {
  auto format = quoted();
  EXPECT_THAT(read(format, " \"a\" , b \n"), ElementsAre(" \"a\" | b @1"));
  format.trim_space = true;
  EXPECT_THAT(read(format, " \" a\" , b \n"), ElementsAre(" a|b@1"));
}

TEST(CsvReader, DelimitersMayHaveSeveralCharacters) {
  CsvFormat format;
  format.field_delimiter = "||";
  format.record_delimiter = "#\n#";
  EXPECT_THAT(read(format, "a|b||c#\n#d||#e"), ElementsAre("a|b|c@1", "d|#e@2"));
}

TEST(CsvReader, WithoutFieldDelimiterARecordIsOneField) {
  CsvFormat format;
  format.field_delimiter.clear();
  EXPECT_THAT(read(format, "a,b\nc\n"), ElementsAre("a,b@1", "c@2"));
}

TEST(CsvReader, PositionsCountCharactersAndLines) {
  const std::string_view raw = "h\xC3\xA9llo,\"x\ny\",z";
  EXPECT_EQ(position_in(raw, 7, 8).character, 8u);
  const auto position = position_in(raw, 7, raw.size() - 1);
  EXPECT_EQ(position.line, 8u);
  EXPECT_EQ(position.character, 4u);
}

/// Whatever the bytes and the options: the size of the blocks never shows.
TEST(CsvReader, BlocksDoNotShow) {
  Random random(4711);
  static constexpr std::string_view k_bytes = "ab1,\"\\\n\r |'N\xC3\xA9\t";
  for (int round = 0; round < 3000; ++round) {
    CsvFormat format;
    if (random.percent(50)) format.enclosed_by = '"';
    if (random.percent(20)) format.escape = '\\';
    if (random.percent(20)) format.escape_unenclosed.reset();
    if (random.percent(20)) format.trim_space = true;
    if (random.percent(20)) format.multi_line = false;
    if (random.percent(20)) format.skip_blank_lines = true;
    if (random.percent(20)) format.record_delimiter = random.percent(50) ? "|" : "\r\n";
    if (random.percent(10)) format.field_delimiter = "a'";
    format.skip_header = random.below(3);
    std::string file;
    for (auto length = random.below(60); length > 0; --length) file += k_bytes[random.below(k_bytes.size())];
    const auto whole = read(format, file);
    for (const size_t block : {1, 2, 3, 7}) ASSERT_EQ(read(format, file, block), whole) << "round " << round << ": " << file;
  }
}

} // namespace
} // namespace freshet::warehouse
