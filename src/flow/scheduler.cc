#include "flow/scheduler.h"

#include <algorithm>

namespace freshet::flow {
namespace {

constexpr Duration k_bored = std::chrono::milliseconds(10); // the wait of a processor without a period that found nothing to do
constexpr size_t k_step_triggers_max = 100'000;

} // namespace

Scheduler::Scheduler(Clock& clock, size_t threads, Trigger trigger) : clock_(clock), trigger_(std::move(trigger)) {
  for (size_t index = 0; index < threads; ++index) threads_.emplace_back([this] { work(); });
}

Scheduler::~Scheduler() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Scheduler::start(ProcessorNode& node) {
  const std::lock_guard lock(mutex_);
  if (node.schedule.state != ProcessorState::stopped) return;
  node.schedule.state = ProcessorState::running;
  node.schedule.next_period = clock_.now();
  node.schedule.yield_until = {};
  consider(node);
}

void Scheduler::stop(ProcessorNode& node) {
  std::unique_lock lock(mutex_);
  if (node.schedule.state != ProcessorState::running) return;
  node.schedule.state = ProcessorState::stopped;
  if (std::exchange(node.schedule.queued, false)) std::erase(ready_, &node);
  ended_.wait(lock, [&] { return node.schedule.active == 0; });
  if (node.schedule.timer) timers_.erase({*node.schedule.timer, &node});
  node.schedule.timer.reset();
  node.schedule.wake_time.reset();
  lock.unlock();
  if (node.prepared.exchange(false)) node.processor->on_stopped();
}

void Scheduler::wake(ProcessorNode& node) {
  const std::lock_guard lock(mutex_);
  consider(node);
}

void Scheduler::wake_at(ProcessorNode& node, TimePoint time) {
  const std::lock_guard lock(mutex_);
  auto& wake_time = node.schedule.wake_time;
  wake_time = wake_time ? std::min(*wake_time, time) : time;
  consider(node);
}

std::pair<ProcessorState, size_t> Scheduler::state_of(const ProcessorNode& node) const {
  const std::lock_guard lock(mutex_);
  return {node.schedule.state, node.schedule.active};
}

void Scheduler::disable(ProcessorNode& node) {
  const std::lock_guard lock(mutex_);
  node.schedule.state = ProcessorState::disabled;
}

size_t Scheduler::active() const {
  const std::lock_guard lock(mutex_);
  return active_;
}

bool Scheduler::anything_queued() const {
  const std::lock_guard lock(mutex_);
  return !ready_.empty();
}

void Scheduler::consider(ProcessorNode& node) {
  auto& schedule = node.schedule;
  // Until it is prepared, which must not happen twice, a processor has one thread.
  const size_t concurrency = node.prepared ? node.concurrency : 1;
  if (schedule.state != ProcessorState::running || schedule.queued || schedule.active >= concurrency) return;
  const TimePoint now = clock_.now();
  if (now < schedule.yield_until) return arm(node, schedule.yield_until);
  if (!node.incoming.empty()) {
    std::optional<TimePoint> penalty_end;
    const bool ready = std::any_of(node.incoming.begin(), node.incoming.end(), [&](const Wire* wire) {
      if (const auto end = wire->connection.next_penalty_end()) penalty_end = penalty_end ? std::min(*penalty_end, *end) : *end;
      return wire->connection.ready(now);
    });
    if (!ready) {
      if (penalty_end) arm(node, *penalty_end);
      return;
    }
  }
  const TimePoint due = schedule.wake_time ? std::min(schedule.next_period, *schedule.wake_time) : schedule.next_period;
  if (now < due) return arm(node, due);
  for (const auto& [relationship, wires] : node.outgoing) {
    for (const Wire* wire : wires) {
      if (wire->connection.full()) return; // its destination's commit wakes us
    }
  }
  schedule.queued = true;
  ready_.push_back(&node);
  work_.notify_one();
}

void Scheduler::arm(ProcessorNode& node, TimePoint time) {
  auto& timer = node.schedule.timer;
  if (timer && *timer <= time) return;
  if (timer) timers_.erase({*timer, &node});
  timer = time;
  timers_.emplace(time, &node);
  if (timers_.begin()->second == &node) work_.notify_one();
}

void Scheduler::fire_timers() {
  const TimePoint now = clock_.now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    ProcessorNode& node = *timers_.begin()->second;
    timers_.erase(timers_.begin());
    node.schedule.timer.reset();
    consider(node);
  }
}

void Scheduler::run(ProcessorNode& node, std::unique_lock<std::mutex>& lock) {
  auto& schedule = node.schedule;
  schedule.queued = false;
  ++schedule.active;
  ++active_;
  const TimePoint begin = clock_.now();
  const bool by_timer = begin >= schedule.next_period;
  if (by_timer) schedule.next_period = begin + node.period;
  if (schedule.wake_time && *schedule.wake_time <= begin) schedule.wake_time.reset();
  consider(node); // another thread may take more of its input
  lock.unlock();
  const bool worked = trigger_(node);
  lock.lock();
  const TimePoint end = clock_.now();
  if (by_timer) schedule.next_period = std::max(schedule.next_period, end + node.period);
  if (node.yield_requested.exchange(false))
    schedule.yield_until = end + node.yield;
  else if (!worked && node.period == Duration::zero())
    schedule.yield_until = end + k_bored;
  --schedule.active;
  --active_;
  ended_.notify_all();
  consider(node);
}

void Scheduler::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    fire_timers();
    if (!ready_.empty()) {
      ProcessorNode& node = *ready_.front();
      ready_.pop_front();
      run(node, lock);
      continue;
    }
    clock_.wait(lock, work_, timers_.empty() ? std::nullopt : std::optional(timers_.begin()->first));
  }
}

std::optional<TimePoint> Scheduler::step() {
  std::unique_lock lock(mutex_);
  for (size_t triggers = 0; triggers < k_step_triggers_max; ++triggers) {
    fire_timers();
    if (ready_.empty()) break;
    ProcessorNode& node = *ready_.front();
    ready_.pop_front();
    run(node, lock);
  }
  if (!ready_.empty()) return clock_.now();
  return timers_.empty() ? std::nullopt : std::optional(timers_.begin()->first);
}

} // namespace freshet::flow
