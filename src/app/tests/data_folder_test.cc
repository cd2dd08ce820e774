#include "app/data_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/credentials.h"
#include "base/random.h"

namespace freshet::app {
namespace {

class DataFolderTest : public testing::Test {
 protected:
  ~DataFolderTest() override { std::filesystem::remove_all(folder_); }

  RealFileSystem files_;
  const Path folder_ = std::filesystem::temp_directory_path() / ("freshet-folder-" + random_secret_hex(6));
};

TEST_F(DataFolderTest, ASecondUserIsRefusedUntilTheFirstLetsGo) {
  {
    const auto first = DataFolder::take(files_, folder_);
    ASSERT_TRUE(first);
    const auto second = DataFolder::take(files_, folder_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::conflict);
    EXPECT_THAT(second.error().message, testing::HasSubstr(folder_.string()));
  }
  EXPECT_TRUE(DataFolder::take(files_, folder_));
}

TEST_F(DataFolderTest, SaysWhereItsUserAnswersWhileThereIsOne) {
  {
    auto folder = DataFolder::take(files_, folder_);
    ASSERT_TRUE(folder);
    EXPECT_EQ(DataFolder::announced(files_, folder_).error().kind, ErrorKind::not_found);
    ASSERT_TRUE(folder->announce("127.0.0.1:1234"));
    EXPECT_EQ(DataFolder::announced(files_, folder_).value(), "127.0.0.1:1234");
  }
  EXPECT_EQ(DataFolder::announced(files_, folder_).error().kind, ErrorKind::not_found);
}

TEST_F(DataFolderTest, TakingItForgetsTheAddressOfAKilledUser) {
  ASSERT_TRUE(files_.create_directories(folder_));
  ASSERT_TRUE(files_.write_durably(folder_ / "address", "127.0.0.1:1\n"));
  const auto folder = DataFolder::take(files_, folder_);
  ASSERT_TRUE(folder);
  EXPECT_EQ(DataFolder::announced(files_, folder_).error().kind, ErrorKind::not_found);
}

TEST_F(DataFolderTest, CredentialsAreMadeOnceAndKeptFromOthers) {
  ASSERT_TRUE(files_.create_directories(folder_));
  const auto made = load_or_create_credentials(files_, folder_);
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->created);
  EXPECT_EQ(files_.status(credentials_path(folder_))->permissions, 0600u);
  const auto again = load_or_create_credentials(files_, folder_);
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->created);
  EXPECT_EQ(again->password, made->password);
  std::filesystem::permissions(credentials_path(folder_), std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_EQ(load_or_create_credentials(files_, folder_).error().kind, ErrorKind::permission_denied);
}

TEST(MemoryBytes, TakesSharesAndAmounts) {
  EXPECT_EQ(memory_bytes("512MB").value(), 512'000'000u);
  EXPECT_EQ(memory_bytes("1GB").value(), 1'000'000'000u);
  EXPECT_GT(memory_bytes("50%").value(), 100'000'000u);
  for (const char* wrong : {"", "lots", "12", "0%", "200%", "1KB", "-1GB"}) EXPECT_FALSE(memory_bytes(wrong)) << wrong;
}

} // namespace
} // namespace freshet::app
