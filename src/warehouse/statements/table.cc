#include "warehouse/statements/table.h"

#include <fmt/core.h>

#include <algorithm>

#include "sql/parser.h"
#include "warehouse/literal.h"
#include "warehouse/notifications/event_log.h"
#include "warehouse/load/load_options.h"
#include "warehouse/load/template_columns.h"
#include "warehouse/retention.h"
#include "warehouse/statements/clone.h"
#include "warehouse/statements/target_table.h"

namespace freshet::warehouse {
namespace {

/// CREATE TABLE … AS: the query's text, and the columns that it and the written column list make together.
struct Source {
  std::string text;
  std::vector<Column> columns;
};

SqlResult<std::vector<Column>> written_columns(StatementContext& context, const sql::CreateTable& statement) {
  std::vector<Column> out;
  for (const auto& definition : statement.columns) {
    if (contains(out, definition.name.name, &Column::name)) {
      return sql::fail(
          {2025, "42S21", fmt::format("SQL compilation error:\nduplicate column name '{}'", definition.name.name)});
    }
    out.push_back(TRY(column_of(context, definition)));
  }
  return out;
}

SqlResult<Source> source_of(StatementContext& context, const sql::CreateTable& statement) {
  Source out;
  auto printed = TRY(context.print_select(*statement.as_query));
  auto prepared = TRY(context.checked(context.connection().prepare(printed.text)));
  auto columns = result_columns(prepared.columns(), printed.columns);
  if (!statement.columns.empty() && statement.columns.size() != columns.size()) {
    return sql::fail(
        {2026, "42601",
         fmt::format("SQL compilation error:\nInvalid column definition list: {} columns are named and {} selected",
                     statement.columns.size(), columns.size())});
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    Column column{.name = columns[i].name, .type = columns[i].type};
    if (!statement.columns.empty()) {
      const auto& definition = statement.columns[i];
      if (definition.type) {
        column = TRY(column_of(context, definition));
      } else {
        column.name = definition.name.name;
        column.nullable = !definition.not_null;
      }
    }
    if (contains(out.columns, column.name, &Column::name)) {
      return sql::fail({2025, "42S21", fmt::format("SQL compilation error:\nduplicate column name '{}'", column.name)});
    }
    out.columns.push_back(std::move(column));
  }
  std::vector<sql::SnowflakeType> types;
  for (const auto& column : out.columns) types.push_back(column.type);
  out.text = assigned_select(context, printed, types);
  return out;
}

void collect_constraints(const sql::CreateTable& statement, Table& table) {
  for (const auto& constraint : statement.constraints) table.constraints.push_back(constraint_of(constraint));
  for (const auto& definition : statement.columns) {
    for (const auto& constraint : definition.constraints)
      table.constraints.push_back(constraint_of(constraint, definition.name.name));
  }
  for (const auto& constraint : table.constraints) { // PRIMARY KEY implies NOT NULL
    if (constraint.kind != "PRIMARY KEY") continue;
    for (auto& column : table.columns) {
      if (contains(constraint.columns, column.name)) column.nullable = false;
    }
  }
}

SqlResult<Table> copy_of(StatementContext& context, const sql::QualifiedName& name) {
  auto target = TRY(target_table(context, name));
  Table out = target.definition();
  for (auto& column : out.columns) {
    if (column.autoincrement) column.autoincrement->sequence = context.catalog().new_id();
  }
  return out;
}

SqlResult<void> fill_rows(StatementContext& context, const Object& object, const std::string& select) {
  auto writer = writer_of(*context.writing());
  std::vector<std::string> names;
  for (const auto& column : object.as<Table>()->columns) names.push_back(column.name);
  TRY(written_by(context, *context.writing(), writer, object.id, writer.insert(physical(object), names, select)));
  return {};
}

} // namespace

SqlResult<void> create_physical(StatementContext& context, const Object& object) {
  TRY(context.checked(create_table(context.connection(), physical(object))));
  for (const auto& column : object.as<Table>()->columns) {
    if (!column.autoincrement) continue;
    TRY(create_sequence(context, column.autoincrement->sequence, column.autoincrement->start, column.autoincrement->step));
  }
  return {};
}

SqlResult<Column> column_of(StatementContext& context, const sql::ColumnDefinition& definition) {
  Column out;
  out.name = definition.name.name;
  if (!definition.type) {
    return sql::fail(sql::syntax_error(definition.range.line, definition.range.column - 1, definition.name.name));
  }
  if (definition.computed) return sql::fail(sql::unsupported_feature("virtual columns"));
  out.type = TRY(sql::type_from_name(*definition.type, context.session().parameters().timestamp_alias()));
  out.nullable = !definition.not_null;
  if (definition.default_value) {
    TRY(context.print(*definition.default_value));
    out.default_value = definition.default_text;
  }
  if (definition.identity) {
    out.autoincrement = AutoIncrement{definition.identity->start, definition.identity->step, context.catalog().new_id()};
  }
  out.comment = definition.comment.value_or("");
  return out;
}

Constraint constraint_of(const sql::Constraint& constraint, const std::string& column) {
  Constraint out;
  using enum sql::Constraint::Kind;
  out.kind = constraint.kind == primary_key ? "PRIMARY KEY" : constraint.kind == unique ? "UNIQUE" : "FOREIGN KEY";
  if (constraint.name) out.name = constraint.name->name;
  for (const auto& name : constraint.columns) out.columns.push_back(name.name);
  if (out.columns.empty() && !column.empty()) out.columns.push_back(column);
  if (constraint.references) {
    out.references = written(constraint.references->table);
    std::string columns;
    for (const auto& name : constraint.references->columns) columns += (columns.empty() ? "" : ", ") + name.name;
    if (!columns.empty()) out.references += " (" + columns + ")";
  }
  return out;
}

SqlResult<void> create_sequence(StatementContext& context, ObjectId id, int64_t start, int64_t step) {
  auto bounds = step < 0 ? "MINVALUE -9223372036854775808 MAXVALUE 9223372036854775807" : "MINVALUE -9223372036854775808";
  TRY(context.execute(fmt::format("CREATE SEQUENCE {} START {} INCREMENT {} {}", physical_sequence(id), start, step, bounds)));
  return {};
}

Outcome run(StatementContext& context, const sql::CreateTable& statement) {
  const bool is_event_table = statement.kind == sql::ObjectKind::event_table;
  if (statement.kind != sql::ObjectKind::table && statement.kind != sql::ObjectKind::hybrid_table && !is_event_table) {
    return sql::fail(sql::unsupported_feature(fmt::format("CREATE {}", sql::name_of(statement.kind))));
  }
  Creation creation{ObjectKind::table, "Table", statement.options, statement.name, &statement.properties};
  return create(context, creation, [&](Object& object, const ObjectPointer&, CatalogChange&) -> SqlResult<void> {
    Table table;
    std::string select;
    ObjectPointer cloned;
    if (statement.like) {
      table = TRY(copy_of(context, *statement.like));
    } else if (statement.clone) {
      cloned = TRY(target_table(context, statement.clone->source)).object;
      table = TRY(clone_definition(context, *cloned));
    } else if (statement.as_query) {
      auto source = TRY(source_of(context, statement));
      table.columns = std::move(source.columns);
      select = std::move(source.text);
    } else if (const auto* query = sql::find_property(statement.properties, "USING TEMPLATE")) {
      table.columns = TRY(template_columns(context, query->text));
    } else {
      table.columns = is_event_table ? event_columns() : TRY(written_columns(context, statement));
    }
    collect_constraints(statement, table);
    table.kind = statement.options.temporary ? "TEMPORARY" : statement.options.transient ? "TRANSIENT" : "TABLE";
    table.retention_days = TRY(days_property(statement.properties, k_retention, table.retention_days));
    table.extension_days = TRY(days_property(statement.properties, k_extension, table.extension_days));
    table.change_tracking = boolean_property(statement.properties, "CHANGE_TRACKING", false);
    table.options = options_of(statement.properties, {k_retention, k_extension, "CHANGE_TRACKING", "USING TEMPLATE"});
    for (auto& [key, values] : table_stage_options(statement.properties)) table.options[key] = values;
    if (is_event_table) table.options[k_event_table] = {"TRUE"};
    object.body = std::move(table);
    TRY(create_physical(context, object));
    if (cloned) TRY(clone_rows(context, *cloned, object, statement.clone->at));
    if (!select.empty()) TRY(fill_rows(context, object, select));
    return {};
  });
}

Outcome run(StatementContext& context, const sql::CreateSequence& statement) {
  Creation creation{ObjectKind::sequence, "Sequence", statement.options, statement.name};
  return create(context, creation, [&](Object& object, const ObjectPointer&, CatalogChange&) -> SqlResult<void> {
    object.comment = statement.comment.value_or("");
    object.body = Sequence{statement.start, statement.step, statement.ordered};
    return create_sequence(context, object.id, statement.start, statement.step);
  });
}

} // namespace freshet::warehouse
