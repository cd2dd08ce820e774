#include "warehouse/derived_tables.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/log.h"

namespace freshet::warehouse {

Result<std::unique_ptr<DerivedTables>> DerivedTables::start(Warehouse& warehouse, DerivedTablesOptions options) {
  std::unique_ptr<DerivedTables> tables(new DerivedTables(warehouse, options));
  tables->session_ = TRY(warehouse.create_session({.user = "SYSTEM", .warehouse = {}, .database = {}, .schema = {}}));
  tables->commit_listener_ = warehouse.on_commit([raw = tables.get()](auto written) { raw->on_commit(written); });
  tables->catalog_listener_ = warehouse.on_catalog_change([raw = tables.get()](auto) { raw->follow_catalog(); });
  tables->follow_catalog();
  if (options.runs_by_itself) {
    tables->worker_ =
        std::make_unique<Worker>("derived tables", warehouse.clock(), [raw = tables.get()] { return raw->step(); });
  }
  warehouse.attach(tables.get());
  return tables;
}

DerivedTables::~DerivedTables() {
  warehouse_.attach<DerivedTables>(nullptr);
  if (commit_listener_ != 0) warehouse_.remove_listener(commit_listener_);
  if (catalog_listener_ != 0) warehouse_.remove_listener(catalog_listener_);
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  if (session_) session_->cancel();
  if (worker_) worker_->stop();
}

void DerivedTables::follow_catalog() {
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    std::map<ObjectId, Followed> now;
    for (const auto& object : warehouse_.catalog().all(ObjectKind::table)) {
      const auto* table = object->as<Table>();
      if (!table->history && !table->dynamic) continue;
      const bool started = table->history ? table->history->started : table->dynamic->started;
      auto known = followed_.find(object->id);
      auto& followed = now[object->id];
      if (known != followed_.end()) followed = known->second;
      followed.sources = table->history ? table->history->base_tables : table->dynamic->base_tables;
      if (started && !followed.started) followed.behind = true; // resumed
      followed.started = started;
      wake = wake || (followed.behind && followed.started);
    }
    followed_ = std::move(now);
  }
  if (wake && worker_) worker_->wake();
}

void DerivedTables::on_commit(std::span<const ObjectId> tables) {
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    for (auto& [id, followed] : followed_) {
      bool concerned = std::ranges::any_of(followed.sources,
                                           [&](ObjectId source) { return std::ranges::find(tables, source) != tables.end(); });
      if (!concerned) continue;
      followed.behind = true;
      followed.due = {};
      wake = wake || followed.started;
    }
  }
  if (wake && worker_) worker_->wake();
}

std::optional<ObjectId> DerivedTables::next_due() {
  std::lock_guard lock(mutex_);
  const auto now = warehouse_.clock().now();
  for (const auto& [id, followed] : followed_) {
    if (followed.started && followed.behind && followed.due <= now && !stopping_) return id;
  }
  return std::nullopt;
}

size_t DerivedTables::run() {
  size_t done = 0;
  while (auto id = next_due()) {
    if (refresh(*id)) ++done;
  }
  return done;
}

std::optional<TimePoint> DerivedTables::step() {
  run();
  std::lock_guard lock(mutex_);
  std::optional<TimePoint> next;
  for (const auto& [id, followed] : followed_) {
    if (followed.started && followed.behind) next = std::min(next.value_or(followed.due), followed.due);
  }
  return next;
}

bool DerivedTables::refresh(ObjectId id) {
  const auto object = warehouse_.catalog().find(id);
  {
    std::lock_guard lock(mutex_);
    auto found = followed_.find(id);
    if (found == followed_.end()) return false;
    found->second.behind = false; // a commit from here on makes it so again
    if (!object) return false;
  }
  session_->context().role = object->owner;
  const auto name = warehouse_.catalog().full_name(*object);
  const auto* kind = object->as<Table>()->history ? "HISTORY" : "DYNAMIC";
  auto done = session_->execute(fmt::format("ALTER {} TABLE IF EXISTS {} REFRESH", kind, name));
  std::lock_guard lock(mutex_);
  auto found = followed_.find(id);
  if (found == followed_.end()) return done.has_value();
  auto& followed = found->second;
  if (done) {
    followed.failures = 0;
    return true;
  }
  if (stopping_) return false;
  const auto doublings = std::min<uint32_t>(followed.failures++, 16);
  followed.behind = true;
  followed.due = warehouse_.clock().now() + std::min(options_.retry_first * (int64_t{1} << doublings), options_.retry_max);
  log::error("derived table", "{} is not up to date, and will be tried again: {}", name, done.error().message);
  return false;
}

} // namespace freshet::warehouse
