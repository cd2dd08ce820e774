#include <date/date.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "warehouse/external/directory_table.h"
#include "warehouse/load/load_options.h"
#include "warehouse/load/load_service.h"
#include "warehouse/load/stage_description.h"
#include "warehouse/load/staged_format.h"
#include "warehouse/statements/create.h"

namespace freshet::warehouse {

namespace {

using Cells = std::vector<std::optional<std::string>>;

sql::SnowflakeType text_type() {
  return {};
}
sql::SnowflakeType number_type() {
  sql::SnowflakeType type;
  type.kind = sql::TypeKind::number;
  return type;
}

/// DIRECTORY = (ENABLE = … [AUTO_REFRESH = …] [REFRESH_ON_CREATE = …])
SqlResult<void> apply_directory(Stage& stage, const sql::Properties& properties) {
  for (const auto& option : properties) {
    if (option.value.kind != sql::PropertyValue::Kind::boolean) {
      return sql::fail(
          {1008, "22023",
           fmt::format("SQL compilation error:\ninvalid value [{}] for parameter '{}'", option.value.text, option.key)});
    }
    if (option.key == "ENABLE")
      stage.directory_enabled = option.value.is_true();
    else if (option.key == "AUTO_REFRESH")
      stage.directory_auto_refresh = option.value.is_true();
    else if (option.key != "REFRESH_ON_CREATE")
      return sql::fail(
          {1006, "42601", fmt::format("SQL compilation error:\ninvalid property '{}' for 'DIRECTORY'", option.key)});
  }
  return {};
}

/// Whether CREATE STAGE fills the directory table: external stages do unless they are told otherwise.
bool refreshes_on_create(const Stage& stage, const sql::Properties& properties) {
  if (!stage.directory_enabled || stage.url.empty()) return false;
  const auto* directory = sql::find_property(properties, "DIRECTORY");
  return directory == nullptr || boolean_property(directory->properties, "REFRESH_ON_CREATE", true);
}

/// Applies STAGE properties to a stage, for CREATE and for ALTER … SET.
SqlResult<void> apply(StatementContext& context, LoadService& service, Object& object, const sql::Properties& properties) {
  auto& stage = *object.as<Stage>();
  bool location_given = false, credentials_given = false;
  for (const auto& property : properties) {
    const auto& key = property.key;
    if (key == "URL") {
      const auto& items = property.value.items; // URL = ('s3://…')
      stage.url = items.size() == 1 ? items[0].text : property.value.text;
      location_given = true;
    } else if (key == "STORAGE_INTEGRATION") {
      stage.storage_integration = property.value.name.empty() ? property.value.text : std::string(property.value.name.last());
      location_given = true;
    } else if (key == "FILE_FORMAT") {
      stage.file_format = TRY(file_format_options(property.value));
      TRY(staged_format(context, TRY(format_as_seen_from(stage.file_format, context.scope_of(object)))));
    } else if (key == "COPY_OPTIONS") {
      stage.copy_options = flattened_options(property.value.properties);
      if (const auto set = stage.copy_options.find("ON_ERROR"); set != stage.copy_options.end())
        TRY(parse_on_error(set->second.at(0)));
    } else if (key == "CREDENTIALS") {
      credentials_given = true;
    } else if (key == "DIRECTORY") {
      TRY(apply_directory(stage, property.value.properties));
    } else if (key == "ENCRYPTION") {
      const auto encryption = flattened_options(property.value.properties);
      const auto type = encryption.find("TYPE");
      stage.options[key] = type == encryption.end() ? std::vector<std::string>{} : type->second;
    } else if (key == "ENDPOINT" || key == "USE_PRIVATELINK_ENDPOINT" || key == "AWS_ACCESS_POINT_ARN") {
      stage.options[key] = property.value.kind == sql::PropertyValue::Kind::properties ? std::vector<std::string>{"set"}
                                                                                       : values_of(property.value);
    } else if (key != "COMMENT") {
      return sql::fail({1006, "42601", fmt::format("SQL compilation error:\ninvalid property '{}' for 'STAGE'", key)});
    }
  }
  if (stage.url.empty()) {
    if (credentials_given || !stage.storage_integration.empty())
      return sql::fail({2002, "42710", "SQL compilation error:\ncredentials and integrations are for stages with a URL"});
    return {};
  }
  if (is_other_cloud(stage.url)) {
    stage.has_credentials = credentials_given;
    return {};
  }
  const auto location = TRY(parse_s3_url(stage.url));
  if (!stage.storage_integration.empty() && location_given)
    TRY(check_integration(context, stage.storage_integration, stage.url));
  if (credentials_given) {
    auto request = bucket_request(location, flattened_options(properties));
    const auto answer = service.resolver()(request);
    stage.has_credentials = true;
    // What counts of the credentials is whether they were right. They themselves are not kept.
    stage.options["CREDENTIALS"] = {!answer && answer.error().kind == ErrorKind::permission_denied ? "refused" : "accepted"};
  }
  return {};
}

std::string list_time(TimePoint time) {
  return date::format("%a, %d %b %Y %H:%M:%S GMT", std::chrono::floor<std::chrono::seconds>(time));
}

} // namespace

Outcome run(StatementContext& context, const sql::CreateStage& statement) {
  auto& service = *TRY(load_service(context));
  if (statement.clone) return sql::fail(sql::unsupported_feature("CREATE STAGE … CLONE"));
  const Creation creation{.kind = ObjectKind::stage,
                          .word = "Stage area",
                          .options = statement.options,
                          .name = statement.name,
                          .properties = &statement.properties,
                          .arguments = nullptr};
  return create(context, creation, [&](Object& object, const ObjectPointer&, CatalogChange&) -> SqlResult<void> {
    const bool had = stands_already(context, object) && object.as<Stage>()->directory_enabled; // OR ALTER
    object.body = Stage{};
    object.as<Stage>()->temporary = statement.options.temporary;
    TRY(apply(context, service, object, statement.properties));
    TRY(set_directory(context, object, had));
    if (!had && refreshes_on_create(*object.as<Stage>(), statement.properties)) TRY(refresh_directory(context, object, ""));
    return {};
  });
}

namespace {

/// REFRESH [SUBPATH = '…']
SqlResult<std::string> subpath_of(const sql::Refresh& refresh) {
  for (const auto& property : refresh.properties) {
    if (property.key != "SUBPATH")
      return sql::fail(
          {1006, "42601", fmt::format("SQL compilation error:\ninvalid property '{}' for 'REFRESH'", property.key)});
  }
  auto path = text_property(refresh.properties, "SUBPATH");
  if (path.starts_with('/')) path.erase(0, 1);
  return path;
}

} // namespace

Outcome alter_stage(StatementContext& context, const sql::Alter& statement) {
  auto& service = *TRY(load_service(context));
  if (statement.if_exists && !TRY(context.find_if_exists(ObjectKind::stage, statement.name))) {
    return context.message(StatementKind::ddl, "Statement executed successfully.");
  }
  std::optional<std::vector<Registration>> registered;
  TRY(context.change_catalog([&](CatalogChange& change) -> SqlResult<void> {
    Object object = *TRY(context.find(ObjectKind::stage, statement.name));
    for (const auto& action : statement.actions) {
      if (const auto* set = std::get_if<sql::SetProperties>(&action)) {
        const bool had = object.as<Stage>()->directory_enabled;
        TRY(apply(context, service, object, set->properties));
        TRY(set_directory(context, object, had));
        object.comment = text_property(set->properties, "COMMENT", object.comment);
      } else if (const auto* refresh = std::get_if<sql::Refresh>(&action)) {
        registered = TRY(refresh_directory(context, object, TRY(subpath_of(*refresh))));
      } else if (!TRY(alter_common(context, object, action))) {
        return sql::fail(sql::unsupported_feature("this form of ALTER STAGE"));
      }
    }
    change.put(std::move(object));
    return {};
  }));
  if (registered) return registrations_table(context, *registered, "");
  return context.message(StatementKind::ddl, fmt::format("Stage area {} successfully altered.", statement.name.last()));
}

Outcome run(StatementContext& context, const sql::CreateFileFormat& statement) {
  const Creation creation{.kind = ObjectKind::file_format,
                          .word = "File format",
                          .options = statement.options,
                          .name = statement.name,
                          .properties = &statement.properties,
                          .arguments = nullptr};
  return create(context, creation, [&](Object& object, const ObjectPointer&, CatalogChange&) -> SqlResult<void> {
    FileFormat format;
    format.options = flattened_options(statement.properties);
    format.options.erase("COMMENT");
    if (const auto type = format.options.extract("TYPE"); !type.empty() && !type.mapped().empty()) {
      format.type = type.mapped().front();
      std::ranges::transform(format.type, format.type.begin(), [](unsigned char c) { return std::toupper(c); });
    }
    TRY(staged_format(format));
    object.body = std::move(format);
    return {};
  });
}

Outcome alter_file_format(StatementContext& context, const sql::Alter& statement) {
  if (statement.if_exists && !TRY(context.find_if_exists(ObjectKind::file_format, statement.name))) {
    return context.message(StatementKind::ddl, "Statement executed successfully.");
  }
  TRY(context.change_catalog([&](CatalogChange& change) -> SqlResult<void> {
    Object object = *TRY(context.find(ObjectKind::file_format, statement.name));
    for (const auto& action : statement.actions) {
      if (const auto* set = std::get_if<sql::SetProperties>(&action)) {
        auto& format = *object.as<FileFormat>();
        for (auto& [key, values] : flattened_options(set->properties)) {
          if (key == "COMMENT")
            object.comment = values.empty() ? "" : values.front();
          else if (key != "TYPE")
            format.options[key] = values;
        }
        TRY(staged_format(format));
      } else if (!TRY(alter_common(context, object, action))) {
        return sql::fail(sql::unsupported_feature("this form of ALTER FILE FORMAT"));
      }
    }
    change.put(std::move(object));
    return {};
  }));
  return context.message(StatementKind::ddl, "Statement executed successfully.");
}

Outcome describe_file_format(StatementContext& context, const sql::Describe& statement) {
  const auto object = TRY(context.find(ObjectKind::file_format, statement.name));
  const std::vector<ResultColumn> columns = {{"property", text_type(), true},
                                             {"property_type", text_type(), true},
                                             {"property_value", text_type(), true},
                                             {"property_default", text_type(), true}};
  std::vector<Cells> rows;
  for (const auto& p : properties_of(TRY(staged_format(*object->as<FileFormat>()))))
    rows.push_back({p.name, p.type, p.value, p.default_value});
  return context.table(StatementKind::describe, columns, rows);
}

Outcome describe_stage(StatementContext& context, const sql::Describe& statement) {
  return stage_description(context, *TRY(context.find(ObjectKind::stage, statement.name))->as<Stage>());
}

Outcome stage_description(StatementContext& context, const Stage& stage) {
  const std::vector<ResultColumn> columns = {{"parent_property", text_type(), true},
                                             {"property", text_type(), true},
                                             {"property_type", text_type(), true},
                                             {"property_value", text_type(), true},
                                             {"property_default", text_type(), true}};
  std::vector<Cells> rows;
  if (const auto named = stage.file_format.find("FORMAT_NAME"); named != stage.file_format.end() && !named->second.empty()) {
    rows.push_back({"STAGE_FILE_FORMAT", "FORMAT_NAME", "String", named->second.front(), ""});
  } else {
    for (const auto& p : properties_of(TRY(staged_format(context, stage.file_format)))) {
      rows.push_back({"STAGE_FILE_FORMAT", p.name, p.type, p.value, p.default_value});
    }
  }
  const auto option = [&](const std::string& key, const std::string& type, const std::string& otherwise) {
    const auto set = stage.copy_options.find(key);
    rows.push_back({"STAGE_COPY_OPTIONS", key, type,
                    set == stage.copy_options.end() ? otherwise : fmt::format("{}", fmt::join(set->second, ", ")), otherwise});
  };
  option("ON_ERROR", "String", "ABORT_STATEMENT");
  option("SIZE_LIMIT", "Long", "");
  option("PURGE", "Boolean", "false");
  option("RETURN_FAILED_ONLY", "Boolean", "false");
  option("ENFORCE_LENGTH", "Boolean", "true");
  option("TRUNCATECOLUMNS", "Boolean", "false");
  option("FORCE", "Boolean", "false");
  rows.push_back({"STAGE_LOCATION", "URL", "String", stage.url.empty() ? "" : fmt::format("[\"{}\"]", stage.url), ""});
  if (!stage.storage_integration.empty())
    rows.push_back({"STAGE_INTEGRATION", "STORAGE_INTEGRATION", "String", stage.storage_integration, ""});
  if (stage.has_credentials) rows.push_back({"STAGE_CREDENTIALS", "AWS_KEY_ID", "String", "********", ""});
  rows.push_back({"DIRECTORY", "ENABLE", "Boolean", stage.directory_enabled ? "true" : "false", "false"});
  rows.push_back({"DIRECTORY", "AUTO_REFRESH", "Boolean", stage.directory_auto_refresh ? "true" : "false", "false"});
  return context.table(StatementKind::describe, columns, rows);
}

Outcome run(StatementContext& context, const sql::ListFiles& statement) {
  auto& service = *TRY(load_service(context));
  const auto source = TRY(stage_source(context, service, statement.location));
  const std::vector<ResultColumn> columns = {{"name", text_type(), true},
                                             {"size", number_type(), true},
                                             {"md5", text_type(), true},
                                             {"last_modified", text_type(), true}};
  std::vector<Cells> rows;
  for (const auto& file : TRY(list_files(source, statement.pattern))) {
    rows.push_back({source.shown_name(file.key), std::to_string(file.size), file.etag, list_time(file.modified)});
  }
  return context.table(StatementKind::list_files, columns, rows);
}

Outcome run(StatementContext& context, const sql::RemoveFiles& statement) {
  auto& service = *TRY(load_service(context));
  const auto source = TRY(stage_source(context, service, statement.location));
  const std::vector<ResultColumn> columns = {{"name", text_type(), true}, {"result", text_type(), true}};
  std::vector<Cells> rows;
  for (const auto& file : TRY(list_files(source, statement.pattern))) {
    if (auto removed = source.store->remove(file.bucket, file.key); !removed) return sql::fail(stage_failure(removed.error()));
    rows.push_back({source.shown_name(file.key), "removed"});
  }
  return context.table(StatementKind::list_files, columns, rows);
}

} // namespace freshet::warehouse
