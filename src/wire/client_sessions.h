#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "warehouse/warehouse.h"
#include "wire/response.h"
#include "wire/stage_files.h"

namespace freshet::wire {

class StatementRun;

/// A logged-in client: its warehouse session, the statements it sent and what they gave. Belongs to the executor that runs its
/// statements; `mutex` guards the fields below it.
struct ClientSession {
  int64_t id = 0;
  std::string user;
  StageFiles::Style transfers = StageFiles::Style::presigned;
  std::unique_ptr<warehouse::Session> session; // used by the thread that runs the session's statement, and by nobody else

  std::mutex mutex;
  std::deque<std::shared_ptr<StatementRun>> waiting;
  std::shared_ptr<StatementRun> running;
  std::deque<std::shared_ptr<StatementRun>> kept; // all that may be asked for again, oldest first
  bool scheduled = false;                         // an executor thread has it or will take it
  bool closed = false;
};

/// A pair of tokens as login and renewal give them.
struct Tokens {
  std::string session;
  std::string master;
};

struct SessionLimits {
  Duration session_validity = std::chrono::hours(1);
  Duration master_validity = std::chrono::hours(4); // since the client was last heard of
  size_t sessions_max = 256;
};

/// Who is logged in, and by which tokens.
///
/// A session token ends after session_validity; its master token, which renews it, when nothing was heard for master_validity:
/// then the session is closed. A renewed session's older token holds to its own end, so that a client's other threads need not
/// notice. Concurrency: all functions may be called from any thread. Tokens are 256 random bits.
class ClientSessions {
 public:
  ClientSessions(Clock& clock, SessionLimits limits) : clock_(clock), limits_(limits) {}

  const SessionLimits& limits() const { return limits_; }

  /// Nullopt when there are too many.
  std::optional<Tokens> add(std::shared_ptr<ClientSession> session);

  using Found = Result<std::shared_ptr<ClientSession>, Code>;
  /// By its session token. Errors: session_expired (renew it), session_gone, token_invalid.
  Found find(std::string_view token);
  /// By its master token. Errors: master_expired, token_invalid.
  Found find_by_master(std::string_view token);
  /// By either, expired or not: to close it.
  std::shared_ptr<ClientSession> find_any(std::string_view token);

  Result<Tokens, Code> renew(std::string_view master_token);
  void remove(int64_t session_id);

  /// Takes out the sessions whose master token has ended, for the caller to close.
  std::vector<std::shared_ptr<ClientSession>> take_expired();
  std::vector<std::shared_ptr<ClientSession>> take_all();
  std::vector<std::shared_ptr<ClientSession>> all() const;
  /// When the next session may end.
  std::optional<TimePoint> next_expiry() const;
  size_t size() const;

 private:
  static constexpr size_t k_tokens_kept = 3; // of each kind, per session

  struct Token {
    std::string text;
    TimePoint expires; // session tokens only
  };
  struct Entry {
    std::shared_ptr<ClientSession> session;
    std::deque<Token> session_tokens;
    std::deque<Token> master_tokens;
    TimePoint last_heard;
  };
  struct Reference {
    int64_t session_id;
    bool master;
  };

  Tokens issue(Entry& entry);
  void forget_surplus(std::deque<Token>& tokens);
  void erase(std::unordered_map<int64_t, Entry>::iterator entry);
  bool master_ended(const Entry& entry) const { return clock_.now() >= entry.last_heard + limits_.master_validity; }

  Clock& clock_;
  const SessionLimits limits_;
  mutable std::mutex mutex_;
  std::unordered_map<int64_t, Entry> entries_;
  std::unordered_map<std::string, Reference> tokens_;
};

} // namespace freshet::wire
