#include <fmt/format.h>

#include <algorithm>

#include "sql/parser.h"
#include "warehouse/argument_checks.h"
#include "warehouse/external/file_functions.h"
#include "warehouse/load/dead_letters.h"
#include "warehouse/load/infer_schema.h"
#include "warehouse/load/load_errors.h"
#include "warehouse/load/load_service.h"
#include "warehouse/load/named_arguments.h"
#include "warehouse/load/option_values.h"
#include "warehouse/load/pipe_health.h"
#include "warehouse/load/usage_range.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

namespace {

SqlResult<std::string> text_of(StatementContext& context, const FunctionArgument& argument, std::string_view function) {
  const auto text = TRY(context.constant_text(argument));
  if (text) return *text;
  return sql::fail({1044, "42P13", fmt::format("SQL compilation error:\n{}: an argument is NULL", function)});
}

std::string now(StatementContext& context) {
  return sql::quote_string(iso8601(context.now()));
}

SqlResult<ObjectPointer> named_pipe(StatementContext& context, const FunctionArguments& arguments, std::string_view function) {
  if (arguments.empty())
    return sql::fail(
        {938, "42601",
         fmt::format("SQL compilation error:\nnot enough arguments for function [{}], expected 1, got 0", function)});
  const auto name = TRY(text_of(context, arguments[0], function));
  return context.find(ObjectKind::pipe, TRY(sql::parse_qualified_name(name)));
}

SqlResult<std::string> pipe_status(StatementContext& context, const FunctionArguments& arguments) {
  auto& service = *TRY(load_service(context));
  const auto object = TRY(named_pipe(context, arguments, "SYSTEM$PIPE_STATUS"));
  const auto pipe = service.pipe(object->id);
  if (!pipe) return sql::quote_string(R"({"executionState":"STOPPED_MISSING_PIPE","pendingFileCount":0})");
  return sql::quote_string(pipe->status_json());
}

/// COPY_HISTORY(TABLE_NAME => 't', START_TIME => x [, END_TIME => y])
SqlResult<std::string> copy_history(StatementContext& context, const FunctionArguments& arguments) {
  const auto call =
      TRY(NamedArguments::read("COPY_HISTORY", arguments, {"TABLE_NAME", "START_TIME", "END_TIME", "PIPE_NAME"}, 2));
  const auto table = TRY(sql::parse_qualified_name(TRY(call.text(context, "TABLE_NAME"))));
  const auto object = TRY(context.find(ObjectKind::table, table));
  auto rows = load_history::copy_history_relation(object->id, call.engine_text("START_TIME"),
                                                  call.engine_text("END_TIME", now(context)));
  if (!call.has("PIPE_NAME")) return rows;
  const auto pipe = TRY(context.find(ObjectKind::pipe, TRY(sql::parse_qualified_name(TRY(call.text(context, "PIPE_NAME"))))));
  const auto schema = context.catalog().find(pipe->parent);
  const auto database = schema ? context.catalog().find(schema->parent) : nullptr;
  return fmt::format("(SELECT * FROM {} WHERE PIPE_NAME = {} AND PIPE_SCHEMA_NAME = {} AND PIPE_CATALOG_NAME = {})", rows,
                     engine::quote_literal(pipe->name), engine::quote_literal(schema ? schema->name : ""),
                     engine::quote_literal(database ? database->name : ""));
}

/// ACCOUNT_USAGE.COPY_HISTORY: what was loaded into any table.
SqlResult<std::string> account_copy_history(StatementContext&, const FunctionArguments&) {
  return std::string(
      R"sql((SELECT file_name AS "FILE_NAME", stage_location AS "STAGE_LOCATION", loaded_at AT TIME ZONE 'UTC' AS "LAST_LOAD_TIME",
    rows_loaded AS "ROW_COUNT", rows_parsed AS "ROW_PARSED", size AS "FILE_SIZE", first_error AS "FIRST_ERROR_MESSAGE",
    first_error_line AS "FIRST_ERROR_LINE_NUMBER", first_error_character AS "FIRST_ERROR_CHARACTER_POS",
    first_error_column AS "FIRST_ERROR_COLUMN_NAME", errors_seen AS "ERROR_COUNT", error_limit AS "ERROR_LIMIT", status AS "STATUS",
    table_id AS "TABLE_ID", table_name AS "TABLE_NAME", table_schema AS "TABLE_SCHEMA_NAME", table_database AS "TABLE_CATALOG_NAME",
    nullif(pipe_database, '') AS "PIPE_CATALOG_NAME", nullif(pipe_schema, '') AS "PIPE_SCHEMA_NAME", nullif(pipe_name, '') AS "PIPE_NAME",
    received_at AT TIME ZONE 'UTC' AS "PIPE_RECEIVED_TIME", loaded_at AT TIME ZONE 'UTC' AS "FIRST_COMMIT_TIME",
    CASE WHEN pipe_id <> 0 THEN size END AS "BYTES_BILLED" FROM FRESHET.LOAD_HISTORY))sql");
}

/// GENERATE_COLUMN_DESCRIPTION(array of INFER_SCHEMA's rows, 'table' | 'external_table' | 'view')
SqlResult<std::string> column_description(StatementContext& context, const FunctionArguments& arguments) {
  TRY(expect_arguments(arguments, 2, 2, "GENERATE_COLUMN_DESCRIPTION"));
  const auto kind = upper_case(TRY(text_of(context, arguments[1], "GENERATE_COLUMN_DESCRIPTION")));
  if (kind != "TABLE" && kind != "EXTERNAL_TABLE" && kind != "VIEW") {
    return sql::fail({1008, "22023",
                      fmt::format("SQL compilation error:\ninvalid value ['{}'] for GENERATE_COLUMN_DESCRIPTION: expected "
                                  "table, external_table or view",
                                  kind)});
  }
  std::string item = R"('"' || replace(c->>'COLUMN_NAME', '"', '""') || '" ')";
  if (kind != "VIEW") item += " || (c->>'TYPE')";
  if (kind == "TABLE") item += " || CASE WHEN c->>'NULLABLE' = 'false' THEN ' NOT NULL' ELSE '' END";
  if (kind == "EXTERNAL_TABLE") item += " || ' AS (' || (c->>'EXPRESSION') || ')'";
  return fmt::format("array_to_string(list_transform(CAST({} AS JSON[]), lambda c: {}), ',\n')", arguments[0].text, item);
}

/// VALIDATE(table, JOB_ID => 'query id' | '_last')
SqlResult<std::string> validate(StatementContext& context, const FunctionArguments& arguments) {
  auto& service = *TRY(load_service(context));
  sql::QualifiedName table;
  std::string job;
  for (const auto& argument : arguments) {
    const auto* name = argument.value != nullptr ? argument.value->as<sql::ColumnReference>() : nullptr;
    if (argument.name == "JOB_ID")
      job = TRY(text_of(context, argument, "VALIDATE"));
    else if (argument.name.empty() && table.empty())
      table = name != nullptr ? name->name : TRY(sql::parse_qualified_name(TRY(text_of(context, argument, "VALIDATE"))));
    else
      return sql::fail(
          {1006, "42601", fmt::format("SQL compilation error:\ninvalid argument '{}' for VALIDATE", argument.name)});
  }
  if (table.empty() || job.empty())
    return sql::fail({938, "42601", "SQL compilation error:\nVALIDATE needs a table and JOB_ID => '…'"});
  const auto object = TRY(context.find(ObjectKind::table, table));
  if (job == "_last") job = service.last_copy(context.session().id());
  return load_errors::of_copy(job, object->id);
}

/// VALIDATE_PIPE_LOAD(PIPE_NAME => 'p', START_TIME => x [, END_TIME => y])
SqlResult<std::string> validate_pipe_load(StatementContext& context, const FunctionArguments& arguments) {
  const auto call = TRY(NamedArguments::read("VALIDATE_PIPE_LOAD", arguments, {"PIPE_NAME", "START_TIME", "END_TIME"}, 2));
  const auto pipe = TRY(sql::parse_qualified_name(TRY(call.text(context, "PIPE_NAME"))));
  const auto object = TRY(context.find(ObjectKind::pipe, pipe));
  TRY(check_age("VALIDATE_PIPE_LOAD", TRY(call.time(context, "START_TIME", context.now())), context.now(), 14));
  const auto definition = TRY(sql::parse_statement(object->as<Pipe>()->definition));
  if (definition.as<sql::CopyIntoTable>()->query) {
    return sql::fail({2, "0A000", "SQL compilation error:\nVALIDATE_PIPE_LOAD does not support pipes that transform data."});
  }
  return load_errors::of_pipe(object->id, call.engine_text("START_TIME"), call.engine_text("END_TIME", now(context)));
}

/// PIPE_USAGE_HISTORY(DATE_RANGE_START => x, DATE_RANGE_END => y, PIPE_NAME => 'p')
SqlResult<std::string> pipe_usage(StatementContext& context, const FunctionArguments& arguments) {
  const auto call =
      TRY(NamedArguments::read("PIPE_USAGE_HISTORY", arguments, {"DATE_RANGE_START", "DATE_RANGE_END", "PIPE_NAME"}, 0));
  const auto range = TRY(usage_range(context, call, "PIPE_USAGE_HISTORY", 15));
  ObjectId pipe = 0;
  if (call.has("PIPE_NAME")) {
    const auto name = TRY(sql::parse_qualified_name(TRY(call.text(context, "PIPE_NAME"))));
    pipe = TRY(context.find(ObjectKind::pipe, name))->id;
  }
  return load_history::pipe_usage_relation(pipe, range.step_of("loaded"), range.step(), range.holds("loaded"));
}

/// The words of SYSTEM$PIPE_FORCE_RESUME's second argument; without one the transfer of its ownership is overridden.
struct Overrides {
  bool staleness = false;
  bool ownership = false;
};
SqlResult<Overrides> overrides_in(StatementContext& context, const FunctionArguments& arguments) {
  if (arguments.size() < 2) return Overrides{.staleness = false, .ownership = true};
  Overrides out;
  const auto text = upper_case(TRY(text_of(context, arguments[1], "SYSTEM$PIPE_FORCE_RESUME")));
  for (size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find_first_of(", ", at), text.size());
    const auto word = std::string_view(text).substr(at, end - at);
    out.staleness |= word == "STALENESS_CHECK_OVERRIDE";
    out.ownership |= word == "OWNERSHIP_TRANSFER_CHECK_OVERRIDE";
    if (!word.empty() && word != "STALENESS_CHECK_OVERRIDE" && word != "OWNERSHIP_TRANSFER_CHECK_OVERRIDE") {
      return sql::fail({1008, "22023",
                        fmt::format("SQL compilation error:\ninvalid value ['{}'] for SYSTEM$PIPE_FORCE_RESUME: expected "
                                    "STALENESS_CHECK_OVERRIDE, OWNERSHIP_TRANSFER_CHECK_OVERRIDE or both",
                                    word)});
    }
    at = end + 1;
  }
  return out;
}

/// A pipe that stood paused for long, or has another owner since, goes on.
SqlResult<std::string> force_resume(StatementContext& context, const FunctionArguments& arguments) {
  const auto pipe = TRY(named_pipe(context, arguments, "SYSTEM$PIPE_FORCE_RESUME"));
  const auto overridden = TRY(overrides_in(context, arguments));
  context.end_snapshot();
  TRY(context.change_catalog([&](CatalogChange& change) -> SqlResult<void> {
    Object object = *pipe;
    auto& body = *object.as<Pipe>();
    const bool stale = is_stale_pipe(body, context.now());
    if ((stale && !overridden.staleness) || (body.new_owner && !overridden.ownership)) {
      return sql::fail(
          {90239, "22000",
           fmt::format("Pipe {} cannot be resumed: it {}. Give '{}' as the second argument.",
                       context.catalog().full_name(object),
                       stale && !overridden.staleness ? "is stale, having been paused for more than 14 days"
                                                      : "was transferred to another owner",
                       stale && !overridden.staleness ? "staleness_check_override" : "ownership_transfer_check_override")});
    }
    if (body.cloned) {
      if (const auto worker = TRY(load_service(context))->pipe(object.id)) body.notification_channel = TRY(worker->subscribe());
    }
    resume(body);
    change.put(std::move(object));
    return {};
  }));
  return sql::quote_string("Statement executed successfully.");
}

} // namespace

void LoadService::register_functions() {
  auto& functions = warehouse_.functions();
  functions.add_scalar("SYSTEM$PIPE_STATUS", pipe_status);
  functions.add_scalar("SYSTEM$PIPE_FORCE_RESUME", force_resume);
  functions.add_scalar("GENERATE_COLUMN_DESCRIPTION", column_description);
  functions.add_table("COPY_HISTORY", copy_history);
  functions.add_table("SNOWFLAKE.ACCOUNT_USAGE.COPY_HISTORY", account_copy_history);
  functions.add_table("INFER_SCHEMA", infer_schema);
  functions.add_table("VALIDATE", validate);
  functions.add_table("VALIDATE_PIPE_LOAD", validate_pipe_load);
  functions.add_table("PIPE_USAGE_HISTORY", pipe_usage);
  add_dead_letter_functions(functions);
  add_file_functions(functions);
  add_registration_functions(functions);
  functions.set_stage(
      [this](StatementContext& context, const sql::StageTable& table) { return stage_relation(context, table); });
}

} // namespace freshet::warehouse
