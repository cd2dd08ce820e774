#include "generate/customer_files.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

namespace freshet::generate {
namespace {

class CustomerFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "generate-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::vector<std::string> listing() {
    auto names = file_system_.list(directory_).value();
    std::ranges::sort(names);
    return names;
  }

  RealFileSystem file_system_;
  FakeClock clock_{std::chrono::sys_days{std::chrono::year{2024} / 10 / 23} + std::chrono::seconds(15 * 3600 + 45 * 60 + 46)};
  Path directory_;
};

TEST_F(CustomerFilesTest, NamesAreTimeStampsAndDifferWithinOneMoment) {
  CustomerFiles files({.customers = {.rows = 10}, .directory = directory_ / "in", .files = 3}, file_system_, clock_);
  const auto first = files.write_next();
  ASSERT_TRUE(first.has_value()) << first.error().message;
  EXPECT_EQ(first->path, directory_ / "in" / "customer_20241023154546000000.csv");
  EXPECT_EQ(files.write_next()->path.filename(), "customer_20241023154546000001.csv");
  clock_.advance(std::chrono::milliseconds(1500));
  EXPECT_EQ(files.write_next()->path.filename(), "customer_20241023154547500000.csv");
}

TEST_F(CustomerFilesTest, LeavesNothingButWholeFilesOfTheReportedSize) {
  CustomerFiles files({.customers = {.rows = 30'000}, .directory = directory_, .files = 1}, file_system_, clock_);
  const auto file = files.write_next().value();
  EXPECT_EQ(listing(), std::vector<std::string>{"customer_20241023154546000000.csv"});
  EXPECT_EQ(std::filesystem::file_size(file.path), file.bytes);
  EXPECT_EQ(file.counts.rows(), 30'000u);
  const auto text = file_system_.read_all(file.path).value();
  EXPECT_EQ(std::ranges::count(text, '\n'), 30'001);
}

TEST_F(CustomerFilesTest, OthersMayReadWhatTheUmaskLeavesThem) {
  const mode_t before = umask(022);
  CustomerFiles files({.customers = {.rows = 10}, .directory = directory_, .files = 1}, file_system_, clock_);
  const auto file = files.write_next();
  umask(before);
  ASSERT_TRUE(file.has_value()) << file.error().message;
  EXPECT_EQ(file_system_.status(file->path).value().permissions, 0644u);
}

TEST_F(CustomerFilesTest, FilesAreDueAtTheirIntervalUntilAllAreWritten) {
  const auto start = clock_.now();
  CustomerFiles files({.customers = {.rows = 10}, .directory = directory_, .files = 2, .every = std::chrono::seconds(3)},
                      file_system_, clock_);
  EXPECT_EQ(files.due(), start);
  ASSERT_TRUE(files.write_next().has_value());
  EXPECT_EQ(files.due(), start + std::chrono::seconds(3));
  clock_.advance(std::chrono::seconds(10));
  ASSERT_TRUE(files.write_next().has_value());
  EXPECT_EQ(files.due(), std::nullopt);
}

TEST_F(CustomerFilesTest, AnUnwritableFolderIsAnErrorThatNamesIt) {
  const auto blocked = directory_ / "file";
  ASSERT_TRUE(file_system_.write_durably(blocked, "x").has_value());
  CustomerFiles files({.customers = {.rows = 10}, .directory = blocked / "in"}, file_system_, clock_);
  const auto result = files.write_next();
  ASSERT_FALSE(result.has_value());
  EXPECT_THAT(result.error().message, testing::HasSubstr("file"));
}

} // namespace
} // namespace freshet::generate
