#include "warehouse/alerts/alert_functions.h"

#include <fmt/core.h>

#include "engine/engine.h"
#include "warehouse/argument_checks.h"
#include "warehouse/literal.h"
#include "warehouse/statement_context.h"
#include "warehouse/tasks/history_arguments.h"
#include "warehouse/tasks/task_config.h"
#include "warehouse/tasks/tasks.h"

namespace freshet::warehouse {
namespace {

SqlResult<Tasks*> service(StatementContext& context) {
  auto* tasks = context.warehouse().service<Tasks>();
  if (tasks == nullptr) return sql::fail(sql::unsupported_feature("alerts: this warehouse runs none"));
  return tasks;
}

SqlResult<AlertRecord> current_run(StatementContext& context, std::string_view function) {
  auto run = TRY(service(context))->alert_run_of(context.session().id());
  if (!run) return sql::fail({91430, "22000", fmt::format("Function {} must be called from within an alert.", function)});
  return *run;
}

std::string text_or_null(const std::optional<std::string>& text) {
  return text ? engine::quote_literal(*text) : "CAST(NULL AS VARCHAR)";
}

std::string time_or_null(const std::optional<TimePoint>& time) {
  return time ? literal(engine::TimestampTz{time->time_since_epoch().count()}) : "CAST(NULL AS TIMESTAMPTZ)";
}

SqlResult<std::string> scheduled_time(StatementContext& context, const FunctionArguments&) {
  return time_or_null(TRY(current_run(context, "SNOWFLAKE.ALERT.SCHEDULED_TIME")).run.scheduled);
}

SqlResult<std::string> last_successful_scheduled_time(StatementContext& context, const FunctionArguments&) {
  const auto run = TRY(current_run(context, "SNOWFLAKE.ALERT.LAST_SUCCESSFUL_SCHEDULED_TIME"));
  return time_or_null(TRY(context.checked(TRY(service(context))->alerts().last_success(run.run.task))));
}

SqlResult<std::string> condition_query_uuid(StatementContext& context, const FunctionArguments&) {
  const auto run = TRY(current_run(context, "SNOWFLAKE.ALERT.GET_CONDITION_QUERY_UUID"));
  return text_or_null(run.condition_query_id.empty() ? std::nullopt : std::optional(run.condition_query_id));
}

SqlResult<std::string> alert_config(StatementContext& context, const FunctionArguments& arguments) {
  const auto run = TRY(current_run(context, "SYSTEM$GET_ALERT_CONFIG"));
  TRY(expect_arguments(arguments, 0, 1, "SYSTEM$GET_ALERT_CONFIG"));
  if (run.config.empty()) return text_or_null(std::nullopt);
  if (arguments.empty()) return text_or_null(run.config);
  return text_or_null(task_config_value(run.config, TRY(context.constant_text(arguments[0])).value_or("")));
}

SqlResult<std::string> alert_history(StatementContext& context, const FunctionArguments& arguments) {
  constexpr std::string_view k_names[] = {"ALERT_NAME", "SCHEDULED_TIME_RANGE_START", "SCHEDULED_TIME_RANGE_END",
                                          "RESULT_LIMIT"};
  TRY(check_argument_names(arguments, k_names, "ALERT_HISTORY"));
  auto where = TRY(scheduled_between(context, arguments, "ALERT_HISTORY"));
  if (const auto* name = argument_called(arguments, "ALERT_NAME")) {
    const auto text = TRY(context.constant_text(*name)).value_or("");
    where += fmt::format(" AND upper(\"NAME\") = upper({})", engine::quote_literal(text));
  }
  const auto limit = TRY(result_limit(context, arguments, "ALERT_HISTORY"));
  const auto select = alert_history_select(TRY(service(context))->alerts_in_progress_and_ahead());
  return fmt::format(
      "(SELECT * EXCLUDE (run_number, scheduled) FROM (SELECT *, \"SCHEDULED_TIME\" AS scheduled FROM ({})) WHERE {} ORDER BY "
      "scheduled DESC, run_number DESC LIMIT {})",
      select, where, limit);
}

/// The hours in which alerts without a warehouse ran. Here they cost nothing: CREDITS_USED is 0.
SqlResult<std::string> serverless_history(StatementContext& context, const FunctionArguments& arguments) {
  constexpr std::string_view k_names[] = {"ALERT_NAME", "DATE_RANGE_START", "DATE_RANGE_END"};
  TRY(check_argument_names(arguments, k_names, "SERVERLESS_ALERT_HISTORY"));
  std::string where = "completed IS NOT NULL AND alert_id IN (-1";
  for (const auto& alert : context.catalog().all(ObjectKind::alert)) {
    if (alert->as<Alert>()->compute.empty()) where += fmt::format(", {}", alert->id);
  }
  where += ")";
  const auto moment = [](const FunctionArgument& argument) {
    return fmt::format("freshet_ltz({}, current_setting('TimeZone'), 'AUTO')", argument.text);
  };
  if (const auto* start = argument_called(arguments, "DATE_RANGE_START")) where += " AND completed >= " + moment(*start);
  if (const auto* end = argument_called(arguments, "DATE_RANGE_END")) where += " AND completed <= " + moment(*end);
  if (const auto* name = argument_called(arguments, "ALERT_NAME")) {
    const auto text = TRY(context.constant_text(*name)).value_or("");
    where += fmt::format(" AND upper(name) = upper({})", engine::quote_literal(text));
  }
  return fmt::format(
      R"sql((SELECT date_trunc('hour', completed) AS "START_TIME", date_trunc('hour', completed) + INTERVAL 1 HOUR AS "END_TIME",
    name AS "ALERT_NAME", CAST(0 AS DECIMAL(38, 9)) AS "CREDITS_USED" FROM FRESHET.ALERT_RUN WHERE {} GROUP BY ALL ORDER BY 1, 3))sql",
      where);
}

} // namespace

void add_alert_functions(FunctionRegistry& functions) {
  functions.add_scalar("SNOWFLAKE.ALERT.SCHEDULED_TIME", scheduled_time);
  functions.add_scalar("SNOWFLAKE.ALERT.LAST_SUCCESSFUL_SCHEDULED_TIME", last_successful_scheduled_time);
  functions.add_scalar("SNOWFLAKE.ALERT.GET_CONDITION_QUERY_UUID", condition_query_uuid);
  functions.add_scalar("SYSTEM$GET_ALERT_CONFIG", alert_config);
  functions.add_table("ALERT_HISTORY", alert_history);
  functions.add_table(
      "SNOWFLAKE.ACCOUNT_USAGE.ALERT_HISTORY", [](StatementContext&, const FunctionArguments&) -> SqlResult<std::string> {
        return "(SELECT * EXCLUDE (run_number) FROM (" + alert_history_select({}) + ") WHERE STATE <> 'SCHEDULED')";
      });
  functions.add_table("SERVERLESS_ALERT_HISTORY", serverless_history);
}

} // namespace freshet::warehouse
