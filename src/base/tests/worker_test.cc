#include "base/worker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace freshet {
namespace {

TEST(Worker, RunsAtOnceAndThenWhenItsTimeComes) {
  FakeClock clock;
  std::atomic<int> steps = 0;
  std::latch first(1);
  std::latch second(2);
  Worker worker("test", clock, [&]() -> std::optional<TimePoint> {
    if (++steps == 1) first.count_down();
    if (steps <= 2) second.count_down();
    return clock.now() + std::chrono::minutes(1);
  });
  first.wait();
  EXPECT_EQ(steps, 1);
  clock.advance(std::chrono::minutes(1));
  second.wait();
  worker.stop();
  EXPECT_EQ(steps, 2);
}

TEST(Worker, AWakeDuringAStepRunsAnotherStep) {
  FakeClock clock;
  std::atomic<int> steps = 0;
  std::latch twice(2);
  Worker* self = nullptr;
  std::latch ready(1);
  Worker worker("test", clock, [&]() -> std::optional<TimePoint> {
    ready.wait();
    if (++steps == 1) self->wake();
    if (steps <= 2) twice.count_down();
    return std::nullopt;
  });
  self = &worker;
  ready.count_down();
  twice.wait();
  worker.stop();
  EXPECT_EQ(steps, 2);
}

}  // namespace
}  // namespace freshet
