#include <fmt/format.h>

#include "sql/parser.h"
#include "warehouse/load/infer_schema.h"
#include "warehouse/load/load_errors.h"
#include "warehouse/load/load_service.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

namespace {

SqlResult<std::string> text_of(StatementContext& context, const FunctionArgument& argument, std::string_view function) {
  const auto text = TRY(context.constant_text(argument));
  if (text) return *text;
  return sql::fail({1044, "42P13", fmt::format("SQL compilation error:\n{}: an argument is NULL", function)});
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
  std::string table, start, end = sql::quote_string(iso8601(context.now()));
  for (size_t i = 0; i < arguments.size(); ++i) {
    const auto& argument = arguments[i];
    if (argument.name == "TABLE_NAME" || (argument.name.empty() && i == 0))
      table = TRY(text_of(context, argument, "COPY_HISTORY"));
    else if (argument.name == "START_TIME" || (argument.name.empty() && i == 1))
      start = argument.text;
    else if (argument.name == "END_TIME" || (argument.name.empty() && i == 2))
      end = argument.text;
    else
      return sql::fail(
          {1006, "42601", fmt::format("SQL compilation error:\ninvalid argument '{}' for COPY_HISTORY", argument.name)});
  }
  if (table.empty() || start.empty()) {
    return sql::fail({938, "42601", "SQL compilation error:\nCOPY_HISTORY needs TABLE_NAME => '…' and START_TIME => …"});
  }
  const auto object = TRY(context.find(ObjectKind::table, TRY(sql::parse_qualified_name(table))));
  return load_history::copy_history_relation(object->id, start, end);
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
  std::string pipe, start, end = sql::quote_string(iso8601(context.now()));
  for (size_t i = 0; i < arguments.size(); ++i) {
    const auto& argument = arguments[i];
    if (argument.name == "PIPE_NAME" || (argument.name.empty() && i == 0))
      pipe = TRY(text_of(context, argument, "VALIDATE_PIPE_LOAD"));
    else if (argument.name == "START_TIME" || (argument.name.empty() && i == 1))
      start = argument.text;
    else if (argument.name == "END_TIME" || (argument.name.empty() && i == 2))
      end = argument.text;
    else
      return sql::fail(
          {1006, "42601", fmt::format("SQL compilation error:\ninvalid argument '{}' for VALIDATE_PIPE_LOAD", argument.name)});
  }
  if (pipe.empty() || start.empty())
    return sql::fail({938, "42601", "SQL compilation error:\nVALIDATE_PIPE_LOAD needs PIPE_NAME => '…' and START_TIME => …"});
  const auto object = TRY(context.find(ObjectKind::pipe, TRY(sql::parse_qualified_name(pipe))));
  const auto definition = TRY(sql::parse_statement(object->as<Pipe>()->definition));
  if (definition.as<sql::CopyIntoTable>()->query) {
    return sql::fail({2, "0A000", "SQL compilation error:\nVALIDATE_PIPE_LOAD does not support pipes that transform data."});
  }
  return load_errors::of_pipe(object->id, start, end);
}

/// PIPE_USAGE_HISTORY(DATE_RANGE_START => x, DATE_RANGE_END => y, PIPE_NAME => 'p'): by pipe and hour.
SqlResult<std::string> pipe_usage(StatementContext& context, const FunctionArguments& arguments) {
  std::string start = "TIMESTAMPTZ '1970-01-01 00:00:00+00'", end = sql::quote_string(iso8601(context.now()));
  ObjectId pipe = 0;
  for (const auto& argument : arguments) {
    if (argument.name == "DATE_RANGE_START")
      start = argument.text;
    else if (argument.name == "DATE_RANGE_END")
      end = argument.text;
    else if (argument.name == "PIPE_NAME")
      pipe = TRY(context.find(ObjectKind::pipe,
                              TRY(sql::parse_qualified_name(TRY(text_of(context, argument, "PIPE_USAGE_HISTORY"))))))
                 ->id;
    else
      return sql::fail(
          {1006, "42601", fmt::format("SQL compilation error:\ninvalid argument '{}' for PIPE_USAGE_HISTORY", argument.name)});
  }
  return load_history::pipe_usage_relation(pipe, start, end);
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
  functions.set_stage(
      [this](StatementContext& context, const sql::StageTable& table) { return stage_relation(context, table); });
}

} // namespace freshet::warehouse
