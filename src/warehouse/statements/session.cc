#include <fmt/core.h>

#include <algorithm>

#include "warehouse/literal.h"
#include "warehouse/statements/statements.h"

namespace freshet::warehouse {
namespace {

Outcome done(StatementContext& context, StatementKind kind) {
  return context.message(kind, "Statement executed successfully.");
}

/// 002043/02000
sql::Error cannot_use() {
  return {2043, "02000", "SQL compilation error:\nObject does not exist, or operation cannot be performed."};
}

SqlResult<void> use(StatementContext& context, const sql::Use& statement) {
  auto name = TRY(context.resolve(statement.name));
  auto& current = context.session().context();
  auto use_database = [&](const Object& database) {
    current.database = database.name;
    current.schema = context.catalog().find(ObjectKind::schema, database.id, "PUBLIC") ? "PUBLIC" : "";
  };
  using enum sql::Use::Kind;
  switch (statement.kind) {
    case database:
    case database_or_schema: {
      if (statement.kind == database_or_schema && name.parts.size() == 2) break;
      auto found = context.catalog().find(ObjectKind::database, k_account, name.last());
      if (!found) return sql::fail(cannot_use());
      use_database(*found);
      return {};
    }
    case schema:
      break;
    case role:
      if (!context.catalog().find(ObjectKind::role, k_account, name.last())) return sql::fail(cannot_use());
      current.role = name.last();
      return {};
    case warehouse:
      if (!context.catalog().find(ObjectKind::compute_warehouse, k_account, name.last())) return sql::fail(cannot_use());
      current.warehouse = name.last();
      return {};
    case secondary_roles:
      return {};
  }
  auto found = context.schema(name);
  if (!found) return sql::fail(found.error().code == 2003 ? cannot_use() : found.error());
  current.database = context.catalog().find((*found)->parent)->name;
  current.schema = (*found)->name;
  return {};
}

/// A session variable keeps the expression's own type.
SqlResult<std::vector<Bind>> values_of(StatementContext& context, const std::string& select) {
  auto rows = TRY(context.query(select));
  auto columns = result_columns(rows.columns());
  std::vector<Bind> out;
  for (size_t i = 0; i < columns.size(); ++i)
    out.push_back({columns[i].type, rows.empty() ? engine::Value{} : cell(rows, 0, i)});
  return out;
}

} // namespace

Outcome run(StatementContext& context, const sql::Use& statement) {
  TRY(use(context, statement));
  return done(context, StatementKind::use);
}

Outcome run(StatementContext& context, const sql::SetVariables& statement) {
  std::vector<Bind> values;
  auto* subquery = statement.values.size() == 1 ? statement.values[0].as<sql::ScalarSubquery>() : nullptr;
  if (subquery != nullptr && statement.names.size() > 1) {
    values = TRY(values_of(context, TRY(context.print(*subquery->query))));
  } else {
    for (const auto& value : statement.values)
      values.push_back(TRY(values_of(context, "SELECT " + TRY(context.print(value)))).at(0));
  }
  if (values.size() != statement.names.size()) {
    return sql::fail(
        {1003, "42000",
         fmt::format("SQL compilation error:\n{} variables are set to {} values", statement.names.size(), values.size())});
  }
  for (size_t i = 0; i < values.size(); ++i) {
    auto& variable = context.session().variables()[statement.names[i].name];
    if (variable.created_on == TimePoint{}) variable.created_on = context.now();
    variable.updated_on = context.now();
    static_cast<Bind&>(variable) = std::move(values[i]);
  }
  return done(context, StatementKind::session_command);
}

Outcome run(StatementContext& context, const sql::UnsetVariables& statement) {
  for (const auto& name : statement.names) context.session().variables().erase(name.name);
  return done(context, StatementKind::session_command);
}

Outcome run(StatementContext& context, const sql::AlterSession& statement) {
  auto changed = context.session().parameters(); // all or nothing
  for (const auto& property : statement.set) TRY(changed.set(property.key, property.value.text));
  for (const auto& name : statement.unset) TRY(changed.unset(name));
  // A change of AUTOCOMMIT commits what is open.
  const bool of_commits = std::ranges::any_of(statement.set, [](const auto& property) { return property.key == "AUTOCOMMIT"; });
  if (of_commits && context.session().in_transaction()) TRY(context.session().commit_implicitly());
  context.session().parameters() = std::move(changed);
  TRY(context.session().apply_parameters());
  return done(context, StatementKind::session_command);
}

Outcome run(StatementContext& context, const sql::BeginTransaction& statement) {
  context.end_snapshot();
  TRY(context.session().begin(statement.name ? statement.name->name : "")); // inside a transaction it does nothing
  return done(context, StatementKind::transaction);
}

Outcome run(StatementContext& context, const sql::Commit&) {
  TRY(context.session().check_transaction_scope());
  TRY(context.session().commit());
  return done(context, StatementKind::transaction);
}

Outcome run(StatementContext& context, const sql::Rollback&) {
  TRY(context.session().check_transaction_scope());
  context.session().rollback();
  return done(context, StatementKind::transaction);
}

} // namespace freshet::warehouse
