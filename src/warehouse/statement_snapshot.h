#pragma once

#include <memory>

#include "warehouse/transaction.h"

namespace freshet::warehouse {

/// The snapshot that a statement reads when it neither writes nor runs in an open transaction: a transaction of its own, which
/// begins when somebody asks for it and ends with the statement at the latest.
///
/// A query can be printed for this snapshot alone, so that what holds in it needs no condition (`is_dedicated`). That is over
/// once the snapshot ends: what was printed has to be printed again.
class StatementSnapshot {
 public:
  explicit StatementSnapshot(Session& session) : session_(session) {}

  SqlResult<TransactionScope*> open() {
    if (!transaction_) {
      auto transaction = std::make_unique<TransactionScope>(session_, TransactionScope::Kind::statement);
      TRY(transaction->open());
      transaction_ = std::move(transaction);
    }
    return transaction_.get();
  }
  /// What follows is printed for it alone, and run in it.
  void dedicate() { dedicated_ = true; }
  bool is_dedicated() const { return dedicated_; }
  /// What follows needs a transaction of its own.
  void end() {
    transaction_.reset();
    dedicated_ = false;
  }
  /// The same, for the sake of the sequences that were read.
  SqlResult<void> commit() {
    dedicated_ = false;
    auto transaction = std::move(transaction_);
    return transaction ? transaction->commit() : SqlResult<void>{};
  }

 private:
  Session& session_;
  std::unique_ptr<TransactionScope> transaction_;
  bool dedicated_ = false;
};

} // namespace freshet::warehouse
