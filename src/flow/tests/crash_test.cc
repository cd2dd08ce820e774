#include <sys/wait.h>
#include <unistd.h>

#include "flow/tests/faulty_file_system.h"
#include "flow/tests/flow_fixture.h"

namespace freshet::flow {
namespace {

constexpr const char* k_put_file = "org.apache.nifi.processors.standard.PutFile";

class CrashTest : public FlowTest {
 protected:
  Path output() const { return folder_.path() / "out"; }

  /// ListFile → FetchFile → PutFile, small steps, so that there are many moments to die at.
  std::string definition() const {
    DefinitionBuilder builder;
    builder.processor("list", k_list_file, {{"Input Directory", input().string()}}, {.period = "1 min"})
        .processor("fetch", k_fetch_file, {}, {.auto_terminated = {"not.found", "permission.denied", "failure"}})
        .processor("put", k_put_file, {{"Directory", output().string()}, {"Conflict Resolution Strategy", "replace"}},
                   {.auto_terminated = {"success", "failure"}})
        .connection("list", "success", "fetch")
        .connection("fetch", "success", "put");
    return builder.json();
  }

  void expect_every_file_once() {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(input())) {
      const std::string name = entry.path().filename().string();
      EXPECT_TRUE(std::filesystem::exists(output() / name)) << name << " was lost";
      EXPECT_EQ(read_file(output() / name), read_file(entry.path())) << name;
      ++count;
    }
    EXPECT_GT(count, 0u);
  }
};

/// A child process runs the flow and is killed at its n-th call to the file system; n grows until the flow comes to its end.
/// The files change now and then; a backlog must not grow faster than n, or no round would ever end.
TEST_F(CrashTest, KilledAtAnyFileSystemCallNothingIsLost) {
  int rounds = 0;
  for (int fatal_call = 1;; fatal_call += 7) {
    for (int file = 0; file < 4 && rounds % 5 == 0; ++file) {
      const std::string content(file == 3 ? 300'000 : 20, static_cast<char>('a' + rounds % 26));
      write_input(fmt::format("{}.csv", file), content, std::chrono::hours(1) - std::chrono::seconds(rounds));
    }
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      int calls = 0;
      FaultyFileSystem files([&](std::string_view, const Path&) -> Result<void> {
        if (++calls == fatal_call) ::kill(::getpid(), SIGKILL);
        return {};
      });
      auto with = options();
      with.files = &files;
      auto flow = Flow::open(with, definition());
      if (!flow) ::_exit(2);
      (*flow)->start_all();
      (*flow)->step();
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ++rounds;
    if (WIFEXITED(status)) {
      EXPECT_EQ(WEXITSTATUS(status), 0);
      break;
    }
    ASSERT_LT(rounds, 100);
  }
  EXPECT_GE(rounds, 5);
  expect_every_file_once();
  open(definition());
  flow_->step();
  EXPECT_TRUE(flow_->idle());
  EXPECT_TRUE(std::filesystem::is_empty(data() / "content")) << "orphaned contents are swept";
}

TEST_F(CrashTest, AFullDiskIsABulletinAndTheFlowGoesOnWhenThereIsSpace) {
  bool full = true;
  FaultyFileSystem files([&](std::string_view call, const Path& path) -> Result<void> {
    if (full && call == "append" && path.string().find("content") != std::string::npos) {
      return fail(ErrorKind::out_of_space, "cannot write to " + path.string() + ": No space left on device");
    }
    return {};
  });
  write_input("a.csv", "12345");
  auto with = options();
  with.files = &files;
  DefinitionBuilder builder = list_fetch_put();
  std::string retried = builder.json();
  const std::string terminated = R"(["not.found","permission.denied","failure"])";
  ASSERT_NE(retried.find(terminated), std::string::npos);
  retried.replace(retried.find(terminated), terminated.size(),
                  terminated + R"(,"retryCount":10,"retriedRelationships":["failure"])");
  open(retried, with);
  flow_->step();
  EXPECT_EQ(store_->puts, 0u);
  ASSERT_FALSE(flow_->bulletins().empty());
  EXPECT_NE(flow_->bulletins()[0].message.find("No space left"), std::string::npos);
  full = false;
  advance(std::chrono::seconds(31));
  EXPECT_EQ(store_->contents("raw")["stream_data/a.csv"], "12345");
}

TEST_F(CrashTest, ASyncThatFailsRollsTheSessionBack) {
  int failures = 3;
  FaultyFileSystem files([&](std::string_view call, const Path&) -> Result<void> {
    if (call == "sync" && failures > 0) {
      --failures;
      return fail(ErrorKind::io, "cannot sync: Input/output error");
    }
    return {};
  });
  write_input("a.csv", "12345");
  auto with = options();
  with.files = &files;
  open(list_fetch_put().json(), with);
  for (int second = 0; second < 5; ++second) advance(std::chrono::seconds(1));
  EXPECT_EQ(store_->contents("raw")["stream_data/a.csv"], "12345");
  EXPECT_TRUE(flow_->idle());
}

TEST_F(CrashTest, AFolderThatMayNotBeReadIsABulletinAndTheRestIsListed) {
  bool closed = true;
  FaultyFileSystem files([&](std::string_view call, const Path& path) -> Result<void> {
    if (closed && call == "list" && path.string().find("closed") != std::string::npos) {
      return fail(ErrorKind::permission_denied, "cannot list " + path.string() + ": Permission denied");
    }
    return {};
  });
  write_input("closed/a.csv", "a");
  write_input("b.csv", "b");
  auto with = options();
  with.files = &files;
  open(list_fetch_put().json(), with);
  flow_->step();
  EXPECT_EQ(store_->contents("raw").size(), 1u);
  ASSERT_FALSE(flow_->bulletins().empty());
  EXPECT_NE(flow_->bulletins()[0].message.find("closed/: Permission denied"), std::string::npos)
      << flow_->bulletins()[0].message;
  closed = false;
  advance(std::chrono::minutes(1));
  EXPECT_EQ(store_->contents("raw").size(), 2u);
}

} // namespace
} // namespace freshet::flow
