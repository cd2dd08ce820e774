#include <fmt/format.h>

#include "sql/engine_printer.h"
#include "sql/parser.h"
#include "warehouse/binder.h"
#include "warehouse/dynamic/dynamic_table.h"
#include "warehouse/in_time_zone.h"
#include "warehouse/literal.h"
#include "warehouse/object_parameters.h"
#include "warehouse/physical.h"
#include "warehouse/rows/merge_sql.h"
#include "warehouse/rows/scratch_table.h"
#include "warehouse/session.h"
#include "warehouse/statements/target_table.h"
#include "warehouse/transaction.h"

namespace freshet::warehouse {
namespace {

engine::Result<void> run(engine::Connection& connection, const std::string& sql, std::span<const engine::Value> binds = {}) {
  auto done = connection.execute(sql, binds);
  if (!done) return std::unexpected(done.error());
  return {};
}

/// The query with its names resolved as a view's would be: from where the table lies.
SqlResult<sql::PrintedQuery> printed_query(StatementContext& context, const Object& table) {
  const auto query = TRY(sql::parse_query(table.as<Table>()->dynamic->query));
  Binder binder(context, context.scope_of(table));
  return sql::print_engine_select(query, binder, context.print_options());
}

engine::Result<void> note(engine::Connection& connection, ObjectId table, TimePoint started, TimePoint ended,
                          const sql::Error* error, const ChangeReport& changes, std::string_view trigger) {
  engine::Value binds[] = {table,
                           started.time_since_epoch().count(),
                           ended.time_since_epoch().count(),
                           error == nullptr ? "SUCCEEDED" : "FAILED",
                           error == nullptr ? int64_t{0} : int64_t{error->code},
                           error == nullptr ? std::string() : error->message,
                           changes.inserted,
                           changes.deleted,
                           std::string(trigger)};
  TRY(run(connection, "INSERT INTO FRESHET.DYNAMIC_REFRESH VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", binds));
  engine::Value oldest[] = {(ended - k_refreshes_kept).time_since_epoch().count()};
  return run(connection, "DELETE FROM FRESHET.DYNAMIC_REFRESH WHERE started < ?", oldest);
}

} // namespace

engine::Result<void> create_dynamic_refreshes(engine::Connection& connection) {
  return run(
      connection,
      "CREATE TABLE IF NOT EXISTS FRESHET.DYNAMIC_REFRESH (table_id BIGINT, started BIGINT, ended BIGINT, state VARCHAR, "
      "error_code BIGINT, error_message VARCHAR, inserted BIGINT, deleted BIGINT, trigger VARCHAR)");
}

engine::Result<std::optional<DynamicRefresh>> last_refresh(engine::Connection& connection, ObjectId table) {
  engine::Value binds[] = {table};
  auto rows = TRY(connection.query(
      "SELECT started, state, error_code, error_message FROM FRESHET.DYNAMIC_REFRESH WHERE table_id = ? ORDER BY started DESC, "
      "rowid DESC LIMIT 1",
      binds));
  if (rows.empty()) return std::nullopt;
  return DynamicRefresh{TimePoint{Duration{rows.integer(0, 0)}}, std::string(rows.string(0, 1)),
                        static_cast<int32_t>(rows.integer(0, 2)), std::string(rows.string(0, 3))};
}

SqlResult<std::vector<Column>> dynamic_columns(StatementContext& context, const Object& table,
                                               const std::vector<std::string>& names) {
  const auto printed = TRY(printed_query(context, table));
  const auto prepared = TRY(context.checked(context.connection().prepare(printed.text)));
  const auto columns = result_columns(prepared.columns(), printed.columns);
  if (!names.empty() && names.size() != columns.size()) {
    return sql::fail(
        {2026, "42601",
         fmt::format("SQL compilation error:\nInvalid column definition list: {} columns are named and {} selected",
                     names.size(), columns.size())});
  }
  std::vector<Column> out;
  for (size_t i = 0; i < columns.size(); ++i) {
    Column column{.name = names.empty() ? columns[i].name : names[i], .type = columns[i].type};
    if (std::ranges::find(out, column.name, &Column::name) != out.end())
      return sql::fail({2025, "42S21", fmt::format("SQL compilation error:\nduplicate column name '{}'", column.name)});
    out.push_back(std::move(column));
  }
  return out;
}

namespace {

/// The rows that refreshes leave alone, as a condition of the engine on the table's columns: IMMUTABLE WHERE, once the table
/// has been filled. Source: https://docs.snowflake.com/en/sql-reference/sql/create-dynamic-table
SqlResult<std::string> frozen_rows(StatementContext& context, const Object& object) {
  const auto condition = own_parameter(object, "IMMUTABLE WHERE");
  if (!condition) return std::string("false");
  const auto last = TRY(context.checked(last_refresh(context.connection(), object.id)));
  if (!last || last->state != "SUCCEEDED") {
    const auto filled = TRY(context.query(fmt::format("SELECT EXISTS (SELECT 1 FROM {})", physical(object).sql_name())));
    if (!filled.boolean(0, 0)) return std::string("false");
  }
  note_target(context, {std::make_shared<const Object>(object)}, std::nullopt);
  return context.print(TRY(sql::parse_expression(*condition)));
}

} // namespace

SqlResult<void> write_difference(StatementContext& context, TransactionScope& transaction, const Object& object,
                                 std::string_view trigger) {
  const auto started = context.now();
  const auto table = physical(object);
  const auto columns = column_list(table);
  std::vector<sql::SnowflakeType> types;
  std::string same;
  for (const auto& column : object.as<Table>()->columns) {
    const auto name = sql::quote_identifier(column.name);
    types.push_back(column.type);
    same += fmt::format("was.{} IS NOT DISTINCT FROM new.{} AND ", name, name);
  }
  same += "was.\"$n\" = new.\"$n\""; // equal rows are told apart by their number
  const auto number = fmt::format("row_number() OVER (PARTITION BY {}) AS \"$n\"", columns);
  // Run once: what is computed anew each time (a clock, a random number) would be another row each time.
  ScratchTable now(context.connection());
  TRY(context.checked(now.fill(fmt::format("SELECT {}, {} FROM ({}) AS q({})", columns, number,
                                           assigned_select(context, TRY(printed_query(context, object)), types), columns))));
  const auto was = fmt::format("(SELECT *, {} FROM {})", number, target_relation(table, "t"));
  const auto frozen = TRY(frozen_rows(context, object));
  auto writer = writer_of(transaction);
  const auto planned = fmt::format(
      "(SELECT {0}, CAST(NULL AS BIGINT) AS \"$row\", CAST(NULL AS BIGINT) AS {1}, {2} AS {3} FROM {4} AS new WHERE ({8}) IS "
      "NOT "
      "TRUE AND NOT EXISTS (SELECT 1 FROM {5} AS was WHERE {6}) UNION ALL SELECT {0}, \"$row\", {1}, {7} FROM {5} AS was WHERE "
      "({8}) IS NOT TRUE AND NOT EXISTS (SELECT 1 FROM {4} AS new WHERE {6}))",
      columns, k_rid, k_insert, k_action, now.name(), was, same, k_remove, frozen);
  const auto changes = TRY(written_by(context, transaction, object.id, writer.apply_changes(table, planned)));
  return context.checked(note(context.connection(), object.id, started, context.now(), nullptr, changes, trigger));
}

SqlResult<void> refresh_dynamic_table(StatementContext& context, ObjectId id, std::string_view trigger) {
  const auto known = context.catalog().find(id);
  if (!known) return {};
  const auto started = context.now();
  InTimeZone zone(context.session(), known->as<Table>()->dynamic->time_zone);
  TRY(context.session().apply_parameters());
  ObjectId locked[] = {id};
  auto done = write(context, locked, [&](TransactionScope& transaction) -> SqlResult<StatementResult> {
    const auto object = context.catalog().find(id);
    if (object) TRY(write_difference(context, transaction, *object, trigger));
    return StatementResult{};
  });
  if (done) return {};
  // Recorded beside: the transaction is gone.
  if (auto noted = note(context.connection(), id, started, context.now(), &done.error(), {}, trigger); !noted)
    return std::unexpected(context.error_of(noted.error()));
  return std::unexpected(std::move(done).error());
}

} // namespace freshet::warehouse
