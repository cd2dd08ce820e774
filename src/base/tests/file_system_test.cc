#include "base/file_system.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "base/random.h"

namespace freshet {
namespace {

/// Files of this process may not grow beyond `bytes`: what a full disk does, without one.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  void (*handler_)(int);
  rlimit before_{};
};

TEST(RealFileSystem, AnAppendThatFailsHalfWayLeavesNothingOfIt) {
  RealFileSystem files;
  const Path path = std::filesystem::temp_directory_path() / ("freshet_append_" + random_secret_hex(6));
  const auto file = files.create(path).value();
  {
    const FileSizeLimit limit(100);
    EXPECT_TRUE(file->append(std::string(60, 'a')));
    EXPECT_FALSE(file->append(std::string(60, 'b')));
    EXPECT_EQ(files.status(path)->size, 60u);
  }
  EXPECT_TRUE(file->append(std::string(60, 'c')));
  EXPECT_EQ(files.read_all(path).value(), std::string(60, 'a') + std::string(60, 'c'));
  EXPECT_TRUE(files.remove(path));
}

}  // namespace
}  // namespace freshet
