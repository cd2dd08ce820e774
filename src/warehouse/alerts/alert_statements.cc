#include <fmt/core.h>

#include "warehouse/alerts/alert_definition.h"
#include "warehouse/statements/create.h"
#include "warehouse/tasks/tasks.h"
#include "warehouse/transaction.h"

namespace freshet::warehouse {
namespace {

Outcome done(StatementContext& context) {
  return context.message(StatementKind::ddl, "Statement executed successfully.");
}

/// The rows that are there are not new to an alert on new data.
SqlResult<void> count_from_now(StatementContext& context, const Object& object) {
  const auto point = TRY(context.writing()->point());
  return context.checked(set_stream_offset(context.connection(), object.id, point, false, context.now()));
}

/// What an alert on new data reads.
SqlResult<void> watch(StatementContext& context, Object& object, const sql::Statement& condition) {
  auto& alert = *object.as<Alert>();
  if (!alert.schedule.empty()) return {};
  alert.watched = TRY(watched_by_alert(context, condition))->id;
  return count_from_now(context, object);
}

/// The alert that the statement describes.
SqlResult<Alert> described(const sql::CreateAlert& statement) {
  Alert alert;
  TRY(check_alert_condition(statement.condition->statement));
  alert.condition = statement.condition_text;
  alert.action = statement.action_text;
  TRY(set_alert_properties(alert, statement.properties));
  return alert;
}

sql::Error kind_changed() {
  return {2, "0A000",
          "SQL compilation error:\nUnsupported feature: an alert on a schedule cannot become one on new data, nor the other "
          "way round. Drop it and create it again."};
}

/// CREATE OR ALTER of an alert that exists: it keeps its identity and state.
SqlResult<void> transform(StatementContext& context, const Object& existing, const sql::CreateAlert& statement,
                          CatalogChange& change) {
  Object object = existing;
  auto alert = TRY(described(statement));
  const auto& before = *existing.as<Alert>();
  if (alert.schedule.empty() != before.schedule.empty()) return sql::fail(kind_changed());
  alert.started = before.started;
  alert.auto_suspended = before.auto_suspended;
  alert.committed_on = alert.schedule == before.schedule ? before.committed_on : context.now();
  alert.watched = before.watched;
  const bool same_condition = alert.condition == before.condition;
  object.body = std::move(alert);
  object.comment = text_property(statement.properties, "COMMENT");
  if (!same_condition) TRY(watch(context, object, statement.condition->statement));
  change.put(std::move(object));
  return {};
}

SqlResult<void> clone(StatementContext& context, const sql::CreateAlert& statement, Object& object) {
  const auto source = TRY(context.find(ObjectKind::alert, statement.clone->source));
  auto alert = *source->as<Alert>();
  suspend_alert(alert);
  alert.auto_suspended.reset();
  alert.committed_on.reset();
  const bool was_scheduled = !alert.schedule.empty();
  TRY(set_alert_properties(alert, statement.properties));
  if (was_scheduled == alert.schedule.empty()) return sql::fail(kind_changed());
  object.body = std::move(alert);
  return was_scheduled ? SqlResult<void>{} : count_from_now(context, object);
}

SqlResult<void> apply_words(StatementContext& context, Object& object, const std::string& words) {
  auto& alert = *object.as<Alert>();
  if (words == "RESUME") {
    if (!alert.started) {
      alert.committed_on = context.now();
      if (alert.schedule.empty()) TRY(count_from_now(context, object)); // what came meanwhile is no news
    }
    alert.started = true;
    if (alert.auto_suspended) alert.auto_suspended = false;
  } else if (words == "SUSPEND") {
    suspend_alert(alert);
  } else {
    return sql::fail(sql::unsupported_feature("ALTER ALERT … " + words));
  }
  return {};
}

SqlResult<void> apply(StatementContext& context, Object& object, const sql::AlterAction& action) {
  auto& alert = *object.as<Alert>();
  if (const auto* set = std::get_if<sql::SetProperties>(&action)) {
    const auto before = alert.schedule;
    TRY(set_alert_properties(alert, set->properties));
    if (before.empty() != alert.schedule.empty()) return sql::fail(kind_changed());
    if (before != alert.schedule) alert.committed_on = context.now();
  } else if (const auto* unset = std::get_if<sql::UnsetProperties>(&action)) {
    for (const auto& key : unset->keys) TRY(unset_alert_property(alert, key));
  }
  if (TRY(alter_common(context, object, action))) return {};
  if (const auto* words = std::get_if<sql::AlterWords>(&action)) return apply_words(context, object, words->words);
  if (const auto* condition = std::get_if<sql::AlterAlertCondition>(&action)) {
    TRY(check_alert_condition(condition->condition->statement));
    alert.condition = condition->condition_text;
    return watch(context, object, condition->condition->statement);
  }
  if (const auto* changed = std::get_if<sql::AlterAlertAction>(&action)) {
    alert.action = changed->action_text;
    return {};
  }
  const bool is_known =
      std::holds_alternative<sql::SetProperties>(action) || std::holds_alternative<sql::UnsetProperties>(action);
  return is_known ? SqlResult<void>{} : sql::fail(sql::unsupported_feature("this form of ALTER ALERT"));
}

} // namespace

Outcome run(StatementContext& context, const sql::CreateAlert& statement) {
  if (statement.options.or_alter && TRY(context.target(ObjectKind::alert, statement.name)).existing) {
    TRY(context.change_catalog([&](CatalogChange& change) -> SqlResult<void> {
      return transform(context, *TRY(context.find(ObjectKind::alert, statement.name)), statement, change);
    }));
    return done(context);
  }
  Creation creation{ObjectKind::alert, "Alert", statement.options, statement.name, &statement.properties};
  return create(context, creation, [&](Object& object, const ObjectPointer&, CatalogChange&) -> SqlResult<void> {
    if (statement.clone) return clone(context, statement, object);
    object.body = TRY(described(statement));
    return watch(context, object, statement.condition->statement);
  });
}

Outcome alter_alert(StatementContext& context, const sql::Alter& statement) {
  bool found = true;
  TRY(context.change_catalog([&](CatalogChange& change) -> SqlResult<void> {
    const auto existing = TRY(statement.if_exists ? context.find_if_exists(ObjectKind::alert, statement.name)
                                                  : context.find(ObjectKind::alert, statement.name));
    found = existing != nullptr;
    if (!found) return {};
    Object object = *existing;
    for (const auto& action : statement.actions) TRY(apply(context, object, action));
    change.put(std::move(object));
    return {};
  }));
  if (found) return done(context);
  return context.message(StatementKind::ddl, fmt::format("{} does not exist; statement succeeded.", written(statement.name)));
}

Outcome run(StatementContext& context, const sql::ExecuteAlert& statement) {
  const auto alert = TRY(context.find(ObjectKind::alert, statement.name));
  if (alert->as<Alert>()->schedule.empty()) {
    return sql::fail({2, "0A000",
                      fmt::format("Unsupported feature: EXECUTE ALERT of {}, an alert on new data: it runs when its table has "
                                  "new rows.",
                                  context.catalog().full_name(*alert))});
  }
  auto* tasks = context.warehouse().service<Tasks>();
  if (tasks == nullptr) return sql::fail(sql::unsupported_feature("EXECUTE ALERT: this warehouse runs no tasks"));
  TRY(tasks->execute_alert(*alert));
  return context.message(StatementKind::session_command, fmt::format("Alert {} is scheduled to run immediately.", alert->name));
}

} // namespace freshet::warehouse
