#include "warehouse/procedures/execute_file.h"

#include <fmt/core.h>

#include <algorithm>

#include "sql/parser.h"
#include "warehouse/load/load_service.h"
#include "warehouse/load/stage_source.h"
#include "warehouse/load/staged_file.h"
#include "warehouse/procedures/script_template.h"

namespace freshet::warehouse {
namespace {

constexpr uint64_t k_file_bytes_max = 10ull << 20; // as Snowflake limits it

SqlResult<std::string> content_of(StatementContext& context, const sql::StageLocation& location) {
  auto* service = context.warehouse().service<LoadService>();
  if (service == nullptr) return sql::fail(sql::unsupported_feature("stages: the load service is not running"));
  const auto source = TRY(stage_source(context, *service, location));
  const auto files = TRY(list_files(source, std::nullopt));
  const auto file = std::ranges::find(files, source.prefix, &objects::ObjectInfo::key);
  if (file == files.end()) {
    return sql::fail(
        {90106, "02000", fmt::format("SQL compilation error:\nFile '{}' does not exist or not authorized.", location.path)});
  }
  if (file->size > k_file_bytes_max) {
    return sql::fail(
        {90107, "54000",
         fmt::format("SQL compilation error:\nFile '{}' is larger than {} MB.", location.path, k_file_bytes_max >> 20)});
  }
  const auto scratch = service->temporary_directory() / fmt::format("execute_{}", context.query_id());
  auto staged = StagedFile::open(*source.store, *file, Compression::automatic, service->files(), scratch);
  if (!staged) return sql::fail(stage_failure(staged.error()));
  auto next = staged->source();
  if (!next) return sql::fail(stage_failure(next.error()));
  std::string text;
  for (;;) {
    auto bytes = (*next)(1 << 20);
    if (!bytes) return sql::fail(stage_failure(bytes.error()));
    if (bytes->empty()) return text;
    text += *bytes;
  }
}

/// How a template shows a value: as Python does.
SqlResult<std::string> template_text(const engine::Value& value, const std::string& name) {
  if (std::holds_alternative<std::monostate>(value)) return std::string("None");
  if (const auto* flag = std::get_if<bool>(&value)) return std::string(*flag ? "True" : "False");
  if (const auto* whole = std::get_if<int64_t>(&value)) return std::to_string(*whole);
  if (const auto* real = std::get_if<double>(&value)) return fmt::format("{}", *real);
  if (const auto* decimal = std::get_if<engine::Decimal>(&value)) return decimal->text;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return sql::fail({1510, "42601", fmt::format("Unable to use value of template variable '{}'", name)});
}

SqlResult<std::string> rendered(StatementContext& context, const sql::ExecuteImmediate& statement, std::string script) {
  if (statement.using_values.empty() && !is_template(script)) return script;
  TemplateVariables variables;
  for (size_t i = 0; i < statement.using_values.size(); ++i) {
    const auto& name = statement.using_names.at(i);
    variables[name] = TRY(template_text(TRY(context.evaluate(statement.using_values[i])), name));
  }
  return render(script, variables);
}

} // namespace

Outcome execute_file(StatementContext& context, const sql::ExecuteImmediate& statement) {
  const auto& location = *statement.from;
  const auto script = TRY(rendered(context, statement, TRY(content_of(context, location))));
  if (statement.dry_run) {
    const std::vector<std::vector<std::optional<std::string>>> rows{{script}};
    return context.table(StatementKind::session_command, {{"rendered file contents", {}, true}}, rows);
  }
  const auto statements = TRY(sql::split_script(script));
  context.end_snapshot();
  Outcome last = context.message(StatementKind::session_command, "Statement executed successfully.");
  for (const auto& part : statements) {
    last = context.session().execute(part.text);
    if (last) continue;
    auto error = last.error();
    error.message = fmt::format("Error in file '{}' at line {}: {}", location.path, part.range.line, error.message);
    return std::unexpected(std::move(error));
  }
  return last;
}

} // namespace freshet::warehouse
