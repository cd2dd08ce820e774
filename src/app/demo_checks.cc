#include "app/demo_checks.h"

#include <fmt/format.h>

namespace freshet::app {
namespace {

using sql::SqlResult;

constexpr auto k_copy_history =
    "TABLE(INFORMATION_SCHEMA.COPY_HISTORY(TABLE_NAME => 'CUSTOMER_RAW', START_TIME => DATEADD(day, -13, CURRENT_TIMESTAMP())))";

/// The latest word on each file that was never loaded; one that came again corrected is not among them.
const std::string k_refused = fmt::format(
    "SELECT FILE_NAME, FIRST_ERROR_LINE_NUMBER, FIRST_ERROR_MESSAGE FROM {} "
    "QUALIFY COUNT_IF(STATUS <> 'Load failed') OVER (PARTITION BY FILE_NAME) = 0 "
    "AND ROW_NUMBER() OVER (PARTITION BY FILE_NAME ORDER BY LAST_LOAD_TIME DESC) = 1",
    k_copy_history);

SqlResult<std::vector<int64_t>> numbers(warehouse::Session& session, const std::string& sql) {
  const auto result = TRY(session.execute(sql));
  std::vector<int64_t> values;
  for (size_t column = 0; column < result.columns.size(); ++column) {
    values.push_back(result.rows->is_null(0, column) ? 0 : std::stoll(result.rows->text(0, column)));
  }
  return values;
}

/// A check that counts what should not be there.
SqlResult<Check> none(warehouse::Session& session, std::string name, const std::string& what, const std::string& sql) {
  const auto found = TRY(numbers(session, sql)).at(0);
  return Check{std::move(name), found == 0, fmt::format("{} {}", found, what)};
}

SqlResult<Check> loaded_once(warehouse::Session& session, int64_t files_delivered) {
  const auto counts = TRY(numbers(
      session, fmt::format("SELECT COUNT(*), COUNT(DISTINCT FILE_NAME) FROM {} WHERE STATUS <> 'Load failed'", k_copy_history)));
  const auto failed = TRY(numbers(session, fmt::format("SELECT COUNT(*) FROM ({})", k_refused))).at(0);
  return Check{"every file was loaded exactly once", counts[0] == counts[1] && counts[1] + failed == files_delivered,
               fmt::format("{} delivered, {} loaded in {} loads, {} refused with an error in COPY_HISTORY", files_delivered, counts[1],
                           counts[0], failed)};
}

SqlResult<Check> rows_add_up(warehouse::Session& session) {
  const auto loaded = TRY(numbers(session, fmt::format("SELECT SUM(ROW_COUNT) FROM {}", k_copy_history))).at(0);
  const auto raw = TRY(numbers(session, "SELECT COUNT(*), COUNT(DISTINCT customer_id) FROM customer_raw"));
  const auto known = TRY(numbers(session, "SELECT COUNT(DISTINCT customer_id) FROM customer_history")).at(0);
  return Check{"row counts add up", loaded == raw[0] && raw[1] == known,
               fmt::format("{} rows loaded, {} in CUSTOMER_RAW; {} customers in CUSTOMER_RAW, {} in CUSTOMER_HISTORY", loaded, raw[0], raw[1],
                           known)};
}

}  // namespace

SqlResult<PipelineTotals> read_totals(warehouse::Session& session) {
  PipelineTotals totals;
  const auto loads = TRY(numbers(
      session, fmt::format("SELECT COUNT(DISTINCT IFF(STATUS <> 'Load failed', FILE_NAME, NULL)), SUM(ROW_COUNT) FROM {}", k_copy_history)));
  totals.files_loaded = loads[0];
  totals.raw_rows_loaded = loads[1];
  totals.files_failed = TRY(numbers(session, fmt::format("SELECT COUNT(*) FROM ({})", k_refused))).at(0);
  totals.customer_rows = TRY(numbers(session, "SELECT COUNT(*) FROM customer")).at(0);
  const auto history = TRY(numbers(session, "SELECT COUNT(*), COUNT_IF(is_current) FROM customer_history"));
  totals.history_rows = history[0];
  totals.history_current_rows = history[1];
  return totals;
}

SqlResult<std::vector<RefusedFile>> read_refused(warehouse::Session& session) {
  const auto result = TRY(session.execute(k_refused + " ORDER BY FILE_NAME LIMIT 1000"));
  std::vector<RefusedFile> refused;
  for (size_t row = 0; row < result.row_count(); ++row) {
    const auto text = [&](size_t column) { return result.rows->is_null(row, column) ? std::string() : result.rows->text(row, column); };
    refused.push_back({text(0), text(1).empty() ? 0 : std::stoll(text(1)), text(2)});
  }
  return refused;
}

SqlResult<std::vector<Check>> run_checks(warehouse::Session& session, int64_t files_delivered) {
  std::vector<Check> checks;
  checks.push_back(TRY(loaded_once(session, files_delivered)));
  checks.push_back(TRY(rows_add_up(session)));
  checks.push_back(TRY(none(session, "each customer has exactly one current history row", "customers without, or with several", R"sql(
      SELECT COUNT(*) FROM (
        SELECT c.customer_id FROM customer c LEFT JOIN customer_history h ON h.customer_id = c.customer_id AND h.is_current
        GROUP BY c.customer_id HAVING COUNT(h.customer_id) <> 1))sql")));
  checks.push_back(TRY(none(session, "the current history row equals the CUSTOMER row", "rows that differ", R"sql(
      SELECT COUNT(*) FROM customer c
      FULL OUTER JOIN (SELECT * FROM customer_history WHERE is_current) h
        ON c.customer_id = h.customer_id AND EQUAL_NULL(c.first_name, h.first_name) AND EQUAL_NULL(c.last_name, h.last_name)
       AND EQUAL_NULL(c.email, h.email) AND EQUAL_NULL(c.street, h.street) AND EQUAL_NULL(c.city, h.city)
       AND EQUAL_NULL(c.state, h.state) AND EQUAL_NULL(c.country, h.country)
      WHERE c.customer_id IS NULL OR h.customer_id IS NULL)sql")));
  checks.push_back(TRY(none(session, "history intervals do not overlap and leave no gap", "intervals that do", R"sql(
      SELECT COUNT(*) FROM (
        SELECT start_time, end_time, is_current,
               LEAD(start_time) OVER (PARTITION BY customer_id ORDER BY start_time, is_current) AS next_start
        FROM customer_history)
      WHERE start_time > end_time
         OR (next_start IS NOT NULL AND (is_current OR end_time IS NULL OR end_time <> next_start)))sql")));
  return checks;
}

}  // namespace freshet::app
