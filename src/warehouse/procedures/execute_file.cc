#include "warehouse/procedures/execute_file.h"

#include <fmt/core.h>

#include <algorithm>

#include "sql/parser.h"
#include "warehouse/load/load_service.h"
#include "warehouse/load/stage_source.h"
#include "warehouse/load/staged_file.h"

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
    return sql::fail({90106, "02000",
                      fmt::format("SQL compilation error:\nFile '{}' does not exist or not authorized.", location.path)});
  }
  if (file->size > k_file_bytes_max) {
    return sql::fail({90107, "54000",
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

} // namespace

Outcome execute_file(StatementContext& context, const sql::StageLocation& location) {
  const auto script = TRY(content_of(context, location));
  const auto statements = TRY(sql::split_script(script));
  context.end_snapshot();
  Outcome last = context.message(StatementKind::session_command, "Statement executed successfully.");
  for (const auto& statement : statements) {
    last = context.session().execute(statement.text);
    if (last) continue;
    auto error = last.error();
    error.message = fmt::format("Error in file '{}' at line {}: {}", location.path, statement.range.line, error.message);
    return std::unexpected(std::move(error));
  }
  return last;
}

} // namespace freshet::warehouse
