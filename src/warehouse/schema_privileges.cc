// Grants and roles.
#include <set>

#include "warehouse/schema_objects.h"
#include "warehouse/schema_view.h"

namespace freshet::warehouse {
namespace {

/// The database and schema that an object stands in: "" where it does not.
struct Place {
  std::string database;
  std::string schema;
  ObjectId database_id = 0;
};

Place place_of(const Catalog& catalog, const Object& object) {
  Place out;
  auto above = object.kind() == ObjectKind::database ? catalog.find(object.id) : catalog.find(object.parent);
  for (; above; above = catalog.find(above->parent)) {
    if (above->as<Schema>() != nullptr) out.schema = above->name;
    if (above->as<Database>() == nullptr) continue;
    out.database = above->name;
    out.database_id = above->id;
  }
  return out;
}

bool is_in(const Place& place, const SchemaDatabases& databases) {
  for (const auto& database : databases) {
    if (database->id == place.database_id) return true;
  }
  return false;
}

constexpr std::string_view k_object_columns =
    "GRANTOR GRANTEE GRANTED_TO OBJECT_CATALOG OBJECT_SCHEMA OBJECT_NAME OBJECT_TYPE PRIVILEGE_TYPE IS_GRANTABLE CREATED!";

SchemaRelation privileges(StatementContext& context, const SchemaDatabases& databases, bool usage_only) {
  SchemaView out(k_object_columns);
  auto& catalog = context.catalog();
  for (const auto& object : catalog.all(ObjectKind::grant)) {
    const auto& grant = *object->as<Grant>();
    if (grant.future || (usage_only && grant.privilege != "USAGE")) continue;
    const auto on = grant.on == 0 ? nullptr : catalog.find(grant.on);
    const auto place = on ? place_of(catalog, *on) : Place{};
    if (place.database_id != 0 && !is_in(place, databases)) continue;
    out.add({{"GRANTOR", schema_text_or_null(grant.granted_by)},
             {"GRANTEE", schema_text(grant.to)},
             {"GRANTED_TO", schema_text(grant.to_kind)},
             {"OBJECT_CATALOG", schema_text_or_null(place.database)},
             {"OBJECT_SCHEMA", schema_text_or_null(place.schema)},
             {"OBJECT_NAME", schema_text(on ? on->name : grant.on_name)},
             {"OBJECT_TYPE", schema_text(grant.on_kind)},
             {"PRIVILEGE_TYPE", schema_text(grant.privilege)},
             {"IS_GRANTABLE", schema_yes_no(grant.grant_option)},
             {"CREATED", schema_time(object->created_on)}});
  }
  return out.relation();
}

} // namespace

SchemaRelation schema_object_privileges(StatementContext& context, const SchemaDatabases& databases) {
  return privileges(context, databases, false);
}

SchemaRelation schema_usage_privileges(StatementContext& context, const SchemaDatabases& databases) {
  return privileges(context, databases, true);
}

SchemaRelation schema_table_privileges(StatementContext& context, const SchemaDatabases& databases) {
  SchemaView out(
      "GRANTOR GRANTEE GRANTED_TO TABLE_CATALOG TABLE_SCHEMA TABLE_NAME PRIVILEGE_TYPE IS_GRANTABLE WITH_HIERARCHY CREATED!");
  auto& catalog = context.catalog();
  auto add = [&](const Object& relation, const Place& place, const std::string& grantor, const std::string& grantee,
                 const std::string& privilege, bool grantable, TimePoint created) {
    out.add({{"GRANTOR", schema_text_or_null(grantor)},
             {"GRANTEE", schema_text(grantee)},
             {"GRANTED_TO", "'ROLE'"},
             {"TABLE_CATALOG", schema_text(place.database)},
             {"TABLE_SCHEMA", schema_text(place.schema)},
             {"TABLE_NAME", schema_text(relation.name)},
             {"PRIVILEGE_TYPE", schema_text(privilege)},
             {"IS_GRANTABLE", schema_yes_no(grantable)},
             {"WITH_HIERARCHY", "'NO'"},
             {"CREATED", schema_time(created)}});
  };
  for (auto kind : {ObjectKind::table, ObjectKind::view}) {
    for_each_schema_object(context, databases, kind, [&](const SchemaObject& at) {
      const Place place{at.database.name, at.schema.name, at.database.id};
      add(at.object, place, at.object.owner, at.object.owner, "OWNERSHIP", true, at.object.created_on);
    });
  }
  for (const auto& object : catalog.all(ObjectKind::grant)) {
    const auto& grant = *object->as<Grant>();
    const auto on = grant.on == 0 || grant.future ? nullptr : catalog.find(grant.on);
    if (!on || grant.privilege == "OWNERSHIP" || (on->as<Table>() == nullptr && on->as<View>() == nullptr)) continue;
    const auto place = place_of(catalog, *on);
    if (is_in(place, databases))
      add(*on, place, grant.granted_by, grant.to, grant.privilege, grant.grant_option, object->created_on);
  }
  return out.relation();
}

SchemaRelation schema_applicable_roles(StatementContext& context, const SchemaDatabases&) {
  SchemaView out("GRANTEE ROLE_NAME ROLE_OWNER IS_GRANTABLE");
  for (const auto& object : context.catalog().all(ObjectKind::grant)) {
    const auto& grant = *object->as<Grant>();
    if (grant.on_kind != "ROLE" || grant.privilege != "USAGE") continue;
    const auto role = context.catalog().find(grant.on);
    out.add({{"GRANTEE", schema_text(grant.to)},
             {"ROLE_NAME", schema_text(grant.on_name)},
             {"ROLE_OWNER", role ? schema_text_or_null(role->owner) : "NULL"},
             {"IS_GRANTABLE", schema_yes_no(grant.grant_option)}});
  }
  return out.relation();
}

/// The session's role and those granted to it, directly or through others.
SchemaRelation schema_enabled_roles(StatementContext& context, const SchemaDatabases&) {
  SchemaView out("ROLE_NAME ROLE_OWNER");
  std::vector<std::string> waiting{context.session().context().role};
  std::set<std::string> enabled{waiting[0]};
  const auto grants = context.catalog().all(ObjectKind::grant);
  while (!waiting.empty()) {
    const auto name = waiting.back();
    waiting.pop_back();
    const auto role = context.catalog().find(ObjectKind::role, k_account, name);
    out.add({{"ROLE_NAME", schema_text(name)}, {"ROLE_OWNER", role ? schema_text_or_null(role->owner) : "NULL"}});
    for (const auto& object : grants) {
      const auto& grant = *object->as<Grant>();
      const bool gives_role = grant.on_kind == "ROLE" && grant.to_kind == "ROLE" && grant.to == name;
      if (gives_role && enabled.insert(grant.on_name).second) waiting.push_back(grant.on_name);
    }
  }
  return out.relation();
}

} // namespace freshet::warehouse
