#pragma once

#include <string>
#include <vector>

#include "warehouse/statement_context.h"

/// The views of INFORMATION_SCHEMA, each over the objects of some databases.
namespace freshet::warehouse {

using SchemaRelation = SqlResult<std::string>;
using SchemaDatabases = std::vector<ObjectPointer>;

// schema_relations.cc
SchemaRelation schema_tables(StatementContext& context, const SchemaDatabases& databases);
SchemaRelation schema_external_tables(StatementContext& context, const SchemaDatabases& databases);
SchemaRelation schema_views(StatementContext& context, const SchemaDatabases& databases);
SchemaRelation schema_columns(StatementContext& context, const SchemaDatabases& databases);
SchemaRelation schema_table_constraints(StatementContext& context, const SchemaDatabases& databases);
SchemaRelation schema_referential_constraints(StatementContext& context, const SchemaDatabases& databases);
SchemaRelation schema_check_constraints(StatementContext& context, const SchemaDatabases& databases);
/// A constraint's name, or one that tells it from the table's others.
std::string constraint_name(const Object& table, size_t index);

// schema_objects.cc
SchemaRelation schema_schemata(StatementContext& context, const SchemaDatabases& databases);
SchemaRelation schema_databases(StatementContext& context, const SchemaDatabases& databases);
SchemaRelation schema_stages(StatementContext& context, const SchemaDatabases& databases);
SchemaRelation schema_file_formats(StatementContext& context, const SchemaDatabases& databases);
SchemaRelation schema_pipes(StatementContext& context, const SchemaDatabases& databases);
SchemaRelation schema_procedures(StatementContext& context, const SchemaDatabases& databases);
SchemaRelation schema_functions(StatementContext& context, const SchemaDatabases& databases);
SchemaRelation schema_sequences(StatementContext& context, const SchemaDatabases& databases);
SchemaRelation schema_packages(StatementContext& context, const SchemaDatabases& databases);
SchemaRelation schema_catalog_name(StatementContext& context, const SchemaDatabases& databases);

// schema_privileges.cc
SchemaRelation schema_table_privileges(StatementContext& context, const SchemaDatabases& databases);
SchemaRelation schema_object_privileges(StatementContext& context, const SchemaDatabases& databases);
SchemaRelation schema_usage_privileges(StatementContext& context, const SchemaDatabases& databases);
SchemaRelation schema_applicable_roles(StatementContext& context, const SchemaDatabases& databases);
SchemaRelation schema_enabled_roles(StatementContext& context, const SchemaDatabases& databases);

// schema_history.cc
SchemaRelation schema_load_history(StatementContext& context, const SchemaDatabases& databases);
SchemaRelation schema_query_history(StatementContext& context, const SchemaDatabases& databases);

/// Every object of a kind in the databases that the session sees, with its database and schema.
struct SchemaObject {
  const Object& database;
  const Object& schema;
  const Object& object;
};
template <typename Visit>
void for_each_schema_object(StatementContext& context, const SchemaDatabases& databases, ObjectKind kind, Visit visit) {
  for (const auto& database : databases) {
    for (const auto& schema : context.catalog().children(database->id, ObjectKind::schema)) {
      for (const auto& object : context.catalog().children(schema->id, kind, context.session().id()))
        visit(SchemaObject{*database, *schema, *object});
    }
  }
}

} // namespace freshet::warehouse
