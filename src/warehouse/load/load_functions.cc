#include <fmt/format.h>

#include "sql/parser.h"
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

} // namespace

void LoadService::register_functions() {
  auto& functions = warehouse_.functions();
  functions.add_scalar("SYSTEM$PIPE_STATUS", pipe_status);
  functions.add_table("COPY_HISTORY", copy_history);
  functions.set_stage(
      [this](StatementContext& context, const sql::StageTable& table) { return stage_relation(context, table); });
}

} // namespace freshet::warehouse
