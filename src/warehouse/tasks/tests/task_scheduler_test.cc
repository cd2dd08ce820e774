#include "warehouse/tasks/task_scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace freshet::warehouse {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const TimePoint k_start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};

TaskSpec every(TaskId id, const std::string& schedule, TimePoint base = k_start) {
  TaskSpec spec;
  spec.id = id;
  spec.schedule = *Schedule::parse(schedule);
  spec.interval_base = base;
  spec.started = true;
  return spec;
}

TaskSpec child(TaskId id, std::vector<TaskId> after) {
  TaskSpec spec;
  spec.id = id;
  spec.predecessors = std::move(after);
  spec.started = true;
  return spec;
}

TaskSpec triggered(TaskId id) {
  TaskSpec spec;
  spec.id = id;
  spec.triggered = true;
  spec.started = true;
  return spec;
}

std::vector<TaskId> tasks(const TaskActions& actions) {
  std::vector<TaskId> result;
  for (const auto& run : actions.start) result.push_back(run.task);
  return result;
}

TEST(TaskScheduler, RunsATaskAtItsSlots) {
  TaskScheduler scheduler;
  scheduler.put(every(1, "1 minute"), k_start);
  EXPECT_THAT(tasks(scheduler.due(k_start + 59s)), IsEmpty());
  auto actions = scheduler.due(k_start + 60s);
  ASSERT_THAT(tasks(actions), ElementsAre(1));
  EXPECT_EQ(actions.start[0].scheduled, k_start + 60s);
  scheduler.finished(actions.start[0], RunOutcome::succeeded, k_start + 61s);
  EXPECT_EQ(scheduler.next_due(), k_start + 120s);
}

TEST(TaskScheduler, SkipsTheSlotsThatComeDuringARun) {
  TaskScheduler scheduler;
  scheduler.put(every(1, "1 minute"), k_start);
  auto first = scheduler.due(k_start + 60s);
  EXPECT_THAT(tasks(scheduler.due(k_start + 120s)), IsEmpty());
  scheduler.finished(first.start[0], RunOutcome::succeeded, k_start + 150s);
  auto next = scheduler.due(k_start + 180s);
  ASSERT_THAT(tasks(next), ElementsAre(1));
  EXPECT_EQ(next.start[0].scheduled, k_start + 180s);
}

TEST(TaskScheduler, OverlapsWhenAllowed) {
  TaskScheduler scheduler;
  auto spec = every(1, "1 minute");
  spec.overlap = OverlapPolicy::allow_all_overlap;
  scheduler.put(spec, k_start);
  EXPECT_THAT(tasks(scheduler.due(k_start + 60s)), ElementsAre(1));
  EXPECT_THAT(tasks(scheduler.due(k_start + 120s)), ElementsAre(1));
}

TEST(TaskScheduler, ARestartRunsWhatWasMissedOnce) {
  TaskScheduler scheduler;
  scheduler.put(every(1, "1 minute"), k_start + 1h, k_start + 180s);
  auto actions = scheduler.due(k_start + 1h);
  ASSERT_THAT(tasks(actions), ElementsAre(1));
  EXPECT_EQ(actions.start[0].scheduled, k_start + 180s);
  EXPECT_EQ(scheduler.next_due(), k_start + 1h + 60s);
}

TEST(TaskScheduler, SuspendedTasksDoNotRunButCanBeExecuted) {
  TaskScheduler scheduler;
  auto spec = every(1, "1 minute");
  spec.started = false;
  scheduler.put(spec, k_start);
  EXPECT_THAT(tasks(scheduler.due(k_start + 1h)), IsEmpty());
  EXPECT_THAT(tasks(scheduler.execute(1, k_start + 1h)), ElementsAre(1));
}

TEST(TaskScheduler, ExecuteWaitsForTheRunInProgress) {
  TaskScheduler scheduler;
  scheduler.put(every(1, "1 minute"), k_start);
  auto first = scheduler.due(k_start + 60s);
  EXPECT_THAT(tasks(scheduler.execute(1, k_start + 61s)), IsEmpty());
  EXPECT_THAT(tasks(scheduler.finished(first.start[0], RunOutcome::succeeded, k_start + 62s)), ElementsAre(1));
}

TEST(TaskScheduler, AGraphRunsInOrder) {
  TaskScheduler scheduler;
  scheduler.put(child(4, {2, 3}), k_start);
  scheduler.put(child(2, {1}), k_start);
  scheduler.put(child(3, {1}), k_start);
  scheduler.put(every(1, "1 minute"), k_start);
  auto root = scheduler.due(k_start + 60s).start[0];
  auto middle = scheduler.finished(root, RunOutcome::succeeded, k_start + 61s);
  ASSERT_THAT(tasks(middle), testing::UnorderedElementsAre(2, 3));
  EXPECT_THAT(tasks(scheduler.finished(middle.start[0], RunOutcome::succeeded, k_start + 62s)), IsEmpty());
  auto last = scheduler.finished(middle.start[1], RunOutcome::succeeded, k_start + 63s);
  ASSERT_THAT(tasks(last), ElementsAre(4));
  EXPECT_EQ(last.start[0].graph_run, root.graph_run);
  EXPECT_TRUE(scheduler.running(1));
  scheduler.finished(last.start[0], RunOutcome::succeeded, k_start + 64s);
  EXPECT_FALSE(scheduler.running(1));
}

TEST(TaskScheduler, ASkippedOrFailedTaskHoldsItsChildrenBack) {
  for (auto outcome : {RunOutcome::skipped, RunOutcome::failed, RunOutcome::cancelled}) {
    TaskScheduler scheduler;
    scheduler.put(every(1, "1 minute"), k_start);
    scheduler.put(child(2, {1}), k_start);
    auto root = scheduler.due(k_start + 60s).start[0];
    EXPECT_THAT(tasks(scheduler.finished(root, outcome, k_start + 61s)), IsEmpty());
    EXPECT_TRUE(scheduler.idle());
  }
}

TEST(TaskScheduler, ASuspendedChildIsPassedOver) {
  TaskScheduler scheduler;
  scheduler.put(every(1, "1 minute"), k_start);
  auto suspended = child(2, {1});
  suspended.started = false;
  scheduler.put(suspended, k_start);
  scheduler.put(child(3, {2}), k_start);
  auto root = scheduler.due(k_start + 60s).start[0];
  EXPECT_THAT(tasks(scheduler.finished(root, RunOutcome::succeeded, k_start + 61s)), ElementsAre(3));
}

TEST(TaskScheduler, TheFinalizerRunsLastWhateverHappened) {
  TaskScheduler scheduler;
  scheduler.put(every(1, "1 minute"), k_start);
  scheduler.put(child(2, {1}), k_start);
  auto finalizer = child(9, {});
  finalizer.finalizes = 1;
  scheduler.put(finalizer, k_start);
  auto root = scheduler.due(k_start + 60s).start[0];
  auto second = scheduler.finished(root, RunOutcome::succeeded, k_start + 61s).start[0];
  EXPECT_THAT(tasks(scheduler.finished(second, RunOutcome::failed, k_start + 62s)), ElementsAre(9));
  EXPECT_THAT(tasks(scheduler.due(k_start + 90s)), IsEmpty());
}

TEST(TaskScheduler, RetriesOnlyWhatFailed) {
  TaskScheduler scheduler;
  auto spec = every(1, "1 minute");
  spec.auto_retry_attempts = 1;
  scheduler.put(spec, k_start);
  scheduler.put(child(2, {1}), k_start);
  auto root = scheduler.due(k_start + 60s).start[0];
  auto second = scheduler.finished(root, RunOutcome::succeeded, k_start + 61s).start[0];
  auto again = scheduler.finished(second, RunOutcome::failed, k_start + 62s);
  ASSERT_THAT(tasks(again), ElementsAre(2));
  EXPECT_EQ(again.start[0].attempt, 2);
  EXPECT_THAT(tasks(scheduler.finished(again.start[0], RunOutcome::failed, k_start + 63s)), IsEmpty());
  EXPECT_TRUE(scheduler.idle());
}

TEST(TaskScheduler, TheFinalizerRunsInEachAttempt) {
  TaskScheduler scheduler;
  auto spec = every(1, "1 minute");
  spec.auto_retry_attempts = 1;
  scheduler.put(spec, k_start);
  scheduler.put(child(2, {1}), k_start);
  auto finalizer = child(9, {});
  finalizer.finalizes = 1;
  scheduler.put(finalizer, k_start);
  auto root = scheduler.due(k_start + 60s).start[0];
  auto second = scheduler.finished(root, RunOutcome::succeeded, k_start + 61s).start[0];
  auto last = scheduler.finished(second, RunOutcome::failed, k_start + 62s);
  ASSERT_THAT(tasks(last), ElementsAre(9));
  auto again = scheduler.finished(last.start[0], RunOutcome::succeeded, k_start + 63s);
  ASSERT_THAT(tasks(again), ElementsAre(2));
  last = scheduler.finished(again.start[0], RunOutcome::succeeded, k_start + 64s);
  ASSERT_THAT(tasks(last), ElementsAre(9));
  EXPECT_EQ(last.start[0].attempt, 2);
  EXPECT_THAT(tasks(scheduler.finished(last.start[0], RunOutcome::succeeded, k_start + 65s)), IsEmpty());
  EXPECT_TRUE(scheduler.idle());
}

TEST(TaskScheduler, OfRunsAskedForMeanwhileTheLatestRuns) {
  TaskScheduler scheduler;
  scheduler.put(every(1, "1 hour"), k_start);
  auto first = scheduler.execute(1, k_start, "a", 101);
  ASSERT_THAT(tasks(first), ElementsAre(1));
  EXPECT_THAT(scheduler.execute(1, k_start + 1s, "b", 102).replaced, IsEmpty());
  EXPECT_THAT(scheduler.execute(1, k_start + 2s, "c", 103).replaced, ElementsAre(102));
  auto next = scheduler.finished(first.start[0], RunOutcome::succeeded, k_start + 3s);
  ASSERT_THAT(tasks(next), ElementsAre(1));
  EXPECT_EQ(next.start[0].config, "c");
  EXPECT_EQ(next.start[0].id, 103);
  EXPECT_THAT(tasks(scheduler.finished(next.start[0], RunOutcome::succeeded, k_start + 4s)), IsEmpty());
}

TEST(TaskScheduler, SuspendsAfterFailuresInARow) {
  TaskScheduler scheduler;
  auto spec = every(1, "1 minute");
  spec.suspend_after_failures = 3;
  scheduler.put(spec, k_start);
  TimePoint now = k_start;
  std::vector<RunOutcome> outcomes = {RunOutcome::failed, RunOutcome::failed, RunOutcome::succeeded,
                                      RunOutcome::failed, RunOutcome::failed, RunOutcome::failed};
  std::vector<size_t> suspended;
  for (auto outcome : outcomes) {
    now += 1min;
    auto run = scheduler.due(now).start.at(0);
    suspended.push_back(scheduler.finished(run, outcome, now).suspend.size());
  }
  EXPECT_THAT(suspended, ElementsAre(0, 0, 0, 0, 0, 1));
  EXPECT_THAT(tasks(scheduler.due(now + 1h)), IsEmpty());
}

TEST(TaskScheduler, ATriggeredTaskRunsWhenWokenAndAgainForWhatCameMeanwhile) {
  TaskScheduler scheduler;
  scheduler.put(triggered(1), k_start);
  auto first = scheduler.due(k_start); // what was there before it was resumed
  ASSERT_THAT(tasks(first), ElementsAre(1));
  scheduler.finished(first.start[0], RunOutcome::skipped, k_start);
  EXPECT_EQ(scheduler.next_due(), k_start + 12h); // so that its stream does not become stale

  auto run = scheduler.wake(1, k_start + 5s);
  ASSERT_THAT(tasks(run), ElementsAre(1));
  EXPECT_EQ(run.start[0].from, ScheduledFrom::trigger);
  EXPECT_THAT(tasks(scheduler.wake(1, k_start + 5s)), IsEmpty());
  EXPECT_THAT(tasks(scheduler.wake(1, k_start + 6s)), IsEmpty());
  auto again = scheduler.finished(run.start[0], RunOutcome::succeeded, k_start + 7s);
  ASSERT_THAT(tasks(again), ElementsAre(1));
  EXPECT_THAT(tasks(scheduler.finished(again.start[0], RunOutcome::succeeded, k_start + 8s)), IsEmpty());
  EXPECT_EQ(scheduler.next_due(), k_start + 38s);
}

TEST(TaskScheduler, ATriggeredTaskKeepsItsMinimumInterval) {
  TaskScheduler scheduler;
  auto spec = triggered(1);
  spec.minimum_trigger_interval = 10s;
  scheduler.put(spec, k_start);
  auto first = scheduler.due(k_start);
  scheduler.finished(first.start[0], RunOutcome::succeeded, k_start);
  EXPECT_THAT(tasks(scheduler.wake(1, k_start + 1s)), IsEmpty());
  EXPECT_EQ(scheduler.next_due(), k_start + 10s);
  EXPECT_THAT(tasks(scheduler.due(k_start + 10s)), ElementsAre(1));
}

TEST(TaskScheduler, ARestartContinuesAGraph) {
  TaskScheduler scheduler(100);
  scheduler.put(every(1, "1 minute"), k_start + 90s, k_start + 120s);
  scheduler.put(child(2, {1}), k_start);
  scheduler.put(child(3, {2}), k_start);
  auto actions =
      scheduler.restore(1, 50, k_start + 60s, ScheduledFrom::schedule, "", {{1, RunOutcome::succeeded}}, k_start + 90s);
  ASSERT_THAT(tasks(actions), ElementsAre(2));
  EXPECT_EQ(actions.start[0].graph_run, 50);
  EXPECT_THAT(tasks(scheduler.finished(actions.start[0], RunOutcome::succeeded, k_start + 91s)), ElementsAre(3));
}

/// Second by second, from the definition: a slot runs unless the previous run is still going on.
class NaiveTask {
 public:
  explicit NaiveTask(int64_t every_seconds) : every_(every_seconds) {}
  std::optional<int64_t> step(int64_t second) {
    const bool slot = second > 0 && second % every_ == 0;
    if (missed_ && !busy_) return start(*std::exchange(missed_, std::nullopt));
    if (slot && !busy_) return start(second);
    return std::nullopt;
  }
  void slot_while_down(int64_t second) {
    if (!missed_ && second > last_done_ && second % every_ == 0) missed_ = second;
  }
  void done() { busy_ = false, last_done_ = running_; }
  void crash() {
    if (busy_) missed_ = running_;
    busy_ = false;
  }
  bool busy() const { return busy_; }

 private:
  int64_t start(int64_t slot) { return busy_ = true, running_ = slot; }
  int64_t every_;
  bool busy_ = false;
  int64_t running_ = 0, last_done_ = 0;
  std::optional<int64_t> missed_;
};

TEST(TaskScheduler, EveryDueRunHappensExactlyOnceThroughRestarts) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    std::vector<int64_t> periods;
    std::vector<NaiveTask> naive;
    for (int i = 0; i < 5; ++i) {
      periods.push_back(int64_t(1 + random.below(90)));
      naive.emplace_back(periods.back());
    }
    // What survives a crash: the next slot, as it was when the latest run finished.
    std::vector<std::optional<TimePoint>> durable(5);
    auto scheduler = std::make_unique<TaskScheduler>();
    auto load = [&](TimePoint now) {
      for (int i = 0; i < 5; ++i)
        scheduler->put(every(i + 1, std::to_string(periods[size_t(i)]) + " SECONDS"), now, durable[size_t(i)]);
    };
    load(k_start);
    std::map<int, std::pair<TaskRun, int64_t>> going; // task → run, and when it ends
    int64_t second = 0;
    while (second < 20'000) {
      ++second;
      const TimePoint now = k_start + std::chrono::seconds(second);
      if (random.below(2000) == 0) { // the process dies, and is back after a while
        for (auto& task : naive) task.crash();
        going.clear();
        const int64_t back = second + int64_t(random.below(200));
        for (; second < back; ++second) {
          for (auto& task : naive) task.slot_while_down(second);
        }
        scheduler = std::make_unique<TaskScheduler>();
        load(k_start + std::chrono::seconds(second));
      }
      const TimePoint at = k_start + std::chrono::seconds(second);
      for (auto entry = going.begin(); entry != going.end();) {
        if (entry->second.second > second) {
          ++entry;
          continue;
        }
        EXPECT_THAT(tasks(scheduler->finished(entry->second.first, RunOutcome::succeeded, at)), IsEmpty());
        durable[size_t(entry->first - 1)] = scheduler->next_slot(entry->first);
        naive[size_t(entry->first - 1)].done();
        entry = going.erase(entry);
      }
      std::map<TaskId, int64_t> expected, actual;
      for (size_t i = 0; i < 5; ++i) {
        if (auto slot = naive[i].step(second)) expected[TaskId(i + 1)] = *slot;
      }
      for (const auto& run : scheduler->due(at).start) {
        actual[run.task] = std::chrono::duration_cast<std::chrono::seconds>(run.scheduled - k_start).count();
        going[int(run.task)] = {run, second + 1 + int64_t(random.below(120))};
      }
      ASSERT_EQ(actual, expected) << "seed " << seed << " second " << second << " " << iso8601(now);
    }
  }
}

} // namespace
} // namespace freshet::warehouse
