#include "warehouse/rows/lock_table.h"

#include <gtest/gtest.h>

#include <future>

namespace freshet::warehouse {
namespace {

using std::chrono::seconds;

struct Locks : testing::Test {
  FakeClock clock;
  LockTable locks{clock};

  auto in_background(LockTable::Owner owner, const std::string& resource, std::optional<Duration> timeout = seconds(60)) {
    auto waiters = locks.locks().size();
    auto result = std::async(std::launch::async, [=, this] { return locks.acquire(owner, resource, timeout); });
    while (locks.locks().size() == waiters) std::this_thread::yield();
    return result;
  }
};

TEST_F(Locks, AreReentrantAndExclusive) {
  EXPECT_TRUE(locks.acquire(1, "T", seconds(0)));
  EXPECT_TRUE(locks.acquire(1, "T", seconds(0)));
  EXPECT_EQ(locks.acquire(2, "T", seconds(0)).error().kind, ErrorKind::timed_out);
  locks.release_all(1);
  EXPECT_TRUE(locks.acquire(2, "T", seconds(0)));
}

TEST_F(Locks, WaitersGetThemInTheirOrder) {
  ASSERT_TRUE(locks.acquire(1, "T", {}));
  auto second = in_background(2, "T");
  auto third = in_background(3, "T");
  auto list = locks.locks();
  ASSERT_EQ(list.size(), 3u);
  EXPECT_TRUE(list[0].holds);
  EXPECT_EQ(list[1].owner, 2);
  EXPECT_FALSE(list[1].holds);
  locks.release_all(1);
  EXPECT_TRUE(second.get());
  locks.release_all(2);
  EXPECT_TRUE(third.get());
}

TEST_F(Locks, AWaitEndsAtItsTimeout) {
  ASSERT_TRUE(locks.acquire(1, "T", {}));
  auto second = in_background(2, "T", seconds(5));
  while (second.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) clock.advance(seconds(1));
  EXPECT_EQ(second.get().error().kind, ErrorKind::timed_out);
  EXPECT_EQ(locks.locks().size(), 1u);
}

TEST_F(Locks, TheWaitThatWouldCloseACircleFails) {
  ASSERT_TRUE(locks.acquire(1, "A", {}));
  ASSERT_TRUE(locks.acquire(2, "B", {}));
  ASSERT_TRUE(locks.acquire(3, "C", {}));
  auto first = in_background(1, "B");
  auto second = in_background(2, "C");
  auto error = locks.acquire(3, "A", {}).error();
  EXPECT_EQ(error.kind, ErrorKind::conflict);
  locks.release_all(3);
  EXPECT_TRUE(second.get());
  locks.release_all(2);
  EXPECT_TRUE(first.get());
}

TEST_F(Locks, AWaitCanBeCancelled) {
  ASSERT_TRUE(locks.acquire(1, "T", {}));
  auto second = in_background(2, "T");
  locks.cancel(2);
  EXPECT_EQ(second.get().error().kind, ErrorKind::cancelled);
  locks.release_all(2);
  locks.release_all(1);
  EXPECT_TRUE(locks.acquire(2, "T", seconds(0)));
}

} // namespace
} // namespace freshet::warehouse
