#include "warehouse/information_schema.h"

#include <fmt/core.h>

#include "engine/engine.h"
#include "warehouse/literal.h"
#include "warehouse/retention.h"
#include "warehouse/storage_metrics.h"

namespace freshet::warehouse {
namespace {

/// Rows built up as one VALUES list.
class Values {
 public:
  explicit Values(std::vector<std::pair<std::string, std::string>> columns) : columns_(std::move(columns)) {}

  void add(const std::vector<std::string>& texts) {
    rows_ += rows_.empty() ? "(" : ", (";
    for (size_t i = 0; i < texts.size(); ++i) rows_ += (i > 0 ? ", " : "") + texts[i];
    rows_ += ")";
  }

  std::string relation() const {
    std::string select;
    std::string names;
    for (size_t i = 0; i < columns_.size(); ++i) {
      auto name = engine::quote_identifier(columns_[i].first);
      auto comma = i > 0 ? ", " : "";
      select += fmt::format("{}CAST({} AS {}) AS {}", comma, rows_.empty() ? "NULL" : name, columns_[i].second, name);
      names += comma + name;
    }
    if (rows_.empty()) return fmt::format("(SELECT {} LIMIT 0)", select);
    return fmt::format("(SELECT {} FROM (VALUES {}) AS v({}))", select, rows_, names);
  }

 private:
  std::vector<std::pair<std::string, std::string>> columns_;
  std::string rows_;
};

std::string text(std::string_view value) {
  return engine::quote_literal(value);
}
std::string yes_no(bool value) {
  return value ? "'YES'" : "'NO'";
}
std::string time(TimePoint value) {
  return literal(engine::TimestampTz{value.time_since_epoch().count()});
}

std::string tables(Catalog& catalog, const Object& database) {
  Values out({{"TABLE_CATALOG", "VARCHAR"},
              {"TABLE_SCHEMA", "VARCHAR"},
              {"TABLE_NAME", "VARCHAR"},
              {"TABLE_OWNER", "VARCHAR"},
              {"TABLE_TYPE", "VARCHAR"},
              {"IS_TRANSIENT", "VARCHAR"},
              {"RETENTION_TIME", "BIGINT"},
              {"CREATED", "TIMESTAMPTZ"},
              {"COMMENT", "VARCHAR"}});
  for (const auto& schema : catalog.children(database.id, ObjectKind::schema)) {
    for (const auto& object : catalog.children(schema->id, ObjectKind::table)) {
      const auto& table = *object->as<Table>();
      out.add({text(database.name), text(schema->name), text(object->name), text(object->owner), "'BASE TABLE'",
               yes_no(table.kind == "TRANSIENT"), std::to_string(retention_days(catalog, *object)), time(object->created_on),
               text(object->comment)});
    }
    for (const auto& object : catalog.children(schema->id, ObjectKind::view)) {
      out.add({text(database.name), text(schema->name), text(object->name), text(object->owner), "'VIEW'", "NULL", "NULL",
               time(object->created_on), text(object->comment)});
    }
  }
  return out.relation();
}

std::string views(Catalog& catalog, const Object& database) {
  Values out({{"TABLE_CATALOG", "VARCHAR"},
              {"TABLE_SCHEMA", "VARCHAR"},
              {"TABLE_NAME", "VARCHAR"},
              {"TABLE_OWNER", "VARCHAR"},
              {"VIEW_DEFINITION", "VARCHAR"},
              {"IS_SECURE", "VARCHAR"},
              {"CREATED", "TIMESTAMPTZ"},
              {"COMMENT", "VARCHAR"}});
  for (const auto& schema : catalog.children(database.id, ObjectKind::schema)) {
    for (const auto& object : catalog.children(schema->id, ObjectKind::view)) {
      const auto& view = *object->as<View>();
      out.add({text(database.name), text(schema->name), text(object->name), text(object->owner), text(view.text),
               yes_no(view.secure), time(object->created_on), text(object->comment)});
    }
  }
  return out.relation();
}

void add_columns(Values& out, const Object& database, const Object& schema, const Object& object,
                 const std::vector<Column>& columns) {
  int64_t position = 0;
  for (const auto& column : columns) {
    const auto& type = column.type;
    auto name = type.to_string();
    auto family = type.kind == sql::TypeKind::text ? "TEXT" : name.substr(0, name.find('('));
    bool is_number = type.kind == sql::TypeKind::number;
    bool is_text = type.kind == sql::TypeKind::text;
    out.add({text(database.name), text(schema.name), text(object.name), text(column.name), std::to_string(++position),
             column.default_value ? text(*column.default_value) : "NULL", yes_no(column.nullable), text(family),
             is_text ? std::to_string(type.length) : "NULL", is_number ? std::to_string(type.precision) : "NULL",
             is_number ? std::to_string(type.scale) : "NULL", yes_no(column.autoincrement.has_value()),
             column.comment.empty() ? "NULL" : text(column.comment)});
  }
}

std::string columns(Catalog& catalog, const Object& database) {
  Values out({{"TABLE_CATALOG", "VARCHAR"},
              {"TABLE_SCHEMA", "VARCHAR"},
              {"TABLE_NAME", "VARCHAR"},
              {"COLUMN_NAME", "VARCHAR"},
              {"ORDINAL_POSITION", "BIGINT"},
              {"COLUMN_DEFAULT", "VARCHAR"},
              {"IS_NULLABLE", "VARCHAR"},
              {"DATA_TYPE", "VARCHAR"},
              {"CHARACTER_MAXIMUM_LENGTH", "BIGINT"},
              {"NUMERIC_PRECISION", "BIGINT"},
              {"NUMERIC_SCALE", "BIGINT"},
              {"IS_IDENTITY", "VARCHAR"},
              {"COMMENT", "VARCHAR"}});
  for (const auto& schema : catalog.children(database.id, ObjectKind::schema)) {
    for (const auto& object : catalog.children(schema->id, ObjectKind::table)) {
      add_columns(out, database, *schema, *object, object->as<Table>()->columns);
    }
    for (const auto& object : catalog.children(schema->id, ObjectKind::view)) {
      add_columns(out, database, *schema, *object, object->as<View>()->columns);
    }
  }
  return out.relation();
}

std::string schemata(Catalog& catalog, const Object& database) {
  Values out({{"CATALOG_NAME", "VARCHAR"},
              {"SCHEMA_NAME", "VARCHAR"},
              {"SCHEMA_OWNER", "VARCHAR"},
              {"IS_TRANSIENT", "VARCHAR"},
              {"RETENTION_TIME", "BIGINT"},
              {"CREATED", "TIMESTAMPTZ"},
              {"COMMENT", "VARCHAR"}});
  for (const auto& object : catalog.children(database.id, ObjectKind::schema)) {
    const auto& schema = *object->as<Schema>();
    out.add({text(database.name), text(object->name), text(object->owner), yes_no(schema.transient),
             std::to_string(retention_days(catalog, *object)), time(object->created_on), text(object->comment)});
  }
  out.add({text(database.name), "'INFORMATION_SCHEMA'", "NULL", "'NO'", "1", time(database.created_on),
           "'Views describing the contents of schemas in this database'"});
  return out.relation();
}

std::string databases(Catalog& catalog) {
  Values out({{"DATABASE_NAME", "VARCHAR"},
              {"DATABASE_OWNER", "VARCHAR"},
              {"IS_TRANSIENT", "VARCHAR"},
              {"CREATED", "TIMESTAMPTZ"},
              {"COMMENT", "VARCHAR"}});
  for (const auto& object : catalog.children(k_account, ObjectKind::database)) {
    out.add({text(object->name), text(object->owner), yes_no(object->as<Database>()->transient), time(object->created_on),
             text(object->comment)});
  }
  return out.relation();
}

/// One row for each object of a kind: where it is, its owner, what is particular to its kind, when it was made.
using Details = std::vector<std::pair<std::string, std::string (*)(const Object&)>>;

std::string objects(Catalog& catalog, const Object& database, ObjectKind kind, const std::string& word, const Details& details) {
  std::vector<std::pair<std::string, std::string>> names;
  for (const auto* part : {"_CATALOG", "_SCHEMA", "_NAME", "_OWNER"}) names.emplace_back(word + part, "VARCHAR");
  for (const auto& [name, value] : details) names.emplace_back(name, "VARCHAR");
  names.emplace_back("CREATED", "TIMESTAMPTZ");
  names.emplace_back("COMMENT", "VARCHAR");
  Values out(std::move(names));
  for (const auto& schema : catalog.children(database.id, ObjectKind::schema)) {
    for (const auto& object : catalog.children(schema->id, kind)) {
      std::vector<std::string> row = {text(database.name), text(schema->name), text(object->name), text(object->owner)};
      for (const auto& [name, value] : details) row.push_back(value(*object));
      row.push_back(time(object->created_on));
      row.push_back(text(object->comment));
      out.add(row);
    }
  }
  return out.relation();
}

std::string stages(Catalog& catalog, const Object& database) {
  return objects(catalog, database, ObjectKind::stage, "STAGE",
                 {{"STAGE_URL", [](const Object& object) { return text(object.as<Stage>()->url); }},
                  {"STAGE_TYPE", [](const Object&) { return text("External Named"); }}});
}

std::string file_formats(Catalog& catalog, const Object& database) {
  return objects(catalog, database, ObjectKind::file_format, "FILE_FORMAT",
                 {{"FILE_FORMAT_TYPE", [](const Object& object) { return text(object.as<FileFormat>()->type); }}});
}

std::string pipes(Catalog& catalog, const Object& database) {
  return objects(
      catalog, database, ObjectKind::pipe, "PIPE",
      {{"DEFINITION", [](const Object& object) { return text(object.as<Pipe>()->definition); }},
       {"IS_AUTOINGEST_ENABLED", [](const Object& object) { return yes_no(object.as<Pipe>()->auto_ingest); }},
       {"NOTIFICATION_CHANNEL_NAME", [](const Object& object) { return text(object.as<Pipe>()->notification_channel); }}});
}

std::string signature(const Object& object) {
  std::string arguments;
  for (const auto& argument : object.as<Procedure>()->arguments) {
    const auto type = argument.type.to_string();
    arguments += fmt::format("{}{} {}", arguments.empty() ? "" : ", ", argument.name, type.substr(0, type.find('(')));
  }
  return text("(" + arguments + ")");
}

std::string procedures(Catalog& catalog, const Object& database) {
  return objects(catalog, database, ObjectKind::procedure, "PROCEDURE",
                 {{"ARGUMENT_SIGNATURE", signature},
                  {"DATA_TYPE", [](const Object& object) { return text(object.as<Procedure>()->returns); }},
                  {"PROCEDURE_LANGUAGE", [](const Object& object) { return text(object.as<Procedure>()->language); }},
                  {"PROCEDURE_DEFINITION", [](const Object& object) { return text(object.as<Procedure>()->body); }}});
}

} // namespace

SqlResult<std::string> information_schema(StatementContext& context, const std::string& database_name, std::string_view view,
                                          const sql::QualifiedName& written_name) {
  auto& catalog = context.catalog();
  auto database = catalog.find(ObjectKind::database, k_account, database_name);
  if (!database) return sql::fail(sql::does_not_exist("Object", written(written_name)));
  if (view == "TABLES") return tables(catalog, *database);
  if (view == "TABLE_STORAGE_METRICS") return table_storage_metrics(context, *database);
  if (view == "VIEWS") return views(catalog, *database);
  if (view == "COLUMNS") return columns(catalog, *database);
  if (view == "SCHEMATA") return schemata(catalog, *database);
  if (view == "DATABASES") return databases(catalog);
  if (view == "STAGES") return stages(catalog, *database);
  if (view == "FILE_FORMATS") return file_formats(catalog, *database);
  if (view == "PIPES") return pipes(catalog, *database);
  if (view == "PROCEDURES") return procedures(catalog, *database);
  return sql::fail(sql::does_not_exist("Object", written(written_name)));
}

} // namespace freshet::warehouse
