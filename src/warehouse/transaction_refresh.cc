#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/engine.h"
#include "warehouse/altered_columns.h"
#include "warehouse/engine_errors.h"
#include "warehouse/literal.h"
#include "warehouse/physical.h"
#include "warehouse/session.h"
#include "warehouse/transaction.h"
#include "warehouse/warehouse.h"

/// READ COMMITTED: an explicit transaction gets a new snapshot before each statement. The engine cannot move a transaction's
/// snapshot, so the transaction is begun again, and the row versions that it has written so far are written once more: into the
/// tables as they are then, whose columns another session may have added, renamed or dropped.
namespace freshet::warehouse {
namespace {

constexpr size_t k_versions_max = 200'000;

/// What a transaction has done to one table.
struct OwnChanges {
  ObjectPointer known;   // the table as it was written
  ObjectPointer now;     // as it is
  engine::Rows appended; // all physical columns
  engine::Rows ended;    // "$row" and "$end" of versions of others that it ended
};

std::string changed_table(const Catalog& catalog, const Object& table) {
  return fmt::format("Table '{}', which the open transaction has changed,", catalog.full_name(table));
}

sql::Error cannot_follow(std::string what) {
  return {625, "57014", std::move(what) + "\nThe transaction was rolled back."};
}

engine::Result<void> read_own(engine::Connection& connection, const WriteNumber& number, OwnChanges& changes) {
  const auto table = physical(*changes.known).sql_name();
  const auto numbers = fmt::format("({})", fmt::join(number.numbers(), ", "));
  changes.appended = TRY(connection.query(fmt::format("SELECT * FROM {} WHERE {} IN {}", table, k_begin, numbers)));
  changes.ended = TRY(connection.query(
      fmt::format("SELECT {0}, {1} FROM {2} WHERE {1} IN {3} AND {4} NOT IN {3}", k_row, k_end, table, numbers, k_begin)));
  return {};
}

/// Whether the physical columns are those of the definition: a DDL is on its way between the engine's commit and the catalog.
bool are_columns_of(const std::vector<engine::Column>& columns, const Table& table) {
  const auto is_known = [&](const engine::Column& column) {
    return std::ranges::find(table.columns, column.name, &Column::name) != table.columns.end();
  };
  return columns.size() == table.columns.size() + 3 && // "$row", "$begin", "$end"
         std::ranges::count_if(columns, is_known) == static_cast<ptrdiff_t>(table.columns.size());
}

/// Where the columns of the table, as it stands now, get their values.
struct Sources {
  std::vector<std::optional<size_t>> columns; // of `appended`; empty: a new column
  engine::Rows added;                         // the new columns' values, a row for each of `appended`
};

/// The default of a new column is the engine's: ALTER TABLE … ADD COLUMN has put it there.
engine::Result<std::string> default_of(engine::Connection& connection, const VersionedTable& table, const std::string& column) {
  const auto rows = TRY(connection.query(
      fmt::format("SELECT column_default FROM duckdb_columns() WHERE schema_name = {} AND table_name = {} AND column_name = {}",
                  engine::quote_literal(table.schema), engine::quote_literal(table.name), engine::quote_literal(column))));
  return rows.empty() || rows.is_null(0, 0) || rows.text(0, 0).empty() ? std::string("NULL") : rows.text(0, 0);
}

engine::Result<Sources> sources_of(engine::Connection& connection, const OwnChanges& changes) {
  const auto table = physical(*changes.now);
  const auto statement = TRY(connection.prepare("SELECT * FROM " + table.sql_name()));
  const auto& written = changes.appended.columns();
  const auto &before = *changes.known->as<Table>(), &after = *changes.now->as<Table>();
  if (!are_columns_of(written, before) || !are_columns_of(statement.columns(), after))
    return engine::fail(engine::ErrorKind::conflict, "The table is being altered");
  const auto former = former_names(before, after);
  Sources out;
  std::string defaults;
  for (const auto& column : statement.columns()) {
    const auto known = former.find(column.name);
    const auto found = std::ranges::find(written, known == former.end() ? column.name : known->second, &engine::Column::name);
    if (found != written.end()) {
      out.columns.emplace_back(static_cast<size_t>(found - written.begin()));
      continue;
    }
    out.columns.emplace_back();
    defaults += (defaults.empty() ? "" : ", ") + TRY(default_of(connection, table, column.name));
  }
  if (!defaults.empty())
    out.added = TRY(connection.query(fmt::format("SELECT {} FROM range({})", defaults, changes.appended.size())));
  return out;
}

engine::Result<void> append(engine::Connection& connection, const OwnChanges& changes) {
  if (changes.appended.empty()) return {};
  const auto table = physical(*changes.now);
  const auto sources = TRY(sources_of(connection, changes));
  auto appender = TRY(connection.appender(table.schema, table.name));
  for (size_t row = 0; row < changes.appended.size(); ++row) {
    size_t added = 0;
    for (const auto& from : sources.columns)
      TRY(appender.append(from ? cell(changes.appended, row, *from) : cell(sources.added, row, added++)));
    TRY(appender.end_row());
  }
  return appender.close();
}

engine::Result<void> end_versions(engine::Connection& connection, const OwnChanges& changes) {
  std::map<int64_t, std::vector<int64_t>> rows; // by the number that ended them
  for (size_t i = 0; i < changes.ended.size(); ++i) rows[changes.ended.integer(i, 1)].push_back(changes.ended.integer(i, 0));
  for (const auto& [number, ended] : rows) {
    TRY(connection.execute(fmt::format("UPDATE {0} SET {1} = {2} WHERE {1} IS NULL AND {3} IN (SELECT unnest([{4}]))",
                                       physical(*changes.now).sql_name(), k_end, number, k_row, fmt::join(ended, ", "))));
  }
  return {};
}

} // namespace

bool TransactionScope::is_behind() const {
  auto& warehouse = session_.warehouse();
  return open_ && kind_ == Kind::explicit_ && !keeps_snapshot_ &&
         (warehouse.registry().commit_count() != commits_seen_ || warehouse.catalog().version() != catalog_seen_);
}

SqlResult<void> TransactionScope::refresh() {
  if (open_ && keeps_snapshot_) return follow_altered_tables();
  if (!is_behind()) return {};
  if (has_written_) return write_again();
  TRY(translated(connection().rollback(), ""));
  open_ = false;
  point_.reset();
  return open();
}

/// Whether what the transaction has written has to be fitted into a table that was altered. Errors: it was dropped.
SqlResult<bool> TransactionScope::has_altered_tables() {
  const auto& catalog = session_.warehouse().catalog();
  bool altered = false;
  for (const auto& [id, known] : written_) {
    if (!known || known->as<Table>() == nullptr) continue;
    const auto now = catalog.find(id);
    if (!now) return sql::fail(cannot_follow(changed_table(catalog, *known) + " was dropped or replaced by another session."));
    altered = altered || has_altered_columns(*known->as<Table>(), *now->as<Table>());
  }
  return altered;
}

/// Before the end of the transaction, and where its snapshot stays: other changes of the catalog do not concern it.
SqlResult<void> TransactionScope::follow_altered_tables() {
  auto& catalog = session_.warehouse().catalog();
  if (!open_ || kind_ != Kind::explicit_ || written_.empty() || catalog.version() == catalog_seen_) return {};
  auto altered = has_altered_tables();
  if (altered && !*altered) return {};
  if (altered && !keeps_snapshot_) return write_again();
  session_.rollback_damaged();
  if (!altered) return std::unexpected(altered.error());
  for (const auto& [id, known] : written_) {
    const auto now = catalog.find(id);
    if (!known || known->as<Table>() == nullptr || !now || !has_altered_columns(*known->as<Table>(), *now->as<Table>()))
      continue;
    return sql::fail(cannot_follow(changed_table(catalog, *known) +
                                   " was altered by another session: a transaction that has changed very many rows cannot go "
                                   "on with it."));
  }
  return {};
}

SqlResult<void> TransactionScope::write_again() {
  auto& catalog = session_.warehouse().catalog();
  std::vector<OwnChanges> kept;
  size_t versions = 0;
  if (auto known = has_altered_tables(); !known) {
    session_.rollback_damaged();
    return std::unexpected(known.error());
  }
  for (const auto& [id, known] : written_) {
    if (!known || known->as<Table>() == nullptr || !number_) return {};
    kept.push_back({known, {}, {}, {}});
    TRY(translated(read_own(connection(), *number_, kept.back()), ""));
    versions += kept.back().appended.size() + kept.back().ended.size();
    if (versions > k_versions_max) {
      keeps_snapshot_ = true;
      return follow_altered_tables();
    }
  }
  auto work = [&]() -> SqlResult<void> {
    TRY(translated(connection().rollback(), ""));
    open_ = false;
    point_.reset();
    TRY(open());
    for (auto& changes : kept) {
      changes.now = catalog.find(changes.known->id); // after `open`: not older than the snapshot
      if (!changes.now)
        return sql::fail(
            cannot_follow(changed_table(catalog, *changes.known) + " was dropped or replaced by another session."));
      // Ends first: none of what is appended then is taken for an old version.
      TRY(translated(end_versions(connection(), changes), ""));
      if (auto appended = append(connection(), changes); !appended) {
        auto error = translate(appended.error(), "");
        return sql::fail(cannot_follow(fmt::format("{} was altered by another session, and its new rows do not fit: {}",
                                                   changed_table(catalog, *changes.known), error.message)));
      }
      written_[changes.known->id] = changes.now;
    }
    for (const auto& write : other_writes_) TRY(translated(write.repeat(connection()), ""));
    auto consumed = std::move(consumed_);
    consumed_.clear();
    for (auto stream : consumed) {
      if (catalog.find(stream)) TRY(consume(stream)); // else it was dropped, with its offset
      consumed_.insert(stream);
    }
    return {};
  };
  auto done = work();
  if (!done) session_.rollback_damaged(); // half of it is there: the transaction cannot go on
  return done;
}

} // namespace freshet::warehouse
