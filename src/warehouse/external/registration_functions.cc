#include <fmt/format.h>

#include "sql/parser.h"
#include "warehouse/external/directory_table.h"
#include "warehouse/external/external_table.h"
#include "warehouse/external/file_functions.h"
#include "warehouse/load/named_arguments.h"
#include "warehouse/physical.h"

namespace freshet::warehouse {

namespace {

SqlResult<ObjectPointer> external_table_named(StatementContext& context, const std::string& name) {
  auto table = TRY(context.find(ObjectKind::table, TRY(sql::parse_qualified_name(name))));
  TRY(check_table_word(*table, sql::ObjectKind::external_table));
  return table;
}

SqlResult<std::string> external_table_files(StatementContext& context, const FunctionArguments& arguments) {
  const auto call = TRY(NamedArguments::read("EXTERNAL_TABLE_FILES", arguments, {"TABLE_NAME"}, 1));
  const auto table = TRY(external_table_named(context, TRY(call.text(context, "TABLE_NAME"))));
  const auto base = TRY(external_source(context, *table, "")).base;
  return fmt::format(
      "(SELECT {} || RELATIVE_PATH AS FILE_NAME, REGISTERED_ON, SIZE AS FILE_SIZE, LAST_MODIFIED, ETAG, MD5 FROM {} AS files)",
      engine::quote_literal(base), live_relation(physical(*table)));
}

std::string history_relation(const Object& object, const std::string& prefix, const std::string& start) {
  return fmt::format(
      "(SELECT make_timestamptz(registered_at) AS JOB_CREATED_TIME, {} || file AS FILE_NAME, status AS OPERATION_STATUS, "
      "message AS MESSAGE, "
      "CAST(size AS DECIMAL(38, 0)) AS FILE_SIZE, make_timestamptz(modified) AS LAST_MODIFIED FROM FRESHET.FILE_REGISTRATION "
      "WHERE "
      "object = {}{})",
      engine::quote_literal(prefix), object.id,
      start.empty() ? "" : fmt::format(" AND make_timestamptz(registered_at) >= CAST({} AS TIMESTAMPTZ)", start));
}

SqlResult<std::string> external_table_history(StatementContext& context, const FunctionArguments& arguments) {
  const auto call =
      TRY(NamedArguments::read("EXTERNAL_TABLE_FILE_REGISTRATION_HISTORY", arguments, {"TABLE_NAME", "START_TIME"}, 1));
  const auto table = TRY(external_table_named(context, TRY(call.text(context, "TABLE_NAME"))));
  return history_relation(*table, TRY(external_source(context, *table, "")).base, call.engine_text("START_TIME"));
}

SqlResult<std::string> stage_directory_history(StatementContext& context, const FunctionArguments& arguments) {
  const auto call =
      TRY(NamedArguments::read("STAGE_DIRECTORY_FILE_REGISTRATION_HISTORY", arguments, {"STAGE_NAME", "START_TIME"}, 1));
  const auto name = TRY(sql::parse_qualified_name(TRY(call.text(context, "STAGE_NAME"))));
  return history_relation(*TRY(stage_with_directory(context, name)), "", call.engine_text("START_TIME"));
}

} // namespace

void add_registration_functions(FunctionRegistry& registry) {
  registry.add_table("EXTERNAL_TABLE_FILES", external_table_files);
  registry.add_table("EXTERNAL_TABLE_FILE_REGISTRATION_HISTORY", external_table_history);
  registry.add_table("STAGE_DIRECTORY_FILE_REGISTRATION_HISTORY", stage_directory_history);
}

} // namespace freshet::warehouse
