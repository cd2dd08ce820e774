#include "warehouse/storage_metrics.h"

#include <fmt/core.h>

#include "warehouse/dropped_objects.h"
#include "warehouse/literal.h"
#include "warehouse/physical.h"

namespace freshet::warehouse {
namespace {

std::string time(TimePoint value) {
  return literal(engine::TimestampTz{value.time_since_epoch().count()});
}

/// The average width of a row, as engine text over the table's columns.
std::string width_of(const VersionedTable& table) {
  std::string out = "24"; // who and when
  for (const auto& column : table.columns) {
    auto name = sql::quote_identifier(column.name);
    bool is_long = column.type == "VARCHAR" || column.type == "JSON";
    out += is_long ? fmt::format(" + coalesce(strlen(CAST({} AS VARCHAR)), 0)", name) : " + 8";
  }
  return out;
}

SqlResult<std::string> row_of(StatementContext& context, const Object& database, const Object& schema, const Object& object,
                              const std::optional<TimePoint>& dropped) {
  auto table = physical(object);
  auto counted = TRY(context.query(
      fmt::format("SELECT count(*), count({0}), (SELECT coalesce(avg({1}), 0) FROM (SELECT * FROM {2} LIMIT 1000)) FROM {2}",
                  k_end, width_of(table), table.sql_name())));
  auto all = counted.integer(0, 0);
  auto dead = counted.integer(0, 1);
  auto width = counted.floating(0, 2);
  auto bytes = [&](int64_t rows) { return static_cast<int64_t>(static_cast<double>(rows) * width); };
  return fmt::format("({}, {}, {}, {}, {}, {}, {}, {}, 0, 0, {}, {}, NULL, {}, NULL, NULL, {}, {})",
                     engine::quote_literal(database.name), engine::quote_literal(schema.name),
                     engine::quote_literal(object.name), object.id, object.id,
                     object.as<Table>()->kind == "TRANSIENT" ? "'YES'" : "'NO'", dropped ? 0 : bytes(all - dead),
                     bytes(dropped ? all : dead), time(object.created_on), dropped ? time(*dropped) : "NULL",
                     engine::quote_literal(object.comment), dropped ? 0 : all - dead, dropped ? all : dead);
}

} // namespace

SqlResult<TableSize> live_size(StatementContext& context, const Object& table) {
  const auto rows = physical(table);
  const auto counted =
      TRY(context.query(fmt::format("SELECT count(*), (SELECT coalesce(avg({0}), 0) FROM (FROM {1} LIMIT 1000)) FROM {1}",
                                    width_of(rows), live_relation(rows))));
  const auto count = counted.integer(0, 0);
  return TableSize{count, static_cast<int64_t>(static_cast<double>(count) * counted.floating(0, 1))};
}

SqlResult<std::string> table_storage_metrics(StatementContext& context, const Object& database) {
  std::string rows;
  auto add = [&](const std::string& row) { rows += (rows.empty() ? "" : ", ") + row; };
  for (const auto& schema : context.catalog().children(database.id, ObjectKind::schema)) {
    for (const auto& table : context.catalog().children(schema->id, ObjectKind::table))
      if (!table->as<Table>()->external) add(TRY(row_of(context, database, *schema, *table, std::nullopt)));
    for (const auto& dropped :
         TRY(context.checked(dropped_from(context.connection(), ObjectKind::table, schema->id, context.now()))))
      add(TRY(row_of(context, database, *schema, dropped.object, dropped.dropped_on)));
  }
  constexpr const char* k_columns =
      "TABLE_CATALOG, TABLE_SCHEMA, TABLE_NAME, ID, CLONE_GROUP_ID, IS_TRANSIENT, ACTIVE_BYTES, TIME_TRAVEL_BYTES, "
      "FAILSAFE_BYTES, RETAINED_FOR_CLONE_BYTES, TABLE_CREATED, TABLE_DROPPED, TABLE_ENTERED_FAILSAFE, COMMENT, "
      "SCHEMA_CREATED, SCHEMA_DROPPED, ACTIVE_ROWS, TIME_TRAVEL_ROWS";
  std::string none = rows.empty() ? " LIMIT 0" : "";
  if (rows.empty()) add("('', '', '', 0, 0, '', 0, 0, 0, 0, NULL, NULL, NULL, '', NULL, NULL, 0, 0)");
  return fmt::format("(SELECT * FROM (VALUES {}) AS v({}){})", rows, k_columns, none);
}

} // namespace freshet::warehouse
