#include "warehouse/warnings/warning_log.h"

#include "base/log.h"
#include "sql/parser.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {
namespace {

constexpr int64_t k_warnings_max = 10'000;
constexpr int64_t k_prune_every = 500;

} // namespace

engine::Result<std::unique_ptr<WarningLog>> WarningLog::open(engine::Database& database, Clock& clock) {
  std::unique_ptr<WarningLog> log(new WarningLog(TRY(database.connect()), clock));
  TRY(log->connection_->execute(
      "CREATE TABLE IF NOT EXISTS FRESHET.WARNING (number BIGINT, time TIMESTAMP, query_id VARCHAR, code "
      "VARCHAR, object VARCHAR, message VARCHAR, advice VARCHAR)"));
  auto last = TRY(log->connection_->query("SELECT coalesce(max(number), 0) FROM FRESHET.WARNING"));
  log->next_ = last.integer(0, 0) + 1;
  return log;
}

engine::Result<void> WarningLog::append(const std::string& query_id, std::span<const Warning> warnings) {
  for (const auto& warning : warnings) {
    engine::Value binds[] = {next_++,        engine::Timestamp{clock_.now().time_since_epoch().count()},
                             query_id,       warning.code,
                             warning.object, warning.message,
                             warning.advice};
    TRY(connection_->execute("INSERT INTO FRESHET.WARNING VALUES (?, ?, nullif(?, ''), ?, ?, ?, ?)", binds));
    if (next_ % k_prune_every != 0) continue;
    engine::Value oldest[] = {next_ - k_warnings_max};
    TRY(connection_->execute("DELETE FROM FRESHET.WARNING WHERE number < ?", oldest));
  }
  return {};
}

void WarningLog::record(const std::string& query_id, std::span<const Warning> warnings) {
  std::lock_guard lock(mutex_);
  // Who ran the statement is told with its result; the log has it for the others.
  for (const auto& warning : warnings) log::info("warning", "{} on {}: {}", warning.code, warning.object, warning.message);
  if (auto done = append(query_id, warnings); !done) log::error("warning", "cannot be kept: {}", done.error().message);
}

void WarningLog::record_now_and_then(const Warning& warning, Duration pause) {
  {
    std::lock_guard lock(mutex_);
    engine::Value binds[] = {warning.code, warning.object,
                             engine::Timestamp{(clock_.now() - pause).time_since_epoch().count()}};
    auto known = connection_->query("SELECT 1 FROM FRESHET.WARNING WHERE code = ? AND object = ? AND time > ? LIMIT 1", binds);
    if (known && !known->empty()) return;
  }
  record("", std::span(&warning, 1));
}

ObjectPointer WarningLog::pipe_into(StatementContext& context, ObjectId table) {
  auto& catalog = context.catalog();
  const auto version = catalog.version();
  {
    std::lock_guard lock(mutex_);
    if (catalog_version_ == version) {
      auto found = pipes_.find(table);
      return found == pipes_.end() ? nullptr : found->second;
    }
  }
  std::map<ObjectId, ObjectPointer> pipes;
  for (const auto& pipe : catalog.all(ObjectKind::pipe)) {
    auto statement = sql::parse_statement(pipe->as<Pipe>()->definition);
    const auto* copy = statement ? statement->as<sql::CopyIntoTable>() : nullptr;
    if (copy == nullptr || copy->table.dynamic) continue;
    if (auto target = context.relation_in(copy->table, context.scope_of(*pipe))) pipes[(*target)->id] = pipe;
  }
  std::lock_guard lock(mutex_);
  pipes_ = std::move(pipes);
  catalog_version_ = version;
  auto found = pipes_.find(table);
  return found == pipes_.end() ? nullptr : found->second;
}

} // namespace freshet::warehouse
