#pragma once

#include <map>
#include <vector>

#include "warehouse/transaction.h"

namespace freshet::warehouse {

/// FRESHET.TRANSACTION_RECORD: who wrote the row versions that carry a transaction's number: its session, task run, and
/// statements, with what each read (tables at a point, streams between two), wrote and loaded. One row per committed
/// transaction (and a short one per further number it took), never one per row of a table. Kept for k_record_days.
constexpr int k_record_days = 64;

engine::Result<void> create_transaction_records(engine::Connection& connection);
/// Within the transaction, before it commits. Texts of statements are cut at 10'000 bytes, and 100 statements are kept.
engine::Result<void> write_transaction_record(Session& session, const WriteNumber& number,
                                              const std::vector<StatementNote>& statements,
                                              const std::map<ObjectId, StreamWindow>& windows);
engine::Result<void> prune_transaction_records(engine::Connection& connection, TimePoint now);

/// As it is read back.
struct TransactionRecord {
  int64_t number = 0; // the transaction's own, whichever of its numbers was asked for
  std::optional<TimePoint> committed;
  std::string session_id, user, role;
  std::string task; // fully qualified; empty: no task
  int64_t task_run = 0;
  struct Stream {
    ObjectId source = 0;
    Point from, until;
  };
  struct Statement {
    StatementNote note;
    std::vector<Stream> streams;
  };
  std::vector<Statement> statements;
};
engine::Result<std::optional<TransactionRecord>> transaction_record(engine::Connection& connection, int64_t number);
/// When the changes of a statement, or of the CALL it was part of, were committed. O(kept transactions).
engine::Result<std::optional<TimePoint>> commit_of_statement(engine::Connection& connection, const std::string& query_id);

} // namespace freshet::warehouse
