#include "warehouse/load/dead_letters.h"

#include <fmt/format.h>

#include "sql/parser.h"
#include "warehouse/load/load_service.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

namespace load_history {

std::string dead_letter_relation(const std::vector<std::pair<ObjectId, std::string>>& pipes) {
  std::string names;
  for (const auto& [id, name] : pipes)
    names += fmt::format("{}({}, {})", names.empty() ? "" : ", ", id, sql::quote_string(name));
  if (names.empty()) names = "(NULL, NULL)";
  return fmt::format(
      R"sql((SELECT pipe.name AS "PIPE_NAME",
    load.table_database || '.' || load.table_schema || '.' || load.table_name AS "TABLE_NAME",
    coalesce(load.file_name, regexp_extract(letter.file, '[^/]*$')) AS "FILE_NAME", letter.file AS "FILE", load.size AS "FILE_SIZE",
    letter.last_tried AT TIME ZONE 'UTC' AS "LAST_TRIED_TIME", letter.tries AS "TRIES", load.first_error AS "FIRST_ERROR_MESSAGE",
    load.first_error_line AS "FIRST_ERROR_LINE_NUMBER", load.first_error_character AS "FIRST_ERROR_CHARACTER_POS",
    load.first_error_column AS "FIRST_ERROR_COLUMN_NAME", load.errors_seen AS "ERROR_COUNT"
    FROM (SELECT pipe_id, file, count(*) AS tries, max(loaded_at) AS last_tried FROM FRESHET.PIPE_FILE
          GROUP BY ALL HAVING arg_max(failed, loaded_at)) AS letter
    JOIN (VALUES {}) AS pipe(id, name) ON pipe.id = letter.pipe_id
    LEFT JOIN FRESHET.LOAD_HISTORY AS load
      ON load.pipe_id = letter.pipe_id AND load.file = letter.file AND load.loaded_at = letter.last_tried
    ORDER BY letter.last_tried, letter.file))sql",
      names);
}

} // namespace load_history

namespace {

SqlResult<ObjectPointer> pipe_of(StatementContext& context, const FunctionArgument& argument, std::string_view function) {
  const auto name = TRY(context.constant_text(argument));
  if (!name) return sql::fail({1044, "42P13", fmt::format("SQL compilation error:\n{}: the pipe is NULL", function)});
  return context.find(ObjectKind::pipe, TRY(sql::parse_qualified_name(*name)));
}

SqlResult<std::string> dead_letters(StatementContext& context, const FunctionArguments& arguments) {
  std::vector<ObjectPointer> pipes;
  if (arguments.empty()) pipes = context.catalog().all(ObjectKind::pipe);
  for (const auto& argument : arguments) {
    if (!argument.name.empty() && argument.name != "PIPE_NAME") {
      return sql::fail(
          {1006, "42601", fmt::format("SQL compilation error:\ninvalid argument '{}' for DEAD_LETTERS", argument.name)});
    }
    pipes = {TRY(pipe_of(context, argument, "DEAD_LETTERS"))};
  }
  std::vector<std::pair<ObjectId, std::string>> named;
  for (const auto& pipe : pipes) named.emplace_back(pipe->id, context.catalog().full_name(*pipe));
  return load_history::dead_letter_relation(named);
}

SqlResult<std::string> retry_dead_letters(StatementContext& context, const FunctionArguments& arguments) {
  auto& service = *TRY(load_service(context));
  if (arguments.size() != 1) {
    return sql::fail({938, "42601",
                      fmt::format("SQL compilation error:\n{} arguments for function [SYSTEM$PIPE_RETRY_DEAD_LETTERS], "
                                  "expected 1, got {}",
                                  arguments.empty() ? "not enough" : "too many", arguments.size())});
  }
  const auto object = TRY(pipe_of(context, arguments[0], "SYSTEM$PIPE_RETRY_DEAD_LETTERS"));
  const auto pipe = service.pipe(object->id);
  if (!pipe) return std::string("0");
  const auto sent = pipe->retry_failures();
  if (!sent) return sql::fail(sql::Error(sent.error()));
  return std::to_string(*sent);
}

} // namespace

void add_dead_letter_functions(FunctionRegistry& functions) {
  functions.add_table("DEAD_LETTERS", dead_letters);
  functions.add_scalar("SYSTEM$PIPE_RETRY_DEAD_LETTERS", retry_dead_letters);
}

} // namespace freshet::warehouse
