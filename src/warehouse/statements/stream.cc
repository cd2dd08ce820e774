#include <fmt/core.h>

#include "warehouse/external/directory_table.h"
#include "warehouse/external/external_table.h"
#include "warehouse/history_point.h"
#include "warehouse/notifications/event_log.h"
#include "warehouse/statements/create.h"
#include "warehouse/tracked_view.h"
#include "warehouse/tracked_view_builder.h"
#include "warehouse/transaction.h"
#include "warehouse/warnings/loss_warnings.h"

namespace freshet::warehouse {
namespace {

sql::Error only_for(std::string_view option, std::string_view kind) {
  return {2108, "42601", fmt::format("SQL compilation error:\n{} is not for streams on {}.", option, kind)};
}

/// ON STAGE: its directory table.
SqlResult<ObjectPointer> source_stage(StatementContext& context, const sql::CreateStream& statement) {
  if (statement.at) return sql::fail(only_for("AT | BEFORE", "directory tables"));
  if (statement.append_only) return sql::fail(only_for("APPEND_ONLY", "directory tables"));
  if (statement.insert_only) return sql::fail(only_for("INSERT_ONLY", "directory tables"));
  if (statement.show_initial_rows) return sql::fail(only_for("SHOW_INITIAL_ROWS", "directory tables"));
  return stage_with_directory(context, statement.source);
}

/// ON EXTERNAL TABLE: what was removed from its files cannot be read any more, so inserts are all that a stream can show.
SqlResult<ObjectPointer> source_external(StatementContext& context, const sql::CreateStream& statement) {
  auto source = TRY(context.find(ObjectKind::table, statement.source));
  TRY(check_table_word(*source, sql::ObjectKind::external_table));
  if (statement.append_only) return sql::fail(only_for("APPEND_ONLY", "external tables"));
  if (statement.show_initial_rows) return sql::fail(only_for("SHOW_INITIAL_ROWS", "external tables"));
  if (!statement.insert_only) {
    return sql::fail(
        {2108, "42601", "SQL compilation error:\nStreams on external tables must be insert-only: add INSERT_ONLY = TRUE."});
  }
  return source;
}

std::string_view source_type(const Object& source) {
  if (source.as<View>() != nullptr) return "View";
  if (source.as<Stage>() != nullptr) return "Stage";
  if (source.as<Table>()->dynamic) return "Dynamic Table";
  return source.as<Table>()->external ? "External Table" : "Table";
}

SqlResult<ObjectPointer> source_table(StatementContext& context, const sql::CreateStream& statement) {
  if (statement.source_kind == sql::ObjectKind::stage) return source_stage(context, statement);
  if (statement.source_kind == sql::ObjectKind::external_table) return source_external(context, statement);
  auto source = TRY(context.relation(statement.source));
  TRY(check_table_word(*source, statement.source_kind));
  bool wants_view = statement.source_kind == sql::ObjectKind::view;
  if (source->kind() != (wants_view ? ObjectKind::view : ObjectKind::table)) {
    return sql::fail({2203, "42601",
                      fmt::format("SQL compilation error:\nObject found is of type '{}', specified type '{}' is not correct.",
                                  name_of(source->kind()), wants_view ? "VIEW" : "TABLE")});
  }
  if (!wants_view && source->as<Table>()->dynamic && statement.source_kind == sql::ObjectKind::table) {
    return sql::fail(
        {2203, "42601",
         "SQL compilation error:\nObject found is of type 'DYNAMIC_TABLE', specified type 'TABLE' is not correct."});
  }
  const bool is_event_table = !wants_view && source->as<Table>()->options.contains(k_event_table);
  if (statement.source_kind == sql::ObjectKind::event_table && !is_event_table)
    return sql::fail(wrong_kind("TABLE", "EVENT TABLE"));
  if (wants_view && source->as<View>()->materialized) return sql::fail(cannot_track("MATERIALIZED VIEW"));
  if (statement.insert_only) {
    return sql::fail(
        {2108, "42601", "SQL compilation error:\nINSERT_ONLY is for streams on external tables; APPEND_ONLY is for tables."});
  }
  return source;
}

/// The first stream on a table, or on a view over it, turns its change tracking on.
void track_changes(CatalogChange& change, const ObjectPointer& source) {
  if (source->as<Table>() == nullptr || source->as<Table>()->change_tracking) return;
  Object object = *source;
  object.as<Table>()->change_tracking = true;
  change.put(std::move(object));
}

/// CREATE OR ALTER of a stream that exists: only its comment may change, and its offset stays.
SqlResult<void> check_unchanged(StatementContext& context, const Object& object, const sql::CreateStream& statement) {
  const auto& stream = *object.as<Stream>();
  const auto source = TRY(source_table(context, statement));
  const std::string_view changed = source->id != stream.source                   ? "its source"
                                   : statement.append_only != stream.append_only ? "APPEND_ONLY"
                                   : statement.insert_only != stream.insert_only ? "INSERT_ONLY"
                                   : statement.at                                ? "its offset"
                                                                                 : "";
  if (changed.empty()) return {};
  return sql::fail({2, "0A000",
                    fmt::format("SQL compilation error:\nUnsupported feature: CREATE OR ALTER STREAM changes the comment of "
                                "{}, not {}. CREATE OR REPLACE STREAM makes another one.",
                                context.catalog().full_name(object), changed)});
}

/// CREATE STREAM … CLONE other: the same table, the same offset.
SqlResult<void> clone_stream(StatementContext& context, const sql::CreateStream& statement, Object& object) {
  auto source = TRY(context.find(ObjectKind::stream, statement.clone->source));
  object.body = *source->as<Stream>();
  auto window = TRY(context.writing()->stream_window(source->id));
  return context.checked(set_stream_offset(context.connection(), object.id, window.initial ? window.until : window.from,
                                           window.initial, window.moved_at));
}

} // namespace

Outcome run(StatementContext& context, const sql::CreateStream& statement) {
  using enum sql::ObjectKind;
  const auto kind = statement.source_kind;
  const bool known =
      kind == table || kind == view || kind == stage || kind == external_table || kind == dynamic_table || kind == event_table;
  if (!known && !statement.clone) {
    return sql::fail(sql::unsupported_feature(fmt::format("CREATE STREAM ON {}", sql::name_of(statement.source_kind))));
  }
  Creation creation{warehouse::ObjectKind::stream, "Stream", statement.options, statement.name, &statement.properties};
  return create(context, creation,
                [&](Object& object, const ObjectPointer& replaced, CatalogChange& change) -> SqlResult<void> {
                  if (stands_already(context, object)) return check_unchanged(context, object, statement);
                  if (replaced && !statement.at) TRY(warn_of_forgotten_changes(context, *replaced));
                  if (statement.clone) return clone_stream(context, statement, object);
                  auto source = TRY(source_table(context, statement));
                  auto point = statement.at ? TRY(point_of(context, *statement.at, *source)) : TRY(context.writing()->point());
                  std::vector<ObjectId> base_tables;
                  if (source->as<View>() != nullptr) {
                    auto view = TRY(TrackedView::open(context, *source)); // says what it cannot follow
                    for (const auto& table : view.tables()) {
                      base_tables.push_back(table->id);
                      track_changes(change, table);
                    }
                  }
                  track_changes(change, source);
                  object.body = Stream{.source = source->id,
                                       .source_name = context.catalog().full_name(*source),
                                       .source_type = std::string(source_type(*source)),
                                       .base_tables = std::move(base_tables),
                                       .append_only = statement.append_only,
                                       .insert_only = statement.insert_only,
                                       .show_initial_rows = statement.show_initial_rows};
                  return context.checked(
                      set_stream_offset(context.connection(), object.id, point, statement.show_initial_rows, context.now()));
                });
}

} // namespace freshet::warehouse
