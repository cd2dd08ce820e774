// Tables, views, their columns and constraints.
#include <fmt/core.h>

#include <algorithm>

#include "warehouse/foreign_keys.h"
#include "warehouse/retention.h"
#include "warehouse/schema_objects.h"
#include "warehouse/schema_view.h"
#include "warehouse/statements/table.h"
#include "warehouse/storage_metrics.h"

namespace freshet::warehouse {
namespace {

SqlResult<TableSize> size_of(StatementContext& context, const Object& table) {
  TRY(context.snapshot());
  return live_size(context, table);
}

SchemaView::Row place(const SchemaObject& at) {
  return {{"TABLE_CATALOG", schema_text(at.database.name)},
          {"TABLE_SCHEMA", schema_text(at.schema.name)},
          {"TABLE_NAME", schema_text(at.object.name)}};
}

/// Snowflake's word for the family: TEXT, NUMBER, TIMESTAMP_NTZ, …
std::string family(const sql::SnowflakeType& type) {
  if (type.kind == sql::TypeKind::text) return "TEXT";
  const auto name = type.to_string();
  return name.substr(0, name.find('('));
}

void add_columns(SchemaView& out, const SchemaObject& at, const std::vector<Column>& columns) {
  int64_t position = 0;
  for (const auto& column : columns) {
    const auto& type = column.type;
    auto row = place(at);
    row["COLUMN_NAME"] = schema_text(column.name);
    row["ORDINAL_POSITION"] = std::to_string(++position);
    row["COLUMN_DEFAULT"] = column.default_value ? schema_text(*column.default_value) : "NULL";
    row["IS_NULLABLE"] = schema_yes_no(column.nullable);
    row["DATA_TYPE"] = schema_text(family(type));
    using enum sql::TypeKind;
    if (type.kind == text || type.kind == binary) {
      row["CHARACTER_MAXIMUM_LENGTH"] = std::to_string(type.length);
      row["CHARACTER_OCTET_LENGTH"] =
          std::to_string(type.kind == binary ? type.length : std::min<int64_t>(type.length * 4, 16'777'216));
    }
    if (!type.collation.empty()) row["COLLATION_NAME"] = schema_text(type.collation);
    if (type.kind == number) {
      row["NUMERIC_PRECISION"] = std::to_string(type.precision);
      row["NUMERIC_PRECISION_RADIX"] = "10";
      row["NUMERIC_SCALE"] = std::to_string(type.scale);
    }
    if (type.kind == time || type.kind == timestamp_ntz || type.kind == timestamp_ltz || type.kind == timestamp_tz)
      row["DATETIME_PRECISION"] = std::to_string(type.scale);
    row["DTD_IDENTIFIER"] = std::to_string(position);
    row["IS_SELF_REFERENCING"] = "'NO'";
    row["IS_IDENTITY"] = schema_yes_no(column.autoincrement.has_value());
    if (column.autoincrement) {
      row["IDENTITY_GENERATION"] = "'BY DEFAULT'";
      row["IDENTITY_START"] = schema_text(std::to_string(column.autoincrement->start));
      row["IDENTITY_INCREMENT"] = schema_text(std::to_string(column.autoincrement->step));
      row["IDENTITY_CYCLE"] = "'NO'";
      row["IDENTITY_ORDERED"] = schema_yes_no(column.autoincrement->ordered);
    }
    row["COMMENT"] = schema_text_or_null(column.comment);
    row["KIND"] = "'COLUMN'";
    out.add(row);
  }
}

template <typename Visit>
void for_each_constraint(StatementContext& context, const SchemaDatabases& databases, Visit visit) {
  for_each_schema_object(context, databases, ObjectKind::table, [&](const SchemaObject& at) {
    const auto& constraints = at.object.as<Table>()->constraints;
    for (size_t i = 0; i < constraints.size(); ++i) visit(at, constraints[i], constraint_name(at.object, i));
  });
}

} // namespace

SchemaRelation schema_tables(StatementContext& context, const SchemaDatabases& databases) {
  SchemaView out(
      "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER TABLE_TYPE IS_TRANSIENT CLUSTERING_KEY ROW_COUNT# BYTES# "
      "RETENTION_TIME# "
      "SELF_REFERENCING_COLUMN_NAME REFERENCE_GENERATION USER_DEFINED_TYPE_CATALOG USER_DEFINED_TYPE_SCHEMA "
      "USER_DEFINED_TYPE_NAME IS_INSERTABLE_INTO IS_TYPED COMMIT_ACTION CREATED! LAST_ALTERED! LAST_DDL! LAST_DDL_BY "
      "AUTO_CLUSTERING_ON COMMENT IS_TEMPORARY IS_ICEBERG IS_DYNAMIC IS_IMMUTABLE IS_HYBRID");
  SqlResult<void> counted;
  auto common = [](const SchemaObject& at) {
    auto row = place(at);
    row["TABLE_OWNER"] = schema_text(at.object.owner);
    row["CREATED"] = row["LAST_ALTERED"] = row["LAST_DDL"] = schema_time(at.object.created_on);
    row["COMMENT"] = schema_text_or_null(at.object.comment);
    row["IS_ICEBERG"] = row["IS_DYNAMIC"] = row["IS_IMMUTABLE"] = row["IS_HYBRID"] = "'NO'";
    row["IS_TYPED"] = "'YES'";
    return row;
  };
  for_each_schema_object(context, databases, ObjectKind::table, [&](const SchemaObject& at) {
    const auto& table = *at.object.as<Table>();
    const bool is_temporary = !at.object.session.empty();
    auto row = common(at);
    row["TABLE_TYPE"] = is_temporary ? "'LOCAL TEMPORARY'" : table.external ? "'EXTERNAL TABLE'" : "'BASE TABLE'";
    row["IS_TEMPORARY"] = schema_yes_no(is_temporary);
    row["IS_TRANSIENT"] = schema_yes_no(table.kind == "TRANSIENT");
    row["CLUSTERING_KEY"] = schema_text_or_null(table.cluster_by);
    row["AUTO_CLUSTERING_ON"] = schema_yes_no(!table.cluster_by.empty());
    row["RETENTION_TIME"] = std::to_string(retention_days(context.catalog(), at.object));
    row["IS_INSERTABLE_INTO"] = schema_yes_no(!table.external);
    row["IS_DYNAMIC"] = schema_yes_no(table.dynamic.has_value());
    row["IS_HYBRID"] = schema_yes_no(table.options.contains(k_hybrid_table));
    if (!table.external) {
      auto size = size_of(context, at.object);
      if (size) {
        row["ROW_COUNT"] = std::to_string(size->rows);
        row["BYTES"] = std::to_string(size->bytes);
      } else if (counted) {
        counted = std::unexpected(size.error());
      }
    }
    out.add(row);
  });
  TRY(std::move(counted));
  for_each_schema_object(context, databases, ObjectKind::view, [&](const SchemaObject& at) {
    auto row = common(at);
    row["TABLE_TYPE"] = at.object.as<View>()->materialized ? "'MATERIALIZED VIEW'" : "'VIEW'";
    row["IS_TEMPORARY"] = schema_yes_no(!at.object.session.empty());
    row["IS_INSERTABLE_INTO"] = "'NO'";
    out.add(row);
  });
  return out.relation();
}

SchemaRelation schema_external_tables(StatementContext& context, const SchemaDatabases& databases) {
  SchemaView out(
      "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER CREATED! LAST_ALTERED! LAST_DDL! LAST_DDL_BY COMMENT LOCATION "
      "FILE_FORMAT_NAME FILE_FORMAT_TYPE");
  for_each_schema_object(context, databases, ObjectKind::table, [&](const SchemaObject& at) {
    const auto& external = at.object.as<Table>()->external;
    if (!external) return;
    const auto option = [&](const char* key) {
      const auto found = external->file_format.find(key);
      return found == external->file_format.end() || found->second.empty() ? "NULL" : schema_text(found->second.front());
    };
    auto row = place(at);
    row["TABLE_OWNER"] = schema_text(at.object.owner);
    row["CREATED"] = row["LAST_DDL"] = schema_time(at.object.created_on);
    row["LAST_ALTERED"] = schema_time(external->last_refreshed_on.value_or(at.object.created_on));
    row["COMMENT"] = schema_text_or_null(at.object.comment);
    row["LOCATION"] = schema_text("@" + external->stage_name + "/" + external->path);
    row["FILE_FORMAT_NAME"] = option("FORMAT_NAME");
    row["FILE_FORMAT_TYPE"] = option("TYPE");
    out.add(row);
  });
  return out.relation();
}

SchemaRelation schema_views(StatementContext& context, const SchemaDatabases& databases) {
  SchemaView out(
      "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER VIEW_DEFINITION CHECK_OPTION IS_UPDATABLE INSERTABLE_INTO IS_SECURE "
      "CREATED! LAST_ALTERED! LAST_DDL! LAST_DDL_BY COMMENT");
  for_each_schema_object(context, databases, ObjectKind::view, [&](const SchemaObject& at) {
    auto row = place(at);
    row["TABLE_OWNER"] = schema_text(at.object.owner);
    row["VIEW_DEFINITION"] = schema_text(at.object.as<View>()->text);
    row["CHECK_OPTION"] = "'NONE'";
    row["IS_UPDATABLE"] = row["INSERTABLE_INTO"] = "'NO'";
    row["IS_SECURE"] = schema_yes_no(at.object.as<View>()->secure);
    row["CREATED"] = row["LAST_ALTERED"] = row["LAST_DDL"] = schema_time(at.object.created_on);
    row["COMMENT"] = schema_text_or_null(at.object.comment);
    out.add(row);
  });
  return out.relation();
}

std::string constraint_name(const Object& table, size_t index) {
  const auto& name = table.as<Table>()->constraints[index].name;
  return name.empty() ? fmt::format("SYS_CONSTRAINT_{}_{}", table.id, index + 1) : name;
}

SchemaRelation schema_columns(StatementContext& context, const SchemaDatabases& databases) {
  SchemaView out(
      "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME COLUMN_NAME ORDINAL_POSITION# COLUMN_DEFAULT IS_NULLABLE DATA_TYPE "
      "CHARACTER_MAXIMUM_LENGTH# CHARACTER_OCTET_LENGTH# NUMERIC_PRECISION# NUMERIC_PRECISION_RADIX# NUMERIC_SCALE# "
      "DATETIME_PRECISION# INTERVAL_TYPE INTERVAL_PRECISION# CHARACTER_SET_CATALOG CHARACTER_SET_SCHEMA CHARACTER_SET_NAME "
      "COLLATION_CATALOG COLLATION_SCHEMA COLLATION_NAME DOMAIN_CATALOG DOMAIN_SCHEMA DOMAIN_NAME UDT_CATALOG UDT_SCHEMA "
      "UDT_NAME SCOPE_CATALOG SCOPE_SCHEMA SCOPE_NAME MAXIMUM_CARDINALITY# DTD_IDENTIFIER IS_SELF_REFERENCING IS_IDENTITY "
      "IDENTITY_GENERATION IDENTITY_START IDENTITY_INCREMENT IDENTITY_MAXIMUM IDENTITY_MINIMUM IDENTITY_CYCLE IDENTITY_ORDERED "
      "SCHEMA_EVOLUTION_RECORD COMMENT DATA_TYPE_ALIAS EXPRESSION KIND");
  for_each_schema_object(context, databases, ObjectKind::table,
                         [&](const SchemaObject& at) { add_columns(out, at, at.object.as<Table>()->columns); });
  for_each_schema_object(context, databases, ObjectKind::view,
                         [&](const SchemaObject& at) { add_columns(out, at, at.object.as<View>()->columns); });
  return out.relation();
}

SchemaRelation schema_table_constraints(StatementContext& context, const SchemaDatabases& databases) {
  SchemaView out(
      "CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_NAME TABLE_CATALOG TABLE_SCHEMA TABLE_NAME CONSTRAINT_TYPE "
      "IS_DEFERRABLE INITIALLY_DEFERRED ENFORCED COMMENT CREATED! LAST_ALTERED! RELY");
  for_each_constraint(context, databases, [&](const SchemaObject& at, const Constraint& constraint, const std::string& name) {
    auto row = place(at);
    row["CONSTRAINT_CATALOG"] = row["TABLE_CATALOG"];
    row["CONSTRAINT_SCHEMA"] = row["TABLE_SCHEMA"];
    row["CONSTRAINT_NAME"] = schema_text(name);
    row["CONSTRAINT_TYPE"] = schema_text(constraint.kind);
    row["IS_DEFERRABLE"] = row["ENFORCED"] = row["RELY"] = "'NO'";
    row["INITIALLY_DEFERRED"] = "'YES'";
    if (!constraint.comment.empty()) row["COMMENT"] = schema_text(constraint.comment);
    row["CREATED"] = row["LAST_ALTERED"] = schema_time(at.object.created_on);
    out.add(row);
  });
  return out.relation();
}

SchemaRelation schema_referential_constraints(StatementContext& context, const SchemaDatabases& databases) {
  SchemaView out(
      "CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_NAME UNIQUE_CONSTRAINT_CATALOG UNIQUE_CONSTRAINT_SCHEMA "
      "UNIQUE_CONSTRAINT_NAME MATCH_OPTION UPDATE_RULE DELETE_RULE COMMENT CREATED! LAST_ALTERED!");
  SqlResult<void> failed;
  for_each_constraint(context, databases, [&](const SchemaObject& at, const Constraint& constraint, const std::string& name) {
    if (constraint.kind != "FOREIGN KEY") return;
    const auto created = schema_time(at.object.created_on);
    const auto key = referenced_key(context, at.object, constraint);
    if (!key) {
      failed = std::unexpected(key.error());
      return;
    }
    const auto of = *key ? context.scope_of(*(*key)->table) : NameScope{};
    out.add({{"CONSTRAINT_CATALOG", schema_text(at.database.name)},
             {"CONSTRAINT_SCHEMA", schema_text(at.schema.name)},
             {"CONSTRAINT_NAME", schema_text(name)},
             {"UNIQUE_CONSTRAINT_CATALOG", schema_text_or_null(of.database)},
             {"UNIQUE_CONSTRAINT_SCHEMA", schema_text_or_null(of.schema)},
             {"UNIQUE_CONSTRAINT_NAME", schema_text_or_null(*key ? (*key)->name.value_or("") : "")},
             {"MATCH_OPTION", "'FULL'"},
             {"UPDATE_RULE", "'NO ACTION'"},
             {"DELETE_RULE", "'NO ACTION'"},
             {"COMMENT", constraint.comment.empty() ? "NULL" : schema_text(constraint.comment)},
             {"CREATED", created},
             {"LAST_ALTERED", created}});
  });
  TRY(std::move(failed));
  return out.relation();
}

SchemaRelation schema_check_constraints(StatementContext& context, const SchemaDatabases& databases) {
  SchemaView out("CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_TABLE CONSTRAINT_NAME CHECK_CLAUSE");
  for_each_constraint(context, databases, [&](const SchemaObject& at, const Constraint& constraint, const std::string& name) {
    if (constraint.kind != "CHECK") return;
    out.add({{"CONSTRAINT_CATALOG", schema_text(at.database.name)},
             {"CONSTRAINT_SCHEMA", schema_text(at.schema.name)},
             {"CONSTRAINT_TABLE", schema_text(at.object.name)},
             {"CONSTRAINT_NAME", schema_text(name)},
             {"CHECK_CLAUSE", schema_text(constraint.condition)}});
  });
  return out.relation();
}

} // namespace freshet::warehouse
