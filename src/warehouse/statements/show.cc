#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <map>

#include "warehouse/dropped_objects.h"
#include "warehouse/load/load_service.h"
#include "warehouse/load/pipe_health.h"
#include "warehouse/load/schema_evolution.h"
#include "warehouse/notifications/event_log.h"
#include "warehouse/physical.h"
#include "warehouse/retention.h"
#include "warehouse/statements/show_account.h"
#include "warehouse/statements/show_recorded.h"
#include "warehouse/statements/show_table.h"
#include "warehouse/statements/show_task.h"
#include "warehouse/streams.h"

namespace freshet::warehouse {
namespace {

/// One kind of SHOW over catalog objects: its columns and how an object becomes a row.
struct Listing {
  ObjectKind kind;
  std::string_view columns;
  SqlResult<ShowRow> (*row)(StatementContext& context, const Object& object);
};

struct Place {
  std::string database;
  std::string schema;
};

Place place_of(StatementContext& context, const Object& object) {
  auto scope = context.scope_of(object);
  return {scope.database, scope.schema};
}

std::string time(const Object& object) {
  return engine_text(object.created_on);
}

SqlResult<ShowRow> database_row(StatementContext& context, const Object& object) {
  const auto& database = *object.as<Database>();
  bool current = context.session().context().database == object.name;
  return ShowRow{time(object),
                 object.name,
                 "N",
                 y_or_n(current),
                 "",
                 object.owner,
                 object.comment,
                 database.transient ? "TRANSIENT" : "",
                 std::to_string(retention_days(context.catalog(), object)),
                 "STANDARD",
                 "ROLE"};
}

SqlResult<ShowRow> schema_row(StatementContext& context, const Object& object) {
  const auto& schema = *object.as<Schema>();
  auto database = context.catalog().find(object.parent);
  const auto& session = context.session().context();
  bool current = session.schema == object.name && session.database == database->name;
  std::string options = schema.transient ? "TRANSIENT" : "";
  if (schema.managed_access) options += options.empty() ? "MANAGED ACCESS" : ", MANAGED ACCESS";
  return ShowRow{time(object),    object.name,    "N",
                 y_or_n(current), database->name, object.owner,
                 object.comment,  options,        std::to_string(retention_days(context.catalog(), object)),
                 "ROLE"};
}

SqlResult<std::optional<std::string>> row_count(StatementContext& context, const Object& table) {
  if (table.as<Table>()->external) return std::nullopt; // only reading its files would tell
  auto rows = TRY(context.query("SELECT count(*) FROM " + live_relation(physical(table))));
  return rows.text(0, 0);
}

SqlResult<ShowRow> table_row(StatementContext& context, const Object& object) {
  const auto& table = *object.as<Table>();
  auto at = place_of(context, object);
  return ShowRow{time(object),
                 object.name,
                 at.database,
                 at.schema,
                 table.kind,
                 object.comment,
                 table.cluster_by,
                 TRY(row_count(context, object)),
                 std::nullopt,
                 object.owner,
                 std::to_string(retention_days(context.catalog(), object)),
                 "OFF",
                 table.change_tracking ? "ON" : "OFF",
                 y_or_n(table.external.has_value()),
                 y_or_n(evolves(table)),
                 "ROLE",
                 y_or_n(table.options.contains(k_event_table)),
                 "N",
                 "N",
                 "N",
                 "N"};
}

SqlResult<ShowRow> event_table_row(StatementContext& context, const Object& object) {
  auto at = place_of(context, object);
  return ShowRow{time(object), object.name, at.database, at.schema, object.owner, object.comment, "ROLE"};
}

/// Of what refreshes itself: the queue that hears its bucket's events.
std::optional<std::string> notification_channel(StatementContext& context, const Object& object) {
  auto* service = context.warehouse().service<LoadService>();
  return service == nullptr ? std::nullopt : service->channel(object.id);
}

SqlResult<ShowRow> external_table_row(StatementContext& context, const Object& object) {
  const auto& external = *object.as<Table>()->external;
  auto at = place_of(context, object);
  const auto stage = context.catalog().find(external.stage);
  const auto option = [&](const char* key) {
    const auto found = external.file_format.find(key);
    return found == external.file_format.end() || found->second.empty() ? std::nullopt : std::optional(found->second.front());
  };
  return ShowRow{time(object),
                 object.name,
                 at.database,
                 at.schema,
                 true_or_false(!stage),
                 stage ? std::nullopt : std::optional("Stage dropped"),
                 object.owner,
                 object.comment,
                 stage ? context.catalog().full_name(*stage) : external.stage_name,
                 "@" + external.stage_name + "/" + external.path,
                 option("FORMAT_NAME").value_or(""),
                 option("TYPE").value_or(""),
                 "AWS",
                 std::nullopt,
                 notification_channel(context, object),
                 external.last_refreshed_on ? std::optional(engine_text(*external.last_refreshed_on)) : std::nullopt,
                 "UNSPECIFIED",
                 std::nullopt,
                 "ROLE"};
}

/// The first stream on a view turns its change tracking on.
bool has_stream(const Catalog& catalog, const Object& view) {
  return std::ranges::any_of(catalog.all(ObjectKind::stream),
                             [&](const ObjectPointer& stream) { return stream->as<Stream>()->source == view.id; });
}

SqlResult<ShowRow> view_row(StatementContext& context, const Object& object) {
  const auto& view = *object.as<View>();
  auto at = place_of(context, object);
  return ShowRow{time(object),
                 object.name,
                 "",
                 at.database,
                 at.schema,
                 object.owner,
                 object.comment,
                 view.text,
                 true_or_false(view.secure),
                 true_or_false(view.materialized),
                 "ROLE",
                 has_stream(context.catalog(), object) ? "ON" : "OFF"};
}

SqlResult<ShowRow> stream_row(StatementContext& context, const Object& object) {
  const auto& stream = *object.as<Stream>();
  auto at = place_of(context, object);
  auto source = context.catalog().find(stream.source);
  auto status = TRY(stream_status(context, object));
  std::string base_tables;
  for (const auto& table : status.base_tables)
    base_tables += (base_tables.empty() ? "" : ",") + context.catalog().full_name(*table);
  return ShowRow{time(object),
                 object.name,
                 at.database,
                 at.schema,
                 object.owner,
                 object.comment,
                 source ? context.catalog().full_name(*source) : stream.source_name,
                 stream.source_type,
                 base_tables,
                 "DELTA",
                 true_or_false(status.stale),
                 stream.append_only   ? "APPEND_ONLY"
                 : stream.insert_only ? "INSERT_ONLY"
                                      : "DEFAULT",
                 status.stale_after ? std::optional(engine_text(*status.stale_after)) : std::nullopt,
                 status.invalid_reason,
                 "ROLE"};
}

SqlResult<ShowRow> stage_row(StatementContext& context, const Object& object) {
  const auto& stage = *object.as<Stage>();
  auto at = place_of(context, object);
  std::string type = stage.url.empty() ? "INTERNAL" : "EXTERNAL";
  const auto encryption = stage.options.find("ENCRYPTION");
  if (stage.url.empty() && encryption != stage.options.end() && encryption->second == std::vector<std::string>{"SNOWFLAKE_SSE"})
    type += " NO CSE";
  if (stage.temporary) type += " TEMPORARY";
  return ShowRow{time(object),
                 object.name,
                 at.database,
                 at.schema,
                 stage.url,
                 y_or_n(stage.has_credentials),
                 "N",
                 object.owner,
                 object.comment,
                 std::nullopt,
                 type,
                 stage.url.starts_with("s3") ? std::optional<std::string>("AWS") : std::nullopt,
                 notification_channel(context, object),
                 null_if_empty(stage.storage_integration),
                 std::nullopt,
                 "ROLE",
                 y_or_n(stage.directory_enabled)};
}

SqlResult<ShowRow> file_format_row(StatementContext& context, const Object& object) {
  const auto& format = *object.as<FileFormat>();
  auto at = place_of(context, object);
  std::string options = "{\"TYPE\":\"" + format.type + "\"";
  for (const auto& [key, items] : format.options)
    options += fmt::format(",\"{}\":\"{}\"", key, items.size() == 1 ? items[0] : listed(items));
  return ShowRow{time(object), object.name,    at.database,   at.schema, format.type,
                 object.owner, object.comment, options + "}", "ROLE"};
}

SqlResult<ShowRow> pipe_row(StatementContext& context, const Object& object) {
  const auto& pipe = *object.as<Pipe>();
  auto at = place_of(context, object);
  return ShowRow{time(object),
                 object.name,
                 at.database,
                 at.schema,
                 pipe.definition,
                 object.owner,
                 null_if_empty(pipe.notification_channel),
                 object.comment,
                 null_if_empty(pipe.integration),
                 std::nullopt,
                 null_if_empty(pipe.error_integration),
                 "ROLE",
                 null_if_empty(stopped_state(context.catalog(), object)),
                 "STAGE"};
}

ShowRow routine_row(StatementContext& context, const Object& object, const Routine& routine, bool is_function) {
  auto at = place_of(context, object);
  std::string types;
  for (const auto& argument : routine.arguments) {
    auto name = argument.type.to_string();
    types += (types.empty() ? "" : ", ") + name.substr(0, name.find('('));
  }
  auto count = std::to_string(routine.arguments.size());
  auto least = std::to_string(std::ranges::count_if(routine.arguments, [](const auto& a) { return !a.default_value; }));
  auto returns = routine.returns_table ? routine.returns : routine.returns.substr(0, routine.returns.find('('));
  ShowRow row{time(object),
              object.name,
              at.schema,
              "N",
              "N",
              "N",
              least,
              count,
              fmt::format("{}({}) RETURN {}", object.name, types, returns),
              is_function ? "user-defined function" : "user-defined procedure",
              at.database,
              y_or_n(routine.returns_table),
              "N",
              y_or_n(routine.secure)};
  if (is_function) row.insert(row.end(), {"N", routine.language, "N"});
  return row;
}

SqlResult<ShowRow> procedure_row(StatementContext& context, const Object& object) {
  return routine_row(context, object, *object.as<Procedure>(), false);
}
SqlResult<ShowRow> function_row(StatementContext& context, const Object& object) {
  return routine_row(context, object, *object.as<Function>(), true);
}

SqlResult<ShowRow> sequence_row(StatementContext& context, const Object& object) {
  const auto& sequence = *object.as<Sequence>();
  auto at = place_of(context, object);
  return ShowRow{
      object.name,  at.database,    at.schema, std::to_string(sequence.start), std::to_string(sequence.step), time(object),
      object.owner, object.comment, "ROLE",    y_or_n(sequence.ordered)};
}

SqlResult<ShowRow> integration_row(StatementContext&, const Object& object) {
  const auto& integration = *object.as<Integration>();
  return ShowRow{object.name,    integration.type, integration.category, true_or_false(integration.enabled),
                 object.comment, time(object)};
}

SqlResult<ShowRow> compute_row(StatementContext& context, const Object& object) {
  const auto& compute = *object.as<ComputeWarehouse>();
  bool current = context.session().context().warehouse == object.name;
  return ShowRow{object.name,
                 compute.state,
                 "STANDARD",
                 compute.size,
                 "1",
                 "1",
                 "1",
                 "0",
                 "0",
                 "N",
                 y_or_n(current),
                 std::to_string(compute.auto_suspend_seconds),
                 true_or_false(compute.auto_resume),
                 time(object),
                 object.owner,
                 object.comment};
}

/// Kinds that are shown alone although they are a sort of another.
bool is_shown(StatementContext& context, const sql::Show& show, const Object& object) {
  if (show.roots_only && object.as<Task>() != nullptr) return is_root_task(context.catalog(), object);
  if (show.kind == "MATERIALIZED VIEWS") return object.as<View>()->materialized;
  if (show.kind == "EXTERNAL TABLES") return object.as<Table>()->external.has_value();
  if (show.kind == "EVENT TABLES") return object.as<Table>()->options.contains(k_event_table);
  return true;
}

const std::map<std::string_view, Listing>& listings() {
  static const std::map<std::string_view, Listing> out = {
      {"DATABASES",
       {ObjectKind::database,
        "created_on! name is_default is_current origin owner comment options retention_time kind owner_role_type",
        database_row}},
      {"SCHEMAS",
       {ObjectKind::schema,
        "created_on! name is_default is_current database_name owner comment options retention_time owner_role_type",
        schema_row}},
      {"TABLES",
       {ObjectKind::table,
        "created_on! name database_name schema_name kind comment cluster_by rows# bytes# owner retention_time "
        "automatic_clustering "
        "change_tracking is_external enable_schema_evolution owner_role_type is_event is_hybrid is_iceberg is_dynamic "
        "is_immutable",
        table_row}},
      {"EXTERNAL TABLES",
       {ObjectKind::table,
        "created_on! name database_name schema_name invalid invalid_reason owner comment stage location file_format_name "
        "file_format_type cloud region notification_channel last_refreshed_on! table_format last_refresh_details "
        "owner_role_type",
        external_table_row}},
      {"EVENT TABLES",
       {ObjectKind::table, "created_on! name database_name schema_name owner comment owner_role_type", event_table_row}},
      {"VIEWS",
       {ObjectKind::view,
        "created_on! name reserved database_name schema_name owner comment text is_secure is_materialized owner_role_type "
        "change_tracking",
        view_row}},
      {"STREAMS",
       {ObjectKind::stream,
        "created_on! name database_name schema_name owner comment table_name source_type base_tables type stale mode "
        "stale_after! "
        "invalid_reason owner_role_type",
        stream_row}},
      {"STAGES",
       {ObjectKind::stage,
        "created_on! name database_name schema_name url has_credentials has_encryption_key owner comment region type cloud "
        "notification_channel storage_integration endpoint owner_role_type directory_enabled",
        stage_row}},
      {"FILE FORMATS",
       {ObjectKind::file_format, "created_on! name database_name schema_name type owner comment format_options owner_role_type",
        file_format_row}},
      {"PIPES",
       {ObjectKind::pipe,
        "created_on! name database_name schema_name definition owner notification_channel comment integration pattern "
        "error_integration "
        "owner_role_type invalid_reason kind",
        pipe_row}},
      {"TASKS", {ObjectKind::task, k_task_columns, task_row}},
      {"PROCEDURES",
       {ObjectKind::procedure,
        "created_on! name schema_name is_builtin is_aggregate is_ansi min_num_arguments# max_num_arguments# arguments "
        "description "
        "catalog_name is_table_function valid_for_clustering is_secure",
        procedure_row}},
      {"FUNCTIONS",
       {ObjectKind::function,
        "created_on! name schema_name is_builtin is_aggregate is_ansi min_num_arguments# max_num_arguments# arguments "
        "description "
        "catalog_name is_table_function valid_for_clustering is_secure is_external_function language is_memoizable",
        function_row}},
      {"SEQUENCES",
       {ObjectKind::sequence,
        "name database_name schema_name next_value# interval# created_on! owner comment owner_role_type ordered",
        sequence_row}},
      {"INTEGRATIONS", {ObjectKind::integration, "name type category enabled comment created_on!", integration_row}},
      {"WAREHOUSES",
       {ObjectKind::compute_warehouse,
        "name state type size min_cluster_count# max_cluster_count# started_clusters# running# queued# is_default is_current "
        "auto_suspend# auto_resume created_on! owner comment",
        compute_row}},
  };
  return out;
}

std::string singular(std::string_view kind) {
  return std::string(kind.substr(0, kind.size() - 1));
}

Outcome terse(StatementContext& context, const sql::Show& show, const Listing& listing) {
  std::vector<ShowRow> rows;
  ShowFilter filter(show);
  for (const auto& object : objects_in(context, TRY(show_scope(context, show)), listing.kind)) {
    if (!is_shown(context, show, *object) || !filter.takes(object->name)) continue;
    if (listing.kind == ObjectKind::task) {
      rows.push_back(terse_task_row(context, *object));
      continue;
    }
    auto at = place_of(context, *object);
    rows.push_back({time(*object), object->name, singular(show.kind), null_if_empty(at.database), null_if_empty(at.schema)});
  }
  if (listing.kind == ObjectKind::task) return context.table(StatementKind::show, show_columns(k_terse_task_columns), rows);
  return context.table(StatementKind::show, show_columns("created_on! name kind database_name schema_name"), rows);
}

/// SHOW OBJECTS: tables and views together.
Outcome show_objects(StatementContext& context, const sql::Show& show) {
  auto scope = TRY(show_scope(context, show));
  auto objects = objects_in(context, scope, ObjectKind::table);
  auto views = objects_in(context, scope, ObjectKind::view);
  objects.insert(objects.end(), views.begin(), views.end());
  std::vector<ShowRow> rows;
  ShowFilter filter(show);
  for (const auto& object : objects) {
    if (!filter.takes(object->name)) continue;
    auto at = place_of(context, *object);
    bool is_table = object->as<Table>() != nullptr;
    std::optional<std::string> count;
    if (is_table) count = TRY(row_count(context, *object));
    rows.push_back({time(*object), object->name, at.database, at.schema, is_table ? "TABLE" : "VIEW", object->comment, "",
                    count, object->owner, "ROLE", is_table && object->as<Table>()->dynamic ? "Y" : "N"});
  }
  return context.table(
      StatementKind::show,
      show_columns("created_on! name database_name schema_name kind comment cluster_by rows# owner owner_role_type is_dynamic"),
      rows);
}

/// Roles made as DATABASE ROLE stand among the account's: they are shown there.
Outcome show_database_roles(StatementContext& context, const sql::Show& show) {
  sql::Show roles = show;
  roles.kind = "ROLES";
  roles.in_kind.reset();
  return run(context, roles);
}

/// HISTORY: what UNDROP can bring back, too, with the time of its drop.
SqlResult<void> add_dropped(StatementContext& context, const sql::Show& show, const Listing& listing, ShowFilter& filter,
                            std::vector<ShowRow>& rows, std::string& columns) {
  columns += " dropped_on!";
  for (auto& row : rows) row.push_back(std::nullopt);
  auto scope = TRY(show_scope(context, show));
  std::vector<ObjectId> parents;
  if (listing.kind == ObjectKind::database) {
    parents.push_back(k_account);
  } else if (listing.kind == ObjectKind::schema) {
    for (const auto& database :
         scope.database ? std::vector{scope.database} : context.catalog().children(k_account, ObjectKind::database))
      parents.push_back(database->id);
  } else {
    for (const auto& schema : scope.schema ? std::vector{scope.schema} : objects_in(context, scope, ObjectKind::schema))
      parents.push_back(schema->id);
  }
  for (auto parent : parents) {
    for (const auto& dropped : TRY(context.checked(dropped_from(context.connection(), listing.kind, parent, context.now())))) {
      if (!is_shown(context, show, dropped.object) || !filter.takes(dropped.object.name)) continue;
      auto row = TRY(listing.row(context, dropped.object));
      row.push_back(engine_text(dropped.dropped_on));
      rows.push_back(std::move(row));
    }
  }
  return {};
}

} // namespace

Outcome run(StatementContext& context, const sql::Show& show) {
  if (auto found = show_account(context, show)) return std::move(*found);
  if (auto found = show_recorded(context, show)) return std::move(*found);
  if (show.kind == "DATABASE ROLES") return show_database_roles(context, show);
  if (show.kind == "HISTORY TABLES") return show_history_tables(context, show);
  if (show.kind == "DYNAMIC TABLES") return show_dynamic_tables(context, show);
  if (show.kind == "OBJECTS") return show_objects(context, show);
  auto kind = show.kind == "USER FUNCTIONS"    ? std::string("FUNCTIONS")
              : show.kind == "USER PROCEDURES" ? std::string("PROCEDURES")
                                               : show.kind;
  if (kind.ends_with(" INTEGRATIONS")) kind = "INTEGRATIONS";
  if (kind == "MATERIALIZED VIEWS") kind = "VIEWS";
  auto listing = listings().find(kind);
  if (listing == listings().end()) return sql::fail(sql::unsupported_feature("SHOW " + show.kind));
  if (show.terse) return terse(context, show, listing->second);
  std::vector<ShowRow> rows;
  ShowFilter filter(show);
  for (const auto& object : objects_in(context, TRY(show_scope(context, show)), listing->second.kind)) {
    if (is_shown(context, show, *object) && filter.takes(object->name))
      rows.push_back(TRY(listing->second.row(context, *object)));
  }
  std::string columns(listing->second.columns);
  if (show.history) TRY(add_dropped(context, show, listing->second, filter, rows, columns));
  return context.table(StatementKind::show, show_columns(columns), rows);
}

} // namespace freshet::warehouse
