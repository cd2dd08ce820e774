#include "warehouse/warnings/loss_warnings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "warehouse/physical.h"
#include "warehouse/streams.h"
#include "warehouse/transaction.h"
#include "warehouse/warnings/warning_log.h"

namespace freshet::warehouse {
namespace {

/// The tables that the statement read directly, or through streams that forget rows which come and go between two reads.
std::set<ObjectId> tables_read(StatementContext& context) {
  auto out = context.reads().tables;
  for (auto id : context.reads().streams) {
    auto object = context.catalog().find(id);
    const auto* stream = object ? object->as<Stream>() : nullptr;
    if (stream == nullptr || stream->append_only) continue;
    if (stream->base_tables.empty()) out.insert(stream->source);
    out.insert(stream->base_tables.begin(), stream->base_tables.end());
  }
  return out;
}

std::string count_of(int64_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

/// The names of those that follow the table or view.
template <typename Follows>
std::vector<std::string> followers(StatementContext& context, ObjectKind kind, const Follows& follows) {
  std::vector<std::string> out;
  for (const auto& object : context.catalog().all(kind)) {
    if (follows(*object)) out.push_back(context.catalog().full_name(*object));
  }
  return out;
}

SqlResult<int64_t> count_in(StatementContext& context, const std::string& table, const std::string& condition) {
  // The load history is made by the load service, and without one there is nothing to forget.
  auto known = TRY(
      context.query(fmt::format("SELECT 1 FROM duckdb_tables() WHERE schema_name = 'FRESHET' AND table_name = '{}'", table)));
  if (known.empty()) return 0;
  return TRY(context.query(fmt::format("SELECT count(*) FROM FRESHET.{} WHERE {}", table, condition))).integer(0, 0);
}

void warn_of_followers(StatementContext& context, const Object& replaced) {
  auto concerns = [&](ObjectId source, const std::vector<ObjectId>& tables) {
    return source == replaced.id || std::ranges::find(tables, replaced.id) != tables.end();
  };
  auto name = context.catalog().full_name(replaced);
  auto streams = followers(context, ObjectKind::stream, [&](const Object& object) {
    return concerns(object.as<Stream>()->source, object.as<Stream>()->base_tables);
  });
  if (!streams.empty()) {
    context.warn(
        {"STREAMS_ORPHANED", name,
         fmt::format("Replacing {} made {} unreadable, with the changes not yet consumed: {}.", name,
                     count_of(static_cast<int64_t>(streams.size()), "stream"), fmt::join(streams, ", ")),
         "Create the streams again. To empty a table and keep them, use TRUNCATE TABLE or INSERT OVERWRITE; to change its "
         "columns, ALTER TABLE."});
  }
  auto histories = followers(context, ObjectKind::table, [&](const Object& object) {
    const auto& history = object.as<Table>()->history;
    return history && concerns(history->source, history->base_tables);
  });
  if (!histories.empty()) {
    context.warn({"HISTORY_TABLES_ORPHANED", name,
                  fmt::format("Replacing {} ended what keeps {} up to date.", name, fmt::join(histories, ", ")),
                  "Their versions stay. Use INSERT OVERWRITE to replace the rows of a table that is followed."});
  }
}

} // namespace

SqlResult<void> note_table_reads(StatementContext& context, TransactionScope& transaction) {
  if (!transaction.has_number() || (context.reads().tables.empty() && context.reads().streams.empty())) return {};
  for (auto table : tables_read(context)) {
    if (!context.warehouse().warning_log().pipe_into(context, table)) continue;
    context.session().table_reads()[table] = {TRY(transaction.point()), context.query_id(), transaction.id()};
  }
  return {};
}

SqlResult<void> warn_of_unread_rows(StatementContext& context, TransactionScope& transaction, const Object& table) {
  auto& reads = context.session().table_reads();
  auto read = reads.find(table.id);
  if (read == reads.end()) return {};
  auto pipe = context.warehouse().warning_log().pipe_into(context, table.id);
  if (!pipe) return {};
  const auto& point = read->second.point;
  auto unread = fmt::format("{} > {}", k_begin, point.high);
  if (!point.exceptions.empty()) unread = fmt::format("({} OR {} IN ({}))", unread, k_begin, fmt::join(point.exceptions, ", "));
  auto rows = TRY(context.query(fmt::format("SELECT count(*) FROM {} WHERE {} = {} AND {} AND {} NOT IN ({})",
                                            physical(table).sql_name(), k_end, transaction.number().current(), unread, k_begin,
                                            fmt::join(transaction.number().numbers(), ", "))));
  auto name = context.catalog().full_name(table);
  auto lost = rows.integer(0, 0);
  const auto* advice =
      "Read the table through a stream with APPEND_ONLY = TRUE and leave the rows where they are, or delete only what has been "
      "read, "
      "by a key or by the file it came from.";
  if (lost > 0) {
    context.warn({"TRUNCATE_LOST_ROWS", name,
                  fmt::format("{} came into {} after statement {} had read it and before this one emptied it: deleted unread.",
                              count_of(lost, "row"), name, read->second.query_id),
                  advice});
  } else if (read->second.transaction != transaction.id()) {
    context.warn(
        {"TRUNCATE_MAY_LOSE_ROWS", name,
         fmt::format("Statement {} read {}, and this one emptied it in another transaction, while pipe {} loads it: what is "
                     "loaded in between is deleted unread.",
                     read->second.query_id, name, context.catalog().full_name(*pipe)),
         advice});
  }
  return {};
}

void warn_of_picked_rows(StatementContext& context, const Object& table, std::string_view statement, int64_t rows) {
  if (rows == 0) return;
  context.warn(
      {fmt::format("NONDETERMINISTIC_{}", statement), context.catalog().full_name(table),
       fmt::format("{} matched several source rows; one of these was picked, the others are lost.",
                   count_of(rows, "target row")),
       fmt::format("Reduce the source to one row per key (QUALIFY ROW_NUMBER() OVER (PARTITION BY key ORDER BY time DESC) = "
                   "1), or set ERROR_ON_NONDETERMINISTIC_{} = TRUE to be told.",
                   statement)});
}

std::optional<Warning> staleness_warning(const Catalog& catalog, const Object& stream, TimePoint moved_at, Duration retention,
                                         TimePoint now) {
  auto stale_after = moved_at + retention;
  if (now > stale_after || now < stale_after - retention / 5) return std::nullopt;
  auto name = catalog.full_name(stream);
  return Warning{
      "STREAM_NEAR_STALENESS", name,
      fmt::format("Stream {} was last consumed at {} and can be read until {}.", name, iso8601(moved_at), iso8601(stale_after)),
      "Consume it with a statement that writes, or raise MAX_DATA_EXTENSION_TIME_IN_DAYS of its table."};
}

void warn_of_staleness(StatementContext& context, const Object& stream, TimePoint moved_at, Duration retention) {
  if (auto warning = staleness_warning(context.catalog(), stream, moved_at, retention, context.now()))
    context.warn(std::move(*warning));
}

SqlResult<void> warn_of_replacement(StatementContext& context, const Object& replaced) {
  auto name = context.catalog().full_name(replaced);
  if (replaced.as<Table>() != nullptr || replaced.as<View>() != nullptr) warn_of_followers(context, replaced);
  if (replaced.as<Table>() != nullptr) {
    auto files = TRY(count_in(context, "LOAD_HISTORY",
                              fmt::format("table_id = {} AND pipe_id = 0 AND status <> 'Load failed'", replaced.id)));
    if (files > 0) {
      context.warn(
          {"LOAD_HISTORY_FORGOTTEN", name,
           fmt::format("Replacing {} forgot that {} had been loaded into it.", name, count_of(files, "file")),
           "COPY INTO will load these files again where they are still staged. To empty a table, use TRUNCATE TABLE (which "
           "forgets, too) or DELETE (which does not)."});
    }
  }
  if (replaced.as<Pipe>() != nullptr) {
    auto files = TRY(count_in(context, "PIPE_FILE", fmt::format("pipe_id = {} AND NOT failed", replaced.id)));
    if (files > 0) {
      context.warn(
          {"PIPE_HISTORY_FORGOTTEN", name,
           fmt::format("Replacing pipe {} forgot that it had loaded {}.", name, count_of(files, "file")),
           "ALTER PIPE … REFRESH, or an event that comes again, loads these files a second time. Pause a pipe and let it "
           "finish before it is replaced, and do not refresh it further back than that."});
    }
  }
  return {};
}

SqlResult<void> warn_of_forgotten_changes(StatementContext& context, const Object& replaced) {
  auto has_data = stream_has_data(context, replaced);
  if (!has_data || !*has_data) return {}; // what cannot be read any more is no loss
  auto name = context.catalog().full_name(replaced);
  context.warn({"STREAM_CHANGES_FORGOTTEN", name,
                fmt::format("Replacing stream {} forgot changes that had not been consumed.", name),
                "CREATE OR REPLACE STREAM … AT (STREAM => '…') keeps the place of the old one."});
  return {};
}

} // namespace freshet::warehouse
