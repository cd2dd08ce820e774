#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <charconv>

#include "sql/parser.h"
#include "warehouse/ddl_text.h"
#include "warehouse/dynamic/dynamic_table.h"
#include "warehouse/literal.h"
#include "warehouse/physical.h"
#include "warehouse/retention.h"
#include "warehouse/rows/versioned_table.h"
#include "warehouse/session.h"
#include "warehouse/statements/alter_table.h"
#include "warehouse/statements/clone.h"
#include "warehouse/statements/create.h"
#include "warehouse/statements/show_table.h"
#include "warehouse/statements/table.h"
#include "warehouse/statements/target_table.h"
#include "warehouse/storage_metrics.h"
#include "warehouse/transaction.h"

/// CREATE, ALTER, SHOW DYNAMIC TABLE(S), DYNAMIC_TABLE_REFRESH_HISTORY.
namespace freshet::warehouse {
namespace {

constexpr int64_t k_lag_min = 60; // seconds

/// '<n> { seconds | minutes | hours | days }', or DOWNSTREAM.
SqlResult<std::string> target_lag(const sql::Properties& properties) {
  const auto lag = text_property(properties, "TARGET_LAG", text_property(properties, "LAG"));
  if (boost::algorithm::to_upper_copy(lag) == "DOWNSTREAM") return std::string("DOWNSTREAM");
  int64_t count = 0;
  const auto [end, problem] = std::from_chars(lag.data(), lag.data() + lag.size(), count);
  auto unit = boost::algorithm::to_lower_copy(std::string(end, lag.data() + lag.size()));
  std::erase(unit, ' ');
  if (unit.ends_with('s')) unit.pop_back();
  const auto seconds = unit == "second" ? 1 : unit == "minute" ? 60 : unit == "hour" ? 3600 : unit == "day" ? 86400 : 0;
  if (problem == std::errc() && count * seconds >= k_lag_min) return lag;
  return sql::fail({1008, "22023",
                    fmt::format("SQL compilation error:\ninvalid value [{}] for parameter 'TARGET_LAG': it is DOWNSTREAM or "
                                "'<number> seconds | minutes | hours | days', at least 60 seconds",
                                lag)});
}

/// Sets what CREATE and ALTER … SET can; the rest is recorded.
SqlResult<void> set_definition(const sql::Properties& properties, Table& table) {
  auto& dynamic = *table.dynamic;
  if (sql::find_property(properties, "TARGET_LAG") != nullptr || sql::find_property(properties, "LAG") != nullptr)
    dynamic.target_lag = TRY(target_lag(properties));
  dynamic.warehouse = name_property(properties, "WAREHOUSE", dynamic.warehouse);
  dynamic.refresh_mode = boost::algorithm::to_upper_copy(text_property(properties, "REFRESH_MODE", dynamic.refresh_mode));
  dynamic.initialize = boost::algorithm::to_upper_copy(text_property(properties, "INITIALIZE", dynamic.initialize));
  table.retention_days = TRY(days_property(properties, k_retention, table.retention_days));
  table.extension_days = TRY(days_property(properties, k_extension, table.extension_days));
  for (auto& [key, values] :
       options_of(properties, {k_retention, k_extension, "TARGET_LAG", "LAG", "WAREHOUSE", "REFRESH_MODE", "INITIALIZE"}))
    table.options[key] = values;
  return {};
}

SqlResult<ObjectPointer> find_dynamic(StatementContext& context, const sql::Alter& statement) {
  auto found = TRY(context.find_if_exists(ObjectKind::table, statement.name));
  if (found && found->as<Table>()->dynamic) return found;
  if (statement.if_exists) return nullptr;
  return sql::fail(sql::does_not_exist("Dynamic table", written(TRY(context.resolve(statement.name)))));
}

/// What ALTER TABLE does to it as to any table: clustering, policies and comments of columns, but not the columns themselves.
bool is_of_all_tables(const sql::AlterAction& action) {
  using Columns = sql::AlterColumns;
  using enum sql::AlterColumn::Action;
  if (const auto* columns = std::get_if<Columns>(&action)) {
    return std::ranges::all_of(columns->columns, [](const sql::AlterColumn& column) {
      return column.action != set_type && column.action != set_not_null && column.action != drop_not_null &&
             column.action != set_default && column.action != drop_default;
    });
  }
  return std::holds_alternative<sql::ClusterBy>(action) || std::holds_alternative<sql::SwapWith>(action);
}

SqlResult<void> apply(StatementContext& context, Object& object, const sql::AlterAction& action, CatalogChange& change) {
  auto& table = *object.as<Table>();
  const auto* words = std::get_if<sql::AlterWords>(&action);
  if (words != nullptr && (words->words == "SUSPEND" || words->words == "RESUME")) {
    table.dynamic->started = words->words == "RESUME";
    if (!table.dynamic->started) table.dynamic->last_suspended_on = context.now();
  } else if (const auto* set = std::get_if<sql::SetProperties>(&action)) {
    if (const auto* comment = sql::find_property(set->properties, "COMMENT")) object.comment = comment->text;
    TRY(set_definition(set->properties, table));
  } else if (const auto* swap = std::get_if<sql::SwapWith>(&action);
             swap != nullptr && !TRY(context.find(ObjectKind::table, swap->name))->as<Table>()->dynamic) {
    return sql::fail(
        {2203, "42601",
         "SQL compilation error:\nObject found is of type 'TABLE', specified type 'DYNAMIC TABLE' is not correct."});
  } else if (is_of_all_tables(action)) {
    return alter_table(context, object, action, change);
  } else if (const auto* unset = std::get_if<sql::UnsetProperties>(&action)) {
    for (const auto& key : unset->keys) {
      if (key == "COMMENT") object.comment.clear();
      if (key == k_retention) table.retention_days.reset();
      if (key == k_extension) table.extension_days.reset();
      table.options.erase(key);
    }
  } else if (words != nullptr && (words->words.ends_with("RECLUSTER") || words->words.ends_with("SEARCH OPTIMIZATION"))) {
    return {}; // indexes and clustering change no result
  } else if (!TRY(alter_common(context, object, action))) {
    return sql::fail(sql::unsupported_feature("this form of ALTER DYNAMIC TABLE"));
  }
  return {};
}

/// CREATE DYNAMIC TABLE … CLONE: the rows as they are or were, and no refresh before RESUME.
SqlResult<void> clone(StatementContext& context, const sql::CreateTable& statement, Object& object) {
  const auto source = TRY(context.find(ObjectKind::table, statement.clone->source));
  if (!source->as<Table>()->dynamic)
    return sql::fail(sql::does_not_exist("Dynamic table", written(TRY(context.resolve(statement.clone->source)))));
  auto table = *source->as<Table>();
  table.kind = statement.options.transient ? "TRANSIENT" : "TABLE";
  table.dynamic->started = false;
  TRY(set_definition(statement.properties, table));
  object.body = std::move(table);
  TRY(create_physical(context, object));
  return clone_rows(context, *source, object, statement.clone->at);
}

/// Whether CREATE OR ALTER makes another content: what stands in the table is then computed anew.
bool is_reinitialized(const Table& before, const Table& after) {
  const auto same = [](const Column& a, const Column& b) { return a.name == b.name && a.type == b.type; };
  return before.dynamic->query != after.dynamic->query || before.dynamic->refresh_mode != after.dynamic->refresh_mode ||
         !std::ranges::equal(before.columns, after.columns, same);
}

} // namespace

Outcome create_dynamic_table(StatementContext& context, const sql::CreateTable& statement) {
  Creation creation{ObjectKind::table, "Dynamic table", statement.options, statement.name, &statement.properties};
  return create(context, creation, [&](Object& object, const ObjectPointer&, CatalogChange&) -> SqlResult<void> {
    if (statement.clone) return clone(context, statement, object);
    const auto existing = stands_already(context, object) ? context.catalog().find(object.id) : nullptr; // OR ALTER
    if (existing && !existing->as<Table>()->dynamic)
      return sql::fail(
          {2203, "42601",
           "SQL compilation error:\nObject found is of type 'TABLE', specified type 'DYNAMIC TABLE' is not correct."});
    std::vector<std::string> names;
    for (const auto& column : statement.columns) names.push_back(column.name.name);
    Table table;
    table.kind = statement.options.transient ? "TRANSIENT" : "TABLE";
    table.dynamic = DynamicDefinition{.query = statement.as_text};
    table.dynamic->target_lag = TRY(target_lag(statement.properties));
    table.dynamic->time_zone = context.session().parameters().get("TIMEZONE");
    TRY(set_definition(statement.properties, table));
    if (!statement.cluster_by.empty()) table.cluster_by = clustering_text(context, statement.cluster_by);
    object.body = std::move(table);
    auto columns = TRY(dynamic_columns(context, object, names));
    const auto& read = context.reads().tables;
    object.as<Table>()->dynamic->base_tables.assign(read.begin(), read.end());
    object.as<Table>()->columns = std::move(columns);
    if (existing) {
      const auto& before = *existing->as<Table>();
      object.as<Table>()->dynamic->started = before.dynamic->started;
      object.as<Table>()->change_tracking = before.change_tracking;
      if (!is_reinitialized(before, *object.as<Table>())) return {};
      TRY(drop_physical(context, *existing));
    }
    TRY(create_physical(context, object));
    if (object.as<Table>()->dynamic->initialize == "ON_SCHEDULE") return {};
    return write_difference(context, *context.writing(), object, "CREATION");
  });
}

Outcome alter_dynamic_table(StatementContext& context, const sql::Alter& statement) {
  const auto done = [&] { return context.message(StatementKind::ddl, "Statement executed successfully."); };
  const auto found = TRY(find_dynamic(context, statement));
  if (!found) return done();
  if (std::holds_alternative<sql::Refresh>(statement.actions.front())) {
    TRY(context.session().commit_implicitly());
    TRY(refresh_dynamic_table(context, found->id, context.session().context().user == "SYSTEM" ? "SCHEDULED" : "MANUAL"));
    TRY(context.session().commit_implicitly());
    return done();
  }
  TRY(context.change_catalog([&](CatalogChange& change) -> SqlResult<void> {
    Object object = *TRY(find_dynamic(context, statement));
    for (const auto& action : statement.actions) TRY(apply(context, object, action, change));
    change.put(std::move(object));
    return {};
  }));
  return done();
}

Outcome show_dynamic_tables(StatementContext& context, const sql::Show& show) {
  std::vector<ShowRow> rows;
  ShowFilter filter(show);
  for (const auto& object : objects_in(context, TRY(show_scope(context, show)), ObjectKind::table)) {
    const auto& table = *object->as<Table>();
    if (!table.dynamic || !filter.takes(object->name)) continue;
    const auto at = context.scope_of(*object);
    const auto refreshed = TRY(context.checked(last_refresh(context.connection(), object->id)));
    const auto size = TRY(live_size(context, *object));
    const auto& dynamic = *table.dynamic;
    const auto option = [&](const char* key) {
      const auto found = table.options.find(key);
      return found == table.options.end() || found->second.empty() ? std::nullopt : std::optional(found->second.front());
    };
    rows.push_back({engine_text(object->created_on),
                    object->name,
                    at.database,
                    at.schema,
                    table.cluster_by,
                    std::to_string(size.rows),
                    std::to_string(size.bytes),
                    object->owner,
                    dynamic.target_lag,
                    option("SCHEDULER"),
                    dynamic.refresh_mode == "AUTO" ? "INCREMENTAL" : dynamic.refresh_mode,
                    std::nullopt,
                    dynamic.warehouse,
                    object->comment,
                    ddl_text(context, *object),
                    "OFF",
                    dynamic.started ? "RUNNING" : "SUSPENDED",
                    dynamic.last_suspended_on ? std::optional(engine_text(*dynamic.last_suspended_on)) : std::nullopt,
                    "false",
                    "false",
                    "false",
                    refreshed ? std::optional(engine_text(refreshed->started)) : std::nullopt,
                    "ROLE",
                    option("IMMUTABLE WHERE"),
                    std::nullopt});
  }
  return context.table(StatementKind::show,
                       show_columns("created_on! name database_name schema_name cluster_by rows# bytes# owner target_lag "
                                    "scheduler refresh_mode refresh_mode_reason warehouse comment text automatic_clustering "
                                    "scheduling_state last_suspended_on! is_clone is_replica is_iceberg data_timestamp! "
                                    "owner_role_type immutable_where execute_as_user"),
                       rows);
}

namespace {

SqlResult<std::string> refresh_history(StatementContext& context, const FunctionArguments& arguments) {
  std::string condition, limit = "100";
  for (const auto& argument : arguments) {
    const auto text = TRY(context.constant_text(argument)).value_or("");
    if (argument.name == "RESULT_LIMIT") {
      int64_t count = 0;
      if (std::from_chars(text.data(), text.data() + text.size(), count).ec != std::errc() || count < 1)
        return sql::fail({1008, "22023", "SQL compilation error:\nRESULT_LIMIT takes a positive number"});
      limit = std::to_string(count);
    } else if (argument.name == "NAME" || argument.name.empty()) {
      const auto object = TRY(context.find(ObjectKind::table, TRY(sql::parse_qualified_name(text))));
      condition += fmt::format(" AND table_id = {}", object->id);
    } else if (argument.name == "NAME_PREFIX") {
      condition += fmt::format(" AND starts_with(names.qualified, upper({}))", sql::quote_string(text));
    } else if (argument.name == "ERROR_ONLY") {
      if (boost::algorithm::to_upper_copy(text) == "TRUE") condition += " AND state = 'FAILED'";
    } else {
      return sql::fail(
          {1006, "42601",
           fmt::format("SQL compilation error:\ninvalid argument '{}' for DYNAMIC_TABLE_REFRESH_HISTORY", argument.name)});
    }
  }
  std::string names;
  for (const auto& object : context.catalog().all(ObjectKind::table)) {
    if (!object->as<Table>()->dynamic) continue;
    const auto at = context.scope_of(*object);
    names += fmt::format("{}({}, {}, {}, {}, {}, {})", names.empty() ? "" : ", ", object->id, sql::quote_string(object->name),
                         sql::quote_string(at.schema), sql::quote_string(at.database),
                         sql::quote_string(context.catalog().full_name(*object)),
                         sql::quote_string(object->as<Table>()->dynamic->target_lag));
  }
  if (names.empty()) names = "(NULL, NULL, NULL, NULL, NULL, NULL)";
  return fmt::format(
      R"sql((SELECT names.name AS "NAME", names.schema AS "SCHEMA_NAME", names.database AS "DATABASE_NAME", state AS "STATE",
    CASE WHEN state = 'FAILED' THEN lpad(CAST(error_code AS VARCHAR), 6, '0') ELSE 'SUCCESS' END AS "STATE_CODE",
    nullif(error_message, '') AS "STATE_MESSAGE", make_timestamptz(started) AS "DATA_TIMESTAMP",
    make_timestamptz(started) AS "REFRESH_START_TIME", make_timestamptz(ended) AS "REFRESH_END_TIME", names.qualified AS "QUALIFIED_NAME",
    '{{"numInsertedRows":' || inserted || ',"numDeletedRows":' || deleted || '}}' AS "STATISTICS",
    CASE WHEN inserted + deleted = 0 THEN 'NO_DATA' ELSE 'INCREMENTAL' END AS "REFRESH_ACTION", trigger AS "REFRESH_TRIGGER",
    names.lag AS "TARGET_LAG"
    FROM FRESHET.DYNAMIC_REFRESH JOIN (VALUES {}) AS names(id, name, schema, database, qualified, lag) ON names.id = table_id
    WHERE true{} ORDER BY started DESC, FRESHET.DYNAMIC_REFRESH.rowid DESC LIMIT {}))sql",
      names, condition, limit);
}

} // namespace

void add_dynamic_table_functions(FunctionRegistry& functions) {
  functions.add_table("DYNAMIC_TABLE_REFRESH_HISTORY", refresh_history);
}

} // namespace freshet::warehouse
