#include "warehouse/alerts/alert_definition.h"

#include <fmt/core.h>

#include "warehouse/statements/create.h"
#include "warehouse/tasks/task_config.h"

namespace freshet::warehouse {
namespace {

constexpr Duration k_interval_min = std::chrono::minutes(1);
constexpr size_t k_runbook_max = 2048;

sql::Error invalid_value(std::string_view key, std::string_view value, std::string_view why) {
  return {1008, "22023", fmt::format("SQL compilation error:\ninvalid value ['{}'] for parameter '{}': {}", value, key, why)};
}

sql::Error not_on_new_data(std::string_view what) {
  return {
      2, "0A000",
      fmt::format("SQL compilation error:\nUnsupported feature: the condition of an alert without SCHEDULE is a SELECT from "
                  "one table or view whose changes are tracked, {}.",
                  what)};
}

SqlResult<void> set_schedule(Alert& alert, const sql::PropertyValue& value) {
  const bool is_null = value.kind == sql::PropertyValue::Kind::word && value.text == "NULL";
  alert.schedule = is_null ? "" : value.text;
  if (alert.schedule.empty()) return {};
  const auto schedule = Schedule::parse(alert.schedule);
  if (!schedule) return sql::fail(invalid_value("SCHEDULE", value.text, schedule.error().message));
  if (const auto every = schedule->interval(); every && *every < k_interval_min)
    return sql::fail(invalid_value("SCHEDULE", value.text, "expected 1 to 11520 minutes"));
  return {};
}

SqlResult<void> set_property(Alert& alert, const sql::Property& property) {
  const auto& [key, value, range] = property;
  if (key == "COMMENT" || key == "TAG") return {};
  if (key == "SCHEDULE") return set_schedule(alert, value);
  if (key == "WAREHOUSE") {
    alert.compute = name_property({property}, key);
  } else if (key == "CONFIG") {
    TRY(check_task_config(value.text));
    alert.config = value.text;
  } else if (key == "RUNBOOK") {
    if (value.text.size() > k_runbook_max)
      return sql::fail(invalid_value(key, value.text.substr(0, 40) + "…", "it is longer than 2048 characters"));
    alert.runbook = value.text;
  } else if (key == "SUSPEND_ALERT_AFTER_NUM_FAILURES") {
    alert.suspend_after_failures = number_property({property}, key, -1);
    if (alert.suspend_after_failures < 0) return sql::fail(invalid_value(key, value.text, "expected a number from 0 on"));
  } else {
    return sql::fail({1420, "22023", fmt::format("SQL compilation error:\ninvalid property '{}' for 'ALERT'", key)});
  }
  return {};
}

} // namespace

SqlResult<void> set_alert_properties(Alert& alert, const sql::Properties& properties) {
  for (const auto& property : properties) TRY(set_property(alert, property));
  return {};
}

SqlResult<void> unset_alert_property(Alert& alert, const std::string& key) {
  if (key == "WAREHOUSE") {
    alert.compute.clear();
  } else if (key == "CONFIG") {
    alert.config.clear();
  } else if (key == "RUNBOOK") {
    alert.runbook.clear();
  } else if (key == "SUSPEND_ALERT_AFTER_NUM_FAILURES") {
    alert.suspend_after_failures = 0;
  } else if (key != "COMMENT") {
    return sql::fail({1420, "22023", fmt::format("SQL compilation error:\ninvalid property '{}' for 'ALERT'", key)});
  }
  return {};
}

SqlResult<void> check_alert_condition(const sql::Statement& condition) {
  if (condition.as<sql::QueryStatement>() || condition.as<sql::Show>() || condition.as<sql::Call>()) return {};
  return sql::fail({1003, "42000",
                    "SQL compilation error:\nThe condition of an alert is a SELECT, a SHOW or a CALL: IF (EXISTS (SELECT …))"});
}

SqlResult<ObjectPointer> watched_by_alert(StatementContext& context, const sql::Statement& condition) {
  const auto* query = condition.as<sql::QueryStatement>();
  if (query == nullptr) return sql::fail(not_on_new_data("no SHOW or CALL"));
  if (!query->query.with.empty()) return sql::fail(not_on_new_data("without common table expressions"));
  const auto* select = std::get_if<sql::Select>(&query->query.body.node);
  const auto* table = select != nullptr && select->from ? select->from->as<sql::NamedTable>() : nullptr;
  if (table == nullptr) return sql::fail(not_on_new_data("without joins, subqueries and functions in FROM"));
  auto source = TRY(context.relation(table->name));
  const auto* definition = source->as<Table>();
  if (source->as<Stream>() != nullptr || (definition != nullptr && definition->external))
    return sql::fail(not_on_new_data("neither a stream nor an external table"));
  if (definition != nullptr && !definition->change_tracking) {
    const auto name = context.catalog().full_name(*source);
    return sql::fail(
        not_on_new_data(fmt::format("and those of {0} are not: ALTER TABLE {0} SET CHANGE_TRACKING = TRUE", name)));
  }
  return source;
}

Object new_rows_stream(const Catalog& catalog, ObjectId alert, const Object& source) {
  Object out;
  out.id = alert;
  out.parent = source.parent;
  out.name = source.name;
  out.body = Stream{.source = source.id, .source_name = catalog.full_name(source), .append_only = true};
  return out;
}

void suspend_alert(Alert& alert) {
  alert.started = false;
}

Result<TaskSpec> spec_of_alert(const Object& object) {
  const auto& alert = *object.as<Alert>();
  TaskSpec spec;
  spec.id = object.id;
  if (!alert.schedule.empty()) spec.schedule = TRY(Schedule::parse(alert.schedule));
  spec.interval_base = alert.committed_on.value_or(object.created_on);
  spec.triggered = alert.schedule.empty();
  spec.started = alert.started;
  spec.suspend_after_failures = alert.suspend_after_failures;
  return spec;
}

std::vector<ObjectId> tables_of_alert(const Catalog& catalog, const Alert& alert) {
  const auto source = catalog.find(alert.watched);
  return source && source->as<Table>() != nullptr ? std::vector{source->id} : std::vector<ObjectId>{};
}

} // namespace freshet::warehouse
