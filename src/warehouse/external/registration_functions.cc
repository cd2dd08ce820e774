#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "sql/parser.h"
#include "warehouse/external/directory_table.h"
#include "warehouse/external/external_table.h"
#include "warehouse/external/file_functions.h"
#include "warehouse/load/usage_range.h"
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

/// AUTO_REFRESH_REGISTRATION_HISTORY(DATE_RANGE_START => x, DATE_RANGE_END => y, OBJECT_TYPE => '…', OBJECT_NAME => '…'): the
/// files that external tables and directory tables which refresh themselves have registered. Here they cost nothing.
SqlResult<std::string> auto_refresh_history(StatementContext& context, const FunctionArguments& arguments) {
  constexpr std::string_view k_function = "AUTO_REFRESH_REGISTRATION_HISTORY";
  const auto call =
      TRY(NamedArguments::read(k_function, arguments, {"DATE_RANGE_START", "DATE_RANGE_END", "OBJECT_TYPE", "OBJECT_NAME"}, 0));
  const auto range = TRY(usage_range(context, call, k_function, 14));
  std::string type = call.has("OBJECT_TYPE") ? TRY(call.text(context, "OBJECT_TYPE")) : "";
  std::ranges::transform(type, type.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (!type.empty() && type != "DIRECTORY_TABLE" && type != "EXTERNAL_TABLE") {
    return sql::fail({1008, "22023",
                      fmt::format("SQL compilation error:\ninvalid value ['{}'] for parameter 'OBJECT_TYPE': expected "
                                  "DIRECTORY_TABLE or EXTERNAL_TABLE",
                                  type)});
  }
  std::vector<ObjectPointer> objects;
  if (call.has("OBJECT_NAME")) {
    if (type.empty())
      return sql::fail({938, "42601", fmt::format("SQL compilation error:\nOBJECT_NAME of {} needs OBJECT_TYPE", k_function)});
    const auto name = TRY(call.text(context, "OBJECT_NAME"));
    objects.push_back(type == "EXTERNAL_TABLE" ? TRY(external_table_named(context, name))
                                               : TRY(stage_with_directory(context, TRY(sql::parse_qualified_name(name)))));
  } else {
    for (const auto& table : context.catalog().all(ObjectKind::table)) {
      if (type != "DIRECTORY_TABLE" && table->as<Table>()->external) objects.push_back(table);
    }
    for (const auto& stage : context.catalog().all(ObjectKind::stage)) {
      if (type != "EXTERNAL_TABLE" && stage->as<Stage>()->directory_enabled) objects.push_back(stage);
    }
  }
  std::string known;
  for (const auto& object : objects) {
    const bool refreshes_itself = object->as<Table>() != nullptr ? object->as<Table>()->external->auto_refresh
                                                                 : object->as<Stage>()->directory_auto_refresh;
    if (!refreshes_itself) continue;
    known += fmt::format("{}({}, {}, '{}')", known.empty() ? "" : ", ", object->id,
                         engine::quote_literal(context.catalog().full_name(*object)),
                         object->as<Table>() != nullptr ? "EXTERNAL_TABLE" : "DIRECTORY_TABLE");
  }
  if (known.empty()) known = "(-1, '', '')";
  const auto start = range.step_of("registered");
  return fmt::format(
      R"sql((SELECT {0} AS "START_TIME", {0} + INTERVAL {1} AS "END_TIME", o.name AS "OBJECT_NAME", o.type AS "OBJECT_TYPE",
    '0' AS "CREDITS_USED", CAST(count(*) AS BIGINT) AS "FILES_REGISTERED"
    FROM (SELECT *, make_timestamptz(registered_at) AS registered FROM FRESHET.FILE_REGISTRATION) AS f
    JOIN (VALUES {2}) AS o(id, name, type) ON f.object = o.id WHERE f.status LIKE 'REGISTERED%' AND {3} GROUP BY ALL ORDER BY ALL))sql",
      start, range.step(), known, range.holds("registered"));
}

} // namespace

void add_registration_functions(FunctionRegistry& registry) {
  registry.add_table("AUTO_REFRESH_REGISTRATION_HISTORY", auto_refresh_history);
  registry.add_table("EXTERNAL_TABLE_FILES", external_table_files);
  registry.add_table("EXTERNAL_TABLE_FILE_REGISTRATION_HISTORY", external_table_history);
  registry.add_table("STAGE_DIRECTORY_FILE_REGISTRATION_HISTORY", stage_directory_history);
}

} // namespace freshet::warehouse
