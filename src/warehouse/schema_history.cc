// What has happened: loads and statements.
#include <fmt/core.h>

#include "warehouse/schema_objects.h"
#include "warehouse/schema_view.h"

namespace freshet::warehouse {
namespace {

std::string_view query_type(StatementKind kind) {
  using enum StatementKind;
  switch (kind) {
    case query:
      return "SELECT";
    case insert:
      return "INSERT";
    case update:
      return "UPDATE";
    case remove:
      return "DELETE";
    case merge:
      return "MERGE";
    case multi_table_insert:
      return "MULTI_TABLE_INSERT";
    case copy:
      return "COPY";
    case unload:
      return "UNLOAD";
    case show:
      return "SHOW";
    case describe:
      return "DESCRIBE";
    case use:
      return "USE";
    case list_files:
      return "LIST_FILES";
    case put_files:
      return "PUT_FILES";
    case get_files:
      return "GET_FILES";
    case ddl:
      return "DDL";
    case create_table_as:
      return "CREATE_TABLE_AS_SELECT";
    default:
      return "UNKNOWN";
  }
}

std::string_view status_of(const QueryRecord& record) {
  switch (record.status) {
    case QueryRecord::Status::running:
      return "RUNNING";
    case QueryRecord::Status::succeeded:
      return "SUCCESS";
    case QueryRecord::Status::failed:
      return "FAIL";
  }
  return "";
}

} // namespace

SchemaRelation schema_load_history(StatementContext&, const SchemaDatabases& databases) {
  std::string names;
  for (const auto& database : databases) names += (names.empty() ? "" : ", ") + schema_text(database->name);
  return fmt::format(
      "(SELECT table_schema AS \"SCHEMA_NAME\", file AS \"FILE_NAME\", table_name AS \"TABLE_NAME\", "
      "CAST(timezone('UTC', loaded_at) AS TIMESTAMPTZ) AS \"LAST_LOAD_TIME\", replace(upper(status), ' ', '_') AS \"STATUS\", "
      "rows_loaded AS \"ROW_COUNT\", rows_parsed AS \"ROW_PARSED\", first_error AS \"FIRST_ERROR_MESSAGE\", "
      "first_error_line AS \"FIRST_ERROR_LINE_NUMBER\", first_error_character AS \"FIRST_ERROR_CHARACTER_POSITION\", "
      "first_error_column AS \"FIRST_ERROR_COL_NAME\", errors_seen AS \"ERROR_COUNT\", error_limit AS \"ERROR_LIMIT\" "
      "FROM FRESHET.LOAD_HISTORY WHERE pipe_id = 0 AND table_database IN ({}))",
      names.empty() ? "NULL" : names);
}

SchemaRelation schema_query_history(StatementContext& context, const SchemaDatabases&) {
  SchemaView out(
      "QUERY_ID QUERY_TEXT DATABASE_NAME SCHEMA_NAME QUERY_TYPE SESSION_ID# USER_NAME ROLE_NAME QUERY_TAG EXECUTION_STATUS "
      "ERROR_CODE ERROR_MESSAGE START_TIME! END_TIME! TOTAL_ELAPSED_TIME# ROWS_INSERTED# ROWS_UPDATED# ROWS_DELETED# "
      "EXECUTION_TIME# COMPILATION_TIME# ROWS_PRODUCED# BYTES_SCANNED# BYTES_WRITTEN# PERCENTAGE_SCANNED_FROM_CACHE# "
      "PARTITIONS_SCANNED# PARTITIONS_TOTAL# BYTES_SPILLED_TO_LOCAL_STORAGE# BYTES_SPILLED_TO_REMOTE_STORAGE# "
      "QUEUED_PROVISIONING_TIME# QUEUED_REPAIR_TIME# QUEUED_OVERLOAD_TIME# TRANSACTION_BLOCKED_TIME# "
      "CREDITS_USED_CLOUD_SERVICES# CLUSTER_NUMBER# WAREHOUSE_ID# WAREHOUSE_NAME WAREHOUSE_SIZE WAREHOUSE_TYPE DATABASE_ID# "
      "SCHEMA_ID# QUERY_HASH QUERY_PARAMETERIZED_HASH QUERY_ACCELERATION_BYTES_SCANNED# RELEASE_VERSION");
  constexpr std::string_view k_unmetered[] = {"COMPILATION_TIME",
                                              "BYTES_SCANNED",
                                              "BYTES_WRITTEN",
                                              "PERCENTAGE_SCANNED_FROM_CACHE",
                                              "PARTITIONS_SCANNED",
                                              "PARTITIONS_TOTAL",
                                              "BYTES_SPILLED_TO_LOCAL_STORAGE",
                                              "BYTES_SPILLED_TO_REMOTE_STORAGE",
                                              "QUEUED_PROVISIONING_TIME",
                                              "QUEUED_REPAIR_TIME",
                                              "QUEUED_OVERLOAD_TIME",
                                              "TRANSACTION_BLOCKED_TIME",
                                              "CREDITS_USED_CLOUD_SERVICES",
                                              "QUERY_ACCELERATION_BYTES_SCANNED"};
  for (const auto& record : context.warehouse().history().latest(10'000)) {
    const bool ended = record.status != QueryRecord::Status::running;
    const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(record.ended - record.started).count();
    const bool failed = record.status == QueryRecord::Status::failed;
    const auto changed = record.counts.inserted + record.counts.updated + record.counts.deleted;
    SchemaView::Row row{{"QUERY_ID", schema_text(record.query_id)},
                        {"QUERY_TEXT", schema_text(record.text)},
                        {"DATABASE_NAME", schema_text_or_null(record.database)},
                        {"SCHEMA_NAME", schema_text_or_null(record.schema)},
                        {"QUERY_TYPE", schema_text(query_type(record.kind))},
                        {"SESSION_ID", schema_text(record.session_id)},
                        {"USER_NAME", schema_text(record.user)},
                        {"ROLE_NAME", schema_text_or_null(record.role)},
                        {"QUERY_TAG", schema_text(record.tag)},
                        {"EXECUTION_STATUS", schema_text(status_of(record))},
                        {"ERROR_CODE", failed ? schema_text(std::to_string(record.error_code)) : "NULL"},
                        {"ERROR_MESSAGE", schema_text_or_null(record.error_message)},
                        {"START_TIME", schema_time(record.started)},
                        {"END_TIME", ended ? schema_time(record.ended) : "NULL"},
                        {"TOTAL_ELAPSED_TIME", ended ? std::to_string(elapsed) : "NULL"},
                        {"ROWS_INSERTED", std::to_string(record.counts.inserted)},
                        {"ROWS_UPDATED", std::to_string(record.counts.updated)},
                        {"ROWS_DELETED", std::to_string(record.counts.deleted)},
                        {"EXECUTION_TIME", ended ? std::to_string(elapsed) : "NULL"},
                        {"ROWS_PRODUCED", std::to_string(changed)}};
    for (const auto name : k_unmetered) row[name] = "0";
    out.add(row);
  }
  return out.relation();
}

} // namespace freshet::warehouse
