#include "warehouse/history_point.h"

#include <fmt/core.h>

#include <cmath>

#include "sql/parser.h"
#include "warehouse/physical.h"
#include "warehouse/rows/versioned_table.h"
#include "warehouse/transaction.h"

namespace freshet::warehouse {
namespace {

sql::Error not_available(const Object& table) {
  return {
      707, "02000",
      fmt::format(
          "Time travel data is not available for table {}. The requested time is either beyond the allowed time travel period "
          "or before the object creation time.",
          table.name)};
}

SqlResult<TimePoint> time_of(StatementContext& context, const sql::HistoryPoint& at) {
  switch (at.kind) {
    case sql::HistoryPoint::Kind::timestamp: {
      auto rows = TRY(context.query(fmt::format("SELECT epoch_us(CAST({} AS TIMESTAMPTZ))", TRY(context.print(at.value)))));
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
      if (!record)
        return sql::fail({709, "02000", fmt::format("Statement {} cannot be used to specify time for time travel query.", id)});
      return at.before ? record->started : record->ended;
    }
    case sql::HistoryPoint::Kind::stream:
      break;
  }
  return sql::fail(sql::unsupported_feature("STREAM here"));
}

/// The table behind a stream, or why there is none.
SqlResult<ObjectPointer> source_of(StatementContext& context, const Object& object) {
  const auto& stream = *object.as<Stream>();
  auto source = context.catalog().find(stream.source);
  if (!source) {
    return sql::fail({91901, "02000",
                      fmt::format("SQL compilation error:\nBase table '{}' dropped, cannot read from stream '{}'.",
                                  stream.source_name, context.catalog().full_name(object))});
  }
  return source;
}

ChangeMode mode_of(const Stream& stream) {
  return stream.append_only ? ChangeMode::append_only : ChangeMode::standard;
}

} // namespace

SqlResult<Point> point_of(StatementContext& context, const sql::HistoryPoint& at, const Object& table) {
  auto* transaction = TRY(context.snapshot());
  if (at.kind == sql::HistoryPoint::Kind::stream) {
    auto name = TRY(sql::parse_qualified_name(TRY(context.evaluate_text(at.value)).value_or("")));
    auto stream = TRY(context.find(ObjectKind::stream, name));
    return TRY(transaction->stream_window(stream->id)).from;
  }
  auto time = TRY(time_of(context, at));
  if (time < table.created_on) return sql::fail(not_available(table));
  return transaction->point_at(time, !at.before);
}

SqlResult<std::string> history_relation(StatementContext& context, const Object& table, const sql::NamedTable& reference) {
  if (!reference.at) return sql::fail({1003, "42000", "SQL compilation error:\nCHANGES needs an AT or BEFORE clause."});
  auto from = TRY(point_of(context, *reference.at, table));
  if (!reference.changes) return state_at(physical(table), from);
  auto until =
      reference.changes->end ? TRY(point_of(context, *reference.changes->end, table)) : TRY(TRY(context.snapshot())->point());
  return changes_between(physical(table), from, until,
                         reference.changes->append_only ? ChangeMode::append_only : ChangeMode::standard);
}

SqlResult<std::string> stream_relation(StatementContext& context, const Object& object) {
  auto source = TRY(source_of(context, object));
  context.reads().streams.insert(object.id);
  if (auto* writing = context.writing()) TRY(writing->consume(object.id));
  auto* transaction = TRY(context.snapshot());
  auto window = TRY(transaction->stream_window(object.id));
  return changes_between(physical(*source), window.from, window.until, mode_of(*object.as<Stream>()));
}

SqlResult<bool> stream_has_data(StatementContext& context, const Object& object) {
  auto source = TRY(source_of(context, object));
  auto* transaction = TRY(context.snapshot());
  auto window = TRY(transaction->stream_window(object.id));
  if (window.from == window.until) return false;
  auto rows = TRY(context.query(has_changes(physical(*source), window.from, window.until, mode_of(*object.as<Stream>()))));
  return rows.boolean(0, 0);
}

} // namespace freshet::warehouse
