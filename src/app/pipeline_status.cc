#include "app/pipeline_status.h"

#include <boost/json.hpp>

#include "app/services.h"
#include "sql/engine_printer.h"
#include "warehouse/archiver.h"
#include "warehouse/warehouse.h"

namespace freshet::app {
namespace {

using observe::Sample;
using sql::SqlResult;

/// The text of one column of SHOW's result.
std::vector<std::string> column_of(const warehouse::StatementResult& result, std::string_view name) {
  std::vector<std::string> values;
  for (size_t column = 0; column < result.columns.size(); ++column) {
    if (result.columns[column].name != name) continue;
    for (size_t row = 0; row < result.row_count(); ++row) values.push_back(result.rows->text(row, column));
  }
  return values;
}

SqlResult<std::vector<std::string>> full_names(warehouse::Session& session, const std::string& show) {
  const auto result = TRY(session.execute(show));
  const auto databases = column_of(result, "database_name");
  const auto schemas = column_of(result, "schema_name");
  const auto names = column_of(result, "name");
  std::vector<std::string> full;
  for (size_t i = 0; i < names.size(); ++i) {
    full.push_back(sql::quote_identifier(databases[i]) + "." + sql::quote_identifier(schemas[i]) + "." + sql::quote_identifier(names[i]));
  }
  return full;
}

std::string without_quotes(std::string name) {
  std::erase(name, '"');
  return name;
}

SqlResult<void> read_tables(PipelineStatus& status, warehouse::Session& session) {
  for (const auto& name : TRY(full_names(session, "SHOW TABLES IN ACCOUNT"))) {
    const auto count = session.execute("SELECT COUNT(*) FROM " + name);
    if (!count) continue; // dropped meanwhile
    status.tables.push_back({without_quotes(name), count->rows->integer(0, 0)});
  }
  return {};
}

SqlResult<void> read_pipes(PipelineStatus& status, warehouse::Session& session) {
  for (const auto& name : TRY(full_names(session, "SHOW PIPES IN ACCOUNT"))) {
    const auto state = session.execute("SELECT SYSTEM$PIPE_STATUS(" + sql::quote_string(name) + ")");
    if (state) status.pipes.push_back({without_quotes(name), state->rows->text(0, 0)});
  }
  return {};
}

SqlResult<void> read_tasks(PipelineStatus& status, warehouse::Session& session) {
  const auto runs = TRY(session.execute(
      "SELECT DATABASE_NAME || '.' || SCHEMA_NAME || '.' || NAME, STATE, SCHEDULED_TIME, COMPLETED_TIME, ERROR_MESSAGE "
      "FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY(RESULT_LIMIT => 20)) ORDER BY SCHEDULED_TIME DESC"));
  const auto text = [&](size_t row, size_t column) {
    return runs.rows->is_null(row, column) ? std::string() : runs.rows->text(row, column);
  };
  for (size_t row = 0; row < runs.row_count(); ++row) {
    status.task_runs.push_back({text(row, 0), text(row, 1), text(row, 2), text(row, 3), text(row, 4)});
  }
  return {};
}

}  // namespace

SqlResult<PipelineStatus> read_status(Services& services, warehouse::Session& session) {
  PipelineStatus status;
  if (auto* archiver = services.warehouse().service<warehouse::Archiver>()) {
    const auto totals = archiver->totals();
    status.dead_versions = totals.dead_versions;
    status.pruned_versions = totals.pruned_versions;
  }
  status.at = services.warehouse().clock().now();
  if (auto* flow = services.flow()) {
    status.flow = flow->status();
    status.bulletins = flow->bulletins(20);
  }
  TRY(read_tables(status, session));
  TRY(read_pipes(status, session));
  TRY(read_tasks(status, session));
  return status;
}

std::string status_json(const PipelineStatus& status) {
  boost::json::array processors;
  for (const auto& processor : status.flow.processors) {
    processors.push_back({{"name", processor.name},
                          {"type", processor.type},
                          {"in", processor.flow_files_in},
                          {"out", processor.flow_files_out},
                          {"bytes_read", processor.bytes_read},
                          {"bytes_written", processor.bytes_written},
                          {"running", processor.state == flow::ProcessorState::running}});
  }
  boost::json::array bulletins;
  for (const auto& bulletin : status.bulletins) {
    bulletins.push_back({{"time", iso8601(bulletin.time)}, {"component", bulletin.component_name}, {"message", bulletin.message}});
  }
  boost::json::array tables;
  for (const auto& table : status.tables) tables.push_back({{"name", table.name}, {"rows", table.rows}});
  boost::json::array pipes;
  for (const auto& pipe : status.pipes) {
    boost::system::error_code malformed;
    auto state = boost::json::parse(pipe.status, malformed);
    pipes.push_back({{"name", pipe.name}, {"status", malformed ? boost::json::value(pipe.status) : std::move(state)}});
  }
  boost::json::array runs;
  for (const auto& run : status.task_runs) {
    runs.push_back({{"name", run.name}, {"state", run.state}, {"scheduled", run.scheduled}, {"completed", run.completed}, {"error", run.error}});
  }
  return boost::json::serialize(boost::json::object{{"at", iso8601(status.at)},
                                                    {"flow", status.flow.name},
                                                    {"queued", status.flow.queued_count},
                                                    {"processors", std::move(processors)},
                                                    {"bulletins", std::move(bulletins)},
                                                    {"pipes", std::move(pipes)},
                                                    {"tables", std::move(tables)},
                                                    {"task_runs", std::move(runs)}});
}

std::vector<Sample> status_samples(const PipelineStatus& status) {
  std::vector<Sample> samples;
  const auto add = [&samples](Sample::Type type, std::string name, std::string help, double value, std::map<std::string, std::string> labels) {
    samples.push_back({std::move(name), std::move(help), type, value, std::move(labels)});
  };
  add(Sample::Type::gauge, "freshet_up", "1 while the server runs.", 1, {});
  for (const auto& processor : status.flow.processors) {
    const std::map<std::string, std::string> labels = {{"processor", processor.name}, {"type", processor.type}};
    add(Sample::Type::counter, "freshet_flow_flowfiles_in_total", "FlowFiles taken from queues.", double(processor.flow_files_in), labels);
    add(Sample::Type::counter, "freshet_flow_flowfiles_out_total", "FlowFiles transferred.", double(processor.flow_files_out), labels);
    add(Sample::Type::counter, "freshet_flow_read_bytes_total", "Content read.", double(processor.bytes_read), labels);
    add(Sample::Type::counter, "freshet_flow_written_bytes_total", "Content written.", double(processor.bytes_written), labels);
  }
  for (const auto& connection : status.flow.connections) {
    add(Sample::Type::gauge, "freshet_flow_queued_flowfiles", "FlowFiles in a connection's queue.", double(connection.queued_count),
        {{"connection", connection.name.empty() ? connection.id : connection.name}});
  }
  for (const auto& table : status.tables) {
    add(Sample::Type::gauge, "freshet_table_rows", "Rows of a table.", double(table.rows), {{"table", table.name}});
  }
  add(Sample::Type::gauge, "freshet_dead_row_versions", "Earlier versions of rows, kept for time travel and streams.",
      double(status.dead_versions), {});
  add(Sample::Type::counter, "freshet_pruned_row_versions_total", "Earlier versions of rows that were deleted for good.",
      double(status.pruned_versions), {});
  for (const auto& pipe : status.pipes) {
    boost::system::error_code malformed;
    const auto state = boost::json::parse(pipe.status, malformed);
    if (malformed || !state.is_object()) continue;
    if (const auto* pending = state.as_object().if_contains("pendingFileCount"); pending != nullptr && pending->is_number()) {
      add(Sample::Type::gauge, "freshet_pipe_pending_files", "Files a pipe has yet to load.", pending->to_number<double>(), {{"pipe", pipe.name}});
    }
  }
  std::map<std::pair<std::string, std::string>, double> runs;
  for (const auto& run : status.task_runs) runs[{run.name, run.state}] += 1;
  for (const auto& [key, count] : runs) {
    add(Sample::Type::gauge, "freshet_task_recent_runs", "Task runs among the latest 20, by state.", count,
        {{"task", key.first}, {"state", key.second}});
  }
  return samples;
}

}  // namespace freshet::app
