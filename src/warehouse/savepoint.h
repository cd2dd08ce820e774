#pragma once

#include <optional>
#include <string>
#include <utility>

#include "warehouse/transaction.h"

namespace freshet::warehouse {

class Session;

/// Where the session's open transaction stood before a statement: a CALL, a block or DML, which leave nothing behind when they
/// fail, while the transaction goes on.
///
/// The engine has no savepoints: what is written after one carries a number of its own (WriteNumber::Mark), by which `rollback`
/// finds it again. Life cycle: on the stack of the statement, nested as statements are; without `rollback` what was written
/// stays. When the transaction has ended meanwhile (DDL, COMMIT), `rollback` leaves that end as it is; one that the failed
/// statement itself has begun and left open is rolled back. Cost: the names of the tables and streams that the transaction has
/// touched; unless `new_rows_only`, one further number with the next write. `rollback`: what the transaction has written, and a
/// look at the minima and maxima of its tables' row groups; nothing when nothing was written.
class Savepoint {
 public:
  static constexpr const char* k_rolled_back = "\nThe open transaction was rolled back.";

  /// `new_rows_only`: what follows neither ends nor replaces row versions.
  explicit Savepoint(Session& session, bool new_rows_only = false);
  Savepoint(const Savepoint&) = delete;
  Savepoint& operator=(const Savepoint&) = delete;

  /// False when it could not be done: the session then rolls the transaction back at the end of the running statement.
  bool rollback();

 private:
  Session& session_;
  std::string transaction_; // its id; empty: none was open
  TransactionScope::Mark mark_;
};

/// Runs `work` as one statement: when it fails, nothing of it stays in the session's open transaction.
template <typename Work>
auto as_one_statement(Session& session, Work&& work) {
  Savepoint savepoint(session);
  auto result = std::forward<Work>(work)();
  if (!result && !savepoint.rollback()) result.error().message += Savepoint::k_rolled_back;
  return result;
}

} // namespace freshet::warehouse
