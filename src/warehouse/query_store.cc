#include "warehouse/query_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "base/log.h"
#include "warehouse/literal.h"

namespace freshet::warehouse {
namespace {

namespace json = boost::json;
using engine::Value;

constexpr Duration k_together = std::chrono::seconds(1);

int64_t microseconds(TimePoint time) {
  return time.time_since_epoch().count();
}
TimePoint time_at(const engine::Rows& rows, size_t row, size_t column) {
  return TimePoint{Duration{rows.integer(row, column)}};
}

json::array columns_json(const std::vector<ResultColumn>& columns) {
  json::array out;
  for (const auto& [name, type, nullable] : columns) {
    out.push_back({name, static_cast<int64_t>(type.kind), type.precision, type.scale, type.length, type.is_integer, nullable});
  }
  return out;
}

std::optional<std::vector<ResultColumn>> columns_from(std::string_view text) {
  boost::system::error_code error;
  const auto parsed = json::parse(text, error);
  if (error || !parsed.is_array()) return std::nullopt;
  std::vector<ResultColumn> out;
  for (const auto& item : parsed.get_array()) {
    const auto* parts = item.if_array();
    if (parts == nullptr || parts->size() != 7) return std::nullopt;
    ResultColumn column;
    column.name = std::string(parts->at(0).as_string());
    column.type.kind = static_cast<sql::TypeKind>(parts->at(1).as_int64());
    column.type.precision = static_cast<int32_t>(parts->at(2).as_int64());
    column.type.scale = static_cast<int32_t>(parts->at(3).as_int64());
    column.type.length = parts->at(4).as_int64();
    column.type.is_integer = parts->at(5).as_bool();
    column.nullable = parts->at(6).as_bool();
    out.push_back(std::move(column));
  }
  return out;
}

/// The rows as a query of the engine; empty when it would be too long.
std::string engine_query(const StatementResult& result) {
  const auto& rows = *result.rows;
  const size_t width = rows.columns().size();
  std::string values;
  for (size_t row = 0; row < rows.size(); ++row) {
    values += row > 0 ? ", (" : "(";
    for (size_t column = 0; column < width; ++column) {
      if (column > 0) values += ", ";
      values += literal(cell(rows, row, column));
    }
    values += ")";
    if (values.size() > QueryStore::k_result_bytes_max) return {};
  }
  std::string items, names;
  for (size_t column = 0; column < width; ++column) {
    const auto comma = column > 0 ? ", " : "";
    const auto source = rows.empty() ? std::string("NULL") : fmt::format("c{}", column);
    items += fmt::format("{}CAST({} AS {}) AS c{}", comma, source, engine::sql_text(rows.columns()[column].type), column);
    names += fmt::format("{}c{}", comma, column);
  }
  return rows.empty() ? fmt::format("SELECT {} WHERE false", items)
                      : fmt::format("SELECT {} FROM (VALUES {}) AS stored({})", items, values, names);
}

bool is_small(const StatementResult& result) {
  return result.rows != nullptr && !result.columns.empty() && result.rows->columns().size() == result.columns.size() &&
         result.row_count() * result.columns.size() <= QueryStore::k_result_cells_max;
}

} // namespace

engine::Result<std::unique_ptr<QueryStore>> QueryStore::open(engine::Database& database, Clock& clock, QueryHistory& history) {
  std::unique_ptr<QueryStore> store(new QueryStore(TRY(database.connect()), clock));
  TRY(store->create_tables());
  history.restore(TRY(store->load()));
  store->worker_ = std::make_unique<Worker>("query history", clock, [raw = store.get()] { return raw->step(); });
  return store;
}

QueryStore::~QueryStore() {
  worker_.reset();
  flush();
}

engine::Result<void> QueryStore::create_tables() {
  TRY(connection_->execute("CREATE SCHEMA IF NOT EXISTS FRESHET"));
  TRY(connection_->execute(
      "CREATE TABLE IF NOT EXISTS FRESHET.QUERY (number BIGINT, query_id VARCHAR, text VARCHAR, session_id VARCHAR, user_name "
      "VARCHAR, role_name VARCHAR, database_name VARCHAR, schema_name VARCHAR, tag VARCHAR, kind BIGINT, failed BOOLEAN, "
      "error_code BIGINT, error_message VARCHAR, started BIGINT, ended BIGINT, inserted BIGINT, updated BIGINT, deleted "
      "BIGINT, "
      "multi_joined BIGINT)"));
  TRY(connection_->execute(
      "CREATE TABLE IF NOT EXISTS FRESHET.QUERY_RESULT (number BIGINT, query_id VARCHAR, user_name VARCHAR, stored BIGINT, "
      "bytes BIGINT, kind BIGINT, columns VARCHAR, rows VARCHAR)"));
  return {};
}

engine::Result<std::vector<QueryRecord>> QueryStore::load() {
  const auto rows = TRY(connection_->query(fmt::format(
      "SELECT * FROM (SELECT * FROM FRESHET.QUERY ORDER BY number DESC LIMIT {}) ORDER BY number", k_query_history_kept)));
  std::vector<QueryRecord> out;
  for (size_t row = 0; row < rows.size(); ++row) {
    const auto text = [&](size_t column) { return std::string(rows.string(row, column)); };
    QueryRecord record;
    record.query_id = text(1);
    record.text = text(2);
    record.session_id = text(3);
    record.user = text(4);
    record.role = text(5);
    record.database = text(6);
    record.schema = text(7);
    record.tag = text(8);
    record.kind = static_cast<StatementKind>(rows.integer(row, 9));
    record.status = rows.boolean(row, 10) ? QueryRecord::Status::failed : QueryRecord::Status::succeeded;
    record.error_code = static_cast<int32_t>(rows.integer(row, 11));
    record.error_message = text(12);
    record.started = time_at(rows, row, 13);
    record.ended = time_at(rows, row, 14);
    record.counts = {rows.integer(row, 15), rows.integer(row, 16), rows.integer(row, 17), rows.integer(row, 18)};
    record.restored = true;
    out.push_back(std::move(record));
  }
  if (!rows.empty()) next_ = rows.integer(rows.size() - 1, 0) + 1;
  return out;
}

void QueryStore::put(QueryRecord record, std::shared_ptr<const StatementResult> result) {
  if (result && !is_small(*result)) result.reset();
  std::unique_lock lock(mutex_);
  if (waiting_.size() >= k_waiting_max) return; // the disk does not keep up: statements do not wait for their history
  if (result && waiting_results_ >= k_waiting_results_max) result.reset();
  waiting_results_ += result ? 1 : 0;
  waiting_.push_back({std::move(record), std::move(result)});
  if (due_) return;
  due_ = clock_.now() + k_together;
  lock.unlock();
  worker_->wake();
}

std::optional<TimePoint> QueryStore::step() {
  {
    std::lock_guard lock(mutex_);
    if (!due_ || *due_ > clock_.now()) return due_;
  }
  flush();
  std::lock_guard lock(mutex_);
  return due_;
}

void QueryStore::flush() {
  std::lock_guard connection_lock(connection_mutex_);
  std::vector<Waiting> batch;
  {
    std::lock_guard lock(mutex_);
    batch = std::exchange(waiting_, {});
    waiting_results_ = 0;
    due_.reset();
  }
  if (batch.empty()) return;
  auto done = connection_->begin();
  if (done) done = write(batch);
  if (done) done = prune();
  if (done) done = connection_->commit();
  if (done) return;
  if (connection_->in_transaction()) (void)connection_->rollback();
  log::warn("query history", "{} statements are not kept: {}", batch.size(), done.error().message);
}

engine::Result<void> QueryStore::write(const std::vector<Waiting>& batch) {
  auto queries = TRY(connection_->appender("FRESHET", "QUERY"));
  auto results = TRY(connection_->appender("FRESHET", "QUERY_RESULT"));
  const auto append = [](engine::Appender& appender, const std::vector<Value>& values) -> engine::Result<void> {
    for (const auto& value : values) TRY(appender.append(value));
    return appender.end_row();
  };
  for (const auto& [record, result] : batch) {
    const auto number = next_++;
    TRY(append(queries,
               {number, record.query_id, record.text, record.session_id, record.user, record.role, record.database,
                record.schema, record.tag, static_cast<int64_t>(record.kind), record.status == QueryRecord::Status::failed,
                int64_t{record.error_code}, record.error_message, microseconds(record.started), microseconds(record.ended),
                record.counts.inserted, record.counts.updated, record.counts.deleted, record.counts.multi_joined}));
    if (!result) continue;
    auto rows = engine_query(*result);
    if (rows.empty()) continue;
    const auto bytes = static_cast<int64_t>(rows.size());
    TRY(append(results, {number, record.query_id, record.user, microseconds(record.ended), bytes,
                         static_cast<int64_t>(result->kind), json::serialize(columns_json(result->columns)), std::move(rows)}));
  }
  TRY(queries.close());
  return results.close();
}

/// O(rows kept), by their numbers and sizes alone; the statements only once per thousand.
engine::Result<void> QueryStore::prune() {
  constexpr int64_t k_slack = 1000;
  const auto oldest = next_ - static_cast<int64_t>(k_query_history_kept) - k_slack;
  TRY(connection_->execute(
      fmt::format("DELETE FROM FRESHET.QUERY WHERE number < {} AND (SELECT min(number) FROM FRESHET.QUERY) < {}",
                  oldest + k_slack, oldest)));
  TRY(connection_->execute(
      fmt::format("DELETE FROM FRESHET.QUERY_RESULT WHERE stored < {} OR number < {} OR number <= (SELECT "
                  "coalesce(max(number), 0) FROM (SELECT number, sum(bytes) OVER (ORDER BY number DESC) AS so_far FROM "
                  "FRESHET.QUERY_RESULT) WHERE so_far > {})",
                  microseconds(clock_.now() - k_results_kept), oldest, k_results_bytes_max)));
  return {};
}

engine::Result<std::shared_ptr<const StatementResult>> QueryStore::find(std::string_view query_id, const std::string& user) {
  {
    std::lock_guard lock(mutex_);
    const auto waiting =
        std::ranges::find(waiting_, query_id, [](const Waiting& each) -> std::string_view { return each.record.query_id; });
    if (waiting != waiting_.end() && waiting->record.user == user) return waiting->result;
  }
  std::lock_guard connection_lock(connection_mutex_);
  const Value binds[] = {std::string(query_id), user, microseconds(clock_.now() - k_results_kept)};
  const auto stored = TRY(connection_->query(
      "SELECT kind, columns, rows FROM FRESHET.QUERY_RESULT WHERE query_id = ? AND user_name = ? AND stored >= ?", binds));
  if (stored.empty()) return nullptr;
  auto columns = columns_from(stored.string(0, 1));
  if (!columns) return engine::fail(engine::ErrorKind::internal, fmt::format("the stored result of {} is damaged", query_id));
  auto result = std::make_shared<StatementResult>();
  result->query_id = query_id;
  result->kind = static_cast<StatementKind>(stored.integer(0, 0));
  result->columns = std::move(*columns);
  result->rows = std::make_shared<const engine::Rows>(TRY(connection_->query(std::string(stored.string(0, 2)))));
  return result;
}

} // namespace freshet::warehouse
