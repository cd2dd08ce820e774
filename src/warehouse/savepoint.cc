#include "warehouse/savepoint.h"

#include "base/log.h"
#include "engine/engine.h"
#include "warehouse/physical.h"
#include "warehouse/session.h"

namespace freshet::warehouse {

TransactionScope::Mark TransactionScope::mark(bool new_rows_only) {
  Mark mark;
  if (number_) mark.number = number_->mark(new_rows_only);
  for (const auto& [table, known] : written_) mark.written.insert(table);
  mark.consumed = consumed_;
  for (const auto& [stream, window] : windows_) mark.windows.insert(stream);
  mark.statements = statements_.size();
  mark.other_writes = other_writes_.size();
  mark.has_written = has_written_;
  mark.keeps_snapshot = keeps_snapshot_;
  return mark;
}

engine::Result<void> TransactionScope::return_to(const Mark& mark) {
  for (; other_writes_.size() > mark.other_writes; other_writes_.pop_back()) TRY(other_writes_.back().undo(connection()));
  for (auto stream : consumed_) {
    if (mark.consumed.contains(stream)) continue;
    const auto& window = windows_.at(stream);
    const auto& from = window.initial ? window.until : window.from;
    engine::Value binds[] = {from.to_text(), window.initial, window.moved_at.time_since_epoch().count(), stream};
    TRY(connection().execute("UPDATE FRESHET.STREAM_OFFSET SET point = ?, initial = ?, moved_at = ? WHERE stream = ?", binds));
  }
  if (number_) {
    const auto since = number_->since(mark.number.value_or(WriteNumber::Mark{}));
    for (const auto& [id, table] : written_) {
      if (table) TRY(take_back(connection(), physical(*table), since));
    }
    if (mark.number) {
      number_->return_to(*mark.number);
    } else {
      number_.reset();
    }
  }
  // What remains may have been altered meanwhile: it stays as it is known now.
  std::erase_if(written_, [&](const auto& item) { return !mark.written.contains(item.first); });
  consumed_ = mark.consumed;
  std::erase_if(windows_, [&](const auto& item) { return !mark.windows.contains(item.first); });
  statements_.resize(mark.statements);
  statement_wrote_.clear();
  loaded_files_.clear();
  loading_pipe_.clear();
  has_written_ = mark.has_written;
  keeps_snapshot_ = mark.keeps_snapshot;
  return {};
}

Savepoint::Savepoint(Session& session, bool new_rows_only) : session_(session), transaction_(session.transaction_id()) {
  if (session.in_transaction()) mark_ = session.transaction()->mark(new_rows_only);
}

bool Savepoint::rollback() {
  if (!session_.in_transaction()) return true;
  if (transaction_.empty()) {
    session_.rollback();
    return true;
  }
  if (session_.transaction_id() != transaction_) return true;
  auto done = session_.transaction()->return_to(mark_);
  if (done) return true;
  log::warn("transaction", "a failed statement of transaction {} could not be taken back: {}", transaction_,
            done.error().message);
  session_.rollback_damaged();
  return false;
}

} // namespace freshet::warehouse
