// QUERY_HISTORY and its kin.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <functional>

#include "engine/engine.h"
#include "warehouse/literal.h"
#include "warehouse/statement_context.h"
#include "warehouse/system_functions.h"

namespace freshet::warehouse {
namespace {

constexpr int64_t k_limit_default = 100;
constexpr int64_t k_limit_max = 10'000;

const FunctionArgument* argument_called(const FunctionArguments& arguments, std::string_view name) {
  const auto found = std::ranges::find(arguments, name, &FunctionArgument::name);
  return found == arguments.end() ? nullptr : &*found;
}

/// INSERT, CREATE_TABLE, …: the statement's first word, or two where one says too little.
std::string query_type(std::string_view text) {
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size() && words.size() < 6;) {
    while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at])) != 0) ++at;
    std::string word;
    for (; at < text.size() && (std::isalpha(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_'); ++at)
      word += static_cast<char>(std::toupper(static_cast<unsigned char>(text[at])));
    if (word.empty()) break;
    words.push_back(std::move(word));
  }
  if (words.empty()) return "UNKNOWN";
  if (words[0] == "WITH" || words[0] == "VALUES") return "SELECT";
  if (words[0] == "TRUNCATE") return "TRUNCATE_TABLE";
  if (words[0] == "DESC") return "DESCRIBE";
  if (words[0] == "BEGIN" || words[0] == "START") return "BEGIN_TRANSACTION";
  if (words[0] != "CREATE" && words[0] != "ALTER" && words[0] != "DROP") return words[0];
  for (size_t i = 1; i < words.size(); ++i) {
    constexpr std::string_view k_between[] = {"OR",     "REPLACE", "TRANSIENT", "TEMPORARY", "TEMP",
                                              "SECURE", "IF",      "NOT",       "EXISTS",    "RECURSIVE"};
    if (std::ranges::find(k_between, words[i]) == std::end(k_between)) return words[0] + "_" + words[i];
  }
  return words[0];
}

std::string_view status_of(const QueryRecord& record) {
  switch (record.status) {
    case QueryRecord::Status::running:
      return "RUNNING";
    case QueryRecord::Status::succeeded:
      return "SUCCESS";
    case QueryRecord::Status::failed:
      return "FAILED_WITH_ERROR";
  }
  return "RUNNING";
}

std::string row_of(const QueryRecord& record) {
  auto text = [](std::string_view value) { return value.empty() ? std::string("NULL") : engine::quote_literal(value); };
  auto time = [](TimePoint value) { return literal(engine::TimestampTz{value.time_since_epoch().count()}); };
  bool ended = record.status != QueryRecord::Status::running;
  auto elapsed = ended ? std::chrono::duration_cast<std::chrono::milliseconds>(record.ended - record.started).count() : 0;
  auto rows = record.counts.inserted + record.counts.updated + record.counts.deleted;
  return fmt::format("({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})", text(record.query_id),
                     text(record.text), text(record.database), text(record.schema), text(query_type(record.text)),
                     text(record.session_id), text(record.user), text(record.role), text(record.tag), text(status_of(record)),
                     record.error_code == 0 ? "NULL" : engine::quote_literal(fmt::format("{:06}", record.error_code)),
                     text(record.error_message), time(record.started), ended ? time(record.ended) : "NULL", elapsed, elapsed,
                     rows, record.counts.inserted, record.counts.updated, record.counts.deleted);
}

constexpr std::string_view k_columns =
    "QUERY_ID, QUERY_TEXT, DATABASE_NAME, SCHEMA_NAME, QUERY_TYPE, SESSION_ID, USER_NAME, ROLE_NAME, QUERY_TAG, "
    "EXECUTION_STATUS, "
    "ERROR_CODE, ERROR_MESSAGE, START_TIME, END_TIME, TOTAL_ELAPSED_TIME, EXECUTION_TIME, ROWS_PRODUCED, ROWS_INSERTED, "
    "ROWS_UPDATED, ROWS_DELETED";

/// The relation of the records that `wanted` accepts, the latest first.
SqlResult<std::string> history(StatementContext& context, const FunctionArguments& arguments,
                               const std::function<bool(const QueryRecord&)>& wanted) {
  int64_t limit = k_limit_default;
  if (const auto* given = argument_called(arguments, "RESULT_LIMIT")) {
    auto text = TRY(context.constant_text(*given)).value_or("");
    auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (problem != std::errc() || end != text.data() + text.size() || limit < 1 || limit > k_limit_max)
      return sql::fail({2142, "22023", "SQL compilation error:\nRESULT_LIMIT of QUERY_HISTORY is a number from 1 to 10000"});
  }
  const auto* from = argument_called(arguments, "END_TIME_RANGE_START");
  const auto* until = argument_called(arguments, "END_TIME_RANGE_END");
  std::string where = "true";
  if (from != nullptr)
    where += fmt::format(" AND coalesce(END_TIME, now()) >= freshet_ltz({}, current_setting('TimeZone'), 'AUTO')", from->text);
  if (until != nullptr)
    where += fmt::format(" AND END_TIME <= freshet_ltz({}, current_setting('TimeZone'), 'AUTO')", until->text);
  auto records = context.warehouse().history().latest(k_limit_max);
  std::string rows;
  int64_t taken = 0;
  bool by_time = from != nullptr || until != nullptr;
  for (auto record = records.rbegin(); record != records.rend() && (by_time || taken < limit); ++record) {
    if (!wanted(*record)) continue;
    rows += (rows.empty() ? "" : ", ") + row_of(*record);
    ++taken;
  }
  bool empty = rows.empty();
  if (empty) rows = row_of(QueryRecord{});
  constexpr std::string_view k_texts[] = {"QUERY_ID",   "QUERY_TEXT",       "DATABASE_NAME", "SCHEMA_NAME",
                                          "QUERY_TYPE", "SESSION_ID",       "USER_NAME",     "ROLE_NAME",
                                          "QUERY_TAG",  "EXECUTION_STATUS", "ERROR_CODE",    "ERROR_MESSAGE"};
  constexpr std::string_view k_unknown_texts[] = {"WAREHOUSE_NAME", "WAREHOUSE_SIZE", "WAREHOUSE_TYPE"};
  constexpr std::string_view k_zeros[] = {"CLUSTER_NUMBER",
                                          "BYTES_SCANNED",
                                          "COMPILATION_TIME",
                                          "QUEUED_PROVISIONING_TIME",
                                          "QUEUED_REPAIR_TIME",
                                          "QUEUED_OVERLOAD_TIME",
                                          "TRANSACTION_BLOCKED_TIME",
                                          "BYTES_WRITTEN",
                                          "BYTES_SPILLED_TO_LOCAL_STORAGE",
                                          "BYTES_SPILLED_TO_REMOTE_STORAGE",
                                          "BYTES_SENT_OVER_THE_NETWORK",
                                          "PARTITIONS_SCANNED",
                                          "PARTITIONS_TOTAL",
                                          "OUTBOUND_DATA_TRANSFER_BYTES",
                                          "INBOUND_DATA_TRANSFER_BYTES",
                                          "LIST_EXTERNAL_FILES_TIME"};
  constexpr std::string_view k_zero_amounts[] = {"CREDITS_USED_CLOUD_SERVICES", "PERCENTAGE_SCANNED_FROM_CACHE"};
  std::string columns;
  for (auto name : k_texts) columns += fmt::format("CAST({0} AS VARCHAR) AS {0}, ", name);
  for (auto name : k_unknown_texts) columns += fmt::format("CAST(NULL AS VARCHAR) AS {}, ", name);
  for (auto name : k_zeros) columns += fmt::format("CAST(0 AS BIGINT) AS {}, ", name);
  for (auto name : k_zero_amounts) columns += fmt::format("CAST(0 AS DOUBLE) AS {}, ", name);
  return fmt::format(
      "(SELECT {}START_TIME, CAST(END_TIME AS TIMESTAMPTZ) AS END_TIME, TOTAL_ELAPSED_TIME, EXECUTION_TIME, ROWS_PRODUCED, "
      "ROWS_INSERTED, ROWS_UPDATED, ROWS_DELETED FROM (VALUES {}) AS h({}) WHERE {}{} ORDER BY START_TIME DESC, QUERY_ID DESC "
      "LIMIT {})",
      columns, rows, k_columns, where, empty ? " AND false" : "", limit);
}

/// Strings that name a user or a warehouse are folded as identifiers are.
SqlResult<std::string> folded_argument(StatementContext& context, const FunctionArguments& arguments, std::string_view name,
                                       std::string fallback) {
  const auto* given = argument_called(arguments, name);
  if (given == nullptr) return fallback;
  auto text = TRY(context.constant_text(*given)).value_or("");
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

} // namespace

void add_query_history_functions(FunctionRegistry& registry) {
  registry.add_table("QUERY_HISTORY", [](StatementContext& context, const FunctionArguments& arguments) {
    return history(context, arguments, [](const QueryRecord&) { return true; });
  });
  registry.add_table("QUERY_HISTORY_BY_SESSION",
                     [](StatementContext& context, const FunctionArguments& arguments) -> SqlResult<std::string> {
                       std::string id = context.session().id();
                       if (const auto* given = argument_called(arguments, "SESSION_ID"))
                         id = TRY(context.constant_text(*given)).value_or(id);
                       return history(context, arguments, [&](const QueryRecord& record) { return record.session_id == id; });
                     });
  registry.add_table("QUERY_HISTORY_BY_USER",
                     [](StatementContext& context, const FunctionArguments& arguments) -> SqlResult<std::string> {
                       auto user = TRY(folded_argument(context, arguments, "USER_NAME", context.session().context().user));
                       return history(context, arguments, [&](const QueryRecord& record) { return record.user == user; });
                     });
  registry.add_table("QUERY_HISTORY_BY_WAREHOUSE", [](StatementContext& context, const FunctionArguments& arguments) {
    return history(context, arguments, [](const QueryRecord&) { return true; }); // all of them run in the one there is
  });
}

} // namespace freshet::warehouse
