#include "warehouse/statements/create.h"

namespace freshet::warehouse {

Outcome run(StatementContext& context, const sql::CreateDatabase& statement) {
  if (statement.clone) return sql::fail(sql::unsupported_feature("CREATE DATABASE … CLONE"));
  std::string name;
  bool created = false;
  Creation creation{ObjectKind::database, "Database", statement.options, statement.name, &statement.properties};
  auto result = create(context, creation, [&](Object& object, const ObjectPointer&, CatalogChange& change) -> SqlResult<void> {
    auto retention = number_property(statement.properties, "DATA_RETENTION_TIME_IN_DAYS", 1);
    object.body = Database{.retention_days = retention, .transient = statement.options.transient};
    auto schema = context.new_object({object.id, "PUBLIC", nullptr, ""});
    schema.body = Schema{.retention_days = retention, .transient = statement.options.transient};
    change.put(std::move(schema));
    name = object.name;
    created = true;
    return {};
  });
  if (result && created) {
    context.session().context().database = name;
    context.session().context().schema = "PUBLIC";
  }
  return result;
}

Outcome run(StatementContext& context, const sql::CreateSchema& statement) {
  if (statement.clone) return sql::fail(sql::unsupported_feature("CREATE SCHEMA … CLONE"));
  ObjectPointer database;
  std::string name;
  Creation creation{ObjectKind::schema, "Schema", statement.options, statement.name, &statement.properties};
  auto result = create(context, creation, [&](Object& object, const ObjectPointer&, CatalogChange&) -> SqlResult<void> {
    database = context.catalog().find(object.parent);
    object.body = Schema{.retention_days = number_property(statement.properties, "DATA_RETENTION_TIME_IN_DAYS",
                                                           database->as<Database>()->retention_days),
                         .transient = statement.options.transient,
                         .managed_access = statement.managed_access};
    name = object.name;
    return {};
  });
  if (result && database) {
    context.session().context().database = database->name;
    context.session().context().schema = name;
  }
  return result;
}

} // namespace freshet::warehouse
