#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "warehouse/load/pipe_health.h"
#include "warehouse/policies.h"
#include "warehouse/procedures/routine_definition.h"
#include "warehouse/statements/create.h"
#include "warehouse/tasks/task_graph.h"

namespace freshet::warehouse {
namespace {

ComputeWarehouse compute_warehouse(const sql::Properties& properties) {
  ComputeWarehouse out;
  out.size = text_property(properties, "WAREHOUSE_SIZE", "X-Small");
  out.auto_suspend_seconds = number_property(properties, "AUTO_SUSPEND", 600);
  out.auto_resume = boolean_property(properties, "AUTO_RESUME", true);
  if (boolean_property(properties, "INITIALLY_SUSPENDED", false)) out.state = "SUSPENDED";
  out.options = options_of(properties, {"WAREHOUSE_SIZE", "AUTO_SUSPEND", "AUTO_RESUME", "INITIALLY_SUSPENDED"});
  return out;
}

Integration integration(sql::ObjectKind kind, const sql::Properties& properties) {
  Integration out;
  auto words = std::string(sql::name_of(kind)); // "STORAGE INTEGRATION"
  out.category = words.find(' ') == std::string::npos ? "" : words.substr(0, words.find(' '));
  auto type = text_property(properties, "TYPE", out.category);
  std::ranges::transform(type, type.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  out.type = type;
  if (out.category.empty()) out.category = type;
  out.enabled = boolean_property(properties, "ENABLED", true);
  out.options = options_of(properties, {"TYPE", "ENABLED"});
  return out;
}

User user(const sql::Properties& properties) {
  return {.default_role = name_property(properties, "DEFAULT_ROLE"),
          .default_warehouse = name_property(properties, "DEFAULT_WAREHOUSE"),
          .default_namespace = text_property(properties, "DEFAULT_NAMESPACE"),
          .options = options_of(properties)};
}

std::string_view word_of(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::role:
      return "Role";
    case ObjectKind::user:
      return "User";
    case ObjectKind::compute_warehouse:
      return "Warehouse";
    case ObjectKind::integration:
      return "Integration";
    default:
      return "Object";
  }
}

/// "Resource monitor": how Snowflake's messages begin for kinds that are only recorded.
std::string word_of(sql::ObjectKind kind) {
  auto word = std::string(sql::name_of(kind));
  for (size_t i = 1; i < word.size(); ++i) word[i] = static_cast<char>(std::tolower(static_cast<unsigned char>(word[i])));
  return word;
}

Recorded recorded(StatementContext& context, const sql::CreateObject& statement) {
  Recorded out{std::string(sql::name_of(statement.kind)), options_of(statement.properties)};
  if (!statement.rest.empty()) out.options["DEFINITION"] = {statement.rest};
  const auto scope = context.scope();
  const auto& parts = statement.name.parts;
  out.database = parts.size() > 2 ? parts[0].name : scope.database;
  out.schema = parts.size() > 1 ? parts[parts.size() - 2].name : scope.schema;
  return out;
}

SqlResult<AccessPolicy> access_policy(StatementContext& context, const sql::CreateObject& statement) {
  AccessPolicy out;
  out.type = sql::name_of(statement.kind);
  out.arguments = TRY(routine_arguments(context, statement.parameters));
  out.return_type = TRY(sql::type_from_name(statement.returns.type, context.session().parameters().timestamp_alias()));
  out.returns = out.return_type.to_string();
  out.body = statement.body_text;
  out.options = options_of(statement.properties);
  return out;
}

/// What a GRANT is about: the objects of a kind, their ids and full names.
struct Subject {
  std::string kind;
  ObjectId id = 0;
  std::string name;
};

SqlResult<std::vector<Subject>> subjects_of(StatementContext& context, const sql::Grant& statement) {
  auto kind = kind_named(statement.object_kind);
  auto kind_name = kind ? std::string(sql::name_of(*kind)) : statement.object_kind;
  if (statement.scope == sql::Grant::Scope::account)
    return std::vector<Subject>{{"ACCOUNT", 0, context.warehouse().options().account}};
  if (statement.scope == sql::Grant::Scope::object && kind_name.empty()) {
    auto object = TRY(context.relation(statement.object));
    return std::vector<Subject>{{std::string(name_of(object->kind())), object->id, context.catalog().full_name(*object)}};
  }
  if (statement.scope == sql::Grant::Scope::object) {
    if (!kind) return std::vector<Subject>{{kind_name, 0, written(TRY(context.resolve(statement.object)))}};
    auto object = TRY(find_named(context, *kind, statement.object, statement.argument_types));
    if (!object) return sql::fail(missing(catalog_kind(*kind), written(TRY(context.resolve(statement.object)))));
    return std::vector<Subject>{{kind_name, object->id, context.catalog().full_name(*object)}};
  }
  auto in = statement.in_kind == "DATABASE" ? TRY(context.database(statement.in_name)) : TRY(context.schema(statement.in_name));
  std::vector<Subject> out;
  if (statement.scope == sql::Grant::Scope::future) {
    out.push_back({kind_name, in->id, context.catalog().full_name(*in) + ".<" + kind_name + ">"});
    return out;
  }
  std::vector<ObjectPointer> schemas{in};
  if (in->as<Database>() != nullptr) schemas = context.catalog().children(in->id, ObjectKind::schema);
  for (const auto& schema : schemas) {
    if (!kind) break;
    if (*kind == sql::ObjectKind::schema) {
      out.push_back({kind_name, schema->id, context.catalog().full_name(*schema)});
      continue;
    }
    for (const auto& object : context.catalog().children(schema->id, catalog_kind(*kind))) {
      out.push_back({kind_name, object->id, context.catalog().full_name(*object)});
    }
  }
  return out;
}

/// Adds the grant, or takes it away.
void record(StatementContext& context, CatalogChange& change, const sql::Grant& statement, Grant grant, std::string_view name) {
  auto same = [&](const ObjectPointer& other) {
    const auto& o = *other->as<Grant>();
    bool privilege = grant.privilege == "ALL" && statement.revoke ? true : o.privilege == grant.privilege;
    return privilege && o.on == grant.on && o.on_name == grant.on_name && o.to == grant.to && o.to_kind == grant.to_kind &&
           o.future == grant.future;
  };
  for (const auto& other : context.catalog().all(ObjectKind::grant)) {
    if (same(other)) change.erase(other->id);
  }
  if (statement.revoke && !statement.grant_option_for) return;
  auto object = context.new_object({k_account, std::string(name), nullptr, ""});
  grant.granted_by = context.session().context().role;
  grant.grant_option = statement.with_grant_option && !statement.revoke;
  object.body = std::move(grant);
  change.put(std::move(object));
}

SqlResult<void> grant_roles(StatementContext& context, const sql::Grant& statement, CatalogChange& change,
                            const std::string& to) {
  for (const auto& name : statement.roles) {
    auto role = TRY(context.find(ObjectKind::role, name));
    record(context, change, statement,
           {.privilege = "USAGE",
            .on_kind = "ROLE",
            .on = role->id,
            .on_name = role->name,
            .to_kind = statement.grantee_kind,
            .to = to},
           role->name);
  }
  return {};
}

SqlResult<void> grant_privileges(StatementContext& context, const sql::Grant& statement, CatalogChange& change,
                                 const std::string& to) {
  if (statement.privileges.empty()) return {}; // GRANT ROLE is about no object
  for (const auto& subject : TRY(subjects_of(context, statement))) {
    for (auto privilege : statement.privileges) {
      if (privilege == "ALL PRIVILEGES") privilege = "ALL";
      if (privilege == "OWNERSHIP" && subject.id != 0 && statement.scope != sql::Grant::Scope::future) {
        if (auto owned = context.catalog().find(subject.id)) {
          Object object = *owned;
          object.owner = to;
          if (auto* task = object.as<Task>(); task != nullptr && task->started)
            suspend_task(*task, context.now(), "GRANT_OWNERSHIP");
          if (auto* pipe = object.as<Pipe>(); pipe != nullptr && pipe->paused) pipe->new_owner = true;
          change.put(std::move(object));
        }
      }
      record(context, change, statement,
             {.privilege = privilege,
              .on_kind = subject.kind,
              .on = subject.id,
              .on_name = subject.name,
              .to_kind = statement.grantee_kind,
              .to = to,
              .future = statement.scope == sql::Grant::Scope::future},
             subject.name);
    }
  }
  return {};
}

} // namespace

std::optional<sql::ObjectKind> kind_named(std::string_view word) {
  for (int i = 0; i <= static_cast<int>(sql::ObjectKind::projection_policy); ++i) {
    auto kind = static_cast<sql::ObjectKind>(i);
    auto name = std::string(sql::name_of(kind));
    if (word == name || word == name + "S" || (name.ends_with("Y") && word == name.substr(0, name.size() - 1) + "IES"))
      return kind;
  }
  return std::nullopt;
}

Outcome run(StatementContext& context, const sql::CreateObject& statement) {
  auto kind = catalog_kind(statement.kind);
  const bool typed = kind == ObjectKind::recorded || kind == ObjectKind::access_policy;
  const auto word = typed ? word_of(statement.kind) : std::string(word_of(kind));
  Creation creation{kind, word, statement.options, statement.name, &statement.properties};
  if (typed) creation.type = sql::name_of(statement.kind);
  return create(context, creation, [&](Object& object, const ObjectPointer&, CatalogChange&) -> SqlResult<void> {
    switch (kind) {
      case ObjectKind::role:
        object.body = Role{};
        break;
      case ObjectKind::user:
        object.body = user(statement.properties);
        break;
      case ObjectKind::compute_warehouse:
        object.body = compute_warehouse(statement.properties);
        break;
      case ObjectKind::integration:
        object.body = integration(statement.kind, statement.properties);
        break;
      case ObjectKind::access_policy:
        object.body = TRY(access_policy(context, statement));
        TRY(context.checked(context.connection().prepare(TRY(trial_of_policy(context, object)))));
        break;
      default:
        object.body = recorded(context, statement);
        break;
    }
    if (kind == ObjectKind::compute_warehouse) context.session().context().warehouse = object.name;
    return {};
  });
}

Outcome run(StatementContext& context, const sql::Grant& statement) {
  auto grantee = TRY(context.resolve(statement.grantee));
  auto to = std::string(grantee.last());
  if (statement.grantee_kind == "ROLE" && !context.catalog().find(ObjectKind::role, k_account, to)) {
    return sql::fail(missing(ObjectKind::role, to));
  }
  if (statement.grantee_kind == "USER" && !context.catalog().find(ObjectKind::user, k_account, to)) {
    return sql::fail(missing(ObjectKind::user, to));
  }
  TRY(context.change_catalog([&](CatalogChange& change) -> SqlResult<void> {
    TRY(grant_roles(context, statement, change, to));
    return grant_privileges(context, statement, change, to);
  }));
  return context.message(StatementKind::ddl, "Statement executed successfully.");
}

} // namespace freshet::warehouse
