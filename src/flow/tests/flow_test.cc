#include "flow/tests/flow_fixture.h"

namespace freshet::flow {
namespace {

using testing::Test;
using Contents = std::map<std::string, std::string>;

TEST_F(FlowTest, FilesGoFromTheFolderToTheBucket) {
  write_input("a.csv", "1,Ann\n");
  write_input("deep/b.csv", "2,Bob\n");
  open(list_fetch_put().json());
  flow_->step();
  EXPECT_EQ(store_->contents("raw"), (Contents{{"stream_data/a.csv", "1,Ann\n"}, {"stream_data/b.csv", "2,Bob\n"}}));
  EXPECT_TRUE(flow_->idle());
  EXPECT_TRUE(std::filesystem::is_empty(data() / "content")) << "contents that nobody claims are deleted";
}

TEST_F(FlowTest, ALargeContentIsHandedToTheStoreAsAFile) {
  write_input("large.csv", std::string(1 << 20, 'x'));
  write_input("small.csv", "x");
  open(list_fetch_put().json());
  flow_->step();
  EXPECT_EQ(store_->contents("raw")["stream_data/large.csv"].size(), 1u << 20);
  EXPECT_GE(store_->files_adopted, 1u);
}

TEST_F(FlowTest, AnEmptyFileIsAnEmptyObject) {
  write_input("empty.csv", "");
  open(list_fetch_put().json());
  flow_->step();
  EXPECT_EQ(store_->contents("raw"), (Contents{{"stream_data/empty.csv", ""}}));
}

TEST_F(FlowTest, EachFileIsPutOnceHoweverOftenTheFolderIsScanned) {
  write_input("a.csv", "1");
  open(list_fetch_put().json());
  flow_->step();
  for (int minute = 0; minute < 5; ++minute) advance(std::chrono::minutes(1));
  EXPECT_EQ(store_->puts, 1u);
  open(list_fetch_put().json());
  advance(std::chrono::minutes(1));
  EXPECT_EQ(store_->puts, 1u) << "nor after a restart";
}

TEST_F(FlowTest, QueuedFlowFilesSurviveARestart) {
  write_input("a.csv", "1,Ann\n");
  auto definition = list_fetch_put();
  open(definition.json());
  ASSERT_TRUE(flow_->stop("put"));
  flow_->step();
  EXPECT_EQ(queued("fetch-success-put"), 1u);
  EXPECT_EQ(store_->puts, 0u);
  open(definition.json());
  EXPECT_EQ(queued("fetch-success-put"), 1u);
  flow_->step();
  EXPECT_EQ(store_->contents("raw"), (Contents{{"stream_data/a.csv", "1,Ann\n"}}));
}

TEST_F(FlowTest, AMissingBucketIsAPenalizedFailureAndABulletin) {
  write_input("a.csv", "1");
  open(list_fetch_put({}, {}, {{"Bucket", "nowhere"}}).json());
  flow_->step();
  EXPECT_EQ(queued("put-failure-put"), 1u);
  ASSERT_FALSE(flow_->bulletins().empty());
  EXPECT_NE(flow_->bulletins()[0].message.find("there is no bucket named nowhere"), std::string::npos);
  const size_t tries = flow_->bulletins().size();
  advance(std::chrono::seconds(29));
  EXPECT_EQ(flow_->bulletins().size(), tries) << "the penalty lasts 30 seconds";
  ASSERT_TRUE(store_->create_bucket("nowhere"));
  advance(std::chrono::seconds(2));
  EXPECT_EQ(store_->contents("nowhere"), (Contents{{"stream_data/a.csv", "1"}}));
}

TEST_F(FlowTest, AWrongSecretIsAFailureWithS3sErrorCode) {
  write_input("a.csv", "1");
  auto with = options();
  with.store_credentials = Credentials{"KEY", "right"};
  DefinitionBuilder definition = list_fetch_put({}, {}, {{"Access Key", "KEY"}, {"Secret Key", "wrong"}});
  open(definition.json(), with);
  flow_->step();
  ASSERT_FALSE(flow_->bulletins().empty());
  EXPECT_NE(flow_->bulletins()[0].message.find("SignatureDoesNotMatch"), std::string::npos);
  EXPECT_EQ(flow_->bulletins()[0].message.find("wrong"), std::string::npos) << "a secret is never shown";
  EXPECT_EQ(store_->puts, 0u);
}

TEST_F(FlowTest, AnotherEndpointGoesToTheRemoteStore) {
  write_input("a.csv", "1");
  auto remote = std::make_shared<MemoryStore>(std::initializer_list<std::string>{"raw"});
  auto with = options();
  with.store_endpoint = "http://127.0.0.1:9000";
  std::vector<std::string> asked;
  with.remote_store = [&](const std::string& endpoint, const std::string& region,
                          const Credentials& credentials) -> Result<std::shared_ptr<objects::ObjectStore>> {
    asked.push_back(endpoint + " " + region + " " + credentials.access_key_id);
    return remote;
  };
  open(list_fetch_put(
           {}, {},
           {{"Endpoint Override URL", "http://minio:9000"}, {"Region", "eu-west-1"}, {"Access Key", "K"}, {"Secret Key", "S"}})
           .json(),
       with);
  flow_->step();
  EXPECT_EQ(remote->puts, 1u);
  EXPECT_EQ(store_->puts, 0u);
  EXPECT_EQ(asked, (std::vector<std::string>{"http://minio:9000 eu-west-1 K"}));
}

TEST_F(FlowTest, BackPressureStopsTheSourceUntilTheQueueDrains) {
  for (int index = 0; index < 2500; ++index) write_input(fmt::format("{:04}.csv", index), "x");
  DefinitionBuilder definition;
  definition.processor("list", k_list_file, {{"Input Directory", input().string()}}, {.period = "1 min"})
      .processor("fetch", k_fetch_file, {}, {.auto_terminated = {"success", "not.found", "permission.denied", "failure"}})
      .connection("list", "success", "fetch", {{"backPressureObjectThreshold", 1000}});
  open(definition.json());
  ASSERT_TRUE(flow_->stop("fetch"));
  flow_->step();
  EXPECT_EQ(queued("list-success-fetch"), 1000u);
  EXPECT_TRUE(flow_->status().connections[0].full);
  EXPECT_FALSE(flow_->idle());
  ASSERT_TRUE(flow_->start("fetch"));
  flow_->step();
  EXPECT_TRUE(flow_->idle());
  for (const ProcessorStatus& processor : flow_->status().processors) {
    if (processor.id == "fetch") {
      EXPECT_EQ(processor.flow_files_in, 2500u);
    }
  }
}

TEST_F(FlowTest, FlowFilesExpireInTheirQueue) {
  write_input("a.csv", "x");
  DefinitionBuilder definition;
  definition.processor("list", k_list_file, {{"Input Directory", input().string()}}, {.period = "1 min"})
      .processor("fetch", k_fetch_file, {}, {.auto_terminated = {"success", "not.found", "permission.denied", "failure"}})
      .connection("list", "success", "fetch", {{"flowFileExpiration", "10 sec"}});
  open(definition.json());
  ASSERT_TRUE(flow_->stop("fetch"));
  flow_->step();
  clock_.advance(std::chrono::seconds(11));
  ASSERT_TRUE(flow_->start("fetch"));
  flow_->step();
  EXPECT_EQ(queued("list-success-fetch"), 0u);
  const auto events = flow_->provenance({.type = ProvenanceType::expire});
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].filename, "a.csv");
}

TEST_F(FlowTest, ProvenanceTellsTheWayOfAFile) {
  write_input("a.csv", "1,Ann\n");
  open(list_fetch_put().json());
  flow_->step();
  std::vector<std::string> types;
  auto events = flow_->provenance({});
  std::reverse(events.begin(), events.end());
  for (const ProvenanceEvent& event : events) types.emplace_back(name_of(event.type));
  EXPECT_EQ(types, (std::vector<std::string>{"CREATE", "FETCH", "CONTENT_MODIFIED", "SEND", "ATTRIBUTES_MODIFIED", "DROP"}));
  for (const ProvenanceEvent& event : events) EXPECT_EQ(event.flow_file_uuid, events[0].flow_file_uuid);
  EXPECT_EQ(flow_->provenance({.component_id = "put", .type = ProvenanceType::send})[0].transit_uri,
            "https://raw.s3.us-west-2.amazonaws.com/stream_data/a.csv");
}

TEST_F(FlowTest, ProvenanceKeepsTheLatestEvents) {
  for (int index = 0; index < 200; ++index) write_input(fmt::format("{}.csv", index), "x");
  auto with = options();
  with.provenance_limit = 100;
  open(list_fetch_put().json(), with);
  flow_->step();
  const auto events = flow_->provenance({.limit = 10'000});
  EXPECT_EQ(events.size(), 100u);
  EXPECT_EQ(events[0].type, ProvenanceType::drop) << "the newest first";
}

TEST_F(FlowTest, TheObserverHearsOfEachCommit) {
  write_input("a.csv", "12345");
  write_input("b.csv", "1");
  std::map<std::string, uint64_t> counts;
  auto with = options();
  with.observer = [&](const FlowEvent& event) { counts[event.type + " " + event.relationship] += event.count; };
  open(list_fetch_put().json(), with);
  flow_->step();
  EXPECT_EQ(counts,
            (std::map<std::string, uint64_t>{{"ListFile success", 2}, {"FetchFile success", 2}, {"PutS3Object success", 2}}));
}

TEST_F(FlowTest, AFlowWithThreadsAndAWatchPutsAThousandFiles) {
  SystemClock clock;
  std::mutex mutex;
  std::condition_variable changed;
  uint64_t put = 0;
  auto with = options();
  with.clock = &clock;
  with.threads = 2;
  with.watch_folders = true;
  with.observer = [&](const FlowEvent& event) {
    if (event.type != "PutS3Object" || event.relationship != "success") return;
    const std::lock_guard lock(mutex);
    put += event.count;
    changed.notify_all();
  };
  for (int index = 0; index < 500; ++index) std::ofstream(input() / fmt::format("{}.csv", index)) << index;
  open(list_fetch_put().json(), with);
  for (int index = 500; index < 1000; ++index) {
    const Path staged = folder_.path() / "staged";
    std::ofstream(staged) << index;
    std::filesystem::rename(staged, input() / fmt::format("{}.csv", index));
  }
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, std::chrono::seconds(60), [&] { return put >= 1000; })) << put;
  }
  flow_->stop();
  const Contents contents = store_->contents("raw");
  EXPECT_EQ(contents.size(), 1000u);
  for (const auto& [key, content] : contents) EXPECT_EQ(key, "stream_data/" + content + ".csv");
  EXPECT_EQ(store_->puts, 1000u) << "each once";
}

TEST_F(FlowTest, TheExamplesOfBothVocabulariesRun) {
  for (const char* name : {"customers_nifi2.json", "customers_nifi1.json"}) {
    std::string definition = example_definition(name);
    const size_t at = definition.find("/data/in");
    ASSERT_NE(at, std::string::npos);
    definition.replace(at, 8, input().string());
    write_input("customer_1.csv", name);
    set_modified(input() / "customer_1.csv", clock_.now() - std::chrono::hours(1));
    open(definition);
    flow_->step();
    EXPECT_EQ(store_->contents("customers"), (Contents{{"stream_data/customer_1.csv", name}})) << name;
    flow_.reset();
    std::filesystem::remove_all(data());
  }
}

} // namespace
} // namespace freshet::flow
