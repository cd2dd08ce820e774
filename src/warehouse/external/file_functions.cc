#include "warehouse/external/file_functions.h"

#include <fmt/format.h>

#include <charconv>

#include "sql/parser.h"
#include "warehouse/argument_checks.h"
#include "warehouse/external/directory_table.h"
#include "warehouse/load/load_service.h"
#include "warehouse/physical.h"

namespace freshet::warehouse {

namespace {

constexpr int64_t k_validity_seconds = 3600, k_validity_seconds_max = 604'800;

/// The stage that @name, or '@name' where the name has blanks in it, stands for.
SqlResult<ObjectPointer> stage_of(StatementContext& context, const FunctionArgument& argument, std::string_view function) {
  const auto text = TRY(context.constant_text(argument)).value_or("");
  if (!text.starts_with('@')) {
    return sql::fail(
        {1044, "42P13",
         fmt::format("SQL compilation error:\nInvalid argument for function '{}': a stage (@name) is expected.", function)});
  }
  const auto location = TRY(sql::parse_stage_location(text));
  if (location.kind != sql::StageLocation::Kind::named)
    return sql::fail(sql::unsupported_feature(fmt::format("{} of the stage of a user or table", function)));
  return context.find(ObjectKind::stage, location.name);
}

/// s3://bucket/path/ of the stage.
SqlResult<std::string> location_of(StatementContext& context, const Object& stage) {
  const auto source = TRY(stage_folder(context, *TRY(load_service(context)), stage, ""));
  return fmt::format("s3://{}/{}", source.bucket, source.base);
}

/// Functions of a stage and a path, which may be a column.
struct StageCall {
  ObjectPointer stage;
  std::string path; // engine text
};
SqlResult<StageCall> stage_call(StatementContext& context, const FunctionArguments& arguments, std::string_view function) {
  TRY(expect_arguments(arguments, 2, 2, function));
  return StageCall{TRY(stage_of(context, arguments[0], function)), fmt::format("CAST({} AS VARCHAR)", arguments[1].text)};
}

SqlResult<std::string> directory(StatementContext& context, const FunctionArguments& arguments) {
  TRY(expect_arguments(arguments, 1, 1, "DIRECTORY"));
  const auto text = TRY(context.constant_text(arguments[0])).value_or("");
  const auto location = TRY(sql::parse_stage_location(text));
  if (location.kind != sql::StageLocation::Kind::named || !location.path.empty())
    return sql::fail(sql::unsupported_feature("DIRECTORY of anything but a named stage"));
  const auto stage = TRY(stage_with_directory(context, location.name));
  context.reads().tables.insert(stage->id);
  return directory_rows(context, *stage, live_relation(physical(*stage)), false);
}

SqlResult<std::string> get_stage_location(StatementContext& context, const FunctionArguments& arguments) {
  TRY(expect_arguments(arguments, 1, 1, "GET_STAGE_LOCATION"));
  const auto stage = TRY(stage_of(context, arguments[0], "GET_STAGE_LOCATION"));
  return engine::quote_literal(TRY(location_of(context, *stage)));
}

SqlResult<std::string> get_absolute_path(StatementContext& context, const FunctionArguments& arguments) {
  const auto call = TRY(stage_call(context, arguments, "GET_ABSOLUTE_PATH"));
  return fmt::format("({} || {})", engine::quote_literal(TRY(location_of(context, *call.stage))), call.path);
}

SqlResult<std::string> get_relative_path(StatementContext& context, const FunctionArguments& arguments) {
  const auto call = TRY(stage_call(context, arguments, "GET_RELATIVE_PATH"));
  const auto location = engine::quote_literal(TRY(location_of(context, *call.stage)));
  return fmt::format("(CASE WHEN starts_with({0}, {1}) THEN substr({0}, length({1}) + 1) END)", call.path, location);
}

SqlResult<std::string> build_stage_file_url(StatementContext& context, const FunctionArguments& arguments) {
  const auto call = TRY(stage_call(context, arguments, "BUILD_STAGE_FILE_URL"));
  return fmt::format("({} || url_encode({}))", file_url_prefix(context, *call.stage), call.path);
}

/// …/api/files/<query id>/<the file, encoded>: good for whoever ran the query.
SqlResult<std::string> build_scoped_file_url(StatementContext& context, const FunctionArguments& arguments) {
  const auto call = TRY(stage_call(context, arguments, "BUILD_SCOPED_FILE_URL"));
  const auto place = context.scope_of(*call.stage);
  const auto stage = engine::quote_literal(fmt::format("{}/{}/{}/", place.database, place.schema, call.stage->name));
  return fmt::format("({} || {} || '/' || rtrim(translate(base64(encode({} || {})), '+/', '-_'), '='))", files_url(context),
                     engine::quote_literal(context.query_id()), stage, call.path);
}

SqlResult<std::chrono::seconds> validity_of(StatementContext& context, const FunctionArgument& argument) {
  const auto text = TRY(context.constant_text(argument)).value_or("");
  int64_t seconds = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (code != std::errc{} || end != text.data() + text.size() || seconds < 1 || seconds > k_validity_seconds_max) {
    return sql::fail(
        {1008, "22023",
         fmt::format("SQL compilation error:\ninvalid value [{}] for parameter 'EXPIRATION_TIME': seconds from 1 to {}", text,
                     k_validity_seconds_max)});
  }
  return std::chrono::seconds{seconds};
}

SqlResult<std::string> get_presigned_url(StatementContext& context, const FunctionArguments& arguments) {
  TRY(expect_arguments(arguments, 2, 3, "GET_PRESIGNED_URL"));
  auto& service = *TRY(load_service(context));
  const auto stage = TRY(stage_of(context, arguments[0], "GET_PRESIGNED_URL"));
  const auto path = TRY(context.constant_text(arguments[1]));
  if (!path) return "CAST(NULL AS VARCHAR)";
  const auto validity =
      arguments.size() == 3 ? TRY(validity_of(context, arguments[2])) : std::chrono::seconds{k_validity_seconds};
  const auto source = TRY(stage_folder(context, service, *stage, *path));
  if (!service.presigner()) return sql::fail(sql::unsupported_feature("GET_PRESIGNED_URL: nothing serves files here"));
  const auto address = service.presigner()(source.bucket, source.prefix, validity);
  if (!address) return sql::fail(stage_failure(address.error()));
  return engine::quote_literal(*address);
}

} // namespace

void add_file_functions(FunctionRegistry& registry) {
  registry.add_table("DIRECTORY", directory);
  registry.add_scalar("GET_STAGE_LOCATION", get_stage_location);
  registry.add_scalar("GET_ABSOLUTE_PATH", get_absolute_path);
  registry.add_scalar("GET_RELATIVE_PATH", get_relative_path);
  registry.add_scalar("BUILD_STAGE_FILE_URL", build_stage_file_url);
  registry.add_scalar("BUILD_SCOPED_FILE_URL", build_scoped_file_url);
  registry.add_scalar("GET_PRESIGNED_URL", get_presigned_url);
}

} // namespace freshet::warehouse
