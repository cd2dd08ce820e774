#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "wire/client_sessions.h"
#include "wire/statement_run.h"

namespace freshet::wire {

/// Runs the statements of all client sessions on a fixed number of threads: those of one session one after the other, those of
/// different sessions side by side.
///
/// A request that comes again with the same request id is the same run, so that a client's retry never runs a statement twice.
/// Life cycle: runs until the destructor, which waits for running statements; every session given to it is closed by `close`
/// before. Concurrency: any thread. Limits: `waiting_max` requests wait in total; each session keeps its latest 64 outcomes,
/// and fewer (at least 4) when they hold more than a million rows.
class StatementExecutor {
 public:
  StatementExecutor(Clock& clock, size_t threads, size_t waiting_max);
  ~StatementExecutor();
  StatementExecutor(const StatementExecutor&) = delete;
  StatementExecutor& operator=(const StatementExecutor&) = delete;

  /// Null when too many wait already, or the session is closed.
  std::shared_ptr<StatementRun> submit(const std::shared_ptr<ClientSession>& session, std::string query_id,
                                       std::string request_id, StatementRequest request);
  /// Null when there is none, or it was forgotten.
  static std::shared_ptr<StatementRun> find(ClientSession& session, std::string_view query_id);
  static std::shared_ptr<StatementRun> find_request(ClientSession& session, std::string_view request_id);

  /// Ends a run that waits or runs with 000604 "SQL execution canceled". False when it was done already.
  bool abort(ClientSession& session, const StatementRun& run);
  /// Aborts all and ends the warehouse session, its open transaction rolled back.
  void close(ClientSession& session);

 private:
  static constexpr size_t k_runs_kept = 64;
  static constexpr size_t k_runs_kept_min = 4; // a client may still be reading chunks while it sends the next statement
  static constexpr size_t k_rows_kept = 1'000'000;

  void work();
  void run_next(const std::shared_ptr<ClientSession>& session);
  static void forget_old(ClientSession& session);
  void abort_waiting(ClientSession& session);

  Clock& clock_;
  const size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<std::shared_ptr<ClientSession>> ready_;
  size_t waiting_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

} // namespace freshet::wire
