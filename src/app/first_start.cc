#include "app/first_start.h"

#include <fmt/format.h>

#include "sql/parser.h"

namespace freshet::app {
namespace {

Result<void> run_script(FileSystem& files, warehouse::Session& session, const Path& script) {
  const std::string text = TRY(files.read_all(script));
  const auto refused = [&script](const sql::Error& error, uint32_t line, uint32_t column) {
    return fail(ErrorKind::invalid_argument,
                fmt::format("{}:{}:{}: {:06} ({}): {}", script.string(), line, column, error.code, error.sql_state, error.message));
  };
  const auto statements = sql::parse_script(text);
  if (!statements) return refused(statements.error(), statements.error().line, statements.error().position + 1);
  for (const auto& statement : *statements) {
    const auto result = session.execute(statement);
    if (!result) return refused(result.error(), statement.range.line, statement.range.column);
  }
  return {};
}

}  // namespace

Result<void> run_first_start_scripts(FileSystem& files, warehouse::Warehouse& warehouse, const Path& data, const std::vector<Path>& scripts) {
  const Path done = data / "scripts-done";
  if (scripts.empty() || files.status(done)) return {};
  const auto session = TRY(warehouse.create_session());
  std::string names;
  for (const auto& script : scripts) {
    TRY(run_script(files, *session, script));
    names += script.string() + "\n";
  }
  return files.write_durably(done, names);
}

}  // namespace freshet::app
