#include "warehouse/statements/table.h"

#include <fmt/core.h>

#include <algorithm>

#include "sql/parser.h"
#include "sql/snowflake_printer.h"
#include "warehouse/external/external_table.h"
#include "warehouse/literal.h"
#include "warehouse/load/load_options.h"
#include "warehouse/load/template_columns.h"
#include "warehouse/notifications/event_log.h"
#include "warehouse/own_columns.h"
#include "warehouse/policies.h"
#include "warehouse/retention.h"
#include "warehouse/routines/function_lookup.h"
#include "warehouse/statements/alter_table.h"
#include "warehouse/statements/clone.h"
#include "warehouse/statements/target_table.h"
#include "warehouse/tags.h"

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
  for (size_t i = 0; i < out.size(); ++i) { // a virtual column sees those before it
    if (out[i].computed.empty()) continue;
    for (const auto& name : mentioned_columns(out[i].computed)) {
      const auto later = std::ranges::find(out.begin() + static_cast<ptrdiff_t>(i), out.end(), name, &Column::name);
      const auto& range = statement.columns[i].range;
      if (later != out.end() && !later->computed.empty())
        return sql::fail(sql::invalid_identifier(name, range.line, range.column - 1));
    }
  }
  return out;
}

SqlResult<Source> source_of(StatementContext& context, const sql::CreateTable& statement) {
  Source out;
  auto printed = TRY(context.print_select(*statement.as_query));
  auto prepared = TRY(context.checked(context.connection().prepare(printed.text)));
  auto columns = result_columns(prepared.columns(), printed.columns);
  std::vector<const sql::ColumnDefinition*> stored; // virtual columns are not selected
  for (const auto& definition : statement.columns)
    if (!definition.computed) stored.push_back(&definition);
  if (!statement.columns.empty() && stored.size() != columns.size()) {
    return sql::fail(
        {2026, "42601",
         fmt::format("SQL compilation error:\nInvalid column definition list: {} columns are named and {} selected",
                     stored.size(), columns.size())});
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    Column column{.name = columns[i].name, .type = columns[i].type};
    if (!statement.columns.empty()) {
      const auto& definition = *stored[i];
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
  for (size_t place = 0; place < statement.columns.size(); ++place) {
    if (!statement.columns[place].computed) continue;
    out.columns.insert(out.columns.begin() + static_cast<ptrdiff_t>(place), TRY(column_of(context, statement.columns[place])));
  }
  return out;
}

SqlResult<void> add_constraint(const sql::CreateTable& statement, Table& table, const sql::Constraint& constraint,
                               const std::string& column) {
  const bool checks = constraint.kind == sql::Constraint::Kind::check;
  if (checks && contains(constraint.attributes, "DISABLE")) return {}; // not made, as Snowflake says
  if (checks && statement.options.or_alter)
    return sql::fail(sql::unsupported_feature("CHECK constraints in CREATE OR ALTER TABLE"));
  if (checks && statement.kind != sql::ObjectKind::table)
    return sql::fail(sql::unsupported_feature(fmt::format("CHECK constraints of a {}", sql::name_of(statement.kind))));
  if (checks) TRY(check_condition(*constraint.condition));
  table.constraints.push_back(constraint_of(constraint, column));
  return {};
}

SqlResult<void> collect_constraints(const sql::CreateTable& statement, Table& table) {
  for (const auto& constraint : statement.constraints) TRY(add_constraint(statement, table, constraint, ""));
  for (const auto& definition : statement.columns) {
    for (const auto& constraint : definition.constraints)
      TRY(add_constraint(statement, table, constraint, definition.name.name));
  }
  for (const auto& constraint : table.constraints) { // PRIMARY KEY implies NOT NULL
    if (constraint.kind != "PRIMARY KEY") continue;
    for (auto& column : table.columns) {
      if (contains(constraint.columns, column.name)) column.nullable = false;
    }
  }
  return {};
}

SqlResult<void> set_policies(StatementContext& context, const sql::CreateTable& statement, Table& table) {
  for (const auto& definition : statement.columns) {
    if (!definition.masking_policy) continue;
    auto column = std::ranges::find(table.columns, definition.name.name, &Column::name);
    column->masking =
        TRY(policy_use(context, *definition.masking_policy, sql::ObjectKind::masking_policy, column->name, table.columns));
  }
  if (statement.row_access_policy) {
    table.row_access =
        TRY(policy_use(context, *statement.row_access_policy, sql::ObjectKind::row_access_policy, "", table.columns));
  }
  return {};
}

bool is_key(const sql::CreateTable& statement, const std::string& column) {
  using enum sql::Constraint::Kind;
  const auto keys_it = [&](const sql::Constraint& constraint, std::string_view at_column) {
    if (constraint.kind != primary_key) return false;
    return at_column == column ||
           std::ranges::any_of(constraint.columns, [&](const auto& name) { return name.name == column; });
  };
  return std::ranges::any_of(statement.constraints, [&](const auto& one) { return keys_it(one, ""); }) ||
         std::ranges::any_of(statement.columns, [&](const auto& definition) {
           return std::ranges::any_of(definition.constraints,
                                      [&](const auto& one) { return keys_it(one, definition.name.name); });
         });
}

/// A column that becomes part of the PRIMARY KEY is NOT NULL from then on: its rows have to be.
SqlResult<void> check_key_values(StatementContext& context, const Object& object, const sql::CreateTable& statement) {
  for (const auto& column : object.as<Table>()->columns) {
    if (!column.nullable || !column.computed.empty() || !is_key(statement, column.name)) continue;
    const auto found = TRY(context.query(fmt::format("SELECT 1 FROM {} WHERE {} IS NULL LIMIT 1",
                                                     live_relation(physical(object)), sql::quote_identifier(column.name))));
    if (!found.empty()) {
      return sql::fail(
          {1471, "42601",
           fmt::format("SQL compilation error:\nColumn '{}' contains null values. Not null constraint cannot be added.",
                       column.name)});
    }
    TRY(context.execute(fmt::format("ALTER TABLE {} ALTER COLUMN {} SET NOT NULL", physical(object).sql_name(),
                                    sql::quote_identifier(column.name))));
  }
  return {};
}

/// CREATE OR ALTER: the table becomes what the statement says; rows stay, dropped columns go, new ones get their default.
SqlResult<void> alter_to(StatementContext& context, Object& object, const sql::CreateTable& statement, CatalogChange& change) {
  if (statement.as_query || statement.like || statement.clone)
    return sql::fail(sql::unsupported_feature("CREATE OR ALTER TABLE … AS, LIKE or CLONE"));
  const auto wanted = TRY(written_columns(context, statement));
  sql::DropColumns dropped;
  for (const auto& column : object.as<Table>()->columns) {
    if (!contains(wanted, column.name, &Column::name)) dropped.columns.push_back({column.name, true, {}});
  }
  sql::AddColumns added;
  sql::AlterColumns altered;
  for (size_t i = 0; i < wanted.size(); ++i) {
    const auto& columns = object.as<Table>()->columns;
    const auto existing = std::ranges::find(columns, wanted[i].name, &Column::name);
    if (existing == columns.end()) {
      added.columns.push_back(statement.columns[i]);
      continue;
    }
    using enum sql::AlterColumn::Action;
    const auto& definition = statement.columns[i];
    if (!(existing->type == wanted[i].type))
      altered.columns.push_back({definition.name, set_type, definition.type, {}, {}, {}, {}});
    if (existing->nullable != wanted[i].nullable && !is_key(statement, wanted[i].name))
      altered.columns.push_back({definition.name, wanted[i].nullable ? drop_not_null : set_not_null, {}, {}, {}, {}, {}});
  }
  if (!added.columns.empty()) TRY(alter_table(context, object, added, change));
  if (!altered.columns.empty()) TRY(alter_table(context, object, altered, change));
  if (!dropped.columns.empty()) TRY(alter_table(context, object, dropped, change));
  TRY(check_key_values(context, object, statement));
  auto& table = *object.as<Table>();
  for (auto& column : table.columns) {
    const auto definition = std::ranges::find(wanted, column.name, &Column::name);
    column.default_value = definition->default_value;
    column.comment = definition->comment;
    column.masking.reset();
  }
  table.constraints.clear();
  return {};
}

SqlResult<void> set_table_options(StatementContext& context, const sql::CreateTable& statement, Table& table) {
  TRY(collect_constraints(statement, table));
  TRY(set_policies(context, statement, table));
  table.kind = statement.options.temporary ? "TEMPORARY" : statement.options.transient ? "TRANSIENT" : "TABLE";
  table.retention_days = TRY(days_property(statement.properties, k_retention, table.retention_days));
  table.extension_days = TRY(days_property(statement.properties, k_extension, table.extension_days));
  if (sql::find_property(statement.properties, k_retention) != nullptr) {
    TRY(check_retention(table));
  } else if (table.kind != "TABLE" && table.retention_days > 1) { // a transient clone of a permanent table
    table.retention_days = 1;
  }
  table.change_tracking = boolean_property(statement.properties, "CHANGE_TRACKING", false);
  table.options = options_of(statement.properties, {k_retention, k_extension, "CHANGE_TRACKING", "USING TEMPLATE"});
  for (auto& [key, values] : table_stage_options(statement.properties)) table.options[key] = values;
  if (statement.kind == sql::ObjectKind::event_table) table.options[k_event_table] = {"TRUE"};
  if (statement.kind == sql::ObjectKind::hybrid_table) table.options[k_hybrid_table] = {"TRUE"};
  if (!statement.cluster_by.empty()) table.cluster_by = clustering_text(context, statement.cluster_by);
  return {};
}

SqlResult<Table> copy_of(StatementContext& context, const sql::QualifiedName& name) {
  auto target = TRY(existing_table(context, name));
  Table out = target.definition();
  out.history.reset();
  out.dynamic.reset();
  out.external.reset();
  if (target.definition().external)
    for (auto& column : out.columns) column.computed.clear();
  if (target.definition().external) out.kind = "TABLE";
  for (auto& column : out.columns) {
    if (column.autoincrement) column.autoincrement->sequence = context.catalog().new_id();
  }
  return out;
}

SqlResult<void> fill_rows(StatementContext& context, const Object& object, const std::string& select) {
  auto writer = writer_of(*context.writing());
  std::vector<std::string> names;
  for (const auto& column : object.as<Table>()->columns)
    if (column.computed.empty()) names.push_back(column.name);
  TRY(written_by(context, *context.writing(), object.id, writer.insert(physical(object), names, select)));
  return {};
}

/// As DESC shows it: the numbers of a sequence by its full name.
SqlResult<std::string> default_text(StatementContext& context, const sql::ColumnDefinition& definition) {
  const auto* reference = definition.default_value->as<sql::ColumnReference>();
  if (reference == nullptr || reference->name.parts.size() < 2 || reference->name.last() != "NEXTVAL")
    return definition.default_text;
  auto name = reference->name;
  name.parts.pop_back();
  const auto sequence = TRY(context.find(ObjectKind::sequence, name));
  return context.catalog().full_name(*sequence) + ".NEXTVAL";
}

} // namespace

SqlResult<void> create_physical(StatementContext& context, const Object& object) {
  const auto table = physical(object);
  TRY(context.checked(create_table(context.connection(), table)));
  if (!table.computed.empty() || !table.checks.empty()) { // what they mention has to be there
    std::string checks;
    for (const auto& check : table.checks) checks += fmt::format(" AND ({})", check.sql);
    TRY(context.checked(
        context.connection().prepare(fmt::format("SELECT * FROM {} WHERE true{}", all_versions(table), checks))));
  }
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
  if (definition.computed) {
    TRY(check_virtual(*definition.computed, out.name));
    const bool checked = std::ranges::any_of(definition.constraints, [](const sql::Constraint& constraint) {
      return constraint.kind == sql::Constraint::Kind::check;
    });
    if (definition.not_null || checked) {
      return sql::fail({11207, "42601",
                        fmt::format("SQL compilation error:\nCannot set {} constraint on virtual column {}.",
                                    checked ? "CHECK" : "NOT NULL", out.name)});
    }
    out.computed = sql::print_expression(*definition.computed);
  }
  out.type = TRY(sql::type_from_name(*definition.type, context.session().parameters().timestamp_alias()));
  out.nullable = !definition.not_null;
  if (definition.default_value) {
    TRY(context.print(*definition.default_value));
    TRY(refuse_script_functions(context, context.scope(), *definition.default_value, "the default of a column"));
    out.default_value = TRY(default_text(context, definition));
  }
  if (definition.identity) {
    out.autoincrement = AutoIncrement{definition.identity->start, definition.identity->step, context.catalog().new_id(),
                                      definition.identity->ordered};
  }
  out.type.collation = definition.collation;
  out.comment = definition.comment.value_or("");
  TRY(set_tag_clauses(context, out.tags, definition.tags));
  return out;
}

Constraint constraint_of(const sql::Constraint& constraint, const std::string& column) {
  Constraint out;
  using enum sql::Constraint::Kind;
  out.kind = constraint.kind == primary_key ? "PRIMARY KEY"
             : constraint.kind == unique    ? "UNIQUE"
             : constraint.kind == check     ? "CHECK"
                                            : "FOREIGN KEY";
  if (constraint.condition) out.condition = sql::print_expression(*constraint.condition);
  out.comment = constraint.comment.value_or("");
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

SqlResult<void> set_sequence_step(StatementContext& context, Object& object, int64_t step) {
  auto& sequence = *object.as<Sequence>();
  if (step == sequence.step) return {};
  // The engine's sequences keep their step: a new one goes on where the old one stopped.
  const auto last = TRY(
      context.query(fmt::format("SELECT last_value FROM duckdb_sequences() WHERE schema_name = '{}' AND sequence_name = 'S{}'",
                                k_rows_schema, object.id)));
  const bool was_used = !last.empty() && !last.is_null(0, 0);
  const auto start = was_used ? last.integer(0, 0) + step : sequence.start;
  TRY(context.execute("DROP SEQUENCE " + physical_sequence(object.id)));
  TRY(create_sequence(context, object.id, start, step));
  sequence.step = step;
  return {};
}

std::string clustering_text(StatementContext& context, const std::vector<sql::Expression>& keys) {
  std::string text;
  for (const auto& key : keys) text += (text.empty() ? "" : ", ") + source_text(context, key.range);
  return "LINEAR(" + text + ")";
}

Outcome run(StatementContext& context, const sql::CreateTable& statement) {
  const bool is_dynamic = statement.kind == sql::ObjectKind::dynamic_table;
  if (is_dynamic && (statement.as_query || statement.clone)) return create_dynamic_table(context, statement);
  const bool is_event_table = statement.kind == sql::ObjectKind::event_table;
  if (statement.kind == sql::ObjectKind::external_table) return create_external_table(context, statement);
  if (statement.kind != sql::ObjectKind::table && statement.kind != sql::ObjectKind::hybrid_table && !is_event_table) {
    return sql::fail(sql::unsupported_feature(fmt::format("CREATE {}", sql::name_of(statement.kind))));
  }
  Creation creation{ObjectKind::table, "Table", statement.options, statement.name, &statement.properties};
  return create(context, creation, [&](Object& object, const ObjectPointer&, CatalogChange& change) -> SqlResult<void> {
    if (stands_already(context, object)) {
      TRY(alter_to(context, object, statement, change));
      return set_table_options(context, statement, *object.as<Table>());
    }
    Table table;
    std::string select;
    ObjectPointer cloned;
    if (statement.like) {
      table = TRY(copy_of(context, *statement.like));
    } else if (statement.clone) {
      cloned = TRY(existing_table(context, statement.clone->source)).object;
      if (cloned->as<Table>()->external) return sql::fail(sql::unsupported_feature("CLONE of external tables"));
      TRY(check_permanence(cloned->as<Table>()->kind != "TABLE", statement.options.temporary || statement.options.transient));
      table = TRY(clone_definition(context, *cloned));
    } else if (statement.as_query) {
      auto source = TRY(source_of(context, statement));
      table.columns = std::move(source.columns);
      select = std::move(source.text);
    } else if (const auto* query = sql::find_property(statement.properties, "USING TEMPLATE")) {
      table.columns = TRY(template_columns(context, query->text));
      for (auto& column : table.columns) column.computed.clear();
    } else {
      table.columns = is_event_table ? event_columns() : TRY(written_columns(context, statement));
    }
    TRY(check_virtual_types(table));
    TRY(set_table_options(context, statement, table));
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
    if (stands_already(context, object)) {
      object.as<Sequence>()->ordered = statement.ordered;
      return set_sequence_step(context, object, statement.step);
    }
    object.body = Sequence{statement.start, statement.step, statement.ordered};
    return create_sequence(context, object.id, statement.start, statement.step);
  });
}

} // namespace freshet::warehouse
