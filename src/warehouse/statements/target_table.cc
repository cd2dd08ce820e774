#include "warehouse/statements/target_table.h"

#include <fmt/core.h>

#include <algorithm>

#include "sql/parser.h"
#include "warehouse/physical.h"

namespace freshet::warehouse {

const Column* TargetTable::column(std::string_view name) const {
  auto found = std::ranges::find(definition().columns, name, &Column::name);
  return found == definition().columns.end() ? nullptr : &*found;
}

SqlResult<TargetTable> target_table(StatementContext& context, const sql::QualifiedName& name) {
  auto table = TRY(existing_table(context, name));
  if (table.definition().dynamic) {
    return sql::fail({2108, "42601",
                      fmt::format("SQL compilation error:\nObject '{}' is a dynamic table: it follows its query and cannot be "
                                  "changed by DML.",
                                  context.catalog().full_name(*table.object))});
  }
  if (table.definition().external) {
    return sql::fail(
        {2108, "42601",
         fmt::format("SQL compilation error:\nObject '{}' is an EXTERNAL TABLE: external tables are read-only, no DML "
                     "operations can be performed on them.",
                     context.catalog().full_name(*table.object))});
  }
  if (!table.definition().history) return table;
  return sql::fail({2108, "42601",
                    fmt::format("SQL compilation error:\nObject '{}' is a history table: it follows {} and cannot be changed.",
                                context.catalog().full_name(*table.object), table.definition().history->source_name)});
}

SqlResult<TargetTable> existing_table(StatementContext& context, const sql::QualifiedName& name) {
  auto object = TRY(context.relation(name));
  if (object->as<Table>() != nullptr) return TargetTable{object};
  return sql::fail({2108, "42601",
                    fmt::format("SQL compilation error:\nObject '{}' is a {}: only tables can be changed.",
                                context.catalog().full_name(*object), name_of(object->kind()))});
}

SqlResult<VersionedTable> with_defaults(StatementContext& context, const Object& object) {
  auto out = physical(object);
  const auto& columns = object.as<Table>()->columns;
  auto stored = out.columns.begin();
  for (const auto& column : columns) {
    if (!column.computed.empty()) continue;
    if (column.autoincrement)
      stored->default_sql = next_value_text(column.autoincrement->sequence);
    else if (column.default_value)
      stored->default_sql = TRY(context.print_value(TRY(sql::parse_expression(*column.default_value)), column.type));
    ++stored;
  }
  return out;
}

bool is_default(const sql::Expression& value) {
  auto* column = value.as<sql::ColumnReference>();
  return column != nullptr && column->name.parts.size() == 1 && column->name.parts[0].name == "DEFAULT" &&
         !column->name.parts[0].quoted;
}

SqlResult<std::string> value_text(StatementContext& context, const sql::Expression& value, const TargetTable& target,
                                  const VersionedTable& table, std::string_view column) {
  if (!is_default(value)) {
    const auto* definition = target.column(column);
    return definition != nullptr ? context.print_value(value, definition->type) : context.print(value);
  }
  auto found = std::ranges::find(table.columns, column, &ColumnDefinition::name);
  if (found == table.columns.end() || found->default_sql.empty()) return "NULL";
  return found->default_sql;
}

std::string assigned_select(StatementContext& context, const sql::PrintedQuery& query,
                            const std::vector<sql::SnowflakeType>& types) {
  const auto& options = context.print_options();
  const bool is_known = query.columns && query.columns->size() == types.size();
  std::string values, names;
  bool changes = false;
  for (size_t i = 0; i < types.size(); ++i) {
    const auto name = fmt::format("\"$s{}\"", i);
    const auto source = is_known ? (*query.columns)[i].type : std::nullopt;
    const bool is_null = is_known && (*query.columns)[i].is_null;
    const auto value = is_null ? name : sql::assigned_text(name, source, types[i], options);
    changes |= value != name;
    values += (i > 0 ? ", " : "") + value;
    names += (i > 0 ? ", " : "") + name;
  }
  return changes ? fmt::format("SELECT {} FROM ({}) AS \"$source\"({})", values, query.text, names) : query.text;
}

std::vector<sql::SnowflakeType> types_of(const TargetTable& table, const std::vector<std::string>& columns) {
  std::vector<sql::SnowflakeType> out;
  for (const auto& name : columns) out.push_back(table.column(name)->type);
  return out;
}

void note_target(StatementContext& context, const TargetTable& table, const std::optional<sql::Identifier>& alias) {
  sql::SourceColumns source{alias ? alias->name : table.object->name, true, {}};
  for (const auto& column : table.definition().columns) source.columns.push_back({column.name, column.type, column.nullable});
  context.add_source(std::move(source));
}

namespace {

sql::Error is_virtual(const std::string& column) {
  return {1003, "42000",
          fmt::format("SQL compilation error:\nVirtual column '{}' is computed: it cannot be given a value.", column)};
}

} // namespace

SqlResult<std::vector<std::string>> column_names(const TargetTable& table, const std::vector<sql::Identifier>& written_names) {
  std::vector<std::string> out;
  if (written_names.empty()) {
    for (const auto& column : table.definition().columns)
      if (column.computed.empty()) out.push_back(column.name);
    return out;
  }
  for (const auto& name : written_names) {
    if (table.column(name.name) == nullptr)
      return sql::fail(sql::invalid_identifier(name.name, name.range.line, name.range.column - 1));
    if (!table.column(name.name)->computed.empty()) return sql::fail(is_virtual(name.name));
    if (contains(out, name.name)) {
      return sql::fail({2025, "42S21", fmt::format("SQL compilation error:\nduplicate column name '{}'", name.name)});
    }
    out.push_back(name.name);
  }
  return out;
}

sql::Error count_mismatch(size_t expected, size_t got) {
  return {2020, "21S01",
          fmt::format("SQL compilation error:\nInsert value list does not match column list expecting {} but got {}", expected,
                      got)};
}

SqlResult<std::vector<Assignment>> assignments_of(StatementContext& context, const std::vector<sql::Assignment>& written_ones,
                                                  const TargetTable& target, const VersionedTable& table) {
  std::vector<Assignment> out;
  for (const auto& assignment : written_ones) {
    const auto& name = assignment.column;
    if (target.column(name.name) == nullptr)
      return sql::fail(sql::invalid_identifier(name.name, name.range.line, name.range.column - 1));
    if (!target.column(name.name)->computed.empty()) return sql::fail(is_virtual(name.name));
    if (contains(out, name.name, &Assignment::column)) {
      return sql::fail(
          {2030, "42601", fmt::format("SQL compilation error:\nduplicate column name '{}' in SET clause", name.name)});
    }
    out.push_back({name.name, TRY(value_text(context, assignment.value, target, table, name.name))});
  }
  return out;
}

RowWriter writer_of(TransactionScope& transaction) {
  return RowWriter(transaction.connection(), transaction.number(), transaction.kind() == TransactionScope::Kind::explicit_);
}

} // namespace freshet::warehouse
