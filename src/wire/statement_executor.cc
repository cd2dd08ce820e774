#include "wire/statement_executor.h"

#include <algorithm>

#include "base/log.h"

namespace freshet::wire {
namespace {

StatementOutcome failed(std::string query_id, sql::Error error) {
  StatementOutcome outcome;
  outcome.query_id = std::move(query_id);
  outcome.error = std::move(error);
  return outcome;
}

StatementOutcome cancelled(const StatementRun& run) {
  return failed(run.query_id(), {604, "57014", "SQL execution canceled"});
}

StatementOutcome run_guarded(warehouse::Session& session, const StatementRun& run) {
  try {
    return run_request(session, run.request(), run.query_id());
  } catch (const std::exception& error) { // a bug of ours ends one statement, not the service
    log::error("wire", "a statement ended with an exception: {}", error.what());
    return failed(session.last_query_id(), {603, "XX000", "SQL execution internal error: the log has the details."});
  }
}

} // namespace

StatementExecutor::StatementExecutor(Clock& clock, size_t threads, size_t waiting_max)
    : clock_(clock), waiting_max_(waiting_max) {
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

StatementExecutor::~StatementExecutor() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  for (auto& thread : threads_) thread.join();
}

std::shared_ptr<StatementRun> StatementExecutor::submit(const std::shared_ptr<ClientSession>& session, std::string query_id,
                                                        std::string request_id, StatementRequest request) {
  std::unique_lock session_lock(session->mutex);
  if (session->closed) return nullptr;
  if (!request_id.empty()) {
    const auto same = std::ranges::find(session->kept, request_id, &StatementRun::request_id);
    if (same != session->kept.end()) return *same;
  }
  std::lock_guard lock(mutex_);
  if (waiting_ >= waiting_max_ || stopping_) return nullptr;
  ++waiting_;
  auto run = std::make_shared<StatementRun>(std::move(query_id), std::move(request_id), std::move(request), clock_.now());
  session->waiting.push_back(run);
  session->kept.push_back(run);
  forget_old(*session);
  if (!std::exchange(session->scheduled, true)) {
    ready_.push_back(session);
    work_.notify_one();
  }
  return run;
}

void StatementExecutor::forget_old(ClientSession& session) {
  size_t rows = 0;
  for (const auto& run : session.kept) rows += run->row_count();
  while (session.kept.size() > k_runs_kept || (session.kept.size() > k_runs_kept_min && rows > k_rows_kept)) {
    const auto done = std::ranges::find(session.kept, StatementRun::State::done, &StatementRun::state);
    if (done == session.kept.end()) return;
    rows -= (*done)->row_count();
    session.kept.erase(done);
  }
}

std::shared_ptr<StatementRun> StatementExecutor::find(ClientSession& session, std::string_view query_id) {
  std::lock_guard lock(session.mutex);
  const auto found = std::ranges::find_if(session.kept, [&](const auto& run) { return run->answers_to(query_id); });
  return found == session.kept.end() ? nullptr : *found;
}

std::shared_ptr<StatementRun> StatementExecutor::find_request(ClientSession& session, std::string_view request_id) {
  std::lock_guard lock(session.mutex);
  const auto found = std::ranges::find(session.kept, request_id, &StatementRun::request_id);
  return found == session.kept.end() ? nullptr : *found;
}

bool StatementExecutor::abort(ClientSession& session, const StatementRun& run) {
  std::lock_guard session_lock(session.mutex);
  if (session.running.get() == &run) {
    session.session->cancel();
    return true;
  }
  const auto waiting = std::ranges::find_if(session.waiting, [&](const auto& other) { return other.get() == &run; });
  if (waiting == session.waiting.end()) return false;
  (*waiting)->finish(cancelled(run), clock_.now());
  session.waiting.erase(waiting);
  std::lock_guard lock(mutex_);
  --waiting_;
  return true;
}

void StatementExecutor::abort_waiting(ClientSession& session) {
  std::lock_guard lock(mutex_);
  for (const auto& run : session.waiting) run->finish(cancelled(*run), clock_.now());
  waiting_ -= session.waiting.size();
  session.waiting.clear();
}

void StatementExecutor::close(ClientSession& session) {
  std::unique_ptr<warehouse::Session> ended; // destroyed outside the lock: a rollback may take a while
  std::lock_guard lock(session.mutex);
  if (std::exchange(session.closed, true)) return;
  abort_waiting(session);
  if (session.running)
    session.session->cancel(); // its thread ends the session afterwards
  else if (!session.scheduled)
    ended = std::move(session.session);
}

void StatementExecutor::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait(lock, [this] { return stopping_ || !ready_.empty(); });
    if (stopping_) return;
    const auto session = std::move(ready_.front());
    ready_.pop_front();
    lock.unlock();
    run_next(session);
    lock.lock();
  }
}

void StatementExecutor::run_next(const std::shared_ptr<ClientSession>& session) {
  std::shared_ptr<StatementRun> run;
  {
    std::lock_guard session_lock(session->mutex);
    if (!session->waiting.empty()) {
      run = std::move(session->waiting.front());
      session->waiting.pop_front();
      session->running = run;
      run->start();
      std::lock_guard lock(mutex_);
      --waiting_;
    }
  }
  if (run) {
    auto outcome = run_guarded(*session->session, *run);
    std::lock_guard session_lock(session->mutex);
    session->running = nullptr; // before anybody learns that it is done, so that an abort cannot hit the next one
    run->finish(std::move(outcome), clock_.now());
  }
  std::unique_ptr<warehouse::Session> ended;
  std::lock_guard session_lock(session->mutex);
  std::lock_guard lock(mutex_);
  if (session->waiting.empty()) {
    session->scheduled = false;
    if (session->closed) ended = std::move(session->session);
  } else {
    ready_.push_back(session);
    work_.notify_one();
  }
}

} // namespace freshet::wire
