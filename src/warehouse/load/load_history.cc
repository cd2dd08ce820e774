#include "warehouse/load/load_history.h"

#include <fmt/format.h>

#include "warehouse/rows/scratch_table.h"
#include "warehouse/transaction.h"

namespace freshet::warehouse::load_history {

namespace {

using engine::Value;

engine::Timestamp engine_time(TimePoint time) {
  return {time.time_since_epoch().count()};
}

template <typename T>
Value optional_number(const std::optional<T>& value) {
  return value ? Value(static_cast<int64_t>(*value)) : Value();
}
Value optional_text(const std::optional<std::string>& value) {
  return value ? Value(*value) : Value();
}

engine::Result<void> append_row(engine::Appender& appender, const std::vector<Value>& values) {
  for (const auto& value : values) TRY(appender.append(value));
  return appender.end_row();
}

engine::Result<void> run(engine::Connection& connection, const std::string& sql, std::span<const Value> binds = {}) {
  auto done = connection.execute(sql, binds);
  if (!done) return std::unexpected(done.error());
  return {};
}

} // namespace

engine::Result<void> create_tables(engine::Connection& connection) {
  TRY(run(connection, "CREATE SCHEMA IF NOT EXISTS FRESHET"));
  TRY(run(connection, R"sql(CREATE TABLE IF NOT EXISTS FRESHET.LOAD_HISTORY (
    table_id BIGINT, table_database VARCHAR, table_schema VARCHAR, table_name VARCHAR,
    pipe_id BIGINT, pipe_database VARCHAR, pipe_schema VARCHAR, pipe_name VARCHAR,
    file VARCHAR, file_name VARCHAR, stage_location VARCHAR, size BIGINT, etag VARCHAR, loaded_at TIMESTAMP, status VARCHAR,
    rows_parsed BIGINT, rows_loaded BIGINT, error_limit BIGINT, errors_seen BIGINT, first_error VARCHAR, first_error_line BIGINT,
    first_error_character BIGINT, first_error_column VARCHAR, received_at TIMESTAMP))sql"));
  return run(connection,
             "CREATE TABLE IF NOT EXISTS FRESHET.PIPE_FILE "
             "(pipe_id BIGINT, file VARCHAR, etag VARCHAR, failed BOOLEAN, loaded_at TIMESTAMP)");
}

engine::Result<void> write(engine::Connection& transaction, const LoadTarget& target, std::span<const FileOutcome> outcomes,
                           TimePoint now) {
  if (outcomes.empty()) return {};
  auto history = TRY(transaction.appender("FRESHET", "LOAD_HISTORY"));
  for (const auto& o : outcomes) {
    TRY(append_row(history, {target.table,
                             target.table_database,
                             target.table_schema,
                             target.table_name,
                             target.pipe,
                             target.pipe_database,
                             target.pipe_schema,
                             target.pipe_name,
                             o.file,
                             o.file_name,
                             o.stage_location,
                             static_cast<int64_t>(o.size),
                             o.etag,
                             engine_time(now),
                             o.status,
                             static_cast<int64_t>(o.rows_parsed),
                             static_cast<int64_t>(o.rows_loaded),
                             static_cast<int64_t>(o.error_limit),
                             static_cast<int64_t>(o.errors_seen),
                             optional_text(o.first_error),
                             optional_number(o.first_error_line),
                             optional_number(o.first_error_character),
                             optional_text(o.first_error_column),
                             o.received ? Value(engine_time(*o.received)) : Value()}));
  }
  TRY(history.close());
  if (target.pipe == 0) return {};
  auto files = TRY(transaction.appender("FRESHET", "PIPE_FILE"));
  for (const auto& o : outcomes) TRY(append_row(files, {target.pipe, o.file, o.etag, o.failed(), engine_time(now)}));
  return files.close();
}

engine::Result<std::unordered_map<std::string, LoadedFile>> copied(engine::Connection& connection, ObjectId table,
                                                                   TimePoint since) {
  const std::vector<Value> binds = {table, engine_time(since)};
  auto rows =
      TRY(connection.query("SELECT file, size, etag FROM FRESHET.LOAD_HISTORY WHERE table_id = ? AND pipe_id = 0 "
                           "AND status <> 'Load failed' AND loaded_at >= ? ORDER BY loaded_at",
                           binds));
  std::unordered_map<std::string, LoadedFile> files;
  for (size_t row = 0; row < rows.size(); ++row) {
    files[std::string(rows.string(row, 0))] = {static_cast<uint64_t>(rows.integer(row, 1)), std::string(rows.string(row, 2))};
  }
  return files;
}

namespace {

/// What a COPY of an explicit transaction has written.
struct WrittenEntries {
  LoadTarget target;
  std::vector<FileOutcome> outcomes;
  TimePoint now;
  int64_t row_before = -1; // the last one of the table and time that stood there already

  engine::Result<void> look(engine::Connection& connection) {
    const std::vector<Value> binds = {target.table, engine_time(now)};
    const auto last = TRY(connection.query(
        "SELECT coalesce(max(rowid), -1) FROM FRESHET.LOAD_HISTORY WHERE table_id = ? AND loaded_at = ?", binds));
    row_before = last.integer(0, 0);
    return {};
  }
  engine::Result<void> take_back(engine::Connection& connection) const {
    const std::vector<Value> values = {target.table, engine_time(now), row_before};
    return run(connection, "DELETE FROM FRESHET.LOAD_HISTORY WHERE table_id = ? AND loaded_at = ? AND rowid > ?", values);
  }
  engine::Result<void> repeat(engine::Connection& connection) {
    TRY(look(connection));
    return write(connection, target, outcomes, now);
  }
};

/// The entries of a table that a TRUNCATE forgets. In a later snapshot there may be others, of loads that it did not see.
struct ForgottenEntries {
  static constexpr size_t k_repeated_max = 100'000;

  ForgottenEntries(engine::Connection& connection, ObjectId table)
      : scratch(connection), condition(fmt::format("table_id = {}", table)) {}

  /// Cost: O(entries).
  engine::Result<void> forget(engine::Connection& connection) {
    TRY(scratch.drop()); // a rollback may have done it
    TRY(scratch.fill("SELECT * FROM FRESHET.LOAD_HISTORY WHERE " + condition));
    return run(connection, "DELETE FROM FRESHET.LOAD_HISTORY WHERE " + condition);
  }
  engine::Result<void> take_back(engine::Connection& connection) const {
    return run(connection, "INSERT INTO FRESHET.LOAD_HISTORY SELECT * FROM " + scratch.name());
  }
  /// From now on only those that are forgotten already. False: they are too many to be named.
  engine::Result<bool> name_them(engine::Connection& connection) {
    const auto rows = TRY(connection.query(fmt::format("SELECT DISTINCT file, epoch_us(loaded_at), pipe_id FROM {} LIMIT {}",
                                                       scratch.name(), k_repeated_max + 1)));
    if (rows.size() > k_repeated_max) return false;
    std::string names;
    for (size_t row = 0; row < rows.size(); ++row) {
      names += fmt::format("{}({}, {}, {})", row > 0 ? ", " : "", engine::quote_literal(rows.string(row, 0)),
                           rows.integer(row, 1), rows.integer(row, 2));
    }
    condition += names.empty() ? " AND false" : fmt::format(" AND (file, epoch_us(loaded_at), pipe_id) IN (VALUES {})", names);
    return true;
  }

  ScratchTable scratch;
  std::string condition;
};

} // namespace

engine::Result<void> write_in(TransactionScope& transaction, const LoadTarget& target, std::span<const FileOutcome> outcomes,
                              TimePoint now) {
  auto& connection = transaction.connection();
  if (transaction.kind() == TransactionScope::Kind::explicit_) {
    const auto written = std::make_shared<WrittenEntries>(target, std::vector(outcomes.begin(), outcomes.end()), now);
    TRY(written->look(connection));
    transaction.also_writes({.undo = [written](engine::Connection& undoing) { return written->take_back(undoing); },
                             .repeat = [written](engine::Connection& repeating) { return written->repeat(repeating); }});
  }
  return write(connection, target, outcomes, now);
}

engine::Result<void> forget_table(TransactionScope& transaction, ObjectId table) {
  auto& connection = transaction.connection();
  if (transaction.kind() != TransactionScope::Kind::explicit_)
    return run(connection, fmt::format("DELETE FROM FRESHET.LOAD_HISTORY WHERE table_id = {}", table));
  const auto forgotten = std::make_shared<ForgottenEntries>(connection, table);
  TRY(forgotten->forget(connection));
  if (!TRY(forgotten->name_them(connection))) transaction.will_write(false);
  transaction.also_writes({.undo = [forgotten](engine::Connection& undoing) { return forgotten->take_back(undoing); },
                           .repeat = [forgotten](engine::Connection& repeating) { return forgotten->forget(repeating); }});
  return {};
}

engine::Result<std::unordered_map<std::string, PipeFile>> pipe_files(engine::Connection& connection, ObjectId pipe,
                                                                     TimePoint since) {
  const std::vector<Value> binds = {pipe, engine_time(since)};
  auto rows =
      TRY(connection.query("SELECT file, failed, etag FROM FRESHET.PIPE_FILE WHERE pipe_id = ? AND loaded_at >= ? "
                           "ORDER BY loaded_at",
                           binds));
  std::unordered_map<std::string, PipeFile> files;
  for (size_t row = 0; row < rows.size(); ++row) {
    files[std::string(rows.string(row, 0))] = {rows.boolean(row, 1), std::string(rows.string(row, 2))};
  }
  return files;
}

engine::Result<void> reopen_failures(engine::Connection& transaction, ObjectId pipe) {
  const std::vector<Value> binds = {pipe};
  return run(transaction, "UPDATE FRESHET.PIPE_FILE SET etag = '' WHERE pipe_id = ? AND failed", binds);
}

engine::Result<void> forget_pipe(engine::Connection& transaction, ObjectId pipe) {
  const std::vector<Value> binds = {pipe};
  return run(transaction, "DELETE FROM FRESHET.PIPE_FILE WHERE pipe_id = ?", binds);
}

engine::Result<void> prune(engine::Connection& transaction, TimePoint now) {
  const std::vector<Value> copies = {engine_time(now - std::chrono::days(k_copy_days))};
  TRY(run(transaction, "DELETE FROM FRESHET.LOAD_HISTORY WHERE loaded_at < ?", copies));
  const std::vector<Value> pipes = {engine_time(now - std::chrono::days(k_history_days))};
  return run(transaction, "DELETE FROM FRESHET.PIPE_FILE WHERE loaded_at < ?", pipes);
}

std::string copy_history_relation(ObjectId table, const std::string& start, const std::string& end) {
  return fmt::format(
      R"sql((SELECT file_name AS "FILE_NAME", stage_location AS "STAGE_LOCATION", loaded_at AT TIME ZONE 'UTC' AS "LAST_LOAD_TIME",
    rows_loaded AS "ROW_COUNT", rows_parsed AS "ROW_PARSED", size AS "FILE_SIZE", first_error AS "FIRST_ERROR_MESSAGE",
    first_error_line AS "FIRST_ERROR_LINE_NUMBER", first_error_character AS "FIRST_ERROR_CHARACTER_POS",
    first_error_column AS "FIRST_ERROR_COLUMN_NAME", errors_seen AS "ERROR_COUNT", error_limit AS "ERROR_LIMIT", status AS "STATUS",
    table_database AS "TABLE_CATALOG_NAME", table_schema AS "TABLE_SCHEMA_NAME", table_name AS "TABLE_NAME",
    nullif(pipe_database, '') AS "PIPE_CATALOG_NAME", nullif(pipe_schema, '') AS "PIPE_SCHEMA_NAME", nullif(pipe_name, '') AS "PIPE_NAME",
    received_at AT TIME ZONE 'UTC' AS "PIPE_RECEIVED_TIME", CASE WHEN pipe_id <> 0 THEN size END AS "BYTES_BILLED"
    FROM FRESHET.LOAD_HISTORY WHERE table_id = {} AND loaded_at AT TIME ZONE 'UTC' >= freshet_ltz({}, current_setting('TimeZone'), 'AUTO')
    AND loaded_at AT TIME ZONE 'UTC' <= freshet_ltz({}, current_setting('TimeZone'), 'AUTO')))sql",
      table, start, end);
}

std::string pipe_usage_relation(ObjectId pipe, std::string_view step_start, std::string_view step, std::string_view condition) {
  return fmt::format(
      R"sql((SELECT {start} AS "START_TIME", {start} + INTERVAL {step} AS "END_TIME", {name} AS "PIPE_NAME",
    CAST(0 AS DECIMAL(38,9)) AS "CREDITS_USED", CAST(sum(size) AS BIGINT) AS "BYTES_INSERTED",
    CAST(count(*) AS BIGINT) AS "FILES_INSERTED", CAST(sum(size) AS BIGINT) AS "BYTES_BILLED"
    FROM (SELECT *, loaded_at AT TIME ZONE 'UTC' AS loaded FROM FRESHET.LOAD_HISTORY)
    WHERE pipe_id <> 0 AND status <> 'Load failed' AND ({pipe} = 0 OR pipe_id = {pipe}) AND {condition}
    GROUP BY ALL ORDER BY ALL))sql",
      fmt::arg("start", step_start), fmt::arg("step", step), fmt::arg("pipe", pipe), fmt::arg("condition", condition),
      fmt::arg("name", pipe == 0 ? "CAST(NULL AS VARCHAR)" : "pipe_database || '.' || pipe_schema || '.' || pipe_name"));
}

} // namespace freshet::warehouse::load_history
