#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/worker.h"
#include "http/message.h"
#include "warehouse/warehouse.h"
#include "wire/client_sessions.h"
#include "wire/stage_files.h"
#include "wire/statement_executor.h"

namespace freshet::wire {

struct User {
  std::string name; // compared without regard to case
  std::string password;
};

struct ServiceOptions {
  std::vector<User> users = {};
  std::string account = "FRESHET"; // told to clients; any account name logs in
  SessionLimits sessions = {};
  objects::ObjectStore* stage_files = nullptr; // of internal stages, for PUT and GET
  size_t statement_threads = 8;
  size_t statements_waiting_max = 256;
  Duration answer_time =
      std::chrono::seconds(15);              // how long an answer waits for its statement before the client is told to poll
  uint64_t inline_bytes_max = 4ull << 20;    // of a result in its first answer; the rest follows in chunks
  uint64_t request_bytes_max = 256ull << 20; // of a decompressed request
};

/// The Snowflake client protocol: login, statements, results, renewal, cancelling, over any HTTP server.
///
/// Statements that take longer than answer_time are answered "still running" and polled. A retry with the same requestId gets
/// the first try's answer. Results beyond inline_bytes_max are split into chunks that the client fetches with a key of their
/// own. Failed statements are answers (HTTP 200), as drivers expect; 4xx are requests without form, 503 means too many wait.
///
/// Life cycle: the warehouse and the clock outlive it. The destructor ends all sessions and their statements; the HTTP server
/// must have stopped calling `handle` by then. Concurrency: `handle` may be called from any number of threads; it blocks up to
/// answer_time, so give the server at least as many handler threads as statements should run side by side, and some more.
/// Passwords are compared in constant time and never logged.
class Service {
 public:
  const StageFiles& stage_files() const { return stage_files_; }

  Service(warehouse::Warehouse& warehouse, Clock& clock, ServiceOptions options);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Whether a request of this path is for `handle`.
  static bool owns(std::string_view path);
  http::Response handle(const http::Request& request);

  size_t session_count() const { return sessions_.size(); }

 private:
  using Session = std::shared_ptr<ClientSession>;

  http::Response login(const http::Request& request);
  http::Response renew(const http::Request& request);
  http::Response close_session(const http::Request& request);
  http::Response with_session(const http::Request& request);
  http::Response query(const http::Request& request, const Session& session);
  http::Response abort_by_request_id(const http::Request& request, const Session& session);
  http::Response status(const Session& session, std::string_view query_id);
  http::Response chunk(const http::Request& request, std::string_view query_id, std::string_view rows);

  bool password_matches(std::string_view user, std::string_view password) const;
  http::Response answer(const http::Request& request, const ClientSession& session, StatementRun& run,
                        std::string_view query_id);
  std::string chunk_key(std::string_view query_id) const;
  /// Among the session's own runs, then among those of the same user's other sessions.
  std::shared_ptr<StatementRun> find_run(const Session& session, std::string_view query_id);
  std::optional<TimePoint> end_expired_sessions();

  warehouse::Warehouse& warehouse_;
  Clock& clock_;
  const ServiceOptions options_;
  const std::string key_; // signs chunk addresses and grants, and hides passwords while they are compared
  const StageFiles stage_files_;
  std::atomic<int64_t> next_session_id_;
  ClientSessions sessions_;
  StatementExecutor executor_;
  Worker sweeper_;
};

} // namespace freshet::wire
