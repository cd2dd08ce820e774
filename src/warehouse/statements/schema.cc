#include "warehouse/retention.h"
#include "warehouse/statements/clone.h"

namespace freshet::warehouse {
namespace {

/// CREATE OR ALTER of a database or schema that is there.
template <typename Container>
SqlResult<void> set_container(Container& container, const sql::CreateOptions& options, const sql::Properties& properties) {
  container.retention_days = TRY(days_property(properties, k_retention));
  container.extension_days = TRY(days_property(properties, k_extension));
  container.transient = options.transient;
  container.options = options_of(properties, {k_retention, k_extension});
  return check_retention(container);
}

} // namespace

Outcome run(StatementContext& context, const sql::CreateDatabase& statement) {
  std::string name;
  bool created = false;
  Creation creation{ObjectKind::database, "Database", statement.options, statement.name, &statement.properties};
  auto result = create(context, creation, [&](Object& object, const ObjectPointer&, CatalogChange& change) -> SqlResult<void> {
    if (stands_already(context, object)) return set_container(*object.as<Database>(), statement.options, statement.properties);
    object.body = Database{};
    TRY(set_container(*object.as<Database>(), statement.options, statement.properties));
    if (statement.clone) {
      const auto from = TRY(context.database(statement.clone->source));
      TRY(check_permanence(from->as<Database>()->transient, statement.options.transient));
      TRY(clone_contents(context, change, *from, object, *statement.clone));
    } else {
      auto schema = context.new_object({object.id, "PUBLIC", nullptr, ""});
      schema.body = Schema{.transient = statement.options.transient};
      change.put(std::move(schema));
    }
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
  ObjectPointer database;
  std::string name;
  Creation creation{ObjectKind::schema, "Schema", statement.options, statement.name, &statement.properties};
  auto result = create(context, creation, [&](Object& object, const ObjectPointer&, CatalogChange& change) -> SqlResult<void> {
    if (stands_already(context, object)) return set_container(*object.as<Schema>(), statement.options, statement.properties);
    database = context.catalog().find(object.parent);
    object.body = Schema{.managed_access = statement.managed_access};
    TRY(set_container(*object.as<Schema>(), statement.options, statement.properties));
    name = object.name;
    if (statement.clone) {
      auto from = TRY(context.find(ObjectKind::schema, statement.clone->source));
      TRY(check_permanence(from->as<Schema>()->transient, statement.options.transient));
      TRY(clone_contents(context, change, *from, object, *statement.clone));
    }
    return {};
  });
  if (result && database) {
    context.session().context().database = database->name;
    context.session().context().schema = name;
  }
  return result;
}

} // namespace freshet::warehouse
