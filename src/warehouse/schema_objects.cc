// Databases, schemas, and the other kinds that stand in schemas.
#include "warehouse/schema_objects.h"

#include <fmt/core.h>

#include "warehouse/retention.h"
#include "warehouse/schema_view.h"

namespace freshet::warehouse {
namespace {

/// What every object's row begins and ends with: `word` is PIPE, STAGE, ….
SchemaView::Row common(const SchemaObject& at, const std::vector<std::string>& names) {
  SchemaView::Row row;
  row[names[0]] = schema_text(at.database.name);
  row[names[1]] = schema_text(at.schema.name);
  row[names[2]] = schema_text(at.object.name);
  row[names[3]] = schema_text(at.object.owner);
  row["CREATED"] = row["LAST_ALTERED"] = schema_time(at.object.created_on);
  row["COMMENT"] = schema_text_or_null(at.object.comment);
  return row;
}

using Describe = void (*)(const Object& object, SchemaView::Row& row);

/// One row for each object of a kind; `columns` stand between the owner and CREATED.
SchemaRelation objects(StatementContext& context, const SchemaDatabases& databases, ObjectKind kind, const std::string& word,
                       const std::string& columns, Describe describe) {
  const std::vector<std::string> names{word + "_CATALOG", word + "_SCHEMA", word + "_NAME", word + "_OWNER"};
  SchemaView out(fmt::format("{} {} {} {} {} CREATED! LAST_ALTERED! COMMENT", names[0], names[1], names[2], names[3], columns));
  for_each_schema_object(context, databases, kind, [&](const SchemaObject& at) {
    auto row = common(at, names);
    describe(at.object, row);
    out.add(row);
  });
  return out.relation();
}

std::string signature(const Routine& routine) {
  std::string arguments;
  for (const auto& argument : routine.arguments) {
    const auto type = argument.type.to_string();
    arguments += fmt::format("{}{} {}", arguments.empty() ? "" : ", ", argument.name, type.substr(0, type.find('(')));
  }
  return schema_text("(" + arguments + ")");
}

} // namespace

SchemaRelation schema_schemata(StatementContext& context, const SchemaDatabases& databases) {
  SchemaView out(
      "CATALOG_NAME SCHEMA_NAME SCHEMA_OWNER IS_TRANSIENT IS_MANAGED_ACCESS RETENTION_TIME# DEFAULT_CHARACTER_SET_CATALOG "
      "DEFAULT_CHARACTER_SET_SCHEMA DEFAULT_CHARACTER_SET_NAME SQL_PATH CREATED! LAST_ALTERED! COMMENT");
  for (const auto& database : databases) {
    for (const auto& object : context.catalog().children(database->id, ObjectKind::schema)) {
      const auto& schema = *object->as<Schema>();
      out.add({{"CATALOG_NAME", schema_text(database->name)},
               {"SCHEMA_NAME", schema_text(object->name)},
               {"SCHEMA_OWNER", schema_text(object->owner)},
               {"IS_TRANSIENT", schema_yes_no(schema.transient)},
               {"IS_MANAGED_ACCESS", schema_yes_no(schema.managed_access)},
               {"RETENTION_TIME", std::to_string(retention_days(context.catalog(), *object))},
               {"CREATED", schema_time(object->created_on)},
               {"LAST_ALTERED", schema_time(object->created_on)},
               {"COMMENT", schema_text_or_null(object->comment)}});
    }
    out.add({{"CATALOG_NAME", schema_text(database->name)},
             {"SCHEMA_NAME", "'INFORMATION_SCHEMA'"},
             {"IS_TRANSIENT", "'NO'"},
             {"RETENTION_TIME", "1"},
             {"CREATED", schema_time(database->created_on)},
             {"COMMENT", "'Views describing the contents of schemas in this database'"}});
  }
  return out.relation();
}

SchemaRelation schema_databases(StatementContext& context, const SchemaDatabases& databases) {
  SchemaView out("DATABASE_NAME DATABASE_OWNER IS_TRANSIENT COMMENT CREATED! LAST_ALTERED! RETENTION_TIME# TYPE");
  for (const auto& object : databases) {
    out.add({{"DATABASE_NAME", schema_text(object->name)},
             {"DATABASE_OWNER", schema_text(object->owner)},
             {"IS_TRANSIENT", schema_yes_no(object->as<Database>()->transient)},
             {"COMMENT", schema_text_or_null(object->comment)},
             {"CREATED", schema_time(object->created_on)},
             {"LAST_ALTERED", schema_time(object->created_on)},
             {"RETENTION_TIME", std::to_string(retention_days(context.catalog(), *object))},
             {"TYPE", "'STANDARD'"}});
  }
  return out.relation();
}

SchemaRelation schema_stages(StatementContext& context, const SchemaDatabases& databases) {
  return objects(context, databases, ObjectKind::stage, "STAGE", "STAGE_URL STAGE_REGION STAGE_TYPE",
                 [](const Object& object, SchemaView::Row& row) {
                   const auto& stage = *object.as<Stage>();
                   row["STAGE_URL"] = schema_text_or_null(stage.url);
                   row["STAGE_TYPE"] = stage.url.empty() ? "'Internal Named'" : "'External Named'";
                 });
}

SchemaRelation schema_file_formats(StatementContext& context, const SchemaDatabases& databases) {
  return objects(
      context, databases, ObjectKind::file_format, "FILE_FORMAT", "FILE_FORMAT_TYPE",
      [](const Object& object, SchemaView::Row& row) { row["FILE_FORMAT_TYPE"] = schema_text(object.as<FileFormat>()->type); });
}

SchemaRelation schema_pipes(StatementContext& context, const SchemaDatabases& databases) {
  return objects(context, databases, ObjectKind::pipe, "PIPE",
                 "DEFINITION IS_AUTOINGEST_ENABLED NOTIFICATION_CHANNEL_NAME PATTERN",
                 [](const Object& object, SchemaView::Row& row) {
                   const auto& pipe = *object.as<Pipe>();
                   row["DEFINITION"] = schema_text(pipe.definition);
                   row["IS_AUTOINGEST_ENABLED"] = schema_yes_no(pipe.auto_ingest);
                   row["NOTIFICATION_CHANNEL_NAME"] = schema_text_or_null(pipe.notification_channel);
                 });
}

SchemaRelation schema_procedures(StatementContext& context, const SchemaDatabases& databases) {
  return objects(context, databases, ObjectKind::procedure, "PROCEDURE",
                 "ARGUMENT_SIGNATURE DATA_TYPE CHARACTER_MAXIMUM_LENGTH# CHARACTER_OCTET_LENGTH# NUMERIC_PRECISION# "
                 "NUMERIC_PRECISION_RADIX# NUMERIC_SCALE# PROCEDURE_LANGUAGE PROCEDURE_DEFINITION",
                 [](const Object& object, SchemaView::Row& row) {
                   const auto& procedure = *object.as<Procedure>();
                   row["ARGUMENT_SIGNATURE"] = signature(procedure);
                   row["DATA_TYPE"] = schema_text(procedure.returns);
                   row["PROCEDURE_LANGUAGE"] = schema_text(procedure.language);
                   row["PROCEDURE_DEFINITION"] = schema_text(procedure.body);
                 });
}

SchemaRelation schema_functions(StatementContext& context, const SchemaDatabases& databases) {
  return objects(
      context, databases, ObjectKind::function, "FUNCTION",
      "ARGUMENT_SIGNATURE DATA_TYPE FUNCTION_LANGUAGE FUNCTION_DEFINITION VOLATILITY IS_NULL_CALL IS_SECURE IS_EXTERNAL "
      "IS_MEMOIZABLE",
      [](const Object& object, SchemaView::Row& row) {
        const auto& function = *object.as<Function>();
        row["ARGUMENT_SIGNATURE"] = signature(function);
        row["DATA_TYPE"] = schema_text(function.returns);
        row["FUNCTION_LANGUAGE"] = schema_text(function.language);
        row["FUNCTION_DEFINITION"] = schema_text(function.body);
        row["VOLATILITY"] = schema_text(function.volatility);
        row["IS_NULL_CALL"] = schema_yes_no(!function.strict);
        row["IS_SECURE"] = schema_yes_no(function.secure);
        row["IS_EXTERNAL"] = row["IS_MEMOIZABLE"] = "'NO'";
      });
}

SchemaRelation schema_sequences(StatementContext& context, const SchemaDatabases& databases) {
  return objects(context, databases, ObjectKind::sequence, "SEQUENCE",
                 "DATA_TYPE NUMERIC_PRECISION# NUMERIC_PRECISION_RADIX# NUMERIC_SCALE# START_VALUE MINIMUM_VALUE MAXIMUM_VALUE "
                 "NEXT_VALUE INCREMENT CYCLE_OPTION ORDERED",
                 [](const Object& object, SchemaView::Row& row) {
                   const auto& sequence = *object.as<Sequence>();
                   row["DATA_TYPE"] = "'NUMBER'";
                   row["NUMERIC_PRECISION"] = "38";
                   row["NUMERIC_PRECISION_RADIX"] = "10";
                   row["NUMERIC_SCALE"] = "0";
                   row["START_VALUE"] = schema_text(std::to_string(sequence.start));
                   row["INCREMENT"] = schema_text(std::to_string(sequence.step));
                   row["CYCLE_OPTION"] = "'NO'";
                   row["ORDERED"] = schema_yes_no(sequence.ordered);
                 });
}

SchemaRelation schema_packages(StatementContext&, const SchemaDatabases&) {
  return SchemaView("PACKAGE_NAME VERSION LANGUAGE RUNTIME_VERSION").relation(); // of languages that do not run here: none
}

SchemaRelation schema_catalog_name(StatementContext&, const SchemaDatabases& databases) {
  SchemaView out("CATALOG_NAME");
  for (const auto& database : databases) out.add({{"CATALOG_NAME", schema_text(database->name)}});
  return out.relation();
}

} // namespace freshet::warehouse
