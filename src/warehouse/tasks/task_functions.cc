#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "engine/engine.h"
#include "sql/parser.h"
#include "warehouse/argument_checks.h"
#include "warehouse/statement_context.h"
#include "warehouse/tasks/history_arguments.h"
#include "warehouse/tasks/task_config.h"
#include "warehouse/tasks/task_graph.h"
#include "warehouse/tasks/task_graph_functions.h"
#include "warehouse/tasks/tasks.h"

namespace freshet::warehouse {
namespace {

std::string text_or_null(const std::optional<std::string>& text) {
  return text ? engine::quote_literal(*text) : "CAST(NULL AS VARCHAR)";
}

SqlResult<Tasks*> service(StatementContext& context) {
  auto* tasks = context.warehouse().service<Tasks>();
  if (tasks == nullptr) return sql::fail(sql::unsupported_feature("tasks: this warehouse runs none"));
  return tasks;
}

SqlResult<TaskRun> current_run(StatementContext& context, std::string_view function) {
  auto* tasks = TRY(service(context));
  auto run = tasks->run_of(context.session().id());
  if (!run) return sql::fail({91430, "22000", fmt::format("Function {} must be called from within a task.", function)});
  return *run;
}

SqlResult<ObjectPointer> task_argument(StatementContext& context, const FunctionArguments& arguments,
                                       std::string_view function) {
  TRY(expect_arguments(arguments, 1, 1, function));
  const auto text = TRY(context.constant_text(arguments[0]));
  return context.find(ObjectKind::task, TRY(sql::parse_qualified_name(text.value_or(""))));
}

SqlResult<std::string> set_return_value(StatementContext& context, const FunctionArguments& arguments) {
  TRY(current_run(context, "SYSTEM$SET_RETURN_VALUE"));
  TRY(expect_arguments(arguments, 1, 1, "SYSTEM$SET_RETURN_VALUE"));
  const auto value = TRY(context.constant_text(arguments[0]));
  TRY(service(context))->set_return_value(context.session().id(), value.value_or(""));
  return std::string("CAST(NULL AS VARCHAR)");
}

SqlResult<std::string> predecessor_return_value(StatementContext& context, const FunctionArguments& arguments) {
  const auto run = TRY(current_run(context, "SYSTEM$GET_PREDECESSOR_RETURN_VALUE"));
  const auto own = context.catalog().find(run.task);
  ObjectPointer predecessor;
  if (!arguments.empty()) {
    predecessor = TRY(task_argument(context, arguments, "SYSTEM$GET_PREDECESSOR_RETURN_VALUE"));
  } else if (own) {
    const auto predecessors = predecessors_of(context.catalog(), *own->as<Task>());
    if (predecessors.size() != 1) {
      return sql::fail(
          {91430, "22000", "SYSTEM$GET_PREDECESSOR_RETURN_VALUE needs the predecessor's name unless there is exactly one."});
    }
    predecessor = predecessors[0];
  }
  if (!predecessor) return std::string("CAST(NULL AS VARCHAR)");
  return text_or_null(TRY(context.checked(TRY(service(context))->store().return_value(run.graph_run, predecessor->id))));
}

SqlResult<std::string> current_task_name(StatementContext& context, const FunctionArguments&) {
  auto* tasks = context.warehouse().service<Tasks>();
  const auto run = tasks == nullptr ? std::nullopt : tasks->run_of(context.session().id());
  const auto object = run ? context.catalog().find(run->task) : nullptr;
  return text_or_null(object ? std::optional(context.catalog().full_name(*object)) : std::nullopt);
}

SqlResult<std::string> graph_config(StatementContext& context, const FunctionArguments& arguments) {
  const auto run = TRY(current_run(context, "SYSTEM$GET_TASK_GRAPH_CONFIG"));
  const auto root = context.catalog().find(run.root);
  std::string config = run.config;
  if (config.empty() && root && root->as<Task>() != nullptr) config = root->as<Task>()->config;
  if (config.empty()) return std::string("CAST(NULL AS VARCHAR)");
  if (arguments.empty()) return text_or_null(config);
  return text_or_null(task_config_value(config, TRY(context.constant_text(arguments[0])).value_or("")));
}

SqlResult<std::string> runtime_info(StatementContext& context, const FunctionArguments& arguments) {
  const auto run = TRY(current_run(context, "SYSTEM$TASK_RUNTIME_INFO"));
  TRY(expect_arguments(arguments, 1, 1, "SYSTEM$TASK_RUNTIME_INFO"));
  auto key = TRY(context.constant_text(arguments[0])).value_or("");
  std::ranges::transform(key, key.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const auto name = [&](ObjectId id) {
    const auto object = context.catalog().find(id);
    return object ? std::optional(object->name) : std::nullopt;
  };
  if (key == "CURRENT_TASK_NAME") return text_or_null(name(run.task));
  if (key == "CURRENT_ROOT_TASK_NAME") return text_or_null(name(run.root));
  if (key == "CURRENT_ROOT_TASK_UUID") return text_or_null(task_id_text(run.root));
  if (key == "CURRENT_TASK_GRAPH_ORIGINAL_SCHEDULED_TIMESTAMP") return text_or_null(iso8601(run.scheduled));
  if (key == "CURRENT_TASK_GRAPH_RUN_GROUP_ID") return text_or_null(std::to_string(run.graph_run));
  return sql::fail(sql::unsupported_feature("SYSTEM$TASK_RUNTIME_INFO('" + key + "')"));
}

SqlResult<std::string> enable_dependents(StatementContext& context, const FunctionArguments& arguments) {
  const auto root = TRY(task_argument(context, arguments, "SYSTEM$TASK_DEPENDENTS_ENABLE"));
  context.end_snapshot();
  TRY(context.change_catalog([&](CatalogChange& change) -> SqlResult<void> {
    auto tasks = dependents_of(context.catalog(), *root);
    tasks.push_back(context.catalog().find(root->id));
    for (const auto& task : tasks) {
      if (!task || task->as<Task>()->started) continue;
      Object object = *task;
      object.as<Task>()->started = true;
      object.as<Task>()->last_committed_on = context.now();
      ++object.as<Task>()->graph_version;
      change.put(std::move(object));
    }
    return {};
  }));
  return std::string("'true'");
}

SqlResult<std::string> cancel_executions(StatementContext& context, const FunctionArguments& arguments) {
  const auto task = TRY(task_argument(context, arguments, "SYSTEM$USER_TASK_CANCEL_ONGOING_EXECUTIONS"));
  const auto query_ids = TRY(service(context))->cancel(task->id);
  if (query_ids.empty()) {
    return text_or_null(
        fmt::format("Task {} has no currently running executions. If the task was dropped or replaced after a "
                    "previous execution started, use SYSTEM$CANCEL_QUERY along with the query id to cancel the run.",
                    task->name));
  }
  return text_or_null(
      fmt::format("Marked {} task runs for cancellation. It may take a few seconds for cancellation to complete. "
                  "Query ids canceled: [{}]",
                  query_ids.size(), fmt::join(query_ids, ", ")));
}

/// Without regard to case, unless the text has double quotes within.
SqlResult<std::string> same_name(StatementContext& context, std::string_view column, const FunctionArgument& argument) {
  const auto name = TRY(sql::parse_qualified_name(TRY(context.constant_text(argument)).value_or("")));
  return fmt::format(" AND {} = {}", column, engine::quote_literal(name.last()));
}

SqlResult<std::string> task_history(StatementContext& context, const FunctionArguments& arguments) {
  constexpr std::string_view k_names[] = {"SCHEDULED_TIME_RANGE_START",
                                          "SCHEDULED_TIME_RANGE_END",
                                          "RESULT_LIMIT",
                                          "TASK_NAME",
                                          "DATABASE_NAME",
                                          "SCHEMA_NAME",
                                          "ERROR_ONLY",
                                          "ROOT_TASK_ID"};
  TRY(check_argument_names(arguments, k_names, "TASK_HISTORY"));
  std::string where = TRY(scheduled_between(context, arguments, "TASK_HISTORY"));
  if (const auto* name = argument_called(arguments, "TASK_NAME")) {
    const auto text = TRY(context.constant_text(*name));
    auto parsed = sql::parse_qualified_name(text.value_or(""));
    const std::string wanted = parsed ? std::string(parsed->last()) : text.value_or("");
    where += fmt::format(" AND upper(name) = upper({})", engine::quote_literal(wanted));
  }
  const auto* database = argument_called(arguments, "DATABASE_NAME");
  const auto* schema = argument_called(arguments, "SCHEMA_NAME");
  if (schema != nullptr && database == nullptr) {
    return sql::fail(
        {2142, "22023", "SQL compilation error:\nSCHEMA_NAME of TASK_HISTORY needs DATABASE_NAME => '…' beside it"});
  }
  if (database != nullptr) where += TRY(same_name(context, "database_name", *database));
  if (schema != nullptr) where += TRY(same_name(context, "schema_name", *schema));
  if (const auto* only = argument_called(arguments, "ERROR_ONLY")) {
    where += fmt::format(" AND (NOT CAST({} AS BOOLEAN) OR state IN ('FAILED', 'FAILED_AND_AUTO_SUSPENDED', 'CANCELLED'))",
                         only->text);
  }
  if (const auto* root = argument_called(arguments, "ROOT_TASK_ID"))
    where += fmt::format(" AND {} = CAST({} AS VARCHAR)", task_id_sql("root_id"), root->text);
  const auto limit = TRY(result_limit(context, arguments, "TASK_HISTORY"));
  auto* tasks = TRY(service(context));
  const auto ahead = tasks->in_progress_and_ahead();
  std::string relation = "(SELECT * FROM FRESHET.TASK_RUN WHERE true";
  for (const auto& record : ahead) {
    if (record.run.id != 0)
      relation += fmt::format(" AND run_id <> {}", record.run.id); // an execution that was asked for, and runs
  }
  if (!ahead.empty()) relation += " UNION ALL " + task_record_values(ahead);
  relation += ")";
  return fmt::format(
      "(SELECT * EXCLUDE (task_id, root_id, graph_run, run_number) FROM ({} WHERE {} ORDER BY scheduled DESC, run_number "
      "DESC LIMIT {}))",
      task_history_select(relation), where, limit);
}

/// The hours in which tasks without a warehouse ran. Here they cost nothing: CREDITS_USED is 0.
SqlResult<std::string> serverless_history(StatementContext& context, const FunctionArguments& arguments) {
  for (const auto& argument : arguments) {
    if (argument.name != "DATE_RANGE_START" && argument.name != "DATE_RANGE_END" && argument.name != "TASK_NAME") {
      return sql::fail(
          {2141, "42601", fmt::format("SQL compilation error:\nSERVERLESS_TASK_HISTORY has no argument '{}'", argument.name)});
    }
  }
  std::string where = "started IS NOT NULL AND task_id IN (-1";
  for (const auto& task : context.catalog().all(ObjectKind::task)) {
    if (task->as<Task>()->compute.empty()) where += fmt::format(", {}", task->id);
  }
  where += ")";
  if (const auto* start = argument_called(arguments, "DATE_RANGE_START"))
    where += fmt::format(" AND started >= CAST({} AS TIMESTAMPTZ)", start->text);
  if (const auto* end = argument_called(arguments, "DATE_RANGE_END"))
    where += fmt::format(" AND started <= CAST({} AS TIMESTAMPTZ)", end->text);
  if (const auto* name = argument_called(arguments, "TASK_NAME")) {
    const auto parsed = TRY(sql::parse_qualified_name(TRY(context.constant_text(*name)).value_or("")));
    where += " AND name = " + engine::quote_literal(parsed.last());
  }
  return "(SELECT date_trunc('hour', started) AS START_TIME, date_trunc('hour', started) + INTERVAL 1 HOUR AS END_TIME, name "
         "AS "
         "TASK_NAME, CAST(0 AS DECIMAL(38, 9)) AS CREDITS_USED FROM FRESHET.TASK_RUN WHERE " +
         where + " GROUP BY ALL ORDER BY START_TIME, TASK_NAME)";
}

} // namespace

void add_task_functions(FunctionRegistry& functions) {
  functions.add_scalar("SYSTEM$SET_RETURN_VALUE", set_return_value);
  functions.add_scalar("SYSTEM$GET_PREDECESSOR_RETURN_VALUE", predecessor_return_value);
  functions.add_scalar("SYSTEM$CURRENT_USER_TASK_NAME", current_task_name);
  functions.add_scalar("SYSTEM$GET_TASK_GRAPH_CONFIG", graph_config);
  functions.add_scalar("SYSTEM$TASK_RUNTIME_INFO", runtime_info);
  functions.add_scalar("SYSTEM$TASK_DEPENDENTS_ENABLE", enable_dependents);
  functions.add_scalar("SYSTEM$USER_TASK_CANCEL_ONGOING_EXECUTIONS", cancel_executions);
  functions.add_table("TASK_HISTORY", task_history);
  functions.add_table("SNOWFLAKE.ACCOUNT_USAGE.TASK_HISTORY",
                      [](StatementContext&, const FunctionArguments&) -> SqlResult<std::string> {
                        return "(SELECT * EXCLUDE (task_id, root_id, graph_run, run_number) FROM (" +
                               task_history_select("FRESHET.TASK_RUN") + ") WHERE STATE <> 'SCHEDULED')";
                      });
  functions.add_table("SERVERLESS_TASK_HISTORY", serverless_history);
  add_task_graph_functions(functions);
}

} // namespace freshet::warehouse
