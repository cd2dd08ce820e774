#include <fmt/format.h>

#include "sql/parser.h"
#include "warehouse/external/file_functions.h"
#include "warehouse/load/dead_letters.h"
#include "warehouse/load/infer_schema.h"
#include "warehouse/load/load_errors.h"
#include "warehouse/load/load_service.h"
#include "warehouse/load/named_arguments.h"
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
  return fmt::format("(SELECT * FROM {} WHERE PIPE_NAME = {} AND PIPE_SCHEMA_NAME = {})", rows,
                     engine::quote_literal(pipe->name), engine::quote_literal(schema ? schema->name : ""));
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
  const auto definition = TRY(sql::parse_statement(object->as<Pipe>()->definition));
  if (definition.as<sql::CopyIntoTable>()->query) {
    return sql::fail({2, "0A000", "SQL compilation error:\nVALIDATE_PIPE_LOAD does not support pipes that transform data."});
  }
  return load_errors::of_pipe(object->id, call.engine_text("START_TIME"), call.engine_text("END_TIME", now(context)));
}

/// PIPE_USAGE_HISTORY(DATE_RANGE_START => x, DATE_RANGE_END => y, PIPE_NAME => 'p'): by pipe and hour.
SqlResult<std::string> pipe_usage(StatementContext& context, const FunctionArguments& arguments) {
  const auto call =
      TRY(NamedArguments::read("PIPE_USAGE_HISTORY", arguments, {"DATE_RANGE_START", "DATE_RANGE_END", "PIPE_NAME"}, 0));
  ObjectId pipe = 0;
  if (call.has("PIPE_NAME")) {
    const auto name = TRY(sql::parse_qualified_name(TRY(call.text(context, "PIPE_NAME"))));
    pipe = TRY(context.find(ObjectKind::pipe, name))->id;
  }
  return load_history::pipe_usage_relation(pipe, call.engine_text("DATE_RANGE_START", "TIMESTAMPTZ '1970-01-01 00:00:00+00'"),
                                           call.engine_text("DATE_RANGE_END", now(context)));
}

/// A pipe that stood paused for long goes on.
SqlResult<std::string> force_resume(StatementContext& context, const FunctionArguments& arguments) {
  const auto pipe = TRY(named_pipe(context, arguments, "SYSTEM$PIPE_FORCE_RESUME"));
  context.end_snapshot();
  TRY(context.change_catalog([&](CatalogChange& change) -> SqlResult<void> {
    Object object = *pipe;
    object.as<Pipe>()->paused = false;
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
  functions.add_table("COPY_HISTORY", copy_history);
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
