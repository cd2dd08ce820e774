#include "wire/statement_run.h"

#include <algorithm>

namespace freshet::wire {

StatementRun::State StatementRun::state() const {
  std::lock_guard lock(mutex_);
  return state_;
}

const StatementOutcome* StatementRun::outcome() const {
  return state() == State::done ? &outcome_ : nullptr;
}

TimePoint StatementRun::ended() const {
  std::lock_guard lock(mutex_);
  return ended_;
}

bool StatementRun::wait(Clock& clock, TimePoint deadline, const std::stop_token& stopping) {
  const std::stop_callback wake(stopping, [this] {
    std::lock_guard lock(mutex_);
    done_.notify_all();
  });
  std::unique_lock lock(mutex_);
  while (state_ != State::done && !stopping.stop_requested() && clock.now() < deadline) clock.wait(lock, done_, deadline);
  return state_ == State::done;
}

const warehouse::StatementResult* StatementRun::result(std::string_view query_id) const {
  const auto* done = outcome();
  if (done == nullptr || done->error) return nullptr;
  const auto child = std::ranges::find(done->results, query_id, &warehouse::StatementResult::query_id);
  if (child != done->results.end()) return &*child;
  return done->results.empty() && !done->description ? &done->result : nullptr;
}

bool StatementRun::answers_to(std::string_view query_id) const {
  if (query_id == query_id_) return true;
  const auto* done = outcome();
  if (done == nullptr) return false;
  return query_id == done->query_id ||
         std::ranges::find(done->results, query_id, &warehouse::StatementResult::query_id) != done->results.end();
}

size_t StatementRun::row_count() const {
  const auto* done = outcome();
  if (done == nullptr) return 0;
  size_t rows = done->result.row_count();
  for (const auto& child : done->results) rows += child.row_count();
  return rows;
}

void StatementRun::start() {
  std::lock_guard lock(mutex_);
  state_ = State::running;
}

void StatementRun::finish(StatementOutcome outcome, TimePoint now) {
  std::lock_guard lock(mutex_);
  outcome_ = std::move(outcome);
  ended_ = now;
  state_ = State::done;
  done_.notify_all();
}

} // namespace freshet::wire
