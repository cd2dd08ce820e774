#include "warehouse/archiver.h"

#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>

#include "base/log.h"
#include "warehouse/dropped_objects.h"
#include "warehouse/history/history_store.h"
#include "warehouse/lineage/transaction_record.h"
#include "warehouse/open_transactions.h"
#include "warehouse/physical.h"
#include "warehouse/retention.h"
#include "warehouse/rows/transaction_registry.h"
#include "warehouse/rows/versioned_table.h"
#include "warehouse/warnings/loss_warnings.h"
#include "warehouse/warnings/warning_log.h"

namespace freshet::warehouse {

namespace {

/// The versions that transactions of this number or a higher one have ended.
engine::Result<int64_t> ended_since(engine::Connection& connection, const VersionedTable& table, int64_t from) {
  auto rows = TRY(connection.query(fmt::format("SELECT count(*) FROM {} WHERE {} >= {}", table.sql_name(), k_end, from)));
  return rows.integer(0, 0);
}

} // namespace

/// What may still be looked back to.
struct Archiver::Needs {
  Floor floor;
  std::map<ObjectId, Point> by_table; // of unread streams
  std::optional<Point> transactions;
  std::optional<int64_t> lowest_unread;    // by a history table, which asks when it committed
  std::optional<int64_t> lowest_exception; // of any stream's point: whether it committed is looked up
};

Archiver::Archiver(Warehouse& warehouse, ArchiverOptions options) : warehouse_(warehouse), options_(options) {}

Result<std::unique_ptr<Archiver>> Archiver::start(Warehouse& warehouse, ArchiverOptions options) {
  std::unique_ptr<Archiver> archiver(new Archiver(warehouse, options));
  archiver->connection_ = TRY(warehouse.database().connect());
  archiver->listener_ = warehouse.on_commit([raw = archiver.get()](std::span<const ObjectId> tables) {
    std::lock_guard lock(raw->mutex_);
    raw->written_.insert(tables.begin(), tables.end());
  });
  if (options.runs_by_itself) {
    archiver->worker_ = std::make_unique<Worker>("archiver", warehouse.clock(), [raw = archiver.get()] { return raw->step(); });
  }
  warehouse.attach(archiver.get());
  return archiver;
}

Archiver::~Archiver() {
  warehouse_.attach<Archiver>(nullptr);
  if (worker_) worker_->stop();
  if (listener_ != 0) warehouse_.remove_listener(listener_);
}

std::optional<TimePoint> Archiver::step() {
  auto more = work();
  if (!more) log::warn("archiver", "old versions stay for now: {}", more.error().message);
  auto now = warehouse_.clock().now();
  return more && *more ? now : now + options_.interval;
}

Result<int64_t> Archiver::run() {
  auto before = pruned_.load();
  while (TRY(work())) {
  }
  return pruned_.load() - before;
}

Archiver::Totals Archiver::totals() const {
  std::lock_guard lock(mutex_);
  Totals out{pruned_.load(), 0};
  for (const auto& [table, dead] : dead_) out.dead_versions += dead.count;
  return out;
}

std::vector<ObjectPointer> Archiver::tables_to_look_at() {
  auto& catalog = warehouse_.catalog();
  std::lock_guard lock(mutex_);
  std::set<ObjectId> ids = std::move(written_);
  written_.clear();
  for (const auto& [id, dead] : dead_) ids.insert(id);
  if (!looked_at_all_) {
    for (auto kind : {ObjectKind::table, ObjectKind::stage}) {
      for (const auto& object : catalog.all(kind)) ids.insert(object->id);
    }
  }
  looked_at_all_ = true;
  std::vector<ObjectPointer> out;
  for (auto id : ids) {
    auto object = catalog.find(id);
    const auto* stage = object ? object->as<Stage>() : nullptr;
    if (object && (object->as<Table>() != nullptr || (stage != nullptr && stage->directory_enabled))) {
      out.push_back(std::move(object));
    } else {
      dead_.erase(id);
    }
  }
  return out;
}

Result<bool> Archiver::work() {
  bool more = false;
  TRY(delete_expired(more));
  auto looked_back_to = TRY(needs());
  std::optional<Error> first_error; // of one table; the others are pruned all the same
  for (const auto& table : tables_to_look_at()) {
    auto done = prune_table(*table, looked_back_to, more);
    if (done) continue;
    std::lock_guard lock(mutex_);
    written_.insert(table->id);
    const bool changed = done.error().kind == engine::ErrorKind::conflict || done.error().kind == engine::ErrorKind::catalog;
    if (changed || first_error) continue; // a DDL came in between, most likely
    first_error = Error(done.error());
    first_error->message = warehouse_.catalog().full_name(*table) + ": " + first_error->message;
  }
  TRY(prune_commits(looked_back_to, more));
  if (first_error) return std::unexpected(*first_error);
  return more;
}

engine::Result<void> Archiver::delete_expired(bool& more) {
  auto changing = warehouse_.catalog().changing(); // no UNDROP meanwhile
  auto groups = TRY(expired_groups(*connection_, warehouse_.clock().now()));
  if (groups.empty()) return {};
  TRY(connection_->begin());
  for (const auto& dropped : TRY(dropped_group(*connection_, groups.front()))) {
    const auto& object = dropped.object;
    auto done = [&]() -> engine::Result<void> {
      if (auto* table = object.as<Table>()) {
        TRY(drop_table(*connection_, physical(object)));
        if (table->history) TRY(drop_history_physical(*connection_, object.id));
        for (const auto& column : table->columns) {
          if (!column.autoincrement) continue;
          TRY(connection_->execute("DROP SEQUENCE IF EXISTS " + physical_sequence(column.autoincrement->sequence)));
        }
      } else if (auto* stage = object.as<Stage>()) {
        if (stage->directory_enabled) TRY(drop_table(*connection_, physical(object)));
      } else if (object.as<Sequence>() != nullptr) {
        TRY(connection_->execute("DROP SEQUENCE IF EXISTS " + physical_sequence(object.id)));
      } else if (object.as<Stream>() != nullptr || object.as<Alert>() != nullptr) {
        engine::Value binds[] = {object.id};
        TRY(connection_->execute("DELETE FROM FRESHET.STREAM_OFFSET WHERE stream = ?", binds));
      }
      return {};
    }();
    if (!done) {
      (void)connection_->rollback();
      return done;
    }
  }
  TRY(forget_group(*connection_, groups.front()));
  TRY(connection_->commit());
  more = more || groups.size() > 1;
  return {};
}

engine::Result<Archiver::Needs> Archiver::needs() {
  auto& catalog = warehouse_.catalog();
  Needs out;
  out.transactions = warehouse_.open_transactions().oldest();
  out.floor = warehouse_.registry().floor();
  auto now = warehouse_.clock().now();
  std::unordered_map<ObjectId, ObjectPointer> dropped;
  for (auto& each : TRY(dropped_readers(*connection_)))
    dropped.emplace(each.object.id, std::make_shared<const Object>(std::move(each.object)));
  auto rows = TRY(connection_->query("SELECT stream, point, moved_at FROM FRESHET.STREAM_OFFSET"));
  for (size_t row = 0; row < rows.size(); ++row) {
    auto point = Point::parse(rows.string(row, 1));
    if (!point) return engine::fail(engine::ErrorKind::internal, point.error().message);
    if (!point->exceptions.empty())
      out.lowest_exception = std::min(out.lowest_exception.value_or(INT64_MAX), point->exceptions.front());
    auto id = rows.integer(row, 0);
    auto object = catalog.find(id);
    if (!object) {
      if (auto found = dropped.find(id); found != dropped.end()) object = found->second;
    }
    auto* table_read = object ? object->as<Table>() : nullptr;
    if (table_read != nullptr && table_read->history) { // waits for as long as it takes: no version is lost to it
      out.lowest_unread = std::min(out.lowest_unread.value_or(INT64_MAX), point->high + 1);
      for (auto table_id : table_read->history->base_tables) {
        auto reader = out.by_table.find(table_id);
        out.by_table[table_id] = reader == out.by_table.end() ? *point : earlier_of(reader->second, *point);
      }
      continue;
    }
    auto* stream = object ? object->as<Stream>() : nullptr;
    if (stream == nullptr) continue;
    auto tables = stream->base_tables;
    if (tables.empty()) tables.push_back(stream->source);
    auto moved_at = rows.is_null(row, 2) ? now : TimePoint{Duration{rows.integer(row, 2)}};
    for (auto table_id : tables) {
      auto table = catalog.find(table_id);
      if (!table || now > moved_at + stream_retention(catalog, *table)) continue; // stale: it cannot be read any more
      if (auto warning = staleness_warning(catalog, *object, moved_at, stream_retention(catalog, *table), now);
          warning && catalog.find(id))
        warehouse_.warning_log().record_now_and_then(*warning, std::chrono::days{1});
      auto known = out.by_table.find(table_id);
      out.by_table[table_id] = known == out.by_table.end() ? *point : earlier_of(known->second, *point);
    }
  }
  return out;
}

engine::Result<void> Archiver::prune_table(const Object& object, const Needs& needs, bool& more) {
  auto table = physical(object);
  const auto below = warehouse_.registry().floor().ended; // what ended before it is seen by the transaction
  const auto before = dead_of(object.id);
  int64_t since = 0; // versions that have ended since the last look
  TRY(connection_->begin());
  auto done = [&]() -> engine::Result<int64_t> {
    if (before) since = TRY(ended_since(*connection_, table, before->below));
    auto horizon = warehouse_.clock().now() - std::chrono::days{retention_days(warehouse_.catalog(), object)};
    auto oldest = TRY(warehouse_.registry().point_at(*connection_, needs.floor, horizon, true));
    if (needs.transactions) oldest = earlier_of(oldest, *needs.transactions);
    if (auto stream = needs.by_table.find(object.id); stream != needs.by_table.end())
      oldest = earlier_of(oldest, stream->second);
    return prune(*connection_, table, oldest, options_.batch_rows);
  }();
  if (!done) {
    (void)connection_->rollback();
    return std::unexpected(done.error());
  }
  auto left = count_dead(table, before ? std::optional(before->settled + since - *done) : std::nullopt, below);
  TRY(left ? connection_->commit() : connection_->rollback());
  if (!left) return std::unexpected(left.error());
  pruned_ += *done;
  more = more || *done == options_.batch_rows;
  std::lock_guard lock(mutex_);
  if (left->count > 0) {
    dead_[object.id] = *left;
  } else {
    dead_.erase(object.id);
  }
  return {};
}

std::optional<Archiver::Dead> Archiver::dead_of(ObjectId table) const {
  std::lock_guard lock(mutex_);
  const auto known = dead_.find(table);
  return known == dead_.end() ? std::nullopt : std::optional(known->second);
}

/// `count`: known when the table was looked at before. Only what has ended since is counted, which the row groups' maxima make
/// cheap.
engine::Result<Archiver::Dead> Archiver::count_dead(const VersionedTable& table, std::optional<int64_t> count, int64_t below) {
  Dead now{.below = below};
  now.count = count && *count > 0 ? *count : TRY(dead_versions(*connection_, table));
  now.settled = now.count - TRY(ended_since(*connection_, table, below));
  return now;
}

engine::Result<void> Archiver::prune_commits(const Needs& needs, bool& more) {
  TRY(prune_transaction_records(*connection_, warehouse_.clock().now()));
  int64_t days = 1;
  for (auto kind : {ObjectKind::table, ObjectKind::schema, ObjectKind::database}) {
    for (const auto& object : warehouse_.catalog().all(kind))
      days = std::max(days, retention_days(warehouse_.catalog(), *object));
  }
  days = std::max(days, TRY(longest_kept_days(*connection_)));
  auto horizon = warehouse_.clock().now() - std::chrono::days{days};
  auto below = std::min(needs.floor.committed, needs.lowest_exception.value_or(INT64_MAX));
  below = std::min(below, needs.lowest_unread.value_or(INT64_MAX));
  if (needs.transactions)
    below = std::min(
        below, needs.transactions->exceptions.empty() ? needs.transactions->high : needs.transactions->exceptions.front());
  auto deleted = TRY(connection_->execute(fmt::format(
      "DELETE FROM freshet.commits WHERE rowid IN (SELECT rowid FROM freshet.commits WHERE number < {} AND committed_at < "
      "make_timestamp({}) LIMIT {})",
      below, horizon.time_since_epoch().count(), options_.batch_rows)));
  more = more || deleted == options_.batch_rows;
  return {};
}

} // namespace freshet::warehouse
