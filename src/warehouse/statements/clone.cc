#include "warehouse/statements/clone.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "warehouse/alerts/alert_definition.h"
#include "warehouse/dropped_objects.h"
#include "warehouse/external/directory_table.h"
#include "warehouse/history_point.h"
#include "warehouse/load/pipe_health.h"
#include "warehouse/statements/table.h"
#include "warehouse/statements/target_table.h"
#include "warehouse/transaction.h"

namespace freshet::warehouse {
namespace {

using Ids = std::map<ObjectId, ObjectId>; // original → clone

constexpr ObjectKind k_cloned_kinds[] = {
    ObjectKind::sequence,  ObjectKind::file_format, ObjectKind::table,  ObjectKind::view, ObjectKind::stage, ObjectKind::pipe,
    ObjectKind::procedure, ObjectKind::function,    ObjectKind::stream, ObjectKind::task, ObjectKind::alert};

/// The next number that the sequence would give.
SqlResult<int64_t> next_of(StatementContext& context, ObjectId sequence, int64_t start, int64_t step) {
  engine::Value binds[] = {std::string(k_rows_schema), fmt::format("S{}", sequence)};
  auto rows =
      TRY(context.query("SELECT last_value FROM duckdb_sequences() WHERE schema_name = ? AND sequence_name = ?", binds));
  return rows.empty() || rows.is_null(0, 0) ? start : rows.integer(0, 0) + step;
}

/// What stood in the container then: now without a time, else what had been created and not yet dropped.
SqlResult<std::vector<ObjectPointer>> contents(StatementContext& context, const Object& container, ObjectKind kind,
                                               const std::optional<TimePoint>& then) {
  std::vector<ObjectPointer> out;
  for (const auto& object : context.catalog().children(container.id, kind)) {
    if (!then || object->created_on <= *then) out.push_back(object);
  }
  if (!then || (kind != ObjectKind::table && kind != ObjectKind::schema)) return out;
  for (auto& dropped : TRY(context.checked(dropped_from(context.connection(), kind, container.id, context.now())))) {
    if (dropped.object.created_on <= *then && dropped.dropped_on > *then)
      out.push_back(std::make_shared<const Object>(std::move(dropped.object)));
  }
  return out;
}

ObjectId mapped(const Ids& ids, ObjectId id) {
  auto found = ids.find(id);
  return found == ids.end() ? id : found->second;
}

/// The point at which the transaction `number`, too, has committed: the clone's own rows are no news to its streams.
Point including(Point point, int64_t number) {
  std::erase(point.exceptions, number);
  for (int64_t open = point.high + 1; open < number; ++open) point.exceptions.push_back(open);
  point.high = std::max(point.high, number);
  return point;
}

SqlResult<void> clone_physical(StatementContext& context, const Object& from, Object& to, const Ids& ids,
                               const sql::Box<sql::HistoryPoint>& at) {
  if (from.as<Table>() != nullptr) {
    auto table = TRY(clone_definition(context, from));
    if (const auto& dynamic = from.as<Table>()->dynamic) { // suspended, as documented
      table.dynamic = dynamic;
      table.dynamic->started = false;
      for (auto& base : table.dynamic->base_tables) base = mapped(ids, base);
    }
    to.body = std::move(table);
    TRY(create_physical(context, to));
    return clone_rows(context, from, to, at);
  }
  if (auto* sequence = to.as<Sequence>()) {
    return create_sequence(context, to.id, TRY(next_of(context, from.id, sequence->start, sequence->step)), sequence->step);
  }
  if (auto* stream = to.as<Stream>()) {
    stream->source = mapped(ids, stream->source);
    for (auto& table : stream->base_tables) table = mapped(ids, table);
    if (stream->source != from.as<Stream>()->source) stream->source_name.clear();
    auto point = including(TRY(context.writing()->point()), context.writing()->number().value());
    return context.checked(set_stream_offset(context.connection(), to.id, point, false, context.now()));
  }
  if (auto* task = to.as<Task>()) {
    task->started = false;
    for (auto& predecessor : task->predecessors) predecessor = mapped(ids, predecessor);
    task->finalizes = mapped(ids, task->finalizes);
  }
  if (auto* alert = to.as<Alert>()) {
    suspend_alert(*alert);
    alert->watched = mapped(ids, alert->watched);
  }
  if (to.as<Stage>() != nullptr) return set_directory(context, to, false);
  if (auto* pipe = to.as<Pipe>()) {
    resume(*pipe); // its own pauses, not the original's
    pause(*pipe, context.now());
    pipe->cloned = pipe->auto_ingest;
  }
  return {};
}

/// Whether the table is to be left out, because what it was then is not kept any more.
SqlResult<bool> is_left_out(StatementContext& context, const Object& object, const sql::CloneClause& options) {
  if (!options.at || !options.ignores_short_retention || object.as<Table>() == nullptr) return false;
  const auto point = point_of(context, *options.at, object);
  if (point) return false;
  if (point.error().code == k_not_available) return true;
  return std::unexpected(point.error());
}

/// What a clone of a schema does not have.
SqlResult<bool> is_cloned(StatementContext& context, const Object& object, const sql::CloneClause& options) {
  if (const auto* stage = object.as<Stage>(); stage != nullptr && stage->url.empty()) {
    if (options.internal_stages && stage->directory_enabled)
      return sql::fail(sql::unsupported_feature("INCLUDE INTERNAL STAGES of a stage with a directory table"));
    return options.internal_stages;
  }
  if (object.as<Table>() != nullptr && object.as<Table>()->external) return false;
  if ((object.as<Task>() != nullptr || object.as<Alert>() != nullptr) && options.at) return false;
  if (object.as<Pipe>() != nullptr && !loads_from_outside(context.catalog(), object)) return false;
  return !TRY(is_left_out(context, object, options));
}

SqlResult<void> clone_schema(StatementContext& context, CatalogChange& change, const Object& from, const Object& to,
                             const sql::CloneClause& options, const std::optional<TimePoint>& then, Ids& ids) {
  std::vector<std::pair<ObjectPointer, Object>> clones;
  for (auto kind : k_cloned_kinds) {
    for (const auto& original : TRY(contents(context, from, kind, then))) {
      if (!TRY(is_cloned(context, *original, options))) continue;
      Object copy = *original;
      copy.id = context.catalog().new_id();
      copy.parent = to.id;
      copy.created_on = context.now();
      copy.owner = context.session().context().role;
      ids[original->id] = copy.id;
      clones.emplace_back(original, std::move(copy));
    }
  }
  for (auto& [original, copy] : clones) {
    TRY(clone_physical(context, *original, copy, ids, options.at));
    change.put(std::move(copy));
  }
  return {};
}

} // namespace

SqlResult<Table> clone_definition(StatementContext& context, const Object& from) {
  Table out = *from.as<Table>();
  out.history.reset(); // the copy of a table that follows another is a table
  out.dynamic.reset();
  for (auto& column : out.columns) {
    if (!column.autoincrement) continue;
    auto& sequence = *column.autoincrement;
    sequence.start = TRY(next_of(context, sequence.sequence, sequence.start, sequence.step));
    sequence.sequence = context.catalog().new_id();
  }
  return out;
}

SqlResult<void> clone_rows(StatementContext& context, const Object& from, const Object& to,
                           const sql::Box<sql::HistoryPoint>& at) {
  auto& transaction = *context.writing();
  auto source = physical(from);
  auto point = at ? TRY(point_of(context, *at, from)) : TRY(transaction.point());
  std::string columns;
  for (const auto& column : source.columns) columns += sql::quote_identifier(column.name) + ", ";
  columns += k_row;
  auto number = transaction.number().value();
  TRY(context.execute(fmt::format("INSERT INTO {} ({}, {}) SELECT {}, {} FROM {}", physical(to).sql_name(), columns, k_begin,
                                  columns, number, versions_between(source, columns, point, point, Versions::at_until))));
  transaction.number().note_write();
  transaction.wrote(to.id);
  return {};
}

SqlResult<void> check_permanence(bool is_transient, bool becomes_transient) {
  if (!is_transient || becomes_transient) return {};
  return sql::fail({2120, "0A000", "SQL compilation error:\nTransient object cannot be cloned to a permanent object."});
}

SqlResult<void> clone_contents(StatementContext& context, CatalogChange& change, const Object& from, const Object& to,
                               const sql::CloneClause& options) {
  std::optional<TimePoint> then;
  if (options.at) {
    then = TRY(time_of(context, *options.at));
    const bool tables_decide = options.ignores_short_retention && *then >= from.created_on;
    if (!tables_decide) TRY(point_of(context, *options.at, from)); // says when it is too long ago
  }
  Ids ids;
  if (from.as<Schema>() != nullptr) return clone_schema(context, change, from, to, options, then, ids);
  for (const auto& schema : TRY(contents(context, from, ObjectKind::schema, then))) {
    Object copy = *schema;
    copy.id = context.catalog().new_id();
    copy.parent = to.id;
    copy.created_on = context.now();
    TRY(clone_schema(context, change, *schema, copy, options, then, ids));
    change.put(std::move(copy));
  }
  return {};
}

} // namespace freshet::warehouse
