#include "warehouse/history/history_store.h"

#include <fmt/core.h>

#include <algorithm>

#include "warehouse/physical.h"

namespace freshet::warehouse {
namespace {

int64_t micros(TimePoint time) {
  return time.time_since_epoch().count();
}

engine::Result<void> run(engine::Connection& connection, const std::string& sql, std::span<const engine::Value> binds = {}) {
  auto done = connection.execute(sql, binds);
  if (!done) return std::unexpected(done.error());
  return {};
}

std::string source_type(const Object& history) {
  return history.as<Table>()->history->from_view ? "VARCHAR" : "BIGINT";
}

} // namespace

VersionedTable history_physical(const Object& history) {
  auto table = physical(history);
  table.columns.push_back({k_source, source_type(history), false});
  table.columns.push_back({k_arrived, "BIGINT", false});
  return table;
}

std::string event_table(ObjectId history) {
  return fmt::format("{}.{}", k_rows_schema, engine::quote_identifier(fmt::format("H{}", history)));
}

engine::Result<void> create_history_state(engine::Connection& connection) {
  return run(connection,
             "CREATE TABLE IF NOT EXISTS FRESHET.HISTORY_STATE (history BIGINT, arrived BIGINT, refreshes BIGINT, refreshed_at "
             "BIGINT, failures BIGINT, error_code BIGINT, error_message VARCHAR, error_at BIGINT)");
}

engine::Result<void> create_history_physical(engine::Connection& connection, const Object& history) {
  auto table = history_physical(history);
  TRY(create_table(connection, table));
  std::string columns;
  for (size_t i = 0; i + k_history_columns < history.as<Table>()->columns.size(); ++i)
    columns += fmt::format("{} {}, ", engine::quote_identifier(table.columns[i].name), table.columns[i].type);
  auto valid_from = std::ranges::find(table.columns, k_valid_from, &ColumnDefinition::name);
  TRY(run(connection,
          fmt::format("CREATE TABLE {} ({}\"$sequence\" {}, \"$source\" {}, \"$kind\" INTEGER, \"$arrived\" BIGINT)",
                      event_table(history.id), columns, valid_from->type, source_type(history))));
  engine::Value binds[] = {history.id};
  return run(connection, "INSERT INTO FRESHET.HISTORY_STATE VALUES (?, 0, 0, NULL, 0, 0, '', NULL)", binds);
}

engine::Result<void> drop_history_physical(engine::Connection& connection, ObjectId history) {
  engine::Value binds[] = {history};
  TRY(run(connection, "DROP TABLE IF EXISTS " + event_table(history)));
  TRY(run(connection, "DELETE FROM FRESHET.HISTORY_STATE WHERE history = ?", binds));
  return run(connection, "DELETE FROM FRESHET.STREAM_OFFSET WHERE stream = ?", binds);
}

engine::Result<HistoryState> history_state(engine::Connection& connection, ObjectId history) {
  engine::Value binds[] = {history};
  auto rows =
      TRY(connection.query("SELECT arrived, refreshes, refreshed_at, failures, error_code, error_message, error_at "
                           "FROM FRESHET.HISTORY_STATE WHERE history = ?",
                           binds));
  HistoryState out;
  if (rows.empty()) return out;
  auto time = [&](size_t column) -> std::optional<TimePoint> {
    if (rows.is_null(0, column)) return std::nullopt;
    return TimePoint{Duration{rows.integer(0, column)}};
  };
  out.arrived = rows.integer(0, 0);
  out.refreshes = rows.integer(0, 1);
  out.refreshed_at = time(2);
  out.failures = rows.integer(0, 3);
  out.error_code = static_cast<int32_t>(rows.integer(0, 4));
  out.error_message = rows.string(0, 5);
  out.error_at = time(6);
  return out;
}

engine::Result<void> note_refresh(engine::Connection& transaction, ObjectId history, int64_t arrived, TimePoint now) {
  engine::Value binds[] = {arrived, micros(now), history};
  return run(transaction,
             "UPDATE FRESHET.HISTORY_STATE SET arrived = ?, refreshes = refreshes + 1, refreshed_at = ?, failures = 0 WHERE "
             "history = ?",
             binds);
}

engine::Result<void> note_failure(engine::Connection& connection, ObjectId history, int32_t code, const std::string& message,
                                  TimePoint now) {
  engine::Value binds[] = {int64_t{code}, message, micros(now), history};
  return run(connection,
             "UPDATE FRESHET.HISTORY_STATE SET failures = failures + 1, error_code = ?, error_message = ?, error_at = ? WHERE "
             "history = ?",
             binds);
}

} // namespace freshet::warehouse
