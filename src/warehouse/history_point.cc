#include "warehouse/history_point.h"

#include <fmt/core.h>

#include <cmath>

#include "sql/parser.h"
#include "warehouse/lineage/transaction_record.h"
#include "warehouse/physical.h"
#include "warehouse/retention.h"
#include "warehouse/rows/versioned_table.h"
#include "warehouse/tracked_view.h"
#include "warehouse/transaction.h"

namespace freshet::warehouse {
namespace {

sql::Error not_available(const Object& table) {
  return {
      k_not_available, "02000",
      fmt::format(
          "Time travel data is not available for table {}. The requested time is either beyond the allowed time travel period "
          "or before the object creation time.",
          table.name)};
}

} // namespace

SqlResult<TimePoint> time_of(StatementContext& context, const sql::HistoryPoint& at) {
  switch (at.kind) {
    case sql::HistoryPoint::Kind::timestamp: {
      // What has no zone of its own is UTC, whatever the session's zone.
      auto rows = TRY(context.query(
          fmt::format("SELECT epoch_us(freshet_ltz({0}, CASE WHEN typeof({0}) IN ('DATE', 'TIMESTAMP', 'VARCHAR') THEN 'UTC' "
                      "ELSE current_setting('TimeZone') END, 'AUTO'))",
                      TRY(context.print(at.value)))));
      if (rows.is_null(0, 0)) return sql::fail({707, "02000", "Time travel needs a time, not NULL."});
      return TimePoint{Duration{rows.integer(0, 0)}};
    }
    case sql::HistoryPoint::Kind::offset: {
      auto rows = TRY(context.query(fmt::format("SELECT CAST({} AS DOUBLE)", TRY(context.print(at.value)))));
      if (rows.is_null(0, 0)) return sql::fail({707, "02000", "Time travel needs an offset, not NULL."});
      return context.now() + Duration{std::llround(rows.floating(0, 0) * 1e6)};
    }
    case sql::HistoryPoint::Kind::statement: {
      auto id = TRY(context.evaluate_text(at.value)).value_or("");
      auto record = context.warehouse().history().find(id);
      if (!record) { // before the latest start, or long ago
        if (auto committed = TRY(context.checked(commit_of_statement(context.connection(), id)))) return *committed;
        return sql::fail({709, "02000", fmt::format("Statement {} cannot be used to specify time for time travel query.", id)});
      }
      if (record->committed) return *record->committed;
      if (record->restored) { // it may have been written down before its transaction was committed
        if (auto committed = TRY(context.checked(commit_of_statement(context.connection(), id)))) return *committed;
      }
      return at.before ? record->started : record->ended;
    }
    case sql::HistoryPoint::Kind::stream:
      break;
  }
  return sql::fail(sql::unsupported_feature("STREAM here"));
}

SqlResult<Point> point_of(StatementContext& context, const sql::HistoryPoint& at, const Object& table) {
  auto* transaction = TRY(context.snapshot());
  if (at.kind == sql::HistoryPoint::Kind::stream) {
    auto name = TRY(sql::parse_qualified_name(TRY(context.evaluate_text(at.value)).value_or("")));
    auto stream = TRY(context.find(ObjectKind::stream, name));
    if (at.before)
      return sql::fail({1003, "42000", "SQL compilation error:\nSTREAM can stand in an AT clause only, not in BEFORE."});
    if (stream->as<Stream>()->source != table.id) {
      return sql::fail(
          {2301, "22023",
           fmt::format("SQL compilation error:\nStream '{}' is not a stream on '{}': AT (STREAM => …) takes one on the "
                       "same table or view.",
                       context.catalog().full_name(*stream), context.catalog().full_name(table))});
    }
    auto window = TRY(transaction->stream_window(stream->id));
    return window.initial ? window.until : window.from;
  }
  auto time = TRY(time_of(context, at));
  auto kept = std::chrono::days{retention_days(context.catalog(), table)};
  // Of a view's changes its tables decide, not when it was made.
  const bool before_it_was = table.as<View>() == nullptr && time < table.created_on;
  if (before_it_was || time < context.now() - kept) return sql::fail(not_available(table));
  return transaction->point_at(time, !at.before);
}

SqlResult<std::string> history_relation(StatementContext& context, const Object& table, const sql::NamedTable& reference) {
  if (!reference.at) return sql::fail({1003, "42000", "SQL compilation error:\nCHANGES needs an AT or BEFORE clause."});
  if (!reference.changes && reference.at->kind == sql::HistoryPoint::Kind::stream) {
    return sql::fail(
        {1003, "42000", "SQL compilation error:\nAT (STREAM => …) can stand in CREATE STREAM and in a CHANGES clause only."});
  }
  auto from = TRY(point_of(context, *reference.at, table));
  std::optional<TrackedView> view;
  if (table.as<View>() != nullptr) view = TRY(TrackedView::open(context, table));
  if (!reference.changes) return state_at(physical(table), from);
  auto until =
      reference.changes->end ? TRY(point_of(context, *reference.changes->end, table)) : TRY(TRY(context.snapshot())->point());
  auto mode = reference.changes->append_only ? ChangeMode::append_only : ChangeMode::standard;
  return view ? view->changes(context, from, until, mode)
              : SqlResult<std::string>(changes_between(physical(table), from, until, mode));
}

} // namespace freshet::warehouse
