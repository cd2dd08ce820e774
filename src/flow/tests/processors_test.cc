#include "flow/tests/process_controller.h"

namespace freshet::flow {
namespace {

const std::string k_standard = "org.apache.nifi.processors.standard.";
const std::string k_update_attribute = "org.apache.nifi.processors.attributes.UpdateAttribute";

TEST(FetchFile, EveryOutcomeHasItsRelationship) {
  TemporaryFolder folder;
  std::ofstream(folder.path() / "a.csv") << "1,Ann\n";
  ProcessController controller(k_fetch_file, {{"File to Fetch", "${dir}/${filename}"}});
  ASSERT_EQ(controller.faults, std::vector<std::string>{});
  controller.enqueue("", {{"dir", folder.path().string()}, {"filename", "a.csv"}, {"keep", "me"}});
  controller.enqueue("old", {{"dir", folder.path().string()}, {"filename", "absent.csv"}});
  controller.enqueue("old", {{"dir", "/"}, {"filename", "tmp"}});
  ASSERT_TRUE(controller.trigger());
  const auto fetched = controller.taken("success");
  ASSERT_EQ(fetched.size(), 1u);
  EXPECT_EQ(controller.content(*fetched[0]), "1,Ann\n");
  EXPECT_EQ(fetched[0]->attribute_or("keep", ""), "me");
  EXPECT_EQ(controller.taken("not.found").size(), 1u);
  const auto failed = controller.taken("failure");
  ASSERT_EQ(failed.size(), 1u) << "a folder is no file";
  EXPECT_GT(failed[0]->penalty_until, controller.clock.now());
  EXPECT_EQ(controller.bulletins.newest(10).size(), 2u);
}

TEST(FetchFile, AChangeToTheOriginalDoesNotReachTheContent) {
  TemporaryFolder folder;
  std::ofstream(folder.path() / "a.csv") << std::string(300'000, 'a');
  ProcessController controller(k_fetch_file, {{"File to Fetch", (folder.path() / "a.csv").string()}});
  controller.enqueue("");
  ASSERT_TRUE(controller.trigger());
  std::fstream(folder.path() / "a.csv", std::ios::in | std::ios::out) << "changed in place";
  EXPECT_EQ(controller.content(*controller.taken("success")[0]), std::string(300'000, 'a'));
}

TEST(FetchFile, CompletionDeletesOrMovesAfterTheCommit) {
  TemporaryFolder folder;
  const auto fetch = [&](DefinedProperties properties) {
    std::ofstream(folder.path() / "a.csv") << "new";
    properties["File to Fetch"] = (folder.path() / "a.csv").string();
    properties["Move Destination Directory"] = (folder.path() / "done").string();
    ProcessController controller(k_fetch_file, properties);
    controller.enqueue("");
    EXPECT_TRUE(controller.trigger());
    return controller.taken("success").size();
  };
  const Path original = folder.path() / "a.csv", moved = folder.path() / "done" / "a.csv";
  EXPECT_EQ(fetch({{"Completion Strategy", "Delete File"}}), 1u);
  EXPECT_FALSE(std::filesystem::exists(original));
  EXPECT_EQ(fetch({{"Completion Strategy", "Move File"}}), 1u);
  EXPECT_EQ(read_file(moved), "new");
  std::ofstream(moved) << "old";
  EXPECT_EQ(fetch({{"Completion Strategy", "Move File"}, {"Move Conflict Strategy", "Keep Existing"}}), 1u);
  EXPECT_EQ(read_file(moved), "old");
  EXPECT_FALSE(std::filesystem::exists(original));
  EXPECT_EQ(fetch({{"Completion Strategy", "Move File"}, {"Move Conflict Strategy", "Fail"}}), 0u);
  EXPECT_TRUE(std::filesystem::exists(original));
  EXPECT_EQ(fetch({{"Completion Strategy", "Move File"}, {"Move Conflict Strategy", "Replace File"}}), 1u);
  EXPECT_EQ(read_file(moved), "new");
}

TEST(PutS3Object, WritesItsAttributesAndUserMetadata) {
  auto store = std::make_shared<MemoryStore>(std::initializer_list<std::string>{"raw"});
  ProcessController controller(
      k_put_s3_object, {{"Bucket", "raw"}, {"Object Key", "in/${filename}"}, {"Content Type", "text/csv"}, {"Team", "${team}"}},
      store);
  ASSERT_EQ(controller.faults, std::vector<std::string>{});
  controller.enqueue("1,Ann\n", {{"filename", "a.csv"}, {"team", "north"}});
  ASSERT_TRUE(controller.trigger());
  const auto put = controller.taken("success");
  ASSERT_EQ(put.size(), 1u);
  EXPECT_EQ(put[0]->attribute_or("s3.bucket", ""), "raw");
  EXPECT_EQ(put[0]->attribute_or("s3.key", ""), "in/a.csv");
  EXPECT_EQ(put[0]->attribute_or("s3.contenttype", ""), "text/csv");
  EXPECT_EQ(put[0]->attribute_or("s3.etag", ""), store->head("raw", "in/a.csv")->etag);
  EXPECT_EQ(put[0]->attribute_or("s3.usermetadata", ""), "team=north");
  EXPECT_EQ(store->head("raw", "in/a.csv")->metadata.at("team"), "north");
}

TEST(PutS3Object, AFailureIsPenalizedAndTellsS3sError) {
  auto store = std::make_shared<MemoryStore>(std::initializer_list<std::string>{"raw"});
  ProcessController controller(k_put_s3_object, {{"Object Key", "${filename}"}}, store);
  controller.enqueue("x", {{"s3.bucket", "nowhere"}});
  controller.enqueue("x");
  ASSERT_TRUE(controller.trigger());
  const auto failed = controller.taken("failure");
  ASSERT_EQ(failed.size(), 2u);
  EXPECT_EQ(failed[0]->attribute_or("s3.statusCode", ""), "404");
  EXPECT_EQ(failed[0]->attribute_or("s3.errorCode", ""), "NoSuchBucket");
  EXPECT_EQ(failed[1]->attribute_or("s3.errorCode", ""), "InvalidBucketName");
  EXPECT_GT(failed[0]->penalty_until, controller.clock.now());
}

TEST(UpdateAttribute, SetsFromTheOldValuesAndDeletesByPattern) {
  ProcessController controller(k_update_attribute,
                               {{"a", "${b}"}, {"b", "${a}"}, {"Delete Attributes Expression", "tmp\\..*"}});
  controller.enqueue("", {{"a", "1"}, {"b", "2"}, {"tmp.x", "y"}});
  ASSERT_TRUE(controller.trigger());
  const auto updated = controller.taken("success");
  ASSERT_EQ(updated.size(), 1u);
  EXPECT_EQ(updated[0]->attribute_or("a", ""), "2");
  EXPECT_EQ(updated[0]->attribute_or("b", ""), "1");
  EXPECT_FALSE(updated[0]->attributes.contains("tmp.x"));
}

TEST(RouteOnAttribute, ACopyGoesToEveryConditionThatHolds) {
  ProcessController controller(k_standard + "RouteOnAttribute",
                               {{"csv", "${filename:endsWith('.csv')}"}, {"long", "${filename:length():gt(6)}"}});
  for (const char* name : {"a.csv", "abc.csv", "a.txt"}) controller.enqueue("content", {{"filename", name}});
  ASSERT_TRUE(controller.trigger());
  const auto csv = controller.taken("csv"), longer = controller.taken("long");
  EXPECT_EQ(csv.size(), 2u);
  ASSERT_EQ(longer.size(), 1u);
  EXPECT_EQ(longer[0]->attribute_or("RouteOnAttribute.Route", ""), "long");
  EXPECT_EQ(controller.content(*longer[0]), "content");
  EXPECT_EQ(controller.taken("unmatched").size(), 1u);
}

TEST(PutFile, WritesWholeFilesAndResolvesConflicts) {
  TemporaryFolder folder;
  ProcessController controller(k_standard + "PutFile", {{"Directory", (folder.path() / "${where}").string()}});
  controller.enqueue("first", {{"where", "x"}, {"filename", "a.csv"}});
  controller.enqueue("second", {{"where", "x"}, {"filename", "a.csv"}});
  controller.enqueue("escape", {{"where", "x"}, {"filename", "../b.csv"}});
  ASSERT_TRUE(controller.trigger());
  EXPECT_EQ(controller.taken("success").size(), 1u);
  EXPECT_EQ(controller.taken("failure").size(), 2u);
  EXPECT_EQ(read_file(folder.path() / "x" / "a.csv"), "first");
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "b.csv"));
}

TEST(GenerateFlowFile, MakesABatchOfCustomTextWithAttributes) {
  ProcessController controller(
      k_standard + "GenerateFlowFile",
      {{"generate-ff-custom-text", "at ${now():format('yyyy', 'UTC')}"}, {"Batch Size", "3"}, {"kind", "test"}});
  ASSERT_TRUE(controller.trigger());
  const auto made = controller.taken("success");
  ASSERT_EQ(made.size(), 3u);
  EXPECT_EQ(controller.content(*made[2]), "at 2026");
  EXPECT_EQ(made[0]->attribute_or("kind", ""), "test");
}

TEST(LogAttribute, PassesEverythingOn) {
  ProcessController controller(k_standard + "LogAttribute", {{"Log Level", "debug"}});
  controller.enqueue("x");
  ASSERT_TRUE(controller.trigger());
  EXPECT_EQ(controller.taken("success").size(), 1u);
}

} // namespace
} // namespace freshet::flow
