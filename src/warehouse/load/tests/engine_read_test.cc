#include "warehouse/load/engine_read.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

#include "base/random.h"
#include "engine/engine.h"

namespace freshet::warehouse {
namespace {

using sql::SnowflakeType;
using sql::TypeKind;

/// The two ways from a file to rows: as it stands by the engine's reader, and through our canonical copy.
class EngineRead : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() / ("freshet_engine_read_" + std::to_string(getpid()));
    std::filesystem::create_directories(directory_);
    engine::Options options;
    options.preserve_insertion_order = true;
    database_ = engine::Database::open({}, options).value();
    connection_ = database_->connect().value();
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  Path write(const std::string& name, std::string_view bytes) {
    const auto path = directory_ / name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  struct Scanned {
    ScanReport report;
    std::string copy;
  };
  static Scanned scan(ScanRequest request, std::string_view file) {
    Scanned result;
    size_t given = 0;
    result.report = FileScan(std::move(request))
                        .run(
                            [&](uint64_t count) -> Result<std::string> {
                              const auto part = file.substr(given, count);
                              given += part.size();
                              return std::string(part);
                            },
                            [&](std::string_view bytes) -> Result<void> {
                              result.copy += bytes;
                              return {};
                            })
                        .value();
    return result;
  }

  std::vector<std::string> rows(const std::string& relation, size_t columns) {
    std::string list;
    for (size_t i = 1; i <= columns; ++i) list += fmt::format("{}c{}", i > 1 ? ", " : "", i);
    auto result = connection_->query(fmt::format("SELECT {} FROM {}", list, relation));
    if (!result) return {"error: " + result.error().message};
    std::vector<std::string> lines;
    for (size_t row = 0; row < result->size(); ++row) {
      std::string line;
      for (size_t column = 0; column < columns; ++column) {
        line += result->is_null(row, column) ? "~" : "<" + result->text(row, column) + ">";
      }
      lines.push_back(line);
    }
    return lines;
  }

  Path directory_;
  std::unique_ptr<engine::Database> database_;
  std::unique_ptr<engine::Connection> connection_;
};

SnowflakeType type(TypeKind kind, int64_t length = 100) {
  SnowflakeType result;
  result.kind = kind;
  result.length = length;
  return result;
}

std::string random_field(Random& random, const CsvFormat& format, size_t column, bool wild) {
  static constexpr std::string_view k_tame = "abcXYZ 019.-_#;:/'~\t";
  static constexpr std::string_view k_wild = "a1 ,\"\\\n\r|'N\xC3\xA9\xFF";
  std::string text;
  if (random.percent(10)) return text;
  if (column == 0)
    return std::to_string(static_cast<int64_t>(random.below(100000)) - 500) + (wild && random.percent(10) ? "x" : "");
  if (column == 1)
    return random.percent(80) ? fmt::format("2026-{:02}-{:02}", 1 + random.below(12), 1 + random.below(wild ? 32 : 28))
                              : "3/4/2025";
  const auto& bytes = wild ? k_wild : k_tame;
  for (auto length = random.below(8); length > 0; --length) text += bytes[random.below(bytes.size())];
  if (!format.enclosed_by || random.percent(50)) return text;
  std::string enclosed = "\"";
  for (const char c : text) enclosed += c == '"' && !random.percent(5) ? "\"\"" : std::string(1, c);
  if (!wild && random.percent(20)) enclosed += ",";
  return enclosed + "\"";
}

/// Random files and options: wherever the engine's own reader may be used, it gives the rows of the exact one.
TEST_F(EngineRead, FastAndExactReadingAgree) {
  Random random(20261120);
  int alike = 0;
  for (int round = 0; round < 1500; ++round) {
    ScanRequest request;
    auto& format = request.format;
    if (random.percent(60)) format.enclosed_by = '"';
    if (random.percent(20)) format.field_delimiter = random.percent(50) ? "\t" : ";";
    if (random.percent(20)) format.empty_field_as_null = false;
    if (random.percent(20)) format.escape_unenclosed.reset();
    if (random.percent(20)) format.trim_space = true;
    if (random.percent(10)) format.error_on_column_count_mismatch = false;
    if (random.percent(10)) format.null_if = {"abc", "\\N"};
    format.skip_header = random.below(3);
    request.check_column_count = format.error_on_column_count_mismatch;
    request.table = "T";
    request.columns = {{"N", type(TypeKind::number), true},
                       {"D", type(TypeKind::date), true},
                       {"S", {}, true},
                       {"V", type(TypeKind::text, 5), true}};
    const bool wild = random.percent(40);
    const std::string line_end = random.percent(20) ? "\r\n" : "\n";
    std::string file = random.percent(10) ? "\xEF\xBB\xBF" : "";
    for (auto lines = random.below(12); lines > 0; --lines) {
      const auto columns = wild && random.percent(10) ? random.below(7) : 4;
      for (size_t column = 0; column < columns; ++column) {
        file += (column > 0 ? format.field_delimiter : "") + random_field(random, format, column, wild);
      }
      if (lines > 1 || random.percent(80)) file += wild && random.percent(10) ? "\n" : line_end;
    }
    const auto scanned = scan(request, file);
    ASSERT_EQ(scanned.report.rows_parsed, scanned.report.rows_good + scanned.report.errors_seen);
    const std::vector<std::string> types = {"DECIMAL(38,0)", "DATE", "VARCHAR", "VARCHAR"};
    const std::vector<Path> copy = {write("copy.csv", scanned.copy)}, original = {write("file.csv", file)};
    const auto exact =
        rows(read_csv(copy, canonical_read_options(scanned.report.traits.longest_record, true), types, false), 4);
    ASSERT_EQ(exact.size(), scanned.report.rows_good) << "round " << round << "\n"
                                                      << file << "\n--\n"
                                                      << scanned.copy << testing::PrintToString(exact);
    if (!engine_reads_alike(format, scanned.report)) continue;
    ++alike;
    const auto fast = rows(read_csv(original, engine_read_options(format, scanned.report), types, false), 4);
    ASSERT_EQ(fast, exact) << "round " << round << "\n"
                           << testing::PrintToString(file) << "\n"
                           << engine_read_options(format, scanned.report);
  }
  EXPECT_GT(alike, 150);
}

/// What the canonical copy holds is what the reader saw, whatever bytes the texts have.
TEST_F(EngineRead, TheCopyKeepsEveryByteOfText) {
  Random random(7);
  static constexpr std::string_view k_bytes = "ab,\"\\\n\r |'\xC3\xA9\t";
  for (int round = 0; round < 300; ++round) {
    ScanRequest request;
    request.format.enclosed_by = '"';
    request.format.escape_unenclosed.reset();
    request.columns = {{"A", {}, true}, {"B", {}, true}};
    std::string file;
    std::vector<std::string> expected;
    for (auto lines = random.below(8); lines > 0; --lines) {
      std::string line;
      for (int column = 0; column < 2; ++column) {
        std::string text, enclosed;
        for (auto length = random.below(8); length > 0; --length) {
          const char c = k_bytes[random.below(k_bytes.size())];
          if (c == '\xC3' || c == '\xA9') continue;
          text += c;
          enclosed += c == '"' ? "\"\"" : std::string(1, c);
        }
        file += fmt::format("{}\"{}\"", column > 0 ? "," : "", enclosed);
        line += "<" + text + ">";
      }
      file += "\n";
      expected.push_back(line);
    }
    const auto scanned = scan(request, file);
    ASSERT_EQ(scanned.report.errors_seen, 0u) << file;
    const std::vector<Path> copy = {write("copy.csv", scanned.copy)};
    const std::vector<std::string> types = {"VARCHAR", "VARCHAR"};
    ASSERT_EQ(rows(read_csv(copy, canonical_read_options(100, true), types, false), 2), expected) << scanned.copy;
  }
}

} // namespace
} // namespace freshet::warehouse
