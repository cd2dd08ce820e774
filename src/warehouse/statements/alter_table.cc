#include "warehouse/statements/alter_table.h"

#include <fmt/core.h>

#include <algorithm>

#include "sql/parser.h"
#include "warehouse/altered_columns.h"
#include "warehouse/own_columns.h"
#include "warehouse/physical.h"
#include "warehouse/policies.h"
#include "warehouse/statements/table.h"
#include "warehouse/statements/target_table.h"
#include "warehouse/tags.h"

namespace freshet::warehouse {
namespace {

SqlResult<void> check_not_history(const Object& object) {
  if (!object.as<Table>()->history) return {};
  return sql::fail(sql::unsupported_feature("ALTER of a history table's columns: create it again"));
}

SqlResult<Column*> find_column(Table& table, const sql::Identifier& name) {
  auto found = std::ranges::find(table.columns, name.name, &Column::name);
  if (found == table.columns.end())
    return sql::fail(sql::invalid_identifier(name.name, name.range.line, name.range.column - 1));
  return &*found;
}

SqlResult<void> add_columns(StatementContext& context, Object& object, const sql::AddColumns& action) {
  number_columns(*object.as<Table>());
  for (const auto& definition : action.columns) {
    auto& table = *object.as<Table>();
    if (contains(table.columns, definition.name.name, &Column::name)) {
      if (action.if_not_exists) continue;
      return sql::fail(
          {1430, "42601", fmt::format("SQL compilation error:\ncolumn '{}' already exists", definition.name.name)});
    }
    auto column = TRY(column_of(context, definition));
    if (!column.computed.empty()) {
      column.id = next_column_id(table);
      table.columns.push_back(std::move(column));
      TRY(check_virtual_types(table));
      TRY(context.checked(context.connection().prepare("SELECT * FROM " + all_versions(physical(object)))));
      continue;
    }
    auto stored = physical(column);
    if (column.autoincrement) {
      TRY(create_sequence(context, column.autoincrement->sequence, column.autoincrement->start, column.autoincrement->step));
      stored.default_sql = next_value_text(column.autoincrement->sequence);
    } else if (column.default_value) {
      stored.default_sql = TRY(context.print(*definition.default_value));
    }
    if (!column.nullable && stored.default_sql.empty()) {
      auto rows = TRY(context.query("SELECT 1 FROM " + physical(object).sql_name() + " LIMIT 1"));
      if (!rows.empty()) {
        return sql::fail(
            {1420, "22000",
             fmt::format("SQL compilation error:\nNon-nullable column '{}' cannot be added to non-empty table '{}' "
                         "unless it has a non-null default value.",
                         column.name, object.name)});
      }
    }
    TRY(context.checked(add_column(context.connection(), physical(object), stored)));
    column.id = next_column_id(table);
    table.columns.push_back(std::move(column));
  }
  return {};
}

/// A CHECK constraint goes with its only column; one of several columns keeps them all.
SqlResult<void> drop_checks_of(Table& table, const std::string& column) {
  for (const auto& constraint : table.constraints) {
    if (constraint.kind != "CHECK") continue;
    const auto mentioned = mentioned_columns(constraint.condition);
    if (!contains(mentioned, column) || std::ranges::all_of(mentioned, [&](const auto& name) { return name == column; }))
      continue;
    return sql::fail(
        {2262, "42601",
         fmt::format("SQL compilation error:\nCannot drop column '{}': the CHECK constraint ({}) uses it. Drop the "
                     "constraint first.",
                     column, constraint.condition)});
  }
  std::erase_if(table.constraints, [&](const Constraint& constraint) {
    return constraint.kind == "CHECK" && contains(mentioned_columns(constraint.condition), column);
  });
  return {};
}

SqlResult<void> drop_columns(StatementContext& context, Object& object, const sql::DropColumns& action) {
  auto& table = *object.as<Table>();
  number_columns(table);
  for (const auto& name : action.columns) {
    auto column = find_column(table, name);
    if (!column && action.if_exists) continue;
    if (!column) return std::unexpected(column.error());
    if (table.columns.size() == 1) {
      return sql::fail(
          {2262, "42601", fmt::format("SQL compilation error:\nCannot drop the last column '{}' of a table.", name.name)});
    }
    for (const auto& other : table.columns) {
      if (other.computed.empty() || !contains(mentioned_columns(other.computed), name.name)) continue;
      return sql::fail({11208, "42601",
                        fmt::format("SQL compilation error:\nCannot drop column '{}' because virtual column {} depends on it.",
                                    name.name, other.name)});
    }
    TRY(drop_checks_of(table, name.name));
    if ((*column)->computed.empty()) TRY(context.checked(drop_column(context.connection(), physical(object), name.name)));
    std::erase_if(table.columns, [&](const Column& other) { return other.name == name.name; });
  }
  return {};
}

SqlResult<void> rename_one(StatementContext& context, Object& object, const sql::RenameColumn& action) {
  auto& table = *object.as<Table>();
  number_columns(table);
  auto* column = TRY(find_column(table, action.from));
  if (contains(table.columns, action.to.name, &Column::name)) {
    return sql::fail({1430, "42601", fmt::format("SQL compilation error:\ncolumn '{}' already exists", action.to.name)});
  }
  if (column->computed.empty())
    TRY(context.checked(rename_column(context.connection(), physical(object), action.from.name, action.to.name)));
  column->name = action.to.name;
  for (auto& other : table.columns)
    if (!other.computed.empty()) other.computed = with_renamed_column(other.computed, action.from.name, action.to.name);
  for (auto& constraint : table.constraints)
    if (constraint.kind == "CHECK")
      constraint.condition = with_renamed_column(constraint.condition, action.from.name, action.to.name);
  return {};
}

/// 011206 when a virtual column's expression would give another type than it declares.
SqlResult<void> check_dependent_columns(const Table& table, const Column& changed, const sql::SnowflakeType& type) {
  Table after = table;
  std::ranges::find(after.columns, changed.name, &Column::name)->type = type;
  for (const auto& column : after.columns) {
    if (column.computed.empty() || !contains(mentioned_columns(column.computed), changed.name)) continue;
    const auto given = misfit_of(column, after);
    if (!given) continue;
    return sql::fail(
        {11206, "42601",
         fmt::format("SQL compilation error:\nCannot change column {} datatype. The dependent {} virtual column has "
                     "datatype {}, which is incompatible with the new expression datatype {}.",
                     changed.name, column.name, column.type.to_string(), given->to_string())});
  }
  return {};
}

SqlResult<void> alter_column(StatementContext& context, Object& object, const sql::AlterColumn& action) {
  auto* column = TRY(find_column(*object.as<Table>(), action.column));
  auto alter = [&](const std::string& what) -> SqlResult<void> {
    TRY(context.execute(fmt::format("ALTER TABLE {} ALTER COLUMN {} {}", physical(object).sql_name(),
                                    sql::quote_identifier(column->name), what)));
    return {};
  };
  using enum sql::AlterColumn::Action;
  const bool stores = action.action == set_type || action.action == drop_not_null || action.action == set_default;
  if (!column->computed.empty() && action.action == set_not_null) {
    return sql::fail(
        {11207, "42601",
         fmt::format("SQL compilation error:\nCannot set NOT NULL constraint on virtual column {}.", column->name)});
  }
  if (!column->computed.empty() && stores) return sql::fail(sql::unsupported_feature("this ALTER of a virtual column"));
  switch (action.action) {
    case set_type: {
      auto type = TRY(sql::type_from_name(*action.type, context.session().parameters().timestamp_alias()));
      TRY(check_dependent_columns(*object.as<Table>(), *column, type));
      bool same_family = type.kind == column->type.kind;
      bool narrower =
          type.length < column->type.length || (type.kind == sql::TypeKind::number && type.scale != column->type.scale);
      if (!same_family || narrower) {
        return sql::fail({2108, "42601",
                          fmt::format("SQL compilation error:\ncannot change column {} from type {} to {}", column->name,
                                      column->type.to_string(), type.to_string())});
      }
      if (type.engine_type() != column->type.engine_type()) TRY(alter("TYPE " + type.engine_type()));
      column->type = type;
      return {};
    }
    case set_not_null:
      column->nullable = false;
      return alter("SET NOT NULL");
    case drop_not_null:
      column->nullable = true;
      return alter("DROP NOT NULL");
    case set_default:
    case drop_default: {
      if (action.action == drop_default || !action.value) {
        column->default_value.reset();
        return {};
      }
      const auto* sequence = action.value->as<sql::ColumnReference>(); // Snowflake takes nothing else
      if (sequence == nullptr || sequence->name.last() != "NEXTVAL")
        return sql::fail({2108, "0A000", "SQL compilation error:\nUnsupported feature 'Alter Column Set Default'."});
      TRY(context.print(*action.value));
      column->default_value = source_text(context, action.value->range);
      return {};
    }
    case set_masking_policy: {
      const auto& columns = object.as<Table>()->columns;
      column->masking = TRY(policy_use(context, *action.policy, sql::ObjectKind::masking_policy, column->name, columns));
      return {};
    }
    case unset_masking_policy:
      column->masking.reset();
      return {};
    case set_tags:
      return warehouse::set_tags(context, column->tags, action.tags);
    case unset_tags:
      return warehouse::unset_tags(context, column->tags, action.tags);
    case set_comment:
      column->comment = action.text;
      return {};
    case unset_comment:
      column->comment.clear();
      return {};
  }
  return {};
}

SqlResult<void> swap(StatementContext& context, Object& object, const sql::SwapWith& action, CatalogChange& change) {
  Object other = *TRY(context.find(ObjectKind::table, action.name));
  std::swap(object.name, other.name);
  std::swap(object.parent, other.parent);
  change.put(std::move(other));
  return {};
}

SqlResult<void> drop_constraint(Table& table, const sql::DropConstraint& action) {
  auto wanted = constraint_of(action.constraint);
  std::erase_if(table.constraints, [&](const Constraint& constraint) {
    if (action.by_name) return constraint.name == wanted.name;
    return constraint.kind == wanted.kind && (wanted.columns.empty() || constraint.columns == wanted.columns);
  });
  return {};
}

} // namespace

SqlResult<void> alter_table(StatementContext& context, Object& object, const sql::AlterAction& action, CatalogChange& change) {
  TRY(check_not_history(object));
  auto& table = *object.as<Table>();
  if (auto* add = std::get_if<sql::AddColumns>(&action)) return add_columns(context, object, *add);
  if (auto* drop = std::get_if<sql::DropColumns>(&action)) return drop_columns(context, object, *drop);
  if (auto* rename = std::get_if<sql::RenameColumn>(&action)) return rename_one(context, object, *rename);
  if (auto* columns = std::get_if<sql::AlterColumns>(&action)) {
    for (const auto& column : columns->columns) TRY(alter_column(context, object, column));
    return {};
  }
  if (auto* other = std::get_if<sql::SwapWith>(&action)) return swap(context, object, *other, change);
  if (auto* add = std::get_if<sql::AddConstraint>(&action)) {
    if (add->constraint.condition) TRY(check_condition(*add->constraint.condition));
    table.constraints.push_back(constraint_of(add->constraint));
    for (const auto& check : physical(object).checks)
      TRY(context.checked(
          context.connection().prepare(fmt::format("SELECT ({}) FROM {}", check.sql, physical(object).sql_name()))));
    return {};
  }
  if (auto* drop = std::get_if<sql::DropConstraint>(&action)) return drop_constraint(table, *drop);
  if (auto* rename = std::get_if<sql::RenameConstraint>(&action)) {
    for (auto& constraint : table.constraints) {
      if (constraint.name == rename->from.name) constraint.name = rename->to.name;
    }
    return {};
  }
  if (auto* cluster = std::get_if<sql::ClusterBy>(&action)) {
    table.cluster_by = cluster->keys.empty() ? "" : clustering_text(context, cluster->keys);
    return {};
  }
  return sql::fail(sql::unsupported_feature("this form of ALTER TABLE"));
}

} // namespace freshet::warehouse
