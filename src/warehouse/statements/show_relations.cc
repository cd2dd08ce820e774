#include "warehouse/statements/show_relations.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "warehouse/load/load_service.h"
#include "warehouse/load/schema_evolution.h"
#include "warehouse/notifications/event_log.h"
#include "warehouse/retention.h"
#include "warehouse/statements/table.h"
#include "warehouse/storage_metrics.h"

namespace freshet::warehouse {
namespace {

using Cell = std::optional<std::string>;

/// The rows and bytes of a table; of an external one only reading its files would tell, and a view has none.
SqlResult<std::pair<Cell, Cell>> size_cells(StatementContext& context, const Object& object) {
  const auto* table = object.as<Table>();
  if (table == nullptr || table->external) return std::pair<Cell, Cell>();
  const auto size = TRY(live_size(context, object));
  return std::pair<Cell, Cell>(std::to_string(size.rows), std::to_string(size.bytes));
}

/// The first stream on a view turns its change tracking on.
bool has_stream(const Catalog& catalog, const Object& view) {
  return std::ranges::any_of(catalog.all(ObjectKind::stream),
                             [&](const ObjectPointer& stream) { return stream->as<Stream>()->source == view.id; });
}

bool is_hybrid(const Table& table) {
  return table.options.contains(k_hybrid_table);
}

} // namespace

SqlResult<ShowRow> table_row(StatementContext& context, const Object& object) {
  const auto& table = *object.as<Table>();
  const auto at = context.scope_of(object);
  const auto [rows, bytes] = TRY(size_cells(context, object));
  return ShowRow{engine_text(object.created_on),
                 object.name,
                 at.database,
                 at.schema,
                 table.kind,
                 object.comment,
                 table.cluster_by,
                 rows,
                 bytes,
                 object.owner,
                 std::to_string(retention_days(context.catalog(), object)),
                 table.cluster_by.empty() ? "OFF" : "ON",
                 table.change_tracking ? "ON" : "OFF",
                 "OFF",
                 std::nullopt,
                 std::nullopt,
                 y_or_n(table.external.has_value()),
                 y_or_n(evolves(table)),
                 "ROLE",
                 y_or_n(table.options.contains(k_event_table)),
                 y_or_n(is_hybrid(table)),
                 "N",
                 y_or_n(table.dynamic.has_value()),
                 "N"};
}

SqlResult<ShowRow> event_table_row(StatementContext& context, const Object& object) {
  const auto at = context.scope_of(object);
  return ShowRow{engine_text(object.created_on), object.name, at.database, at.schema, object.owner, object.comment, "ROLE"};
}

SqlResult<ShowRow> hybrid_table_row(StatementContext& context, const Object& object) {
  const auto at = context.scope_of(object);
  const auto [rows, bytes] = TRY(size_cells(context, object));
  return ShowRow{
      engine_text(object.created_on), object.name, at.database, at.schema, object.owner, rows, bytes, object.comment, "ROLE"};
}

std::optional<std::string> notification_channel(StatementContext& context, const Object& object) {
  auto* service = context.warehouse().service<LoadService>();
  return service == nullptr ? std::nullopt : service->channel(object.id);
}

SqlResult<ShowRow> external_table_row(StatementContext& context, const Object& object) {
  const auto& external = *object.as<Table>()->external;
  const auto at = context.scope_of(object);
  const auto stage = context.catalog().find(external.stage);
  const auto option = [&](const char* key) {
    const auto found = external.file_format.find(key);
    return found == external.file_format.end() || found->second.empty() ? std::string() : found->second.front();
  };
  return ShowRow{engine_text(object.created_on),
                 object.name,
                 at.database,
                 at.schema,
                 true_or_false(!stage),
                 stage ? std::nullopt : std::optional("Stage dropped"),
                 object.owner,
                 object.comment,
                 stage ? context.catalog().full_name(*stage) : external.stage_name,
                 "@" + external.stage_name + "/" + external.path,
                 option("FORMAT_NAME"),
                 option("TYPE"),
                 "AWS",
                 std::nullopt,
                 notification_channel(context, object),
                 external.last_refreshed_on ? std::optional(engine_text(*external.last_refreshed_on)) : std::nullopt,
                 "UNSPECIFIED",
                 std::nullopt,
                 "ROLE"};
}

SqlResult<ShowRow> view_row(StatementContext& context, const Object& object) {
  const auto& view = *object.as<View>();
  const auto at = context.scope_of(object);
  return ShowRow{engine_text(object.created_on),
                 object.name,
                 "",
                 view.materialized ? "MATERIALIZED_VIEW" : "VIEW",
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

Outcome show_objects(StatementContext& context, const sql::Show& show) {
  const auto scope = TRY(show_scope(context, show));
  auto objects = objects_in(context, scope, ObjectKind::table);
  const auto views = objects_in(context, scope, ObjectKind::view);
  objects.insert(objects.end(), views.begin(), views.end());
  std::ranges::stable_sort(objects, {}, [&](const ObjectPointer& object) {
    const auto at = context.scope_of(*object);
    return std::tuple(at.database, at.schema, object->name);
  });
  std::vector<ShowRow> rows;
  ShowFilter filter(show);
  for (const auto& object : objects) {
    if (!filter.takes(object->name)) continue;
    const auto at = context.scope_of(*object);
    const auto created = engine_text(object->created_on);
    const auto* table = object->as<Table>();
    const std::string kind = table != nullptr ? "TABLE" : "VIEW";
    if (show.terse) {
      rows.push_back({created, object->name, kind, at.database, at.schema});
      continue;
    }
    const auto [count, bytes] = TRY(size_cells(context, *object));
    rows.push_back({created, object->name, at.database, at.schema, kind, object->comment,
                    table != nullptr ? table->cluster_by : "", count, bytes, object->owner,
                    table != nullptr ? std::optional(std::to_string(retention_days(context.catalog(), *object))) : std::nullopt,
                    "ROLE", std::nullopt, y_or_n(table != nullptr && is_hybrid(*table)),
                    y_or_n(table != nullptr && table->dynamic), "N"});
  }
  constexpr std::string_view k_columns =
      "created_on! name database_name schema_name kind comment cluster_by rows# bytes# owner retention_time owner_role_type "
      "budget is_hybrid is_dynamic is_iceberg";
  return context.table(StatementKind::show,
                       show_columns(show.terse ? "created_on! name kind database_name schema_name" : k_columns), rows);
}

} // namespace freshet::warehouse
