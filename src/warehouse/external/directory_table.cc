#include "warehouse/external/directory_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "warehouse/load/load_service.h"
#include "warehouse/physical.h"

namespace freshet::warehouse {

namespace {

sql::Error no_directory(std::string_view stage) {
  return {
      391, "42601",
      fmt::format(
          "SQL compilation error:\nStage '{}' has no directory table: ALTER STAGE … SET DIRECTORY = (ENABLE = TRUE) adds one.",
          stage)};
}

} // namespace

std::string files_url(StatementContext& context) {
  std::string account = context.warehouse().options().account;
  std::ranges::transform(account, account.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return engine::quote_literal(fmt::format("https://{}.snowflakecomputing.com/api/files/", account));
}

std::string file_url_prefix(StatementContext& context, const Object& stage) {
  const auto place = context.scope_of(stage);
  return fmt::format("{} || url_encode({}) || '/' || url_encode({}) || '/' || url_encode({}) || '/'", files_url(context),
                     engine::quote_literal(place.database), engine::quote_literal(place.schema),
                     engine::quote_literal(stage.name));
}

std::string directory_rows(StatementContext& context, const Object& stage, const std::string& rows, bool changes) {
  return fmt::format(
      "(SELECT RELATIVE_PATH, SIZE, LAST_MODIFIED, MD5, ETAG, {} || url_encode(RELATIVE_PATH) AS FILE_URL{} FROM {} AS files)",
      file_url_prefix(context, stage), changes ? R"(, "METADATA$ACTION", "METADATA$ISUPDATE", "METADATA$ROW_ID")" : "", rows);
}

SqlResult<ObjectPointer> stage_with_directory(StatementContext& context, const sql::QualifiedName& name) {
  auto stage = TRY(context.find(ObjectKind::stage, name));
  if (!stage->as<Stage>()->directory_enabled) return sql::fail(no_directory(context.catalog().full_name(*stage)));
  return stage;
}

SqlResult<void> set_directory(StatementContext& context, const Object& stage, bool had) {
  const bool has = stage.as<Stage>()->directory_enabled;
  if (FileFollower::wanted(stage)) {
    auto& service = *TRY(load_service(context));
    service.follow(stage.id, TRY(stage_folder(context, service, stage, "")));
  }
  if (has && !had) return context.checked(create_table(context.connection(), physical(stage)));
  if (had && !has) return context.checked(drop_table(context.connection(), physical(stage)));
  return {};
}

SqlResult<std::vector<Registration>> refresh_directory(StatementContext& context, const Object& stage,
                                                       const std::string& subpath) {
  if (!stage.as<Stage>()->directory_enabled) return sql::fail(no_directory(context.catalog().full_name(stage)));
  auto& service = *TRY(load_service(context));
  const auto source = TRY(stage_folder(context, service, stage, subpath));
  return register_files(context, stage, {subpath}, files_of(source, TRY(list_files(source, std::nullopt))));
}

Outcome registrations_table(StatementContext& context, const std::vector<Registration>& registrations,
                            const std::string& prefix) {
  const sql::SnowflakeType text;
  std::vector<std::vector<std::optional<std::string>>> rows;
  for (const auto& [file, status, description] : registrations) rows.push_back({prefix + file.path, status, description});
  return context.table(StatementKind::ddl, {{"file", text, false}, {"status", text, false}, {"description", text, true}}, rows);
}

} // namespace freshet::warehouse
