#include "warehouse/streams.h"

#include <fmt/core.h>

#include "warehouse/external/directory_table.h"
#include "warehouse/external/external_rows.h"
#include "warehouse/physical.h"
#include "warehouse/retention.h"
#include "warehouse/rows/versioned_table.h"
#include "warehouse/tracked_view.h"
#include "warehouse/transaction.h"
#include "warehouse/warnings/loss_warnings.h"

namespace freshet::warehouse {
namespace {

/// The table or view behind a stream, or why there is none.
SqlResult<ObjectPointer> source_of(StatementContext& context, const Object& object) {
  const auto& stream = *object.as<Stream>();
  auto source = context.catalog().find(stream.source);
  const auto* stage = source ? source->as<Stage>() : nullptr;
  if (!source || (stage != nullptr && !stage->directory_enabled)) {
    return sql::fail({91901, "02000",
                      fmt::format("SQL compilation error:\nBase table '{}' dropped, cannot read from stream '{}'.",
                                  stream.source_name, context.catalog().full_name(object))});
  }
  return source;
}

/// How long after its last consumption the stream can be read: what the most forgetful of its tables keeps.
Duration retention_of(StatementContext& context, const std::vector<ObjectPointer>& tables) {
  std::optional<Duration> out;
  for (const auto& table : tables) {
    auto each = stream_retention(context.catalog(), *table);
    if (!out || each < *out) out = each;
  }
  return out.value_or(std::chrono::days{14});
}

SqlResult<void> check_fresh(StatementContext& context, const Object& object, const std::vector<ObjectPointer>& tables,
                            const StreamWindow& window) {
  auto retention = retention_of(context, tables);
  if (window.moved_at == TimePoint{}) return {};
  if (context.now() <= window.moved_at + retention) {
    if (context.writing() == nullptr) warn_of_staleness(context, object, window.moved_at, retention);
    return {};
  }
  return sql::fail(
      {91903, "02000",
       fmt::format("SQL compilation error:\nStream '{}' has become stale: it was last consumed longer ago than its "
                   "source keeps changes. Create it again (CREATE OR REPLACE STREAM).",
                   context.catalog().full_name(object))});
}

bool is_external(const Object& source) {
  return source.as<Table>() != nullptr && source.as<Table>()->external;
}

ChangeMode mode_of(const Stream& stream) {
  return stream.append_only ? ChangeMode::append_only : ChangeMode::standard;
}

/// What the stream shows in the statement's transaction, as a relation.
SqlResult<std::string> shown(StatementContext& context, const Object& object) {
  auto source = TRY(source_of(context, object));
  auto window = TRY(TRY(context.snapshot())->stream_window(object.id));
  auto mode = mode_of(*object.as<Stream>());
  if (source->as<View>() != nullptr) {
    auto view = TRY(TrackedView::open(context, *source));
    TRY(check_fresh(context, object, view.tables(), window));
    return window.initial ? view.initial(context, window.until) : view.changes(context, window.from, window.until, mode);
  }
  TRY(check_fresh(context, object, {source}, window));
  if (is_external(*source)) return external_changes(context, *source, window);
  if (source->as<Stage>() != nullptr)
    return directory_rows(context, *source, changes_between(physical(*source), window.from, window.until, mode), true);
  // Before its first consumption SHOW_INITIAL_ROWS shows rows however they came to be: the net change since the beginning.
  if (window.initial) mode = ChangeMode::standard;
  return changes_between(physical(*source), window.from, window.until, mode);
}

} // namespace

SqlResult<std::string> stream_relation(StatementContext& context, const Object& object) {
  context.reads().streams.insert(object.id);
  auto relation = TRY(shown(context, object));
  if (auto* writing = context.writing()) TRY(writing->consume(object.id));
  return relation;
}

namespace {

/// SYSTEM$STREAM_HAS_DATA that finds nothing keeps a stream from becoming stale, as documented: its age counts from then on.
/// The offset's row is written once a day at most, so that a task's WHEN does not write all the time.
void keep_fresh(StatementContext& context, const Object& object, const StreamWindow& window) {
  if (context.now() < window.moved_at + std::chrono::days{1}) return;
  auto connection = context.warehouse().database().connect();
  if (!connection) return;
  engine::Value binds[] = {context.now().time_since_epoch().count(), object.id, window.moved_at.time_since_epoch().count()};
  // Whoever consumes the stream right now makes it young, too: a conflict with it does no harm.
  (void)(*connection)->execute("UPDATE FRESHET.STREAM_OFFSET SET moved_at = ? WHERE stream = ? AND moved_at = ?", binds);
}

SqlResult<bool> has_data(StatementContext& context, const Object& object, const Object& source, const StreamWindow& window) {
  if (window.from == window.until) return false;
  if (is_external(source)) {
    const auto added = versions_between(physical(source), "1", window.from, window.until, Versions::added);
    if (!TRY(context.query("SELECT EXISTS " + added)).boolean(0, 0)) return false;
  }
  if (source.as<View>() != nullptr || is_external(source)) { // its files may turn out to be empty
    auto rows = TRY(context.query("SELECT EXISTS (SELECT 1 FROM " + TRY(shown(context, object)) + " AS s)"));
    return rows.boolean(0, 0);
  }
  auto mode = window.initial ? ChangeMode::standard : mode_of(*object.as<Stream>());
  auto rows = TRY(context.query(has_changes(physical(source), window.from, window.until, mode)));
  return rows.boolean(0, 0);
}

} // namespace

SqlResult<bool> stream_has_data(StatementContext& context, const Object& object) {
  auto source = TRY(source_of(context, object));
  auto window = TRY(TRY(context.snapshot())->stream_window(object.id));
  auto tables = source->as<View>() != nullptr ? TRY(TrackedView::open(context, *source)).tables() : std::vector{source};
  TRY(check_fresh(context, object, tables, window));
  auto found = TRY(has_data(context, object, *source, window));
  if (!found) keep_fresh(context, object, window);
  return found;
}

SqlResult<StreamStatus> stream_status(StatementContext& context, const Object& object) {
  StreamStatus out;
  auto source = source_of(context, object);
  if (!source) {
    out.stale = true;
    out.invalid_reason = "Base table dropped";
    return out;
  }
  if ((*source)->as<View>() != nullptr) {
    auto view = TrackedView::open(context, **source);
    if (!view) {
      out.stale = true;
      out.invalid_reason = view.error().message;
      return out;
    }
    out.base_tables = view->tables();
  } else {
    out.base_tables = {*source};
  }
  auto window = TRY(TRY(context.snapshot())->stream_window(object.id));
  auto moved_at = window.moved_at == TimePoint{} ? object.created_on : window.moved_at;
  out.stale_after = moved_at + retention_of(context, out.base_tables);
  out.stale = context.now() > *out.stale_after;
  if (out.stale) out.invalid_reason = "Stale";
  return out;
}

} // namespace freshet::warehouse
