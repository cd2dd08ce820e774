#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <map>

#include "warehouse/dropped_objects.h"
#include "warehouse/load/pipe_health.h"
#include "warehouse/notifications/event_log.h"
#include "warehouse/retention.h"
#include "warehouse/statements/show_account.h"
#include "warehouse/statements/show_compute.h"
#include "warehouse/statements/show_functions.h"
#include "warehouse/statements/show_recorded.h"
#include "warehouse/statements/show_relations.h"
#include "warehouse/statements/show_table.h"
#include "warehouse/statements/show_task.h"
#include "warehouse/statements/table.h"
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
  return ShowRow{time(object),
                 object.name,
                 "N",
                 y_or_n(current),
                 database->name,
                 object.owner,
                 object.comment,
                 options,
                 std::to_string(retention_days(context.catalog(), object)),
                 object.owner.empty() ? "" : "ROLE"};
}

std::string source_name(const Catalog& catalog, const Stream& stream) {
  const auto source = catalog.find(stream.source);
  return source ? catalog.full_name(*source) : stream.source_name;
}

SqlResult<ShowRow> stream_row(StatementContext& context, const Object& object) {
  const auto& stream = *object.as<Stream>();
  auto at = place_of(context, object);
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
                 source_name(context.catalog(), stream),
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

/// Kinds that are shown alone although they are a sort of another.
bool is_shown(StatementContext& context, const sql::Show& show, const Object& object) {
  if (show.roots_only && object.as<Task>() != nullptr) return is_root_task(context.catalog(), object);
  if (show.kind == "MATERIALIZED VIEWS") return object.as<View>()->materialized;
  if (show.kind == "EXTERNAL TABLES") return object.as<Table>()->external.has_value();
  if (show.kind == "HYBRID TABLES") return object.as<Table>()->options.contains(k_hybrid_table);
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
      {"TABLES", {ObjectKind::table, k_table_columns, table_row}},
      {"EXTERNAL TABLES", {ObjectKind::table, k_external_table_columns, external_table_row}},
      {"EVENT TABLES", {ObjectKind::table, k_event_table_columns, event_table_row}},
      {"HYBRID TABLES", {ObjectKind::table, k_hybrid_table_columns, hybrid_table_row}},
      {"VIEWS", {ObjectKind::view, k_view_columns, view_row}},
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
      {"ALERTS", {ObjectKind::alert, k_alert_columns, alert_row}},
      {"PROCEDURES", {ObjectKind::procedure, k_procedure_columns, procedure_row}},
      {"FUNCTIONS", {ObjectKind::function, k_function_columns, function_row}},
      {"SEQUENCES",
       {ObjectKind::sequence,
        "name database_name schema_name next_value# interval# created_on! owner comment owner_role_type ordered",
        sequence_row}},
      {"INTEGRATIONS", {ObjectKind::integration, "name type category enabled comment created_on!", integration_row}},
      {"WAREHOUSES", {ObjectKind::compute_warehouse, k_compute_columns, compute_row}},
  };
  return out;
}

/// Every database has the schema INFORMATION_SCHEMA, which is no object of the catalog and nobody's.
ObjectPointer information_schema_of(const Object& database) {
  Object schema;
  schema.parent = database.id;
  schema.name = "INFORMATION_SCHEMA";
  schema.comment = "Views describing the contents of schemas in this database";
  schema.created_on = database.created_on;
  schema.body = Schema{.retention_days = 1};
  return std::make_shared<const Object>(std::move(schema));
}

/// What a SHOW lists before its filters, by database, schema and name.
SqlResult<std::vector<ObjectPointer>> shown_objects(StatementContext& context, const sql::Show& show, ObjectKind kind) {
  const auto scope = TRY(show_scope(context, show));
  auto objects = objects_in(context, scope, kind);
  if (kind != ObjectKind::schema) return objects;
  std::vector<ObjectPointer> out;
  for (const auto& database :
       scope.database ? std::vector{scope.database} : context.catalog().children(k_account, ObjectKind::database)) {
    const auto first = out.size();
    std::ranges::copy_if(objects, std::back_inserter(out), [&](const auto& schema) { return schema->parent == database->id; });
    const auto own = information_schema_of(*database);
    out.insert(std::ranges::lower_bound(out.begin() + static_cast<ptrdiff_t>(first), out.end(), own->name, {},
                                        [](const auto& schema) -> const std::string& { return schema->name; }),
               own);
  }
  return out;
}

/// What SHOW TERSE calls the kind; schemas and databases have none.
std::optional<std::string> terse_kind(std::string_view kind, const Object& object) {
  if (object.as<Schema>() != nullptr || object.as<Database>() != nullptr) return std::nullopt;
  if (object.as<Stream>() != nullptr) return "DELTA";
  if (const auto* view = object.as<View>()) return view->materialized ? "MATERIALIZED_VIEW" : "VIEW";
  return std::string(kind.substr(0, kind.size() - 1));
}

Outcome terse(StatementContext& context, const sql::Show& show, const Listing& listing) {
  std::vector<ShowRow> rows;
  ShowFilter filter(show);
  for (const auto& object : TRY(shown_objects(context, show, listing.kind))) {
    if (!is_shown(context, show, *object) || !filter.takes(object->name)) continue;
    if (listing.kind == ObjectKind::task || listing.kind == ObjectKind::alert) {
      rows.push_back(object->as<Task>() != nullptr ? terse_task_row(context, *object) : terse_alert_row(context, *object));
      continue;
    }
    auto at = place_of(context, *object);
    if (object->as<Schema>() != nullptr) at = {context.catalog().find(object->parent)->name, ""};
    rows.push_back(
        {time(*object), object->name, terse_kind(show.kind, *object), null_if_empty(at.database), null_if_empty(at.schema)});
    if (const auto* stream = object->as<Stream>()) rows.back().push_back(source_name(context.catalog(), *stream));
  }
  if (listing.kind == ObjectKind::alert) return context.table(StatementKind::show, show_columns(k_terse_alert_columns), rows);
  if (listing.kind == ObjectKind::task) return context.table(StatementKind::show, show_columns(k_terse_task_columns), rows);
  std::string columns = "created_on! name kind database_name schema_name";
  if (listing.kind == ObjectKind::stream) columns += " tableOn";
  return context.table(StatementKind::show, show_columns(columns), rows);
}

/// Roles made as DATABASE ROLE stand among the account's: they are shown there.
Outcome show_database_roles(StatementContext& context, const sql::Show& show) {
  sql::Show roles = show;
  roles.kind = "ROLES";
  roles.in_kind.reset();
  return run(context, roles);
}

/// HISTORY: what UNDROP can bring back, too, with the time of its drop behind the retention time.
SqlResult<void> add_dropped(StatementContext& context, const sql::Show& show, const Listing& listing, ShowFilter& filter,
                            std::vector<ShowRow>& rows, std::string& columns) {
  constexpr std::string_view k_after = " retention_time";
  const auto found = columns.find(k_after);
  const auto end = found == std::string::npos ? columns.size() : found + k_after.size();
  const auto place = std::ranges::count(columns.begin(), columns.begin() + static_cast<ptrdiff_t>(end), ' ') + 1;
  columns.insert(end, " dropped_on!");
  for (auto& row : rows) row.insert(row.begin() + place, std::nullopt);
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
      row.insert(row.begin() + place, engine_text(dropped.dropped_on));
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
  std::string_view category; // of integrations: STORAGE, NOTIFICATION, …
  if (kind.ends_with(" INTEGRATIONS")) {
    category = std::string_view(show.kind).substr(0, show.kind.find(' '));
    kind = "INTEGRATIONS";
  }
  if (kind == "MATERIALIZED VIEWS") kind = "VIEWS";
  auto listing = listings().find(kind);
  if (listing == listings().end()) return sql::fail(sql::unsupported_feature("SHOW " + show.kind));
  if (show.terse) return terse(context, show, listing->second);
  ShowFilter filter(show);
  std::vector<ShowRow> rows;
  if (show.kind == "FUNCTIONS" && show.in_kind.value_or("ACCOUNT") == "ACCOUNT") rows = builtin_function_rows(filter);
  for (const auto& object : TRY(shown_objects(context, show, listing->second.kind))) {
    if (!category.empty() && !object->as<Integration>()->category.starts_with(category)) continue;
    if (is_shown(context, show, *object) && filter.takes(object->name))
      rows.push_back(TRY(listing->second.row(context, *object)));
  }
  std::string columns(listing->second.columns);
  if (show.history) TRY(add_dropped(context, show, listing->second, filter, rows, columns));
  return context.table(StatementKind::show, show_columns(columns), rows);
}

} // namespace freshet::warehouse
