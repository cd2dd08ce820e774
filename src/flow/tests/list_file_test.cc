#include "flow/tests/flow_fixture.h"

namespace freshet::flow {
namespace {

using namespace std::chrono_literals;

/// A ListFile alone; what it lists is put into an unread queue.
class ListFileTest : public FlowTest {
 protected:
  void list(std::map<std::string, std::string> properties = {}, bool watch = false) {
    properties.insert({"Input Directory", input().string()});
    DefinitionBuilder definition;
    definition.processor("list", k_list_file, properties, {.period = "1 min"})
        .processor("fetch", k_fetch_file, {}, {.auto_terminated = {"success", "not.found", "permission.denied", "failure"}})
        .connection("list", "success", "fetch");
    auto with = options();
    with.watch_folders = watch;
    open(definition.json(), with);
    ASSERT_TRUE(flow_->stop("fetch"));
    flow_->step();
  }
  /// The names listed since the last call, in their order. Attributes of the last FlowFile are kept.
  std::vector<std::string> listed() {
    std::vector<std::string> names;
    auto events = flow_->provenance({.type = ProvenanceType::create, .limit = 100'000});
    for (auto event = events.rbegin(); event != events.rend(); ++event) {
      if (event->id <= seen_) continue;
      seen_ = event->id;
      names.push_back(event->filename);
    }
    return names;
  }
  using Names = std::vector<std::string>;

  uint64_t seen_ = 0;
};

TEST_F(ListFileTest, ListsInOrderOfModification) {
  write_input("new.csv", "", 1h);
  write_input("old.csv", "", 3h);
  write_input("deep/middle.csv", "", 2h);
  list();
  EXPECT_EQ(listed(), (Names{"old.csv", "middle.csv", "new.csv"}));
}

TEST_F(ListFileTest, AFileIsListedAgainOnlyWhenItWasModified) {
  write_input("a.csv", "1");
  list();
  EXPECT_EQ(listed(), (Names{"a.csv"}));
  advance(1min);
  EXPECT_EQ(listed(), Names{});
  std::filesystem::permissions(input() / "a.csv", std::filesystem::perms::owner_read);
  advance(1min);
  EXPECT_EQ(listed(), Names{}) << "a changed mode is no modification";
  std::filesystem::permissions(input() / "a.csv", std::filesystem::perms::owner_all);
  write_input("a.csv", "2", 30min);
  advance(1min);
  EXPECT_EQ(listed(), (Names{"a.csv"}));
}

TEST_F(ListFileTest, AFileOlderThanTheNewestListedIsNotMissed) {
  write_input("new.csv", "", 1min);
  list();
  EXPECT_EQ(listed(), (Names{"new.csv"}));
  write_input("moved-in-with-an-old-date.csv", "", 24h);
  write_input("same-date.csv", "", 1min);
  advance(1min);
  EXPECT_EQ(listed(), (Names{"moved-in-with-an-old-date.csv", "same-date.csv"}));
}

TEST_F(ListFileTest, ScanningWaitsUntilAFileIsOlderThanTheLag) {
  write_input("fresh.csv", "", 37ms);
  list();
  EXPECT_EQ(listed(), Names{});
  EXPECT_FALSE(flow_->idle());
  advance(50ms);
  EXPECT_EQ(listed(), Names{});
  advance(20ms);
  EXPECT_EQ(listed(), (Names{"fresh.csv"})) << "100 ms, without waiting for the next period";
}

TEST_F(ListFileTest, TheLagFollowsThePrecision) {
  write_input("fresh.csv", "", 500ms);
  list({{"target-system-timestamp-precision", "seconds"}});
  EXPECT_EQ(listed(), Names{});
  advance(500ms);
  EXPECT_EQ(listed(), (Names{"fresh.csv"}));
}

TEST_F(ListFileTest, FiltersByNameFolderSizeAgeAndBeingHidden) {
  write_input("a.csv", "12345");
  write_input("a.txt", "12345");
  write_input(".hidden.csv", "12345");
  write_input("small.csv", "1");
  write_input("large.csv", "1234567890");
  write_input("keep/b.csv", "12345");
  write_input("skip/c.csv", "12345");
  write_input("young.csv", "12345", 10s);
  write_input("ancient.csv", "12345", 48h);
  list({{"File Filter", ".*\\.csv"},
        {"Path Filter", "keep"},
        {"Minimum File Size", "2 B"},
        {"Maximum File Size", "9 B"},
        {"Minimum File Age", "1 min"},
        {"Maximum File Age", "1 day"}});
  EXPECT_EQ(listed(), (Names{"a.csv", "b.csv"}));
  advance(50s);
  EXPECT_EQ(listed(), (Names{"young.csv"})) << "as soon as it is old enough";
}

TEST_F(ListFileTest, WithoutRecursionSubfoldersStayOut) {
  write_input("a.csv", "");
  write_input("deep/b.csv", "");
  list({{"Recurse Subdirectories", "false"}});
  EXPECT_EQ(listed(), (Names{"a.csv"}));
}

TEST_F(ListFileTest, WithoutTrackingEverythingIsListedEachTime) {
  write_input("a.csv", "");
  list({{"listing-strategy", "none"}});
  EXPECT_EQ(listed(), (Names{"a.csv"}));
  advance(1min);
  EXPECT_EQ(listed(), (Names{"a.csv"}));
}

TEST_F(ListFileTest, EntityTrackingLooksAtItsWindowAfterTheFirstListing) {
  write_input("old.csv", "", 10h);
  list({{"Listing Strategy", "entities"}, {"Entity Tracking Time Window", "3 hours"}});
  EXPECT_EQ(listed(), (Names{"old.csv"})) << "the initial listing target is 'all'";
  write_input("too-old.csv", "", 5h);
  write_input("within.csv", "", 2h);
  advance(1min);
  EXPECT_EQ(listed(), (Names{"within.csv"}));
}

TEST_F(ListFileTest, StateIsShownAsNiFiShowsIt) {
  write_input("a.csv", "", 1h);
  write_input("b.csv", "", 1h);
  list();
  const auto state = flow_->component_state("list");
  const std::string time =
      std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>((clock_.now() - 1h).time_since_epoch()).count());
  EXPECT_EQ(state, (std::map<std::string, std::string>{{"listing.timestamp", time},
                                                       {"processed.timestamp", time},
                                                       {"id.0", (input() / "a.csv").string()},
                                                       {"id.1", (input() / "b.csv").string()}}));
}

TEST_F(ListFileTest, AFolderThatIsNotThereIsABulletinAndTriedAgain) {
  std::filesystem::remove_all(input());
  list();
  ASSERT_FALSE(flow_->bulletins().empty());
  EXPECT_NE(flow_->bulletins()[0].message.find(input().string()), std::string::npos);
  advance(10s);
  EXPECT_EQ(flow_->bulletins().size(), 1u) << "told once per scheduling period";
  write_input("a.csv", "", 1min);
  advance(1s);
  EXPECT_EQ(listed(), (Names{"a.csv"})) << "as soon as the folder is there";
}

TEST_F(ListFileTest, AnEmptiedFolderForgetsNothingAndAChangedOneForgetsWhatIsGone) {
  write_input("a.csv", "");
  write_input("b.csv", "");
  list();
  EXPECT_EQ(listed().size(), 2u);
  const Path away = folder_.path() / "away";
  std::filesystem::rename(input(), away);
  std::filesystem::create_directories(input()); // as when a file system is not mounted
  advance(1min);
  std::filesystem::remove_all(input());
  std::filesystem::rename(away, input());
  advance(1min);
  EXPECT_EQ(listed(), Names{});
  std::filesystem::rename(input() / "a.csv", folder_.path() / "a.csv");
  advance(1min);
  std::filesystem::rename(folder_.path() / "a.csv", input() / "a.csv");
  advance(1min);
  EXPECT_EQ(listed(), (Names{"a.csv"})) << "it went and came back";
}

TEST_F(ListFileTest, AFileThatIsMovedInIsListedAtOnceWhateverItsDate) {
  SystemClock clock;
  std::mutex mutex;
  std::condition_variable changed;
  uint64_t count = 0;
  const auto wait_for = [&](uint64_t expected) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 30s, [&] { return count >= expected; }); // half of the period, so no scan helps
  };
  write_input("first.csv", "", 1h);
  DefinitionBuilder definition;
  definition.processor("list", k_list_file, {{"Input Directory", input().string()}},
                       {.period = "1 min", .auto_terminated = {"success"}});
  auto with = options();
  with.clock = &clock;
  with.threads = 1;
  with.watch_folders = true;
  with.observer = [&](const FlowEvent& event) {
    const std::lock_guard lock(mutex);
    count += event.count;
    changed.notify_all();
  };
  open(definition.json(), with);
  ASSERT_TRUE(wait_for(1)) << "the first scan, after the watch began";
  const Path staged = folder_.path() / "staged";
  std::ofstream(staged) << "fresh";
  std::filesystem::rename(staged, input() / "fresh.csv");
  ASSERT_TRUE(wait_for(2));
  std::ofstream(staged) << "old";
  set_modified(staged, clock.now() - 1000h);
  std::filesystem::create_directories(input() / "deep");
  std::filesystem::rename(staged, input() / "deep" / "old.csv");
  ASSERT_TRUE(wait_for(3)) << "in a folder that was made meanwhile, too";
  flow_->stop();
}

TEST_F(ListFileTest, AFileThatIsBeingWrittenWaitsUntilItIsClosed) {
  list({}, true);
  std::ofstream writer(input() / "long.csv");
  writer << "first half" << std::flush;
  set_modified(input() / "long.csv", clock_.now() - 1h);
  advance(1min);
  EXPECT_EQ(listed(), Names{}) << "modified and not closed, however old it looks";
  advance(1min);
  EXPECT_EQ(listed(), Names{});
  writer << "second half" << std::flush;
  writer.close();
  set_modified(input() / "long.csv", clock_.now());
  advance(1min);
  EXPECT_EQ(listed(), (Names{"long.csv"}));
}

TEST_F(ListFileTest, AttributesAreThoseOfTheFile) {
  write_input("deep/a.csv", "12345");
  std::filesystem::permissions(input() / "deep/a.csv", std::filesystem::perms(0640));
  DefinitionBuilder definition;
  definition.processor("list", k_list_file, {{"Input Directory", input().string()}})
      .processor("fetch", k_fetch_file, {}, {.auto_terminated = {"not.found", "permission.denied", "failure"}})
      .processor("put", k_put_s3_object,
                 {{"Bucket", "raw"},
                  {"Object Key", "k"},
                  {"where", "${path}|${absolute.path}|${file.size}|${file.permissions}|${filename}"},
                  {"when", "${file.lastModifiedTime:toDate(\"yyyy-MM-dd'T'HH:mm:ssZ\"):toNumber()}"}},
                 {.auto_terminated = {"success", "failure"}})
      .connection("list", "success", "fetch")
      .connection("fetch", "success", "put");
  open(definition.json());
  flow_->step();
  const auto object = store_->head("raw", "k");
  ASSERT_TRUE(object);
  EXPECT_EQ(object->metadata.at("where"), "deep/|" + (input() / "deep/").string() + "|5|rw-r-----|a.csv");
  EXPECT_EQ(
      object->metadata.at("when"),
      std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>((clock_.now() - 1h).time_since_epoch()).count()));
}

} // namespace
} // namespace freshet::flow
