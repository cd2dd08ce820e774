#include "queue/local_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "base/random.h"

namespace freshet::queue {
namespace {

using std::chrono::seconds;

class LocalQueueTest : public testing::Test {
 protected:
  LocalQueueTest() : folder_(std::filesystem::temp_directory_path() / ("freshet-queue-" + random_secret_hex(6))) { open(); }
  ~LocalQueueTest() override {
    queues_.reset();
    std::filesystem::remove_all(folder_);
  }

  void open() {
    queues_.reset();
    queues_ = LocalQueues::open(folder_, clock_).value();
    queue_ = queues_->create("events").value();
  }
  std::vector<Message> receive(size_t limit = 10, Duration timeout = seconds(30)) { return queue_->receive(limit, timeout).value(); }

  const Path folder_;
  FakeClock clock_;
  std::unique_ptr<LocalQueues> queues_;
  EventQueue* queue_ = nullptr;
};

TEST_F(LocalQueueTest, AReceivedMessageIsHiddenUntilItsTimeout) {
  ASSERT_TRUE(queue_->send({"one"}));
  EXPECT_EQ(receive().at(0).body, "one");
  EXPECT_TRUE(receive().empty());
  EXPECT_EQ(queue_->next_visible().value(), clock_.now() + seconds(30));
  clock_.advance(seconds(30));
  const auto again = receive();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].receive_count, 2u);
}

TEST_F(LocalQueueTest, ALaterReceiveMakesTheHandleVoid) {
  ASSERT_TRUE(queue_->send({"one"}));
  const auto first = receive();
  clock_.advance(seconds(30));
  const auto second = receive();
  ASSERT_TRUE(queue_->remove({first[0].receipt_handle}));
  EXPECT_EQ(queue_->size().value(), 1u);
  EXPECT_EQ(queue_->change_visibility(first[0].receipt_handle, seconds(1)).error().kind, ErrorKind::not_found);
  ASSERT_TRUE(queue_->remove({second[0].receipt_handle, second[0].receipt_handle}));
  EXPECT_EQ(queue_->size().value(), 0u);
}

TEST_F(LocalQueueTest, AHandleFromBeforeARestartIsVoid) {
  ASSERT_TRUE(queue_->send({"one"}));
  const auto before = receive();
  open();
  ASSERT_EQ(receive().size(), 1u);
  ASSERT_TRUE(queue_->remove({before[0].receipt_handle}));
  EXPECT_EQ(queue_->size().value(), 1u);
}

TEST_F(LocalQueueTest, VisibilityZeroBringsItBackAtOnce) {
  ASSERT_TRUE(queue_->send({"one"}));
  ASSERT_TRUE(queue_->change_visibility(receive()[0].receipt_handle, seconds(0)));
  EXPECT_EQ(receive().size(), 1u);
}

TEST_F(LocalQueueTest, WakesItsListenerAfterTheSendIsStored) {
  int woken = 0;
  queue_->on_message([&] { woken += int(queue_->size().value()); });
  ASSERT_TRUE(queue_->send({"one", "two"}));
  EXPECT_EQ(woken, 2);
}

TEST_F(LocalQueueTest, RefusesWhatIsOverItsLimits) {
  EXPECT_EQ(queue_->send({std::string(k_body_bytes_max + 1, 'x')}).error().kind, ErrorKind::invalid_argument);
  EXPECT_EQ(queue_->receive(1, k_visibility_max + seconds(1)).error().kind, ErrorKind::invalid_argument);
  EXPECT_EQ(queues_->create("no spaces").error().kind, ErrorKind::invalid_argument);
  EXPECT_EQ(queue_->size().value(), 0u);
}

TEST_F(LocalQueueTest, QueuesAreFoundByTheirArnAfterARestart) {
  EXPECT_EQ(queues_->find_by_arn("arn:aws:sqs:us-east-1:000000000000:events"), queue_);
  open();
  EXPECT_THAT(queues_->names(), testing::ElementsAre("events"));
  EXPECT_EQ(queues_->find_by_arn("arn:aws:sqs:us-east-1:000000000000:other"), nullptr);
}

/// The specification in its plainest form: a list of messages.
class Model {
 public:
  struct Item {
    std::string body;
    TimePoint visible_at;
    uint32_t receives = 0;
    std::string handle;
  };
  std::vector<Item> items;

  Item& find(const std::string& body) {
    return *std::find_if(items.begin(), items.end(), [&](const Item& item) { return item.body == body; });
  }
  size_t visible(TimePoint now) const {
    return size_t(std::count_if(items.begin(), items.end(), [&](const Item& item) { return item.visible_at <= now; }));
  }
};

TEST_F(LocalQueueTest, RandomProgramsBehaveAsAListOfMessages) {
  Random random(20261120);
  Model model;
  std::vector<std::string> handles;
  int sent = 0;
  for (int step = 0; step < 2'000; ++step) {
    SCOPED_TRACE(step);
    switch (random.below(12)) {
      case 0: case 1: case 2: {
        std::vector<std::string> bodies;
        for (uint64_t i = random.below(4) + 1; i > 0; --i) bodies.push_back("message " + std::to_string(sent++));
        ASSERT_TRUE(queue_->send(bodies));
        for (const auto& body : bodies) model.items.push_back({body, clock_.now(), 0, ""});
        break;
      }
      case 3: case 4: case 5: {
        const size_t limit = random.below(5) + 1;
        const auto timeout = seconds(random.below(20));
        const size_t expected = std::min(limit, model.visible(clock_.now()));
        const auto messages = receive(limit, timeout);
        ASSERT_EQ(messages.size(), expected);
        std::set<std::string> distinct;
        for (const auto& message : messages) {
          auto& item = model.find(message.body);
          ASSERT_TRUE(distinct.insert(message.body).second);
          ASSERT_LE(item.visible_at, clock_.now());
          ASSERT_EQ(message.receive_count, ++item.receives);
          item.visible_at = clock_.now() + timeout;
          item.handle = message.receipt_handle;
          handles.push_back(message.receipt_handle);
        }
        break;
      }
      case 6: case 7: case 8: {
        if (handles.empty()) break;
        const std::string handle = handles[random.below(handles.size())];
        ASSERT_TRUE(queue_->remove({handle}));
        std::erase_if(model.items, [&](const Model::Item& item) { return item.handle == handle; });
        break;
      }
      case 9: {
        if (handles.empty()) break;
        const std::string handle = handles[random.below(handles.size())];
        const auto timeout = seconds(random.below(10));
        const auto item = std::find_if(model.items.begin(), model.items.end(), [&](const auto& one) { return one.handle == handle; });
        const bool in_flight = item != model.items.end() && item->visible_at > clock_.now();
        ASSERT_EQ(queue_->change_visibility(handle, timeout).has_value(), in_flight);
        if (in_flight) item->visible_at = clock_.now() + timeout;
        break;
      }
      case 10: clock_.advance(seconds(random.below(8))); break;
      case 11:
        if (random.below(10) != 0) break;
        open();
        for (auto& item : model.items) {
          item.visible_at = clock_.now();
          item.handle.clear();
        }
        break;
    }
    ASSERT_EQ(queue_->size().value(), model.items.size());
  }
}

}  // namespace
}  // namespace freshet::queue
