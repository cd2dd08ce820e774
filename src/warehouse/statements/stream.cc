#include <fmt/core.h>

#include "warehouse/history_point.h"
#include "warehouse/statements/create.h"
#include "warehouse/transaction.h"

namespace freshet::warehouse {
namespace {

SqlResult<ObjectPointer> source_table(StatementContext& context, const sql::CreateStream& statement) {
  auto source = TRY(context.relation(statement.source));
  if (source->as<Table>() == nullptr) {
    return sql::fail(sql::unsupported_feature(fmt::format("CREATE STREAM ON {}", name_of(source->kind()))));
  }
  return source;
}

/// CREATE STREAM … CLONE other: the same table, the same offset.
SqlResult<void> clone_stream(StatementContext& context, const sql::CreateStream& statement, Object& object) {
  auto source = TRY(context.find(ObjectKind::stream, statement.clone->source));
  object.body = *source->as<Stream>();
  auto window = TRY(context.writing()->stream_window(source->id));
  return context.checked(set_stream_offset(context.connection(), object.id, window.from, false));
}

} // namespace

Outcome run(StatementContext& context, const sql::CreateStream& statement) {
  if (statement.source_kind != sql::ObjectKind::table && !statement.clone) {
    return sql::fail(sql::unsupported_feature(fmt::format("CREATE STREAM ON {}", sql::name_of(statement.source_kind))));
  }
  Creation creation{ObjectKind::stream, "Stream", statement.options, statement.name, &statement.properties};
  return create(context, creation, [&](Object& object, const ObjectPointer&, CatalogChange&) -> SqlResult<void> {
    if (statement.clone) return clone_stream(context, statement, object);
    auto source = TRY(source_table(context, statement));
    auto point = statement.at ? TRY(point_of(context, *statement.at, *source)) : TRY(context.writing()->point());
    object.body = Stream{.source = source->id,
                         .source_name = context.catalog().full_name(*source),
                         .append_only = statement.append_only,
                         .insert_only = statement.insert_only,
                         .show_initial_rows = statement.show_initial_rows};
    return context.checked(set_stream_offset(context.connection(), object.id, point, statement.show_initial_rows));
  });
}

} // namespace freshet::warehouse
