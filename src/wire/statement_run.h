#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "wire/response.h"
#include "wire/statement_program.h"

namespace freshet::wire {

/// One query request from its arrival to its outcome, which may be asked for again until the run is forgotten.
/// Concurrency: any thread; the request is read by the executor's thread only, the outcome by anybody once it is there.
class StatementRun {
 public:
  enum class State { waiting, running, done };

  StatementRun(std::string query_id, std::string request_id, StatementRequest request, TimePoint arrived)
      : query_id_(std::move(query_id)), request_id_(std::move(request_id)), request_(std::move(request)), arrived_(arrived) {}

  /// As told to the client when it had to wait. The outcome's own id, which the warehouse gave, means the same run.
  const std::string& query_id() const { return query_id_; }
  const std::string& request_id() const { return request_id_; }
  const StatementRequest& request() const { return request_; }
  TimePoint arrived() const { return arrived_; }

  State state() const;
  /// Null until done.
  const StatementOutcome* outcome() const;
  TimePoint ended() const;
  /// Until done, `deadline` or `stopping`. True if done.
  bool wait(Clock& clock, TimePoint deadline, const std::stop_token& stopping);

  /// The result that `query_id` names: of the whole, or of one of several statements. Null when there is none.
  const warehouse::StatementResult* result(std::string_view query_id) const;
  bool answers_to(std::string_view query_id) const;
  /// Rows held in memory.
  size_t row_count() const;

  void start();
  void finish(StatementOutcome outcome, TimePoint now);

 private:
  const std::string query_id_;
  const std::string request_id_;
  const StatementRequest request_;
  const TimePoint arrived_;
  mutable std::mutex mutex_;
  std::condition_variable done_;
  State state_ = State::waiting;
  TimePoint ended_;
  StatementOutcome outcome_;
};

} // namespace freshet::wire
