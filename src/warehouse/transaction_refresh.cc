#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "engine/engine.h"
#include "warehouse/engine_errors.h"
#include "warehouse/literal.h"
#include "warehouse/physical.h"
#include "warehouse/session.h"
#include "warehouse/transaction.h"
#include "warehouse/warehouse.h"

/// READ COMMITTED: an explicit transaction gets a new snapshot before each statement. The engine cannot move a transaction's
/// snapshot, so the transaction is begun again, and the row versions that it has written so far are written once more.
namespace freshet::warehouse {
namespace {

constexpr size_t k_versions_max = 200'000;

/// What a transaction has done to one table.
struct OwnChanges {
  VersionedTable table;
  engine::Rows appended; // all physical columns
  engine::Rows ended;    // "$row" of versions of others that it ended
};

engine::Result<OwnChanges> own_changes(engine::Connection& connection, const VersionedTable& table, const WriteNumber& number) {
  auto numbers = fmt::format("({})", fmt::join(number.numbers(), ", "));
  OwnChanges out;
  out.table = table;
  out.appended = TRY(connection.query(fmt::format("SELECT * FROM {} WHERE {} IN {}", table.sql_name(), k_begin, numbers)));
  out.ended = TRY(connection.query(fmt::format("SELECT {} FROM {} WHERE {} = {} AND {} NOT IN {}", k_row, table.sql_name(),
                                               k_end, number.value(), k_begin, numbers)));
  return out;
}

/// Whether the table has, as the catalog knows it now, the columns that were written.
bool has_columns_of(const OwnChanges& changes) {
  std::set<std::string> written, now{std::string(k_row), std::string(k_begin), std::string(k_end)};
  for (const auto& column : changes.appended.columns()) written.insert(engine::quote_identifier(column.name));
  for (const auto& column : changes.table.columns) now.insert(engine::quote_identifier(column.name));
  return written == now;
}

engine::Result<void> append(engine::Connection& connection, const OwnChanges& changes) {
  if (changes.appended.empty()) return {};
  auto appender = TRY(connection.appender(changes.table.schema, changes.table.name));
  const auto columns = changes.appended.columns().size();
  for (size_t row = 0; row < changes.appended.size(); ++row) {
    for (size_t column = 0; column < columns; ++column) TRY(appender.append(cell(changes.appended, row, column)));
    TRY(appender.end_row());
  }
  return appender.close();
}

engine::Result<void> end_versions(engine::Connection& connection, const OwnChanges& changes, int64_t number) {
  if (changes.ended.empty()) return {};
  std::vector<int64_t> rows;
  for (size_t i = 0; i < changes.ended.size(); ++i) rows.push_back(changes.ended.integer(i, 0));
  TRY(connection.execute(fmt::format("UPDATE {} SET {} = {} WHERE {} IS NULL AND {} <> {} AND {} IN (SELECT unnest([{}]))",
                                     changes.table.sql_name(), k_end, number, k_end, k_begin, number, k_row,
                                     fmt::join(rows, ", "))));
  return {};
}

} // namespace

SqlResult<void> TransactionScope::refresh() {
  auto& warehouse = session_.warehouse();
  if (!open_ || kind_ != Kind::explicit_ || keeps_snapshot_) return {};
  if (warehouse.registry().commit_count() == commits_seen_ && warehouse.catalog().version() == catalog_seen_) return {};
  if (has_written_) return write_again();
  TRY(translated(connection().rollback(), ""));
  open_ = false;
  point_.reset();
  return open();
}

SqlResult<void> TransactionScope::write_again() {
  auto& warehouse = session_.warehouse();
  std::vector<OwnChanges> kept;
  size_t versions = 0;
  for (auto id : written_) {
    auto object = warehouse.catalog().find(id);
    if (!object || object->as<Table>() == nullptr || !number_) return {};
    kept.push_back(TRY(translated(own_changes(connection(), physical(*object), *number_), "")));
    if (!has_columns_of(kept.back())) return {}; // another session has altered the table: the old snapshot stays
    versions += kept.back().appended.size() + kept.back().ended.size();
    if (versions > k_versions_max) {
      keeps_snapshot_ = true;
      return {};
    }
  }
  auto work = [&]() -> SqlResult<void> {
    TRY(translated(connection().rollback(), ""));
    open_ = false;
    point_.reset();
    TRY(open());
    for (const auto& changes : kept) {
      // Ends first: none of what is appended then is taken for an old version.
      TRY(translated(end_versions(connection(), changes, number_->value()), ""));
      TRY(translated(append(connection(), changes), ""));
    }
    auto consumed = std::move(consumed_);
    consumed_.clear();
    for (auto stream : consumed) TRY(consume(stream));
    consumed_ = std::move(consumed);
    return {};
  };
  auto done = work();
  if (!done) session_.rollback_damaged(); // half of it is there: the transaction cannot go on
  return done;
}

} // namespace freshet::warehouse
