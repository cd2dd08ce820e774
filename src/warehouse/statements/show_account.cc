#include "warehouse/statements/show_account.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "sql/parser.h"
#include "warehouse/foreign_keys.h"
#include "warehouse/literal.h"
#include "warehouse/open_transactions.h"
#include "warehouse/rows/lock_table.h"
#include "warehouse/schema_objects.h"
#include "warehouse/statements/create.h"
#include "warehouse/statements/show_parameters.h"
#include "warehouse/statements/show_table.h"
#include "warehouse/statements/show_users.h"

namespace freshet::warehouse {
namespace {

std::string time(TimePoint value) {
  return engine_text(value);
}

int64_t grants_where(Catalog& catalog, auto condition) {
  return std::ranges::count_if(catalog.all(ObjectKind::grant),
                               [&](const auto& grant) { return condition(*grant->template as<Grant>()); });
}

Outcome show_roles(StatementContext& context, const sql::Show& show) {
  std::vector<ShowRow> rows;
  ShowFilter filter(show);
  auto& catalog = context.catalog();
  for (const auto& role : catalog.children(k_account, ObjectKind::role)) {
    if (!filter.takes(role->name)) continue;
    auto to_users =
        grants_where(catalog, [&](const Grant& g) { return g.on_kind == "ROLE" && g.on == role->id && g.to_kind == "USER"; });
    auto to_roles =
        grants_where(catalog, [&](const Grant& g) { return g.on_kind == "ROLE" && g.on == role->id && g.to_kind == "ROLE"; });
    auto granted =
        grants_where(catalog, [&](const Grant& g) { return g.on_kind == "ROLE" && g.to == role->name && g.to_kind == "ROLE"; });
    bool current = context.session().context().role == role->name;
    rows.push_back({time(role->created_on), role->name, "N", y_or_n(current), "N", std::to_string(to_users),
                    std::to_string(to_roles), std::to_string(granted), role->owner, role->comment});
  }
  return context.table(
      StatementKind::show,
      show_columns("created_on! name is_default is_current is_inherited assigned_to_users# granted_to_roles# granted_roles# "
                   "owner comment"),
      rows);
}

Outcome show_grants(StatementContext& context, const sql::Show& show) {
  auto name = TRY(context.resolve(show.in_name));
  auto last = std::string(name.last());
  auto kind = show.in_kind.value_or("");
  auto direction = show.grants.empty() ? std::string("TO") : show.grants;
  if (show.grants.empty()) kind = "USER", last = context.session().context().user;
  std::vector<ShowRow> rows;
  const bool is_on = direction == "ON";
  if (is_on && kind.empty()) kind = TRY(context.relation(show.in_name))->as<View>() != nullptr ? "VIEW" : "TABLE";
  if (const auto listed = kind_named(kind); is_on && listed && kind != "ACCOUNT") {
    const auto object = TRY(find_named(context, *listed, show.in_name, std::nullopt));
    if (!object) return sql::fail(missing(catalog_kind(*listed), written(name)));
    rows.push_back({time(object->created_on), "OWNERSHIP", kind, context.catalog().full_name(*object), "ROLE", object->owner,
                    "true", "ROLE", object->owner});
  }
  auto grants = context.catalog().all(ObjectKind::grant);
  std::ranges::sort(grants, {}, [](const ObjectPointer& grant) { return grant->id; }); // in the order they were given
  for (const auto& object : grants) {
    const auto& grant = *object->as<Grant>();
    if (grant.future != show.future) continue;
    bool named = grant.on_name == written(name) || grant.on_name == last || grant.on_name.ends_with("." + last);
    bool takes = direction == "ON"   ? (kind == "ACCOUNT" ? grant.on_kind == "ACCOUNT" : grant.on_kind == kind && named)
                 : direction == "OF" ? grant.on_kind == "ROLE" && grant.on_name == last
                                     : grant.to == last && (grant.to_kind == kind || kind.empty());
    if (!takes || (is_on && grant.privilege == "OWNERSHIP")) continue; // the owner stands above
    if (direction == "OF") {
      rows.push_back({time(object->created_on), grant.on_name, grant.to_kind, grant.to, grant.granted_by});
    } else {
      ShowRow row{time(object->created_on),         grant.privilege, grant.on_kind, grant.on_name, grant.to_kind, grant.to,
                  true_or_false(grant.grant_option)};
      if (is_on) row.push_back("ROLE");
      row.push_back(grant.granted_by);
      rows.push_back(std::move(row));
    }
  }
  auto columns =
      direction == "OF" ? "created_on! role granted_to grantee_name granted_by"
      : is_on ? "created_on! privilege granted_on name granted_to grantee_name grant_option granted_by_role_type granted_by"
              : "created_on! privilege granted_on name granted_to grantee_name grant_option granted_by";
  return context.table(StatementKind::show, show_columns(columns), rows);
}

/// How the client protocol, and SHOW VARIABLES, call a type.
std::string_view physical_name(const sql::SnowflakeType& type) {
  using enum sql::TypeKind;
  switch (type.kind) {
    case number:
      return "fixed";
    case real:
      return "real";
    case boolean:
      return "boolean";
    case binary:
      return "binary";
    case date:
      return "date";
    case sql::TypeKind::time:
      return "time";
    case timestamp_ntz:
      return "timestamp_ntz";
    case timestamp_ltz:
      return "timestamp_ltz";
    case timestamp_tz:
      return "timestamp_tz";
    case variant:
      return "variant";
    case object:
      return "object";
    case array:
      return "array";
    default:
      return "text";
  }
}

Outcome show_variables(StatementContext& context, const sql::Show& show) {
  std::vector<ShowRow> rows;
  ShowFilter filter(show);
  for (const auto& [name, variable] : context.session().variables()) {
    if (!filter.takes(name)) continue;
    auto text = TRY(context.query("SELECT CAST(" + literal(variable.value) + " AS VARCHAR)"));
    rows.push_back({context.session().id(), time(variable.created_on), time(variable.updated_on), name,
                    text.is_null(0, 0) ? std::nullopt : std::optional(text.text(0, 0)),
                    std::string(physical_name(variable.type)), ""});
  }
  return context.table(StatementKind::show, show_columns("session_id created_on! updated_on! name value type comment"), rows);
}

/// The tables that SHOW COLUMNS and SHOW PRIMARY KEYS look at: one, or all of the scope.
SqlResult<std::vector<ObjectPointer>> tables_of(StatementContext& context, const sql::Show& show) {
  if (show.in_kind && (*show.in_kind == "TABLE" || *show.in_kind == "VIEW"))
    return std::vector{TRY(context.relation(show.in_name))};
  if (show.in_kind && show.in_kind->empty()) {
    if (auto table = context.relation(show.in_name)) return std::vector{*table};
  }
  auto scope = TRY(show_scope(context, show));
  auto out = objects_in(context, scope, ObjectKind::table);
  auto views = objects_in(context, scope, ObjectKind::view);
  out.insert(out.end(), views.begin(), views.end());
  return out;
}

/// The members of a type's JSON between its name and its nullability.
std::string type_members(const sql::SnowflakeType& type) {
  using enum sql::TypeKind;
  switch (type.kind) {
    case number:
      return fmt::format(R"(,"precision":{},"scale":{})", type.precision, type.scale);
    case sql::TypeKind::time:
    case timestamp_ntz:
    case timestamp_ltz:
    case timestamp_tz:
      return fmt::format(R"(,"precision":0,"scale":{})", type.scale);
    case text:
      return fmt::format(R"(,"length":{},"byteLength":{})", type.length, std::min<int64_t>(type.length * 4, 16'777'216));
    case binary:
      return fmt::format(R"(,"length":{0},"byteLength":{0})", type.length);
    case vector:
      return fmt::format(R"(,"dimension":{})", type.length);
    default:
      return {};
  }
}

std::string type_json(const sql::SnowflakeType& type, bool nullable) {
  using enum sql::TypeKind;
  const auto name = type.to_string();
  const auto word = type.kind == number ? "FIXED"
                    : type.kind == text ? "TEXT"
                    : type.kind == real ? "REAL"
                                        : name.substr(0, name.find('('));
  std::string out = fmt::format(R"({{"type":"{}"{},"nullable":{})", word, type_members(type), nullable);
  if (type.kind == text || type.kind == binary) out += R"(,"fixed":false)";
  if (!type.collation.empty()) out += fmt::format(R"(,"collation":"{}")", type.collation);
  if (!type.fields.empty()) {
    std::string fields;
    for (const auto& field : type.fields) {
      if (!fields.empty()) fields += ",";
      fields += field.name.empty()
                    ? type_json(field.type, field.nullable)
                    : fmt::format(R"({{"fieldName":"{}","fieldType":{}}})", field.name, type_json(field.type, field.nullable));
    }
    out += fmt::format(R"(,"fields":[{}])", fields);
  }
  return out + "}";
}

Outcome show_columns_of(StatementContext& context, const sql::Show& show) {
  std::vector<ShowRow> rows;
  ShowFilter filter(show);
  for (const auto& object : TRY(tables_of(context, show))) {
    auto at = context.scope_of(*object);
    const std::vector<Column>* columns = nullptr;
    if (auto* table = object->as<Table>()) columns = &table->columns;
    if (auto* view = object->as<View>()) columns = &view->columns;
    if (columns == nullptr) continue;
    for (const auto& column : *columns) {
      if (!filter.takes(column.name)) continue;
      const bool is_virtual = !column.computed.empty();
      rows.push_back({object->name, at.schema, column.name, type_json(column.type, column.nullable),
                      column.nullable ? "true" : "NOT_NULL", column.default_value.value_or(""),
                      is_virtual ? "VIRTUAL_COLUMN" : "COLUMN", column.computed, column.comment, at.database,
                      column.autoincrement ? identity_text(*column.autoincrement) : "", std::nullopt});
    }
  }
  return context.table(StatementKind::show,
                       show_columns("table_name schema_name column_name data_type null? default kind expression comment "
                                    "database_name autoincrement schema_evolution_record"),
                       rows);
}

Outcome show_keys(StatementContext& context, const sql::Show& show, std::string_view kind) {
  std::vector<ShowRow> rows;
  for (const auto& object : TRY(tables_of(context, show))) {
    auto* table = object->as<Table>();
    if (table == nullptr) continue;
    auto at = context.scope_of(*object);
    for (size_t i = 0; i < table->constraints.size(); ++i) {
      const auto& constraint = table->constraints[i];
      if (constraint.kind != kind) continue;
      int64_t sequence = 0;
      for (const auto& column : constraint.columns) {
        rows.push_back({time(object->created_on), at.database, at.schema, object->name, column, std::to_string(++sequence),
                        constraint_name(*object, i), "false", std::nullopt});
      }
    }
  }
  return context.table(
      StatementKind::show,
      show_columns("created_on! database_name schema_name table_name column_name key_sequence# constraint_name rely comment"),
      rows);
}

/// IMPORTED: the foreign keys of the tables in scope; EXPORTED: those of any table that refer to one in scope.
/// Cost: the constraints of the tables in scope; EXPORTED: of all tables of the account.
Outcome show_foreign_keys(StatementContext& context, const sql::Show& show, bool exported) {
  std::vector<ShowRow> rows;
  const auto shown = TRY(tables_of(context, show));
  auto referring = shown;
  std::set<ObjectId> in_scope;
  for (const auto& object : shown) in_scope.insert(object->id);
  if (exported) referring = objects_in(context, {}, ObjectKind::table);
  for (const auto& object : referring) {
    auto* table = object->as<Table>();
    if (table == nullptr) continue;
    const auto at = context.scope_of(*object);
    for (size_t i = 0; i < table->constraints.size(); ++i) {
      const auto& constraint = table->constraints[i];
      if (constraint.kind != "FOREIGN KEY") continue;
      const auto key = TRY(referenced_key(context, *object, constraint));
      if (!key) continue; // its table is gone
      if (exported && !in_scope.contains(key->table->id)) continue;
      const auto of = context.scope_of(*key->table);
      for (size_t column = 0; column < std::min(constraint.columns.size(), key->columns.size()); ++column) {
        rows.push_back({time(object->created_on), of.database, of.schema, key->table->name, key->columns[column], at.database,
                        at.schema, object->name, constraint.columns[column], std::to_string(column + 1), "NO ACTION",
                        "NO ACTION", constraint_name(*object, i), key->name, "NOT DEFERRABLE", "false", std::nullopt});
      }
    }
  }
  return context.table(StatementKind::show,
                       show_columns("created_on! pk_database_name pk_schema_name pk_table_name pk_column_name fk_database_name "
                                    "fk_schema_name fk_table_name fk_column_name key_sequence# update_rule delete_rule fk_name "
                                    "pk_name deferrability rely comment"),
                       rows);
}

Outcome show_transactions(StatementContext& context, const sql::Show& show) {
  std::vector<ShowRow> rows;
  bool everybody = show.in_kind == "ACCOUNT" && context.session().context().role == "ACCOUNTADMIN";
  for (const auto& open : context.warehouse().open_transactions().all()) {
    if (!everybody && open.user != context.session().context().user) continue;
    rows.push_back({open.id, open.user, open.session_id, open.name, time(open.started), "running", "0"});
  }
  return context.table(StatementKind::show, show_columns("id# user session name started_on! state scope#"), rows);
}

Outcome show_locks(StatementContext& context) {
  std::vector<ShowRow> rows;
  auto open = context.warehouse().open_transactions().all();
  for (const auto& lock : context.warehouse().locks().locks()) {
    auto object = context.catalog().find(std::abs(std::stoll(lock.resource))); // COPY's locks have the negative id
    auto owner = std::ranges::find(open, std::to_string(lock.owner), &OpenTransactions::Entry::id);
    bool known = owner != open.end();
    rows.push_back({object ? context.catalog().full_name(*object) : lock.resource, "PARTITIONS", std::to_string(lock.owner),
                    known ? std::optional(time(owner->started)) : std::nullopt, lock.holds ? "HOLDING" : "WAITING",
                    lock.holds ? std::optional(time(lock.since)) : std::nullopt,
                    lock.query_id.empty() ? std::nullopt : std::optional(lock.query_id),
                    known ? std::optional(owner->session_id) : std::nullopt});
  }
  return context.table(StatementKind::show,
                       show_columns("resource type transaction# transaction_started_on! status acquired_on! query_id session"),
                       rows);
}

} // namespace

std::optional<Outcome> show_account(StatementContext& context, const sql::Show& show) {
  const auto& kind = show.kind;
  if (kind == "ROLES") return show_roles(context, show);
  if (kind == "USERS") return show_users(context, show);
  if (kind == "GRANTS") return show_grants(context, show);
  if (kind == "PARAMETERS") return show_parameters(context, show);
  if (kind == "VARIABLES") return show_variables(context, show);
  if (kind == "COLUMNS") return show_columns_of(context, show);
  if (kind == "PRIMARY KEYS") return show_keys(context, show, "PRIMARY KEY");
  if (kind == "UNIQUE KEYS") return show_keys(context, show, "UNIQUE");
  if (kind == "IMPORTED KEYS") return show_foreign_keys(context, show, false);
  if (kind == "EXPORTED KEYS") return show_foreign_keys(context, show, true);
  if (kind == "TRANSACTIONS") return show_transactions(context, show);
  if (kind == "LOCKS") return show_locks(context);
  return std::nullopt;
}

} // namespace freshet::warehouse
