#include "warehouse/tasks/task_store.h"

#include <fmt/core.h>
#include <pthread.h>

#include <map>
#include <utility>

#include "warehouse/tasks/task_graph.h"

namespace freshet::warehouse {
namespace {

constexpr const char* k_table =
    "CREATE TABLE IF NOT EXISTS FRESHET.TASK_RUN (run_id BIGINT, graph_run BIGINT, task_id BIGINT, root_id BIGINT, scheduled "
    "TIMESTAMPTZ, "
    "scheduled_from VARCHAR, attempt BIGINT, config VARCHAR, state VARCHAR, name VARCHAR, database_name VARCHAR, schema_name "
    "VARCHAR, "
    "query_text VARCHAR, condition VARCHAR, query_id VARCHAR, error_code BIGINT, error_message VARCHAR, return_value VARCHAR, "
    "graph_version BIGINT, started TIMESTAMPTZ, completed TIMESTAMPTZ, next_scheduled TIMESTAMPTZ, ends_graph BOOLEAN, "
    "root_next TIMESTAMPTZ)";

constexpr int64_t k_puts_between_looks = 1000; // at rows that are too old

std::string_view name_of(ScheduledFrom from) {
  switch (from) {
    case ScheduledFrom::schedule:
      return "SCHEDULE";
    case ScheduledFrom::trigger:
      return "TRIGGER";
    case ScheduledFrom::execute_task:
      return "EXECUTE_TASK";
    case ScheduledFrom::manual_retry:
      return "MANUAL RETRY";
    case ScheduledFrom::automatic_retry:
      return "AUTOMATIC RETRY";
  }
  return "SCHEDULE";
}

ScheduledFrom from_name(std::string_view name) {
  using enum ScheduledFrom;
  for (const auto from : {trigger, execute_task, manual_retry, automatic_retry}) {
    if (name == name_of(from)) return from;
  }
  return schedule;
}

engine::Value time_value(const std::optional<TimePoint>& time) {
  if (!time) return std::monostate();
  return engine::TimestampTz{time->time_since_epoch().count()};
}

engine::Value text_value(const std::string& text) {
  if (text.empty()) return std::monostate();
  return text;
}

std::vector<engine::Value> values_of(const TaskRecord& record) {
  const auto& run = record.run;
  return {run.id,
          run.graph_run,
          run.task,
          run.root,
          time_value(run.scheduled),
          std::string(name_of(run.from)),
          int64_t(run.attempt),
          text_value(run.config),
          record.state,
          record.name,
          record.database,
          record.schema,
          record.query_text,
          text_value(record.condition),
          text_value(record.query_id),
          record.error_code ? engine::Value(*record.error_code) : engine::Value(std::monostate()),
          text_value(record.error_message),
          text_value(record.return_value),
          record.graph_version,
          time_value(record.started),
          time_value(record.completed),
          time_value(record.next_scheduled),
          record.ends_graph,
          time_value(record.root_next)};
}

std::string literal_of(const engine::Value& value) {
  if (std::holds_alternative<std::monostate>(value)) return "NULL";
  if (const auto* number = std::get_if<int64_t>(&value)) return std::to_string(*number);
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  if (const auto* time = std::get_if<engine::TimestampTz>(&value))
    return fmt::format("make_timestamptz({})", time->microseconds);
  return engine::quote_literal(std::get<std::string>(value));
}

TimePoint time_at(const engine::Rows& rows, size_t row, size_t column) {
  return TimePoint(Duration(rows.integer(row, column)));
}

/// run_id, graph_run, task_id, root_id, scheduled, scheduled_from, attempt, config
TaskRun run_at(const engine::Rows& rows, size_t row) {
  TaskRun run;
  run.id = rows.integer(row, 0);
  run.graph_run = rows.integer(row, 1);
  run.task = rows.integer(row, 2);
  run.root = rows.integer(row, 3);
  run.scheduled = time_at(rows, row, 4);
  run.from = from_name(rows.string(row, 5));
  run.attempt = int(rows.integer(row, 6));
  if (!rows.is_null(row, 7)) run.config = rows.string(row, 7);
  return run;
}

constexpr const char* k_run_columns = "run_id, graph_run, task_id, root_id, scheduled, scheduled_from, attempt, config";

} // namespace

engine::Result<std::unique_ptr<TaskStore>> TaskStore::open(engine::Database& database) {
  auto connection = TRY(database.connect());
  TRY(connection->execute("CREATE SCHEMA IF NOT EXISTS FRESHET"));
  TRY(connection->execute(k_table));
  TRY(connection->execute("ALTER TABLE FRESHET.TASK_RUN ADD COLUMN IF NOT EXISTS ends_graph BOOLEAN"));
  TRY(connection->execute("ALTER TABLE FRESHET.TASK_RUN ADD COLUMN IF NOT EXISTS root_next TIMESTAMPTZ"));
  return std::unique_ptr<TaskStore>(new TaskStore(std::move(connection)));
}

TaskStore::~TaskStore() {
  {
    std::lock_guard lock(waiting_mutex_);
    stopping_ = true;
    waiting_changed_.notify_all();
  }
  if (writer_.joinable()) writer_.join();
}

engine::Result<void> TaskStore::put(const TaskRecord& record, bool replace) {
  const Waiting row{record, replace, {}};
  return write(std::span(&row, 1));
}

void TaskStore::put_later(TaskRecord record, bool replace, Stored stored) {
  std::unique_lock lock(waiting_mutex_);
  waiting_changed_.wait(lock, [&] { return waiting_.size() < k_waiting_max; });
  waiting_.push_back({std::move(record), replace, std::move(stored)});
  if (!writer_.joinable()) writer_ = std::thread([this] { write_waiting(); });
  waiting_changed_.notify_all();
}

void TaskStore::write_waiting() {
  pthread_setname_np(pthread_self(), "task records");
  std::unique_lock lock(waiting_mutex_);
  for (;;) {
    waiting_changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    auto rows = std::exchange(waiting_, {});
    waiting_changed_.notify_all();
    lock.unlock();
    const auto together = write(rows);
    for (auto& row : rows) {
      // What keeps one row out is no reason to lose the others.
      row.stored(together || rows.size() == 1 ? together : write(std::span(&row, 1)));
    }
    rows.clear();
    lock.lock();
  }
}

engine::Result<void> TaskStore::write(std::span<const Waiting> rows) {
  std::lock_guard lock(mutex_);
  TRY(connection_->begin());
  auto work = [&]() -> engine::Result<void> {
    std::string replaced;
    for (const auto& row : rows) {
      if (row.replace) replaced += fmt::format("{}{}", replaced.empty() ? "" : ", ", row.record.run.id);
    }
    if (!replaced.empty())
      TRY(connection_->execute(fmt::format("DELETE FROM FRESHET.TASK_RUN WHERE run_id IN ({})", replaced)));
    auto appender = TRY(connection_->appender("FRESHET", "TASK_RUN"));
    for (const auto& row : rows) {
      for (const auto& value : values_of(row.record)) TRY(appender.append(value));
      TRY(appender.end_row());
    }
    TRY(appender.close());
    const auto before = puts_;
    puts_ += static_cast<int64_t>(rows.size());
    const auto& completed = rows.back().record.completed;
    if (completed && before / k_puts_between_looks != puts_ / k_puts_between_looks) {
      const auto oldest = *completed - k_task_history_kept;
      TRY(connection_->execute(fmt::format("DELETE FROM FRESHET.TASK_RUN WHERE completed < make_timestamptz({})",
                                           oldest.time_since_epoch().count())));
    }
    return {};
  };
  if (auto done = work(); !done) {
    (void)connection_->rollback();
    return done;
  }
  return connection_->commit();
}

engine::Result<std::vector<TaskStore::Recovery::State>> TaskStore::states(GraphRunId graph_run) {
  auto rows = TRY(
      connection_->query(fmt::format("SELECT task_id, state, attempt FROM (SELECT task_id, arg_max(state, run_id) AS state, "
                                     "arg_max(attempt, run_id) AS attempt, max(max(attempt)) OVER () AS latest FROM "
                                     "FRESHET.TASK_RUN WHERE graph_run = {} AND state <> 'SCHEDULED' GROUP BY task_id) WHERE "
                                     "attempt = latest OR NOT (state = 'CANCELLED' OR state LIKE 'FAILED%')",
                                     graph_run)));
  std::vector<Recovery::State> result;
  for (size_t row = 0; row < rows.size(); ++row)
    result.push_back({rows.integer(row, 0), std::string(rows.string(row, 1)), int(rows.integer(row, 2))});
  return result;
}

engine::Result<TaskStore::Recovery> TaskStore::recover() {
  std::lock_guard lock(mutex_);
  Recovery recovery;
  auto next = TRY(connection_->query("SELECT coalesce(max(greatest(run_id, graph_run)), 0) + 1 FROM FRESHET.TASK_RUN"));
  recovery.next_id = next.integer(0, 0);
  auto slots = TRY(connection_->query(
      "SELECT root_id, coalesce(root_next, next_scheduled) AS next, completed FROM FRESHET.TASK_RUN WHERE next IS NOT NULL AND "
      "completed IS NOT NULL QUALIFY row_number() OVER (PARTITION BY root_id ORDER BY completed DESC, run_id DESC) = 1"));
  for (size_t row = 0; row < slots.size(); ++row)
    recovery.next_slots.push_back({slots.integer(row, 0), time_at(slots, row, 1), time_at(slots, row, 2)});
  auto requested = TRY(connection_->query(
      fmt::format("SELECT {} FROM FRESHET.TASK_RUN WHERE state = 'SCHEDULED' ORDER BY run_id", k_run_columns)));
  for (size_t row = 0; row < requested.size(); ++row) recovery.requested.push_back(run_at(requested, row));
  recovery.graphs = TRY(graphs("SELECT max(graph_run) FROM FRESHET.TASK_RUN GROUP BY root_id"));
  std::erase_if(recovery.graphs, &Recovery::Graph::ended);
  recovery.failures = TRY(failures());
  return recovery;
}

/// Of those graph runs whose root has a record.
engine::Result<std::vector<TaskStore::Recovery::Graph>> TaskStore::graphs(const std::string& graph_runs) {
  auto roots = TRY(connection_->query(
      fmt::format("SELECT {}, graph_version, latest, ended FROM (SELECT *, max(attempt) OVER g AS latest, "
                  "arg_max(coalesce(ends_graph, true), attempt * 2 + coalesce(ends_graph, true)::INT) OVER g AS ended FROM "
                  "FRESHET.TASK_RUN WHERE graph_run IN ({}) WINDOW g AS (PARTITION BY graph_run)) AS r WHERE task_id = root_id "
                  "QUALIFY row_number() OVER (PARTITION BY graph_run ORDER BY run_id DESC) = 1 ORDER BY run_id",
                  k_run_columns, graph_runs)));
  std::vector<Recovery::Graph> result;
  for (size_t row = 0; row < roots.size(); ++row) {
    Recovery::Graph graph;
    graph.root = run_at(roots, row);
    graph.graph_version = roots.integer(row, 8);
    graph.attempt = int(roots.integer(row, 9));
    graph.ended = roots.boolean(row, 10);
    graph.states = TRY(states(graph.root.graph_run));
    result.push_back(std::move(graph));
  }
  return result;
}

engine::Result<std::vector<std::pair<TaskId, TimePoint>>> TaskStore::failures() {
  auto rows = TRY(connection_->query(R"sql(
    WITH ends AS (SELECT root_id, graph_run, task_id, arg_max(state, run_id) AS state, max(completed) AS completed
                  FROM FRESHET.TASK_RUN WHERE state <> 'SCHEDULED' GROUP BY root_id, graph_run, task_id),
      runs AS (SELECT root_id, graph_run, max(completed) AS completed, bool_or(state IN ('FAILED', 'CANCELLED')) AS failed
               FROM ends GROUP BY root_id, graph_run HAVING NOT bool_or(task_id = root_id AND state = 'SKIPPED'))
    SELECT root_id, completed FROM runs WHERE failed AND completed IS NOT NULL
      AND graph_run > (SELECT coalesce(max(graph_run), 0) FROM runs others WHERE others.root_id = runs.root_id AND NOT failed))sql"));
  std::vector<std::pair<TaskId, TimePoint>> result;
  for (size_t row = 0; row < rows.size(); ++row) result.emplace_back(rows.integer(row, 0), time_at(rows, row, 1));
  return result;
}

engine::Result<void> TaskStore::erase(RunId run) {
  std::lock_guard lock(mutex_);
  TRY(connection_->execute(fmt::format("DELETE FROM FRESHET.TASK_RUN WHERE run_id = {}", run)));
  return {};
}

engine::Result<void> TaskStore::mark_suspended(GraphRunId graph_run) {
  std::lock_guard lock(mutex_);
  TRY(connection_->execute(
      fmt::format("UPDATE FRESHET.TASK_RUN SET state = 'FAILED_AND_AUTO_SUSPENDED' WHERE graph_run = {0} AND state = 'FAILED' "
                  "AND attempt = (SELECT max(attempt) FROM FRESHET.TASK_RUN WHERE graph_run = {0})",
                  graph_run)));
  return {};
}

engine::Result<std::optional<std::string>> TaskStore::return_value(GraphRunId graph_run, TaskId task) {
  std::lock_guard lock(mutex_);
  auto rows = TRY(connection_->query(fmt::format(
      "SELECT return_value FROM FRESHET.TASK_RUN WHERE graph_run = {} AND task_id = {} ORDER BY run_id DESC LIMIT 1", graph_run,
      task)));
  if (rows.empty() || rows.is_null(0, 0)) return std::nullopt;
  return std::string(rows.string(0, 0));
}

engine::Result<std::optional<TaskStore::Recovery::Graph>> TaskStore::last_graph(TaskId root, std::optional<GraphRunId> which) {
  std::lock_guard lock(mutex_);
  auto found =
      TRY(graphs(fmt::format("SELECT max(graph_run) FROM FRESHET.TASK_RUN WHERE root_id = {} AND state <> 'SCHEDULED'{}", root,
                             which ? fmt::format(" AND graph_run = {}", *which) : "")));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::string task_history_select(const std::string& relation) {
  return "SELECT query_id AS QUERY_ID, name AS NAME, database_name AS DATABASE_NAME, schema_name AS SCHEMA_NAME, query_text AS "
         "QUERY_TEXT, "
         "condition AS CONDITION_TEXT, state AS STATE, lpad(CAST(error_code AS VARCHAR), 6, '0') AS ERROR_CODE, error_message "
         "AS "
         "ERROR_MESSAGE, scheduled AS SCHEDULED_TIME, started AS QUERY_START_TIME, next_scheduled AS NEXT_SCHEDULED_TIME, "
         "completed AS "
         "COMPLETED_TIME, " +
         task_id_sql("root_id") +
         " AS ROOT_TASK_ID, graph_version AS GRAPH_VERSION, epoch_ms(scheduled) AS RUN_ID, "
         "return_value AS "
         "RETURN_VALUE, scheduled_from AS SCHEDULED_FROM, attempt AS ATTEMPT_NUMBER, config AS CONFIG, CAST(NULL AS VARCHAR) "
         "AS QUERY_HASH, "
         "CAST(NULL AS BIGINT) AS QUERY_HASH_VERSION, CAST(NULL AS VARCHAR) AS QUERY_PARAMETERIZED_HASH, CAST(NULL AS BIGINT) "
         "AS "
         "QUERY_PARAMETERIZED_HASH_VERSION, CAST(nullif(graph_run, 0) AS VARCHAR) AS GRAPH_RUN_GROUP_ID, CAST(NULL AS VARCHAR) "
         "AS BACKFILL_INFO, task_id, root_id, graph_run, run_id AS run_number FROM " +
         relation;
}

std::string task_record_values(std::span<const TaskRecord> records) {
  std::string out;
  for (const auto& record : records) {
    out += out.empty() ? "SELECT " : " UNION ALL SELECT ";
    bool first = true;
    for (const auto& value : values_of(record)) {
      out += (first ? "" : ", ") + literal_of(value);
      first = false;
    }
  }
  return out;
}

} // namespace freshet::warehouse
