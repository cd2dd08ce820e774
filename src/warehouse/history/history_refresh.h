#pragma once

#include "warehouse/history/history_store.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// The first filling, in the transaction of CREATE HISTORY TABLE: what the source holds now. A row is valid from its commit on,
/// or, when that is no longer recorded, from now.
SqlResult<void> fill_history(StatementContext& context, const Object& history);

/// Brings a history table up to what has been committed, in one transaction that moves its point along: exactly once. Every
/// committed version of the source's rows counts, not only the last; of a view, what each single commit changed in it. A
/// failure is recorded in the table's state, too. Concurrency: refreshes of one table wait for each other.
SqlResult<void> refresh_history(StatementContext& context, ObjectId history);

/// Whether the source has changed since the last refresh.
SqlResult<bool> history_is_behind(StatementContext& context, const Object& history);

} // namespace freshet::warehouse
