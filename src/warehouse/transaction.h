#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "warehouse/catalog_objects.h"
#include "warehouse/result.h"

namespace freshet::engine {
class Connection;
}

namespace freshet::warehouse {

class StatementContext;

/// One writing transaction of a session, explicit or of a single statement: the number its row versions carry, the locks it holds, the
/// streams whose offsets move with it and the tables it wrote.
///
/// All of it commits in one engine transaction: rows, stream offsets, the commit's own row, and whatever a statement writes into
/// FRESHET's tables (load history, task runs). Locks are released after the commit or rollback.
class TransactionScope {
 public:
  virtual ~TransactionScope() = default;

  virtual engine::Connection& connection() = 0;
  /// What `begin` and `end` of the row versions written here say.
  virtual int64_t number() = 0;
  virtual const std::string& id() const = 0; // CURRENT_TRANSACTION()
  virtual TimePoint started() const = 0;
  /// Waits until the transaction holds the table's lock (UPDATE, DELETE, MERGE; INSERT needs none).
  virtual SqlResult<void> lock(ObjectId table) = 0;
  /// The stream was read by a writing statement: its offset moves to the transaction's start when it commits. Locks the stream.
  virtual SqlResult<void> consume(ObjectId stream) = 0;
  virtual void wrote(ObjectId table) = 0;
};

/// Runs `work` in the session's open transaction, or in one of its own that is committed afterwards; then `work` is tried again
/// (from the start, a few times) when another transaction got in between. An error of `work` undoes everything of its own transaction;
/// inside an open one the transaction stays open, as in Snowflake. Locks the tables, and consumes the streams that `context.reads()`
/// names when `work` returns.
SqlResult<StatementResult> write(StatementContext& context, std::span<const ObjectId> locked,
                                 const std::function<SqlResult<StatementResult>(TransactionScope& transaction)>& work);

}  // namespace freshet::warehouse
