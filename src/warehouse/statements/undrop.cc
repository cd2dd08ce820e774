#include <fmt/core.h>

#include "warehouse/dropped_objects.h"
#include "warehouse/statements/create.h"

namespace freshet::warehouse {
namespace {

std::string title(ObjectKind kind) {
  return kind == ObjectKind::database ? "Database" : kind == ObjectKind::schema ? "Schema" : "Table";
}

} // namespace

Outcome run(StatementContext& context, const sql::Undrop& statement) {
  auto kind = catalog_kind(statement.kind);
  if (kind != ObjectKind::table && kind != ObjectKind::schema && kind != ObjectKind::database) {
    return sql::fail(sql::unsupported_feature(fmt::format("UNDROP {}", sql::name_of(statement.kind)), statement.name.range.line,
                                              statement.name.range.column - 1));
  }
  std::string name;
  TRY(context.change_catalog([&](CatalogChange& change) -> SqlResult<void> {
    auto target = TRY(context.target(kind, statement.name));
    name = target.name;
    if (target.existing) return sql::fail(sql::already_exists(target.full_name));
    auto& connection = context.connection();
    auto found = TRY(context.checked(find_dropped(connection, kind, target.parent, target.name, context.now())));
    if (!found) {
      return sql::fail(
          {2003, "02000",
           fmt::format("SQL compilation error:\n{} '{}' did not exist or was purged.", title(kind), target.full_name)});
    }
    for (auto& dropped : TRY(context.checked(dropped_group(connection, found->group)))) change.put(std::move(dropped.object));
    return context.checked(forget_group(connection, found->group));
  }));
  return context.message(StatementKind::ddl, fmt::format("{} {} successfully restored.", title(kind), name));
}

} // namespace freshet::warehouse
