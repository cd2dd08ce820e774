#include "warehouse/external/external_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "sql/parser.h"
#include "warehouse/external/external_rows.h"
#include "warehouse/load/load_options.h"
#include "warehouse/load/load_service.h"
#include "warehouse/load/template_columns.h"
#include "warehouse/policies.h"
#include "warehouse/statements/create.h"
#include "warehouse/statements/table.h"
#include "warehouse/statements/target_table.h"

namespace freshet::warehouse {

namespace {

constexpr std::string_view k_known_properties[] = {
    "LOCATION", "FILE_FORMAT",   "PATTERN",     "AUTO_REFRESH", "REFRESH_ON_CREATE", "PARTITION BY",  "PARTITION_TYPE",
    "COMMENT",  "AWS_SNS_TOPIC", "INTEGRATION", "TAG",          "TABLE_FORMAT",      "USING TEMPLATE"};

sql::Error invalid_value(std::string_view value, std::string_view key, std::string_view why) {
  return {1008, "22023",
          fmt::format("SQL compilation error:\ninvalid value [{}] for parameter '{}'{}{}", value, key, why.empty() ? "" : ": ",
                      why)};
}

SqlResult<void> check_properties(const sql::CreateTable& statement) {
  for (const auto& property : statement.properties) {
    if (!contains(k_known_properties, std::string_view(property.key)))
      return sql::fail(
          {1006, "42601", fmt::format("SQL compilation error:\ninvalid property '{}' for 'EXTERNAL TABLE'", property.key)});
  }
  if (sql::find_property(statement.properties, "TABLE_FORMAT") != nullptr)
    return sql::fail(sql::unsupported_feature("TABLE_FORMAT of external tables"));
  return {};
}

/// VALUE, and the columns that are computed from it.
SqlResult<std::vector<Column>> columns_of(StatementContext& context, const sql::CreateTable& statement) {
  std::vector<Column> out;
  out.push_back({.name = "VALUE", .type = sql::type_of_kind(sql::TypeKind::variant), .comment = "The value of this row"});
  if (const auto* query = sql::find_property(statement.properties, "USING TEMPLATE")) {
    for (auto& column : TRY(template_columns(context, query->text))) out.push_back(std::move(column));
  }
  for (const auto& definition : statement.columns) {
    const auto& name = definition.name.name;
    if (contains(out, name, &Column::name))
      return sql::fail({2025, "42S21", fmt::format("SQL compilation error:\nduplicate column name '{}'", name)});
    out.push_back(TRY(external_column(context, definition)));
  }
  return out;
}

SqlResult<std::vector<std::string>> partition_columns(const sql::CreateTable& statement, const std::vector<Column>& columns) {
  std::vector<std::string> out;
  const auto* written = sql::find_property(statement.properties, "PARTITION BY");
  if (written == nullptr) return out;
  for (const auto& item : written->items) {
    const auto& name = item.name.parts.front();
    if (!contains(columns, name.name, &Column::name))
      return sql::fail(sql::invalid_identifier(name.name, name.range.line, name.range.column - 1));
    out.push_back(name.name);
  }
  return out;
}

SqlResult<ExternalDefinition> definition_of(StatementContext& context, const sql::CreateTable& statement, const Object& object,
                                            const std::vector<Column>& columns) {
  const auto& properties = statement.properties;
  if (!statement.location) return sql::fail({1009, "42601", "SQL compilation error:\nmissing required parameter 'LOCATION'"});
  if (statement.location->kind != sql::StageLocation::Kind::named)
    return sql::fail(invalid_value(text_property(properties, "LOCATION"), "LOCATION", "a named external stage is expected"));
  const auto stage = TRY(context.find(ObjectKind::stage, statement.location->name));
  if (stage->as<Stage>()->url.empty())
    return sql::fail(
        invalid_value(text_property(properties, "LOCATION"), "LOCATION", "external tables read external stages only"));
  const auto* format = sql::find_property(properties, "FILE_FORMAT");
  if (format == nullptr) return sql::fail({1009, "42601", "SQL compilation error:\nmissing required parameter 'FILE_FORMAT'"});
  ExternalDefinition out;
  out.stage = stage->id;
  out.stage_name = context.catalog().full_name(*stage);
  out.path = statement.location->path;
  out.file_format = TRY(format_as_seen_from(TRY(file_format_options(*format)), context.scope_of(object)));
  TRY(staged_format(context, out.file_format));
  out.pattern = text_property(properties, "PATTERN");
  if (!out.pattern.empty()) {
    if (const auto valid = whole_match(out.pattern); !valid)
      return sql::fail(invalid_value(out.pattern, "PATTERN", valid.error().message));
  }
  out.partition_by = TRY(partition_columns(statement, columns));
  const auto partition_type = text_property(properties, "PARTITION_TYPE");
  out.user_partitions = partition_type == "USER_SPECIFIED";
  if (!partition_type.empty() && !out.user_partitions) return sql::fail(invalid_value(partition_type, "PARTITION_TYPE", ""));
  out.auto_refresh = boolean_property(properties, "AUTO_REFRESH", !out.user_partitions);
  if (out.user_partitions && out.auto_refresh)
    return sql::fail(
        invalid_value("TRUE", "AUTO_REFRESH", "partitions of this table are added by ALTER EXTERNAL TABLE … ADD PARTITION"));
  return out;
}

} // namespace

SqlResult<Column> external_column(StatementContext& context, const sql::ColumnDefinition& definition) {
  const auto& name = definition.name;
  if (!definition.type) return sql::fail(sql::syntax_error(definition.range.line, definition.range.column - 1, name.name));
  if (!definition.computed) {
    return sql::fail(
        {1507, "42601",
         fmt::format("SQL compilation error:\nColumn '{}' of an external table needs an expression: {} type AS (expression "
                     "over VALUE or METADATA$FILENAME).",
                     name.name, name.name)});
  }
  Column out;
  out.name = name.name;
  out.type = TRY(sql::type_from_name(*definition.type, context.session().parameters().timestamp_alias()));
  out.nullable = !definition.not_null;
  out.computed = source_text(context, definition.computed->range);
  if (out.computed.starts_with('(') && out.computed.ends_with(')')) { // those of AS (…)
    auto inner = out.computed.substr(1, out.computed.size() - 2);
    if (sql::parse_expression(inner)) out.computed = std::move(inner);
  }
  out.comment = definition.comment.value_or("");
  return out;
}

Outcome create_external_table(StatementContext& context, const sql::CreateTable& statement) {
  TRY(check_properties(statement));
  Creation creation{ObjectKind::table, "Table", statement.options, statement.name, &statement.properties};
  return create(context, creation, [&](Object& object, const ObjectPointer&, CatalogChange&) -> SqlResult<void> {
    Table table;
    table.columns = TRY(columns_of(context, statement));
    table.kind = "EXTERNAL TABLE";
    for (const auto& constraint : statement.constraints) table.constraints.push_back(constraint_of(constraint));
    if (statement.row_access_policy) {
      table.row_access =
          TRY(policy_use(context, *statement.row_access_policy, sql::ObjectKind::row_access_policy, "", table.columns));
    }
    table.external = TRY(definition_of(context, statement, object, table.columns));
    object.body = std::move(table);
    TRY(check_external_columns(context, object));
    TRY(create_physical(context, object));
    if (object.as<Table>()->external->auto_refresh) // before the listing: nothing falls between
      TRY(load_service(context))->follow(object.id, TRY(external_source(context, object, "")));
    const bool refreshes = boolean_property(statement.properties, "REFRESH_ON_CREATE", true);
    if (refreshes && !object.as<Table>()->external->user_partitions) TRY(refresh_external_table(context, object, ""));
    return {};
  });
}

SqlResult<StageSource> external_source(StatementContext& context, const Object& table, const std::string& subpath) {
  const auto& external = *table.as<Table>()->external;
  const auto stage = context.catalog().find(external.stage);
  if (!stage) return sql::fail(missing(ObjectKind::stage, external.stage_name));
  auto path = external.path;
  if (!subpath.empty() && !path.empty() && !path.ends_with('/')) path += '/';
  return stage_folder(context, *TRY(load_service(context)), *stage, path + subpath);
}

SqlResult<std::vector<Registration>> refresh_external_table(StatementContext& context, Object& table,
                                                            const std::string& subpath) {
  auto& external = *table.as<Table>()->external;
  const auto source = TRY(external_source(context, table, subpath));
  const auto pattern = external.pattern.empty() ? std::nullopt : std::optional(external.pattern);
  const auto files = files_of(source, TRY(list_files(source, pattern)));
  external.last_refreshed_on = context.now();
  return register_files(context, table, {source.prefix.substr(source.base.size())}, files);
}

sql::Error wrong_kind(std::string_view found, std::string_view specified) {
  return {2203, "42601",
          fmt::format("SQL compilation error:\nObject found is of type '{}', specified type '{}' is not correct.", found,
                      specified)};
}

SqlResult<void> check_table_word(const Object& object, sql::ObjectKind written) {
  const auto* table = object.as<Table>();
  if (table == nullptr) return {};
  if (table->external && written == sql::ObjectKind::table) return sql::fail(wrong_kind("EXTERNAL TABLE", "TABLE"));
  if (!table->external && written == sql::ObjectKind::external_table) return sql::fail(wrong_kind("TABLE", "EXTERNAL TABLE"));
  return {};
}

} // namespace freshet::warehouse
