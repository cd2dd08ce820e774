// A seeded simulation of the scheduler: random graphs on random schedules, runs of random length and outcome, restarts at any
// moment, over years on a clock that jumps. What was recorded is all that a restart knows, as in the task service.
// FRESHET_SIMULATIONS=1000 FRESHET_RANDOM_SEED=7 makes it long.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/random.h"
#include "warehouse/tasks/task_scheduler.h"
#include "warehouse/tests/from_environment.h"

namespace freshet::warehouse {
namespace {

using namespace std::chrono_literals;

constexpr auto k_days = 400;

/// One finished run, as the task store keeps it.
struct Record {
  TaskRun run;
  RunOutcome outcome;
  bool ends_graph;
};

struct Graph {
  TaskSpec root;
  std::vector<TaskSpec> others; // children, then perhaps a finalizer
  bool long_runs = false;       // some runs outlast the next slot
};

class Simulation {
 public:
  explicit Simulation(uint64_t seed) : random_(seed) {
    const size_t count = 1 + random_.below(4);
    for (size_t i = 0; i < count; ++i) graphs_.push_back(make_graph());
    start();
  }

  void run() {
    const auto end = now_ + std::chrono::hours{24 * k_days};
    while (now_ < end && !testing::Test::HasFailure()) {
      const auto event = next_event();
      if (!event || *event > end) break;
      now_ = std::max(now_, *event);
      if (now_ >= crash_at_) {
        crash();
        continue;
      }
      while (!ending_.empty() && ending_.begin()->first <= now_) {
        auto run = std::move(ending_.begin()->second);
        ending_.erase(ending_.begin());
        finish(run);
      }
      expect_all_due_start();
    }
    drain();
    check_graphs();
  }

 private:
  TaskSpec make_task() {
    TaskSpec spec;
    spec.id = next_task_++;
    spec.started = true;
    spec.interval_base = now_;
    spec.suspend_after_failures = 0;
    return spec;
  }

  Graph make_graph() {
    static constexpr const char* k_schedules[] = {"90 SECONDS",
                                                  "7 MINUTES",
                                                  "1 HOUR",
                                                  "11 HOURS",
                                                  "USING CRON 30 2 * * * America/New_York",
                                                  "USING CRON */15 1-3 * 3,11 SUN Europe/Rome",
                                                  "USING CRON 0 0 L * * UTC",
                                                  "USING CRON 5,35 9-17 * * MON-FRI Asia/Tokyo"};
    Graph graph;
    graph.root = make_task();
    // The dense schedules would only make the simulation slow.
    graph.root.schedule = Schedule::parse(k_schedules[random_.percent(10) ? random_.below(2) : 2 + random_.below(6)]).value();
    graph.root.auto_retry_attempts = int64_t(random_.below(3));
    graph.long_runs = random_.percent(30);
    const size_t children = random_.below(5);
    for (size_t i = 0; i < children; ++i) {
      auto child = make_task();
      std::set<TaskId> above{random_.percent(50) || graph.others.empty() ? graph.root.id
                                                                         : graph.others[random_.below(graph.others.size())].id};
      if (random_.percent(40) && !graph.others.empty()) above.insert(graph.others[random_.below(graph.others.size())].id);
      child.predecessors.assign(above.begin(), above.end());
      graph.others.push_back(std::move(child));
    }
    if (random_.percent(50)) {
      auto finalizer = make_task();
      finalizer.finalizes = graph.root.id;
      graph.others.push_back(std::move(finalizer));
    }
    return graph;
  }

  const Graph& graph_of(TaskId root) const {
    return *std::ranges::find_if(graphs_, [&](const Graph& graph) { return graph.root.id == root; });
  }

  std::optional<TimePoint> next_event() {
    std::optional<TimePoint> next = crash_at_;
    if (!ending_.empty()) next = std::min(*next, ending_.begin()->first);
    if (const auto due = scheduler_.next_due()) next = std::min(*next, *due);
    return next;
  }

  // ---- the service's part

  /// As Tasks::load and Tasks::restore do it.
  void start() {
    RunId next_id = 1;
    std::map<TaskId, GraphRunId> latest;
    for (const auto& record : records_) {
      next_id = std::max({next_id, record.run.id + 1, record.run.graph_run + 1});
      latest[record.run.root] = std::max(latest[record.run.root], record.run.graph_run);
    }
    scheduler_ = TaskScheduler(next_id);
    for (const auto& graph : graphs_) {
      const auto slot = recorded_slot_.find(graph.root.id);
      scheduler_.put(graph.root, now_, slot == recorded_slot_.end() ? std::nullopt : std::optional(slot->second));
      for (const auto& task : graph.others) scheduler_.put(task, now_);
    }
    for (const auto& [root, graph_run] : latest) restore(root, graph_run);
    crash_at_ = now_ + std::chrono::minutes{1 + random_.below(60 * 24 * 20)};
    expect_all_due_start();
  }

  void restore(TaskId root, GraphRunId graph_run) {
    std::map<TaskId, RunOutcome> finished;
    std::map<TaskId, int> attempts;
    const TaskRun* run = nullptr;
    int attempt = 1;
    for (const auto& record : records_) {
      if (record.run.graph_run != graph_run) continue;
      if (record.ends_graph) return;
      finished[record.run.task] = record.outcome;
      attempts[record.run.task] = record.run.attempt;
      if (record.run.task == root) run = &record.run;
      attempt = std::max(attempt, record.run.attempt);
    }
    if (run == nullptr) return;
    std::erase_if(finished, [&](const auto& entry) { // its next attempt was under way
      const bool repeated = entry.second == RunOutcome::failed || scheduler_.find(entry.first)->finalizes != 0;
      return repeated && attempts[entry.first] < attempt;
    });
    take(scheduler_.restore(root, graph_run, run->scheduled, run->from, run->config, finished, now_, attempt));
  }

  void crash() {
    ending_.clear();
    now_ += random_.percent(50) ? 1s : std::chrono::seconds{random_.below(3 * 24 * 3600)};
    start();
  }

  void take(TaskActions actions) {
    EXPECT_TRUE(actions.suspend.empty());
    for (auto& run : actions.start) {
      if (run.task == run.root && run.attempt == 1) note_start(run);
      const bool stays_long = graph_of(run.root).long_runs && random_.percent(20);
      const auto takes =
          stays_long ? std::chrono::seconds{random_.below(5 * 3600)} : std::chrono::seconds{1 + random_.below(50)};
      ending_.emplace(now_ + takes, std::move(run));
    }
  }

  void finish(const TaskRun& run) {
    const auto dice = random_.below(100);
    const auto outcome = dice < 88 ? RunOutcome::succeeded : dice < 95 ? RunOutcome::failed : RunOutcome::skipped;
    auto actions = scheduler_.finished(run, outcome, now_);
    records_.push_back({run, outcome, !scheduler_.in_progress(run.graph_run)});
    if (const auto slot = scheduler_.next_slot(run.root)) recorded_slot_[run.root] = *slot;
    take(std::move(actions));
  }

  void drain() {
    while (!ending_.empty()) {
      now_ = std::max(now_, ending_.begin()->first);
      auto run = std::move(ending_.begin()->second);
      ending_.erase(ending_.begin());
      finish(run);
    }
    EXPECT_TRUE(scheduler_.idle());
  }

  // ---- what must hold

  /// A root's run is of a slot of its schedule, and of none that was run or skipped before, as far as that was recorded.
  void note_start(const TaskRun& run) {
    const auto& root = graph_of(run.root).root;
    EXPECT_EQ(root.schedule->next_after(run.scheduled - 1us, root.interval_base), run.scheduled) << "no slot of its schedule";
    EXPECT_LE(run.scheduled, now_);
    const auto slot = recorded_slot_.find(run.root);
    if (slot != recorded_slot_.end()) {
      EXPECT_GE(run.scheduled, slot->second) << "a slot ran twice";
    }
  }

  /// After `due`, every free root whose slot has come runs, and none has a slot in the past.
  void expect_all_due_start() {
    std::map<TaskId, std::optional<TimePoint>> slots;
    std::map<TaskId, bool> busy;
    for (const auto& graph : graphs_) {
      slots[graph.root.id] = scheduler_.next_slot(graph.root.id);
      busy[graph.root.id] = scheduler_.running(graph.root.id);
    }
    auto actions = scheduler_.due(now_);
    std::map<TaskId, size_t> begun;
    for (const auto& run : actions.start) {
      ++begun[run.root];
      EXPECT_EQ(run.task, run.root);
      EXPECT_EQ(run.scheduled, slots[run.root]) << "of several missed slots the first is run";
    }
    take(std::move(actions));
    for (const auto& graph : graphs_) {
      const auto id = graph.root.id;
      ASSERT_TRUE(slots[id]);
      EXPECT_EQ(begun[id], *slots[id] <= now_ && !busy[id] ? 1u : 0u);
      EXPECT_EQ(scheduler_.next_slot(id),
                graph.root.schedule->next_after(std::max(now_, *slots[id] - 1us), graph.root.interval_base))
          << "slots are neither lost nor invented";
    }
  }

  /// Of each graph run: tasks ran after their predecessors, each once an attempt, the finalizer last in each.
  void check_graphs() {
    std::map<GraphRunId, std::vector<const Record*>> by_graph;
    for (const auto& record : records_) by_graph[record.run.graph_run].push_back(&record);
    for (const auto& [id, records] : by_graph) {
      const auto& graph = graph_of(records.front()->run.root);
      std::map<TaskId, RunOutcome> ended;
      std::set<std::pair<TaskId, int>> ran;
      for (const auto* record : records) {
        const auto task = record->run.task;
        EXPECT_TRUE(ran.emplace(task, record->run.attempt).second) << "twice in one attempt";
        if (task != graph.root.id) {
          const auto& spec = *std::ranges::find_if(graph.others, [&](const TaskSpec& each) { return each.id == task; });
          for (auto predecessor : spec.predecessors) {
            EXPECT_TRUE(ended.contains(predecessor)) << "before its predecessor";
            EXPECT_NE(ended[predecessor], RunOutcome::failed) << "after a failed predecessor";
          }
          if (spec.finalizes != 0) {
            const auto* next = record == records.back() ? nullptr : *std::next(std::ranges::find(records, record));
            EXPECT_TRUE(next == nullptr || next->run.attempt > record->run.attempt) << "the finalizer is not the last";
            EXPECT_NE(ended[graph.root.id], RunOutcome::skipped) << "the finalizer of a skipped graph";
          }
        }
        ended[task] = record->outcome;
      }
      const bool last_ends = records.back()->ends_graph;
      EXPECT_TRUE(last_ends) << "a graph was left unfinished";
      EXPECT_EQ(std::ranges::count_if(records, [](const auto* record) { return record->ends_graph; }), 1);
    }
  }

  Random random_;
  TimePoint now_ = TimePoint{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}.time_since_epoch()};
  TimePoint crash_at_;
  TaskId next_task_ = 1;
  std::vector<Graph> graphs_;
  TaskScheduler scheduler_;
  std::multimap<TimePoint, TaskRun> ending_;
  std::vector<Record> records_;
  std::map<TaskId, TimePoint> recorded_slot_; // what the latest record of each graph says
};

TEST(SchedulerSimulation, EveryDueRunHappensOnceThroughYearsOfRestarts) {
  const auto count = from_environment("FRESHET_SIMULATIONS", 20); // of 400 days each
  const auto first = from_environment("FRESHET_RANDOM_SEED", 1);
  for (uint64_t seed = first; seed < first + count && !HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("FRESHET_RANDOM_SEED={}", seed));
    Simulation(seed).run();
  }
}

} // namespace
} // namespace freshet::warehouse
