#include <fmt/core.h>

#include "warehouse/external/external_table.h"
#include "warehouse/statements/create.h"
#include "warehouse/tasks/task_graph.h"

namespace freshet::warehouse {
namespace {

/// A dropped database or schema is nobody's current one any longer.
void leave(SessionContext& session, const Object& dropped) {
  if (dropped.as<Database>() != nullptr && session.database == dropped.name) session.database = session.schema = "";
  if (dropped.as<Schema>() != nullptr && session.schema == dropped.name) session.schema = "";
}

} // namespace

Outcome run(StatementContext& context, const sql::Drop& statement) {
  auto kind = catalog_kind(statement.kind);
  auto name = TRY(context.resolve(statement.name));
  auto already = [&] {
    return context.message(StatementKind::ddl,
                           fmt::format("Drop statement executed successfully ({} already dropped).", name.last()));
  };
  auto look_up = [&]() -> SqlResult<ObjectPointer> {
    auto found = find_named(context, statement.kind, name, statement.argument_types);
    if (!found && statement.if_exists && found.error().code == 2003) return nullptr;
    return found;
  };
  if (statement.if_exists && !TRY(look_up())) return already();
  ObjectPointer dropped;
  TRY(context.change_catalog([&](CatalogChange& change) -> SqlResult<void> {
    dropped = TRY(look_up());
    if (!dropped) {
      if (statement.if_exists) return {};
      TRY(context.find(kind, name)); // says what is missing
      return sql::fail(missing(kind, written(name)));
    }
    TRY(check_table_word(*dropped, statement.kind));
    if (dropped->as<Task>() != nullptr) TRY(check_graph_suspended(context.catalog(), dropped));
    return drop_object(context, change, *dropped);
  }));
  if (!dropped) return already();
  leave(context.session().context(), *dropped);
  return context.message(StatementKind::ddl, fmt::format("{} successfully dropped.", dropped->name));
}

Outcome run(StatementContext& context, const sql::CommentOn& statement) {
  bool found = true;
  TRY(context.change_catalog([&](CatalogChange& change) -> SqlResult<void> {
    if (statement.kind == sql::ObjectKind::column) {
      auto name = TRY(context.resolve(statement.name));
      auto column_name = std::string(name.last());
      name.parts.pop_back();
      Object object = *TRY(context.find(ObjectKind::table, name));
      for (auto& column : object.as<Table>()->columns) {
        if (column.name == column_name) column.comment = statement.comment;
      }
      change.put(std::move(object));
      return {};
    }
    auto named = TRY(find_named(context, statement.kind, statement.name, statement.argument_types));
    found = named != nullptr;
    if (!found) return {};
    Object object = *named;
    object.comment = statement.comment;
    change.put(std::move(object));
    return {};
  }));
  if (!found && !statement.if_exists)
    return sql::fail(missing(catalog_kind(statement.kind), written(TRY(context.resolve(statement.name)))));
  return context.message(StatementKind::ddl, "Statement executed successfully.");
}

} // namespace freshet::warehouse
