// A seeded simulation of a pipe's days: files that come, come again, are corrected, removed or broken; events that are
// delivered twice; restarts, pauses, refreshes and a store that is away. FRESHET_SIMULATIONS=1000 FRESHET_RANDOM_SEED=7 makes
// it long.

#include <fmt/format.h>

#include <map>
#include <set>

#include "warehouse/load/tests/load_fixture.h"
#include "warehouse/tests/from_environment.h"

namespace freshet::warehouse {
namespace {

constexpr int k_steps = 120;

class PipeSimulation : public LoadFixture {
 protected:
  /// One content of a file: the rows it has, when it can be loaded at all.
  struct Version {
    std::set<int64_t> ids;
    bool good = true;
  };
  struct File {
    std::vector<Version> versions;
    bool removed = false; // it may never have been seen
  };

  void simulate(uint64_t seed) {
    Random random(seed);
    int64_t next_id = 1;
    std::map<std::string, File> files;
    bool paused = false;
    const auto folder = fmt::format("in/{}/", seed);
    run(fmt::format("CREATE OR REPLACE STAGE S URL = 's3://bucket/{}' FILE_FORMAT = (TYPE = CSV SKIP_HEADER = 1)", folder));
    run("CREATE OR REPLACE TABLE T (ID NUMBER, NAME VARCHAR(5))");
    run("CREATE OR REPLACE PIPE P AUTO_INGEST = TRUE AS COPY INTO T FROM @S");
    const auto write = [&](const std::string& key) {
      Version version;
      version.good = random.percent(80);
      std::string content = "id,name\n";
      const auto rows = random.below(6);
      for (uint64_t i = 0; i < rows; ++i) {
        version.ids.insert(next_id);
        content += fmt::format("{},n\n", next_id++);
      }
      if (!version.good) content += fmt::format("{},too long\n", next_id++);
      put(key, content);
      files[key].versions.push_back(std::move(version));
      files[key].removed = false;
    };

    for (int step = 0; step < k_steps && !HasFailure(); ++step) {
      const auto known = files.empty() ? std::string() : std::next(files.begin(), long(random.below(files.size())))->first;
      switch (random.below(14)) {
        case 0:
        case 1:
        case 2:
        case 3:
          write(fmt::format("{}{}.csv", folder, step));
          break;
        case 4:
          if (!known.empty()) write(known);
          break;
        case 5: // an event that was delivered before, as after a crash before its removal
          if (auto found = store_->head("bucket", known)) {
            ASSERT_TRUE(pipe().queue().send({write_s3_event({"bucket", known, 1, found->etag, "", clock_.now()})}));
          }
          break;
        case 6:
          if (!known.empty() && random.percent(30)) {
            ASSERT_TRUE(store_->remove("bucket", known));
            files[known].removed = true;
          }
          break;
        case 7:
          if (random.percent(50)) restart();
          break;
        case 8:
          paused = !paused;
          run(fmt::format("ALTER PIPE P SET PIPE_EXECUTION_PAUSED = {}", paused));
          break;
        case 9:
          run("ALTER PIPE P REFRESH");
          break;
        case 10: // whoever asks the store now is refused
          run("ALTER STAGE S SET CREDENTIALS = (AWS_KEY_ID = 'k' AWS_SECRET_KEY = 'wrong')");
          service_->step();
          run("ALTER STAGE S SET CREDENTIALS = (AWS_KEY_ID = 'k' AWS_SECRET_KEY = 'right')");
          break;
        case 11:
          clock_.advance(std::chrono::seconds{random.below(3600)});
          break;
        default:
          store_->step();
          service_->step();
          break;
      }
    }
    run("ALTER PIPE P SET PIPE_EXECUTION_PAUSED = FALSE");
    for (int i = 0; i < 12; ++i) {
      drain();
      clock_.advance(std::chrono::minutes(20));
    }
    EXPECT_TRUE(service_->idle().value());
    check(files);
  }

  PipeWorker& pipe() { return *service_->pipe(warehouse_->catalog().all(ObjectKind::pipe).at(0)->id); }

  /// Of every file either nothing is loaded or one of its contents, whole and once; the last one when that can be loaded.
  void check(const std::map<std::string, File>& files) {
    std::set<int64_t> loaded;
    for (const auto& line : query("SELECT ID FROM T"))
      EXPECT_TRUE(loaded.insert(std::stoll(line)).second) << line << " is doubled";
    size_t expected = 0;
    for (const auto& [key, file] : files) {
      size_t whole = 0;
      bool empty = false;
      for (const auto& version : file.versions) {
        const auto there = std::ranges::count_if(version.ids, [&](int64_t id) { return loaded.contains(id); });
        expected += size_t(there);
        if (there > 0) {
          EXPECT_TRUE(version.good) << key << " is loaded from a content with an error";
          EXPECT_EQ(size_t(there), version.ids.size()) << key << " is loaded in part";
          ++whole;
        }
        empty |= version.good && version.ids.empty(); // leaves nothing to see, and counts as loaded
      }
      EXPECT_LE(whole, 1u) << key << " is loaded twice";
      if (file.versions.back().good && !file.removed && !empty) {
        EXPECT_EQ(whole, 1u) << key << " is lost";
      }
    }
    EXPECT_EQ(expected, loaded.size()) << "rows from nowhere";
    for (const auto& line :
         query("SELECT FILE_NAME FROM TABLE(INFORMATION_SCHEMA.COPY_HISTORY(TABLE_NAME => 'T', START_TIME => "
               "'2025-12-31 00:00:00')) WHERE STATUS = 'Loaded' GROUP BY 1 HAVING COUNT(*) > 1"))
      ADD_FAILURE() << line << " is recorded as loaded twice";
  }
};

TEST_F(PipeSimulation, EveryFileIsLoadedOnceWhateverHappens) {
  const auto count = from_environment("FRESHET_SIMULATIONS", 8);
  const auto first = from_environment("FRESHET_RANDOM_SEED", 1);
  for (uint64_t seed = first; seed < first + count && !HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("FRESHET_RANDOM_SEED={}", seed));
    simulate(seed);
  }
}

} // namespace
} // namespace freshet::warehouse
