#include "warehouse/alerts/alert_store.h"

#include <fmt/format.h>

#include "warehouse/literal.h"

namespace freshet::warehouse {
namespace {

using engine::Value;

constexpr int64_t k_puts_between_looks = 1000; // at rows that are too old
constexpr auto k_kept = std::chrono::days(15);

Value time_value(const std::optional<TimePoint>& time) {
  return time ? Value(engine::TimestampTz{time->time_since_epoch().count()}) : Value();
}

Value text_value(const std::string& text) {
  return text.empty() ? Value() : Value(text);
}

std::string_view name_of(ScheduledFrom from) {
  return from == ScheduledFrom::trigger ? "TRIGGER" : from == ScheduledFrom::execute_task ? "EXECUTE ALERT" : "SCHEDULE";
}

std::vector<Value> values_of(const AlertRecord& record) {
  return {record.run.id,
          record.run.task,
          time_value(record.run.scheduled),
          std::string(name_of(record.run.from)),
          record.state,
          record.name,
          record.database,
          record.schema,
          record.condition,
          text_value(record.condition_query_id),
          record.action,
          text_value(record.action_query_id),
          record.error_code ? Value(*record.error_code) : Value(),
          text_value(record.error_message),
          time_value(record.completed),
          text_value(record.runbook),
          record.auto_suspended,
          text_value(record.config),
          time_value(record.next_scheduled)};
}

TimePoint time_at(const engine::Rows& rows, size_t row, size_t column) {
  return TimePoint(Duration(rows.integer(row, column)));
}

} // namespace

engine::Result<std::unique_ptr<AlertStore>> AlertStore::open(engine::Database& database) {
  auto connection = TRY(database.connect());
  TRY(connection->execute("CREATE SCHEMA IF NOT EXISTS FRESHET"));
  TRY(connection->execute(
      "CREATE TABLE IF NOT EXISTS FRESHET.ALERT_RUN (run_id BIGINT, alert_id BIGINT, scheduled TIMESTAMPTZ, scheduled_from "
      "VARCHAR, state VARCHAR, name VARCHAR, database_name VARCHAR, schema_name VARCHAR, condition VARCHAR, condition_query_id "
      "VARCHAR, action VARCHAR, action_query_id VARCHAR, error_code BIGINT, error_message VARCHAR, completed TIMESTAMPTZ, "
      "runbook VARCHAR, auto_suspended BOOLEAN, config VARCHAR, next_scheduled TIMESTAMPTZ)"));
  return std::unique_ptr<AlertStore>(new AlertStore(std::move(connection)));
}

engine::Result<void> AlertStore::put(const AlertRecord& record, bool replace) {
  std::lock_guard lock(mutex_);
  const auto work = [&]() -> engine::Result<void> {
    if (replace) TRY(connection_->execute(fmt::format("DELETE FROM FRESHET.ALERT_RUN WHERE run_id = {}", record.run.id)));
    auto appender = TRY(connection_->appender("FRESHET", "ALERT_RUN"));
    for (const auto& value : values_of(record)) TRY(appender.append(value));
    TRY(appender.end_row());
    TRY(appender.close());
    if (++puts_ % k_puts_between_looks != 0 || !record.completed) return {};
    TRY(connection_->execute(fmt::format("DELETE FROM FRESHET.ALERT_RUN WHERE completed < make_timestamptz({})",
                                         (*record.completed - k_kept).time_since_epoch().count())));
    return {};
  };
  TRY(connection_->begin());
  if (auto done = work(); !done) {
    (void)connection_->rollback();
    return done;
  }
  return connection_->commit();
}

engine::Result<void> AlertStore::erase(RunId run) {
  std::lock_guard lock(mutex_);
  TRY(connection_->execute(fmt::format("DELETE FROM FRESHET.ALERT_RUN WHERE run_id = {}", run)));
  return {};
}

engine::Result<AlertStore::Recovery> AlertStore::recover() {
  std::lock_guard lock(mutex_);
  Recovery out;
  out.next_id = TRY(connection_->query("SELECT coalesce(max(run_id), 0) + 1 FROM FRESHET.ALERT_RUN")).integer(0, 0);
  const auto requested = TRY(connection_->query(
      "SELECT run_id, alert_id, scheduled FROM FRESHET.ALERT_RUN WHERE state = 'SCHEDULED' ORDER BY run_id"));
  for (size_t row = 0; row < requested.size(); ++row) {
    TaskRun run;
    run.id = requested.integer(row, 0);
    run.task = run.root = requested.integer(row, 1);
    run.scheduled = time_at(requested, row, 2);
    out.requested.push_back(std::move(run));
  }
  const auto latest = TRY(connection_->query(
      "SELECT alert_id, next_scheduled, completed FROM FRESHET.ALERT_RUN WHERE completed IS NOT NULL QUALIFY row_number() OVER "
      "(PARTITION BY alert_id ORDER BY completed DESC, run_id DESC) = 1 ORDER BY alert_id"));
  for (size_t row = 0; row < latest.size(); ++row) {
    Recovery::Alert alert;
    alert.id = latest.integer(row, 0);
    if (!latest.is_null(row, 1)) alert.next = time_at(latest, row, 1);
    alert.known_at = time_at(latest, row, 2);
    const auto failures = TRY(connection_->query(
        fmt::format("SELECT completed FROM FRESHET.ALERT_RUN WHERE alert_id = {0} AND state IN ('CONDITION_FAILED', "
                    "'ACTION_FAILED', 'FAILED') AND run_id > (SELECT coalesce(max(run_id), 0) FROM FRESHET.ALERT_RUN WHERE "
                    "alert_id = {0} AND state IN ('CONDITION_FALSE', 'TRIGGERED'))",
                    alert.id)));
    for (size_t i = 0; i < failures.size(); ++i) alert.failures.push_back(time_at(failures, i, 0));
    out.alerts.push_back(std::move(alert));
  }
  return out;
}

engine::Result<std::optional<TimePoint>> AlertStore::last_success(TaskId alert) {
  std::lock_guard lock(mutex_);
  const auto rows = TRY(connection_->query(
      fmt::format("SELECT max(scheduled) FROM FRESHET.ALERT_RUN WHERE alert_id = {} AND state IN ('CONDITION_FALSE', "
                  "'TRIGGERED')",
                  alert)));
  if (rows.is_null(0, 0)) return std::nullopt;
  return time_at(rows, 0, 0);
}

std::string alert_history_select(std::span<const AlertRecord> in_progress) {
  std::string relation = "SELECT * FROM FRESHET.ALERT_RUN", others;
  for (const auto& record : in_progress) {
    others += " UNION ALL SELECT ";
    bool first = true;
    for (const auto& value : values_of(record)) {
      others += (first ? "" : ", ") + literal(value);
      first = false;
    }
    relation += fmt::format("{} run_id <> {}", relation.ends_with("ALERT_RUN") ? " WHERE" : " AND", record.run.id);
  }
  return fmt::format(
      R"sql(SELECT name AS "NAME", database_name AS "DATABASE_NAME", schema_name AS "SCHEMA_NAME", condition AS "CONDITION",
    condition_query_id AS "CONDITION_QUERY_ID", action AS "ACTION", action_query_id AS "ACTION_QUERY_ID", state AS "STATE",
    CAST(error_code AS BIGINT) AS "SQL_ERROR_CODE", error_message AS "SQL_ERROR_MESSAGE", scheduled AS "SCHEDULED_TIME",
    completed AS "COMPLETED_TIME", scheduled_from AS "SCHEDULED_FROM", runbook AS "RUNBOOK", auto_suspended AS "WAS_AUTO_SUSPENDED",
    config AS "CONFIG", run_id AS run_number FROM ({}{}))sql",
      relation, others);
}

} // namespace freshet::warehouse
