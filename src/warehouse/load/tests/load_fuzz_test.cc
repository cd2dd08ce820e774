// Random bytes, records and format options through COPY, end to end: whatever a file holds, ON_ERROR's forms agree about it,
// counts add up, and a load that fails leaves nothing. FRESHET_LOAD_FILES=100000 FRESHET_RANDOM_SEED=7 makes it long.

#include <fmt/format.h>

#include "warehouse/load/tests/load_fixture.h"
#include "warehouse/tests/from_environment.h"

namespace freshet::warehouse {
namespace {

class LoadFuzz : public LoadFixture {
 protected:
  /// What a COPY came to: its counts, or its error.
  struct Loaded {
    bool failed = false;
    std::string error, status;
    int64_t parsed = 0, loaded = 0, errors = 0;
    int64_t rows = 0; // in the table, which was empty before
  };

  Loaded copy(const std::string& format, const std::string& options) {
    run("DELETE FROM T");
    Loaded outcome;
    auto result = session_->execute(
        fmt::format("COPY INTO T FROM @S FILE_FORMAT = ({}) FORCE = TRUE FILES = ('f.csv') {}", format, options));
    if (!result) {
      outcome.failed = true;
      outcome.error = fmt::format("{}: {}", result.error().code, result.error().message);
      EXPECT_GT(result.error().code, 0);
      EXPECT_EQ(result.error().sql_state.size(), 5u) << outcome.error;
    } else if (result->columns.size() > 5 && result->row_count() == 1) {
      outcome.status = result->rows->text(0, 1);
      outcome.parsed = std::stoll(result->rows->text(0, 2));
      outcome.loaded = std::stoll(result->rows->text(0, 3));
      outcome.errors = std::stoll(result->rows->text(0, 5));
    }
    outcome.rows = std::stoll(one("SELECT COUNT(*) FROM T"));
    return outcome;
  }

  static std::string random_format(Random& random) {
    std::string format = "TYPE = CSV";
    const auto maybe = [&](double chance, const std::string& option) {
      if (random.percent(chance)) format += " " + option;
    };
    maybe(60, "FIELD_OPTIONALLY_ENCLOSED_BY = '\"'");
    maybe(15, random.percent(50) ? "FIELD_DELIMITER = '||'" : "FIELD_DELIMITER = ';'");
    maybe(10, "RECORD_DELIMITER = '\\r\\n'");
    maybe(30, fmt::format("SKIP_HEADER = {}", random.below(3)));
    maybe(20, "TRIM_SPACE = TRUE");
    maybe(20, "ERROR_ON_COLUMN_COUNT_MISMATCH = FALSE");
    maybe(20, "SKIP_BLANK_LINES = TRUE");
    maybe(20, "EMPTY_FIELD_AS_NULL = FALSE");
    maybe(20, "REPLACE_INVALID_CHARACTERS = TRUE");
    maybe(15, "NULL_IF = ('a', '\\\\N', '')");
    maybe(15, "ESCAPE_UNENCLOSED_FIELD = NONE");
    maybe(15, "ESCAPE = '\\\\'");
    return format;
  }

  static std::string random_file(Random& random) {
    static constexpr std::string_view k_bytes("1234,,,;|\"\"\\\n\n\r\ta N-.\xC3\xA9\xFF\x00", 26);
    static constexpr std::string_view k_fields[] = {"1",        "-2",       "3.5",        "x",   "\"a\"", "\"a,b\"",
                                                    "\"open",   "\"\"\"q",  "2026-01-31", "",    "\\N",   "too long",
                                                    "\xC3\xA9", "\"\xC3\"", " 7 ",        "1e3", "a",     "\"a\"b"};
    std::string file = random.percent(10) ? "\xEF\xBB\xBF" : "";
    if (random.percent(30)) { // bytes
      for (auto left = random.below(80); left > 0; --left) file += k_bytes[random.below(k_bytes.size())];
      return file;
    }
    const std::string end = random.percent(25) ? "\r\n" : "\n";
    for (auto records = random.below(8); records > 0; --records) {
      const auto fields = random.percent(85) ? 3 : random.below(6);
      for (size_t i = 0; i < fields; ++i) {
        file += i > 0 ? "," : "";
        file += i == 0 && random.percent(70) ? std::to_string(random.below(1000)) : std::string(k_fields[random.below(18)]);
      }
      if (records > 1 || random.percent(70)) file += end;
    }
    return file;
  }

  void check(Random& random) {
    const auto format = random_format(random);
    const auto file = random_file(random);
    SCOPED_TRACE(fmt::format("{}\n{}", format, testing::PrintToString(file)));
    put("in/f.csv", file);
    const auto all = copy(format, "ON_ERROR = CONTINUE");
    ASSERT_FALSE(all.failed) << all.error;
    EXPECT_EQ(all.rows, all.loaded);
    EXPECT_EQ(all.parsed, all.loaded + all.errors);
    const auto whole = copy(format, "ON_ERROR = SKIP_FILE");
    EXPECT_EQ(whole.rows, all.errors == 0 ? all.loaded : 0);
    EXPECT_EQ(whole.failed, all.failed) << whole.error << all.error;
    const auto first = copy(format, "ON_ERROR = ABORT_STATEMENT");
    EXPECT_EQ(first.failed, all.failed || all.errors > 0) << first.error;
    EXPECT_EQ(first.rows, first.failed ? 0 : all.loaded) << "a load that failed left rows";
    const auto checked = session_->execute(fmt::format(
        "COPY INTO T FROM @S FILE_FORMAT = ({}) FORCE = TRUE FILES = ('f.csv') VALIDATION_MODE = RETURN_ALL_ERRORS", format));
    if (checked) {
      EXPECT_EQ(checked->row_count() > 0, all.errors > 0);
    } else {
      EXPECT_TRUE(all.failed) << checked.error().message;
    }
    for (const auto& row : query("SELECT NAME FROM T")) EXPECT_LE(row.size(), 20u) << "longer than VARCHAR(5) in UTF-8";
  }
};

TEST_F(LoadFuzz, EveryFormOfOnErrorAgreesAboutEveryFile) {
  run("CREATE OR REPLACE TABLE T (ID NUMBER(6, 0) NOT NULL, NAME VARCHAR(5), BORN DATE)");
  const auto count = from_environment("FRESHET_LOAD_FILES", 150);
  const auto first = from_environment("FRESHET_RANDOM_SEED", 1);
  for (uint64_t seed = first; seed < first + count && !HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("FRESHET_RANDOM_SEED={}", seed));
    Random random(seed);
    check(random);
  }
}

} // namespace
} // namespace freshet::warehouse
