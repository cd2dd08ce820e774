#include "warehouse/load/load_errors.h"

#include <fmt/format.h>

#include "engine/engine.h"
#include "warehouse/load/utf8.h"
#include "warehouse/transaction.h"

namespace freshet::warehouse::load_errors {

namespace {

using engine::Value;

constexpr std::string_view k_shown =
    R"sql(error AS "ERROR", file AS "FILE", line AS "LINE", "character" AS "CHARACTER", byte_offset AS "BYTE_OFFSET",
    category AS "CATEGORY", code AS "CODE", sql_state AS "SQL_STATE", column_name AS "COLUMN_NAME", row_number AS "ROW_NUMBER",
    row_start_line AS "ROW_START_LINE", record AS "REJECTED_RECORD")sql";

engine::Timestamp engine_time(TimePoint time) {
  return {time.time_since_epoch().count()};
}

Value number(uint64_t value) {
  return static_cast<int64_t>(value);
}

} // namespace

engine::Result<void> create_table(engine::Connection& connection) {
  TRY(connection.execute(R"sql(CREATE TABLE IF NOT EXISTS FRESHET.LOAD_ERROR (
    query_id VARCHAR, table_id BIGINT, pipe_id BIGINT, loaded_at TIMESTAMP, error VARCHAR, file VARCHAR, line BIGINT,
    "character" BIGINT, byte_offset BIGINT, category VARCHAR, code BIGINT, sql_state VARCHAR, column_name VARCHAR,
    row_number BIGINT, row_start_line BIGINT, record VARCHAR))sql"));
  return {};
}

engine::Result<void> write(engine::Connection& connection, const std::string& query_id, const LoadTarget& target,
                           std::span<const FileLoader::FileError> errors, TimePoint now) {
  if (errors.empty()) return {};
  auto appender = TRY(connection.appender("FRESHET", "LOAD_ERROR"));
  for (const auto& [file, error] : errors) {
    const Value values[] = {query_id,
                            target.table,
                            target.pipe,
                            engine_time(now),
                            with_hex(error.message),
                            with_hex(file),
                            number(error.line),
                            number(error.character),
                            number(error.byte_offset),
                            error.category,
                            int64_t{error.code},
                            error.sql_state,
                            error.column,
                            number(error.row_number),
                            number(error.row_start_line),
                            with_hex(error.record)};
    for (const auto& value : values) TRY(appender.append(value));
    TRY(appender.end_row());
  }
  return appender.close();
}

engine::Result<void> write_in(TransactionScope& transaction, const std::string& query_id, const LoadTarget& target,
                              std::span<const FileLoader::FileError> errors, TimePoint now) {
  if (transaction.kind() == TransactionScope::Kind::explicit_) {
    const auto kept = std::make_shared<const std::vector<FileLoader::FileError>>(errors.begin(), errors.end());
    transaction.also_writes(
        {.undo = [query_id](engine::Connection& connection) -> engine::Result<void> {
           const Value binds[] = {query_id};
           TRY(connection.execute("DELETE FROM FRESHET.LOAD_ERROR WHERE query_id = ?", binds));
           return {};
         },
         .repeat = [query_id, target, kept,
                    now](engine::Connection& connection) { return write(connection, query_id, target, *kept, now); }});
  }
  return write(transaction.connection(), query_id, target, errors, now);
}

engine::Result<void> prune(engine::Connection& connection, TimePoint now) {
  const std::vector<Value> binds = {engine_time(now - std::chrono::days(load_history::k_copy_days))};
  TRY(connection.execute("DELETE FROM FRESHET.LOAD_ERROR WHERE loaded_at < ?", binds));
  return {};
}

std::string of_copy(const std::string& query_id, ObjectId table) {
  return fmt::format("(SELECT {} FROM FRESHET.LOAD_ERROR WHERE query_id = {} AND table_id = {} AND pipe_id = 0)", k_shown,
                     engine::quote_literal(query_id), table);
}

std::string of_pipe(ObjectId pipe, const std::string& start, const std::string& end) {
  return fmt::format(
      "(SELECT {} FROM FRESHET.LOAD_ERROR WHERE pipe_id = {} AND loaded_at AT TIME ZONE 'UTC' >= "
      "freshet_ltz({}, current_setting('TimeZone'), 'AUTO') AND loaded_at AT TIME ZONE 'UTC' <= "
      "freshet_ltz({}, current_setting('TimeZone'), 'AUTO'))",
      k_shown, pipe, start, end);
}

} // namespace freshet::warehouse::load_errors
