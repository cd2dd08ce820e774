#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "sql/parser.h"
#include "warehouse/load/infer_schema.h"
#include "warehouse/load/load_service.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

namespace {

sql::Error wrong_argument(std::string_view name) {
  return {1006, "42601", fmt::format("SQL compilation error:\ninvalid argument '{}' for INFER_SCHEMA", name)};
}

/// FILES => 'a.csv' | ('a.csv', 'b.csv')
SqlResult<std::vector<std::string>> names_of(StatementContext& context, const FunctionArgument& argument) {
  std::vector<std::string> names;
  if (const auto* row = argument.value != nullptr ? argument.value->as<sql::Row>() : nullptr) {
    for (const auto& item : row->items) names.push_back(TRY(context.evaluate_text(item)).value_or(""));
  } else {
    names.push_back(TRY(context.constant_text(argument)).value_or(""));
  }
  return names;
}

SqlResult<uint64_t> count_of(StatementContext& context, const FunctionArgument& argument) {
  const auto text = TRY(context.constant_text(argument)).value_or("");
  uint64_t count = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (code != std::errc{} || end != text.data() + text.size()) return sql::fail(wrong_argument(argument.name));
  return count;
}

bool is_called(const objects::ObjectInfo& file, const StageSource& source, const std::string& name) {
  return file.key == source.prefix + name || file.key.ends_with("/" + name);
}

std::string relation_of(const std::vector<InferredColumn>& columns) {
  std::string rows;
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto& column = columns[i];
    rows += fmt::format("{}({}, {}, {}, {}, {}, {})", rows.empty() ? "" : ", ", engine::quote_literal(column.name),
                        engine::quote_literal(column.type), column.nullable, engine::quote_literal(column.expression),
                        engine::quote_literal(fmt::format("{}", fmt::join(column.files, ", "))), i);
  }
  if (rows.empty()) rows = "(NULL, NULL, NULL, NULL, NULL, NULL)";
  return fmt::format(
      "(SELECT CAST(n AS VARCHAR) AS \"COLUMN_NAME\", CAST(t AS VARCHAR) AS \"TYPE\", CAST(u AS BOOLEAN) AS \"NULLABLE\", "
      "CAST(e AS VARCHAR) AS \"EXPRESSION\", CAST(f AS VARCHAR) AS \"FILENAMES\", CAST(i AS BIGINT) AS \"ORDER_ID\" FROM "
      "(VALUES {}) AS v(n, t, u, e, f, i) WHERE n IS NOT NULL)",
      rows);
}

} // namespace

/// INFER_SCHEMA(LOCATION => '@stage/path', FILE_FORMAT => 'format' [, FILES => …, IGNORE_CASE => …, MAX_FILE_COUNT => n,
/// MAX_RECORDS_PER_FILE => n])
SqlResult<std::string> infer_schema(StatementContext& context, const FunctionArguments& arguments) {
  auto& service = *TRY(load_service(context));
  std::string location, format_name;
  std::vector<std::string> names;
  InferOptions options;
  uint64_t files_max = UINT64_MAX;
  for (const auto& argument : arguments) {
    if (argument.name == "LOCATION")
      location = TRY(context.constant_text(argument)).value_or("");
    else if (argument.name == "FILE_FORMAT")
      format_name = TRY(context.constant_text(argument)).value_or("");
    else if (argument.name == "FILES")
      names = TRY(names_of(context, argument));
    else if (argument.name == "IGNORE_CASE")
      options.ignore_case = TRY(context.constant_text(argument)).value_or("") == "true";
    else if (argument.name == "MAX_FILE_COUNT")
      files_max = TRY(count_of(context, argument));
    else if (argument.name == "MAX_RECORDS_PER_FILE")
      options.records_per_file_max = TRY(count_of(context, argument));
    else if (argument.name != "KIND")
      return sql::fail(wrong_argument(argument.name));
  }
  if (location.empty() || format_name.empty())
    return sql::fail({938, "42601", "SQL compilation error:\nINFER_SCHEMA needs LOCATION => '@stage' and FILE_FORMAT => '…'"});
  const auto source = TRY(stage_source(context, service, TRY(sql::parse_stage_location(location))));
  const auto format = TRY(staged_format(context, {{"FORMAT_NAME", {format_name}}}));
  auto files = TRY(list_files(source, {}));
  for (const auto& name : names) {
    const bool there =
        std::ranges::any_of(files, [&](const objects::ObjectInfo& file) { return is_called(file, source, name); });
    if (!there) {
      return sql::fail(
          {91016, "22000",
           fmt::format("Remote file '{}' was not found. There are several potential causes. The file might not exist.",
                       source.shown_name(source.prefix + name))});
    }
  }
  if (!names.empty()) {
    std::erase_if(files, [&](const objects::ObjectInfo& file) {
      return std::ranges::none_of(names, [&](const std::string& name) { return is_called(file, source, name); });
    });
  }
  if (files.size() > files_max) files.resize(files_max);
  const EngineQuery query = [&context](const std::string& sql) { return context.connection().query(sql); };
  return relation_of(TRY(infer_columns(source, format, files, options, query, service.files(),
                                       service.temporary_directory() / fmt::format("infer_{}", context.query_id()))));
}

} // namespace freshet::warehouse
