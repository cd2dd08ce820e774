#include "objects/local_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/json.hpp>
#include <map>
#include <set>
#include <thread>

#include "base/random.h"
#include "objects/tests/faulty_file_system.h"

namespace freshet::objects {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view k_arn = "arn:aws:sqs:us-east-1:000000000000:events";
const std::string k_large(200'000, 'x');

class LocalStoreTest : public testing::Test {
 protected:
  LocalStoreTest() {
    restart();
    EXPECT_TRUE(store_->create_bucket("bucket"));
  }
  ~LocalStoreTest() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  void restart() {
    store_.reset();
    LocalStoreOptions options;
    options.folder = folder_ / "store";
    options.deliver = [this](const std::string& arn, const std::vector<std::string>& bodies) -> Result<void> {
      if (delivery_) return std::unexpected(*delivery_);
      for (const auto& body : bodies) delivered_.emplace_back(arn, body);
      return {};
    };
    options.queue_exists = [](const std::string& arn) { return arn.starts_with("arn:aws:sqs:"); };
    auto opened = LocalStore::open(options, files_, clock_);
    if (!opened) throw std::runtime_error(opened.error().message);
    store_ = std::move(*opened);
  }

  ObjectInfo put(const std::string& key, std::string bytes, PutOptions options = {}) {
    auto info = store_->put("bucket", key, Content::of_bytes(std::move(bytes)), options);
    EXPECT_TRUE(info) << info.error().message;
    return info.value_or(ObjectInfo{});
  }

  std::string get(const std::string& key) {
    const auto info = store_->head("bucket", key);
    if (!info) return "(" + std::string(name_of(info.error().kind)) + ")";
    auto bytes = store_->read(*info, 0, info->size);
    return bytes ? *bytes : "(" + bytes.error().message + ")";
  }

  Path source(std::string_view bytes) {
    const Path path = folder_ / ("source-" + random_secret_hex(4));
    EXPECT_TRUE(files_.write_durably(path, bytes));
    return path;
  }

  size_t blobs() {
    size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / "store" / "blobs"))
      count += entry.is_regular_file();
    return count;
  }

  void notify(std::string prefix = "", std::string suffix = "") {
    ASSERT_TRUE(store_->set_notifications("bucket", {{"rule", std::string(k_arn), {"s3:ObjectCreated:*"}, prefix, suffix}}));
  }

  std::vector<std::string> delivered_keys() {
    std::vector<std::string> keys;
    for (const auto& [arn, body] : delivered_) {
      const auto message = boost::json::parse(body);
      if (message.as_object().contains("Event")) continue;
      keys.emplace_back(message.at_pointer("/Records/0/s3/object/key").as_string());
    }
    return keys;
  }

  Path folder_ = std::filesystem::temp_directory_path() / ("freshet-objects-" + random_secret_hex(8));
  FaultyFileSystem files_;
  FakeClock clock_;
  std::optional<Error> delivery_; // what deliveries fail with
  std::vector<std::pair<std::string, std::string>> delivered_;
  std::unique_ptr<LocalStore> store_;
};

TEST_F(LocalStoreTest, SmallAndLargeObjectsComeBackAsTheyWerePutAlsoAfterARestart) {
  PutOptions options;
  options.content_type = "text/csv";
  options.metadata = {{"owner", "me"}};
  options.headers = {{"Cache-Control", "no-cache"}};
  const auto small = put("a/small", "hello", options);
  put("large", k_large);
  put("empty", "");
  EXPECT_EQ(small.etag, "5d41402abc4b2a76b9719d911017c592");
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(get("a/small"), "hello");
    EXPECT_EQ(get("large"), k_large);
    EXPECT_EQ(get("empty"), "");
    const auto info = store_->head("bucket", "a/small");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->content_type, "text/csv");
    EXPECT_EQ(info->metadata.at("owner"), "me");
    EXPECT_EQ(info->headers.at("Cache-Control"), "no-cache");
    EXPECT_EQ(info->modified, small.modified);
    restart();
  }
}

TEST_F(LocalStoreTest, ReadsRanges) {
  put("small", "0123456789");
  put("large", std::string(100'000, 'a') + "0123456789" + std::string(100'000, 'b'));
  const auto small = *store_->head("bucket", "small"), large = *store_->head("bucket", "large");
  EXPECT_EQ(store_->read(small, 3, 4), "3456");
  EXPECT_EQ(store_->read(small, 8, 100), "89");
  EXPECT_EQ(store_->read(small, 10, 1), "");
  EXPECT_EQ(store_->read(large, 100'003, 4), "3456");
  EXPECT_EQ(store_->read(large, 200'009, 100), "b");
}

TEST_F(LocalStoreTest, AReplacedObjectIsNotReadThroughItsOldDescription) {
  const auto old = put("key", "one");
  put("key", "two");
  EXPECT_EQ(store_->read(old, 0, 3).error().kind, ErrorKind::conflict);
  EXPECT_EQ(get("key"), "two");
}

TEST_F(LocalStoreTest, AFileIsAdoptedWithoutACopy) {
  const Path file = source(k_large);
  const auto info = store_->put("bucket", "key", Content::of_file(file), {});
  ASSERT_TRUE(info) << info.error().message;
  const auto handle = store_->open_as_file(*info);
  ASSERT_TRUE(handle);
  EXPECT_EQ(files_.status(file)->inode, files_.status(**handle)->inode);
  EXPECT_EQ(info->size, k_large.size());
  EXPECT_EQ(info->etag, put("other", k_large).etag);
  std::filesystem::remove(file);
  EXPECT_EQ(get("key"), k_large);
}

TEST_F(LocalStoreTest, ASmallFileBecomesInline) {
  ASSERT_TRUE(store_->put("bucket", "key", Content::of_file(source("hello")), {}));
  EXPECT_EQ(get("key"), "hello");
  EXPECT_EQ(blobs(), 0u);
}

TEST_F(LocalStoreTest, AMissingSourceFileIsNotFoundAndChangesNothing) {
  put("key", "old");
  EXPECT_EQ(store_->put("bucket", "key", Content::of_file(folder_ / "nothing"), {}).error().kind, ErrorKind::not_found);
  EXPECT_EQ(get("key"), "old");
}

TEST_F(LocalStoreTest, AnOpenedFileOutlivesReplacementAndRemovalOfItsObject) {
  for (const std::string& bytes : {std::string("small"), k_large}) {
    const auto info = put("key", bytes);
    auto handle = store_->open_as_file(info);
    ASSERT_TRUE(handle);
    put("key", "another" + bytes);
    ASSERT_TRUE(store_->remove("bucket", "key"));
    EXPECT_EQ(files_.read_all(**handle), bytes);
    const Path path = **handle;
    handle->reset();
    EXPECT_FALSE(std::filesystem::exists(path));
  }
  EXPECT_EQ(blobs(), 0u);
}

TEST_F(LocalStoreTest, ReplacedAndRemovedBlobsLeaveTheDisk) {
  put("key", k_large);
  put("key", k_large + "2");
  EXPECT_EQ(blobs(), 1u);
  ASSERT_TRUE(store_->remove("bucket", "key"));
  EXPECT_EQ(blobs(), 0u);
  EXPECT_EQ(get("key"), "(not found)");
  EXPECT_TRUE(store_->remove("bucket", "key"));
}

TEST_F(LocalStoreTest, AFullDiskKeepsTheOldObjectAndLeavesNothingBehind) {
  put("key", k_large);
  files_.space = 100'000;
  const auto refused = store_->put("bucket", "key", Content::of_bytes(k_large + "new"), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::out_of_space);
  files_.space.reset();
  EXPECT_EQ(get("key"), k_large);
  EXPECT_EQ(blobs(), 1u);
  EXPECT_THAT(*files_.list(store_->staging_folder()), IsEmpty());
  put("key", "again");
  EXPECT_EQ(get("key"), "again");
}

TEST_F(LocalStoreTest, EverythingAcknowledgedSurvivesTheLossOfUnsyncedWrites) {
  put("written", k_large);
  const Path file = folder_ / "unsynced";
  {
    auto writer = files_.create(file); // its author never synced it
    ASSERT_TRUE(writer && (*writer)->append(k_large + "adopted"));
  }
  ASSERT_TRUE(store_->put("bucket", "adopted", Content::of_file(file), {}));
  store_.reset();
  files_.lose_unsynced();
  restart();
  EXPECT_EQ(get("written"), k_large);
  EXPECT_EQ(get("adopted"), k_large + "adopted");
}

TEST_F(LocalStoreTest, AFolderThatCannotBeSyncedFailsThePut) {
  files_.fail_directory_sync = true;
  EXPECT_FALSE(store_->put("bucket", "key", Content::of_bytes(k_large), {}));
  files_.fail_directory_sync = false;
  EXPECT_EQ(get("key"), "(not found)");
  put("key", k_large);
  EXPECT_EQ(get("key"), k_large);
}

TEST_F(LocalStoreTest, BlobsThatACrashLeftAreSweptAtTheStart) {
  put("key", k_large);
  const Path blob = **store_->open_as_file(*store_->head("bucket", "key"));
  ASSERT_TRUE(files_.link_or_copy(blob, blob.parent_path() / "0000000000000000"));
  ASSERT_TRUE(files_.link_or_copy(blob, store_->staging_folder() / "half"));
  restart();
  EXPECT_THAT(*files_.list(store_->staging_folder()), IsEmpty());
  EXPECT_EQ(blobs(), 2u);
  store_->step();
  EXPECT_EQ(blobs(), 1u);
  EXPECT_EQ(get("key"), k_large);
}

TEST_F(LocalStoreTest, ConditionsDecideAtomically) {
  PutOptions absent;
  absent.if_absent = true;
  const auto first = put("key", "one", absent);
  EXPECT_EQ(store_->put("bucket", "key", Content::of_bytes(k_large), absent).error().kind, ErrorKind::already_exists);
  PutOptions match;
  match.if_match = first.etag;
  put("key", "two", match);
  EXPECT_EQ(store_->put("bucket", "key", Content::of_bytes("three"), match).error().kind, ErrorKind::conflict);
  EXPECT_EQ(store_->put("bucket", "none", Content::of_bytes("x"), match).error().kind, ErrorKind::not_found);
  EXPECT_EQ(get("key"), "two");
  EXPECT_EQ(blobs(), 0u);
}

TEST_F(LocalStoreTest, BucketsAreCreatedOnceAndWrongNamesRefused) {
  EXPECT_EQ(store_->create_bucket("bucket").error().kind, ErrorKind::already_exists);
  for (const char* name : {"ab", "Upper", "a..b", "-ab", "a_b", "a/b"}) {
    EXPECT_EQ(store_->create_bucket(name).error().kind, ErrorKind::invalid_argument) << name;
  }
  EXPECT_EQ(store_->put("nobucket", "k", Content::of_bytes(""), {}).error().kind, ErrorKind::not_found);
  EXPECT_EQ(store_->list("nobucket", {}).error().kind, ErrorKind::not_found);
  EXPECT_EQ(store_->put("bucket", "", Content::of_bytes(""), {}).error().kind, ErrorKind::invalid_argument);
  EXPECT_EQ(store_->put("bucket", "bad\xff", Content::of_bytes(""), {}).error().kind, ErrorKind::invalid_argument);
  ASSERT_TRUE(store_->create_bucket("another.bucket-1"));
  restart();
  EXPECT_EQ(store_->buckets()->size(), 2u);
  EXPECT_TRUE(*store_->bucket_exists("bucket"));
}

TEST_F(LocalStoreTest, AnEventReachesTheQueueInS3sOwnForm) {
  notify("stream data/", ".csv");
  put("stream data/a+b ä.csv", "hello");
  put("stream data/other.txt", "");
  put("elsewhere.csv", "");
  EXPECT_EQ(store_->step(), std::nullopt);
  ASSERT_EQ(delivered_.size(), 2u);
  const auto test = boost::json::parse(delivered_[0].second);
  EXPECT_EQ(test.at("Event"), "s3:TestEvent");
  EXPECT_EQ(test.at("Bucket"), "bucket");
  EXPECT_EQ(delivered_[1].first, k_arn);
  const auto event = boost::json::parse(delivered_[1].second);
  EXPECT_EQ(event.at_pointer("/Records/0/eventName"), "ObjectCreated:Put");
  EXPECT_EQ(event.at_pointer("/Records/0/eventTime"), "2026-01-01T00:00:00.000Z");
  EXPECT_EQ(event.at_pointer("/Records/0/s3/configurationId"), "rule");
  EXPECT_EQ(event.at_pointer("/Records/0/s3/bucket/name"), "bucket");
  EXPECT_EQ(event.at_pointer("/Records/0/s3/object/key"), "stream+data/a%2Bb+%C3%A4.csv");
  EXPECT_EQ(event.at_pointer("/Records/0/s3/object/size"), 5);
  EXPECT_EQ(event.at_pointer("/Records/0/s3/object/eTag"), "5d41402abc4b2a76b9719d911017c592");
  EXPECT_EQ(event.at_pointer("/Records/0/s3/object/sequencer").as_string().size(), 16u);
}

TEST_F(LocalStoreTest, UndeliveredEventsSurviveARestartAndAreRetried) {
  notify();
  delivery_ = Error{ErrorKind::unavailable, "away"};
  put("a", "1");
  put("b", "2");
  EXPECT_EQ(store_->step(), clock_.now() + std::chrono::seconds(1));
  EXPECT_EQ(store_->step(), clock_.now() + std::chrono::seconds(1));
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(store_->step(), clock_.now() + std::chrono::seconds(2));
  restart();
  delivery_.reset();
  put("c", "3");
  EXPECT_EQ(store_->step(), std::nullopt);
  EXPECT_THAT(delivered_keys(), ElementsAre("a", "b", "c"));
  restart();
  store_->step();
  EXPECT_EQ(delivered_keys().size(), 3u);
}

TEST_F(LocalStoreTest, EventsOfAQueueThatIsGoneAreDropped) {
  notify();
  put("a", "1");
  delivery_ = Error{ErrorKind::not_found, "no queue"};
  EXPECT_EQ(store_->step(), std::nullopt);
  delivery_.reset();
  store_->step();
  EXPECT_THAT(delivered_, IsEmpty());
}

TEST_F(LocalStoreTest, SequencersOfOneKeyRiseAlsoOverRestarts) {
  notify();
  std::vector<std::string> sequencers;
  for (int i = 0; i < 4; ++i) {
    put("key", std::to_string(i));
    if (i % 2 == 1) restart();
  }
  store_->step();
  for (const auto& [arn, body] : delivered_) {
    const auto event = boost::json::parse(body);
    if (!event.as_object().contains("Event"))
      sequencers.emplace_back(event.at_pointer("/Records/0/s3/object/sequencer").as_string());
  }
  EXPECT_EQ(sequencers.size(), 4u);
  EXPECT_TRUE(std::is_sorted(sequencers.begin(), sequencers.end()));
}

TEST_F(LocalStoreTest, NotificationRulesAreCheckedKeptAndAskedForOneTestEvent) {
  EXPECT_EQ(store_->set_notifications("bucket", {{"", "nonsense", {"s3:ObjectCreated:*"}, "", ""}}).error().kind,
            ErrorKind::invalid_argument);
  EXPECT_EQ(store_->set_notifications("bucket", {{"", std::string(k_arn), {"s3:Nothing"}, "", ""}}).error().kind,
            ErrorKind::invalid_argument);
  EXPECT_EQ(store_->set_notifications("none", {}).error().kind, ErrorKind::not_found);
  notify("a", "b");
  notify("c", "d");
  store_->step();
  EXPECT_EQ(delivered_.size(), 1u);
  restart();
  const auto rules = store_->notifications("bucket");
  ASSERT_TRUE(rules);
  EXPECT_EQ(rules->at(0).prefix, "c");
  ASSERT_TRUE(store_->set_notifications("bucket", {}));
  put("key", "");
  store_->step();
  EXPECT_THAT(delivered_keys(), IsEmpty());
}

TEST_F(LocalStoreTest, ConcurrentPutsAreAllThereAndAllNotified) {
  notify();
  store_->start();
  std::vector<std::jthread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const std::string key = std::to_string(t) + "-" + std::to_string(i);
        EXPECT_TRUE(store_->put("bucket", key, Content::of_bytes(i % 4 == 0 ? k_large + key : key), {}));
        EXPECT_TRUE(store_->put("bucket", "shared", Content::of_bytes(i % 2 == 0 ? k_large : key), {}));
      }
    });
  }
  threads.clear();
  restart();
  EXPECT_EQ(store_->list("bucket", {})->objects.size(), 121u);
  store_->step();
  const auto keys = delivered_keys();
  EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), 121u);
  EXPECT_GE(keys.size(), 240u);
  EXPECT_EQ(blobs(), 6u * 5u + (get("shared") == k_large ? 1 : 0));
}

// What a listing is, in the simplest words.
Listing naive_list(const std::set<std::string>& keys, const std::string& prefix, const std::string& delimiter) {
  Listing listing;
  std::set<std::string> groups;
  for (const auto& key : keys) {
    if (!key.starts_with(prefix)) continue;
    const size_t cut = delimiter.empty() ? std::string::npos : key.find(delimiter, prefix.size());
    if (cut == std::string::npos)
      listing.objects.emplace_back().key = key;
    else if (groups.insert(key.substr(0, cut + delimiter.size())).second)
      listing.common_prefixes.push_back(key.substr(0, cut + delimiter.size()));
  }
  return listing;
}

TEST_F(LocalStoreTest, ListsLikeTheNaiveModelPageByPage) {
  Random random(7);
  const std::vector<std::string> parts{"a", "b", "/", "ä", "-", "a/"};
  std::set<std::string> keys;
  for (int i = 0; i < 60; ++i) {
    std::string key;
    for (uint64_t k = 0; k <= random.below(5); ++k) key += random.pick(std::span<const std::string>(parts));
    keys.insert(key);
  }
  for (const auto& key : keys) put(key, "x");
  for (const std::string prefix : {"", "a", "a/", "ä", "b/a", "zz"}) {
    for (const std::string delimiter : {"", "/", "a", "a/"}) {
      for (const size_t limit : {1u, 2u, 7u, 1000u}) {
        const Listing expected = naive_list(keys, prefix, delimiter);
        std::vector<std::string> objects, groups, expected_objects;
        for (const auto& object : expected.objects) expected_objects.push_back(object.key);
        ListRequest request{prefix, delimiter, "", limit};
        while (true) {
          const auto page = store_->list("bucket", request);
          ASSERT_TRUE(page);
          ASSERT_LE(page->objects.size() + page->common_prefixes.size(), limit);
          for (const auto& object : page->objects) objects.push_back(object.key);
          groups.insert(groups.end(), page->common_prefixes.begin(), page->common_prefixes.end());
          if (!page->truncated) break;
          request.start_after = page->next_start_after;
        }
        EXPECT_EQ(objects, expected_objects) << prefix << " " << delimiter << " " << limit;
        EXPECT_EQ(groups, expected.common_prefixes) << prefix << " " << delimiter << " " << limit;
      }
    }
  }
}

TEST_F(LocalStoreTest, BehavesLikeAMapOverRandomProgramsWithRestarts) {
  Random random(11);
  std::map<std::string, std::string> model;
  for (int step = 0; step < 400; ++step) {
    const std::string key = "k" + std::to_string(random.below(12));
    const uint64_t action = random.below(100);
    if (action < 45) {
      std::string bytes = (action < 15 ? k_large : "") + std::to_string(step);
      put(key, bytes);
      model[key] = bytes;
    } else if (action < 60) {
      ASSERT_TRUE(store_->remove("bucket", key));
      model.erase(key);
    } else if (action < 97) {
      ASSERT_EQ(get(key), model.contains(key) ? model[key] : "(not found)");
    } else {
      restart();
      store_->step();
    }
  }
  size_t large = 0;
  for (const auto& [key, bytes] : model) large += bytes.size() > k_large.size();
  EXPECT_EQ(blobs(), large);
  EXPECT_EQ(store_->list("bucket", {})->objects.size(), model.size());
}

} // namespace
} // namespace freshet::objects
