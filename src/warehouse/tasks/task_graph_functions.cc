#include "warehouse/tasks/task_graph_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "engine/engine.h"
#include "sql/parser.h"
#include "warehouse/literal.h"
#include "warehouse/statement_context.h"
#include "warehouse/tasks/task_graph.h"
#include "warehouse/tasks/tasks.h"

/// TASK_DEPENDENTS, CURRENT_TASK_GRAPHS, COMPLETE_TASK_GRAPHS
namespace freshet::warehouse {
namespace {

SqlResult<std::optional<std::string>> named_text(StatementContext& context, const FunctionArguments& arguments,
                                                 std::string_view name) {
  const auto found = std::ranges::find(arguments, name, &FunctionArgument::name);
  if (found == arguments.end()) return std::nullopt;
  return context.constant_text(*found);
}

SqlResult<void> check_names(const FunctionArguments& arguments, std::string_view function,
                            std::initializer_list<std::string_view> known) {
  for (const auto& argument : arguments) {
    if (std::ranges::find(known, argument.name) != known.end()) continue;
    return sql::fail({2141, "42601",
                      argument.name.empty()
                          ? fmt::format("SQL compilation error:\n{} takes its arguments by name", function)
                          : fmt::format("SQL compilation error:\n{} has no argument '{}'", function, argument.name)});
  }
  return {};
}

std::string text_or_null(const std::string& text) {
  return text.empty() ? "NULL" : engine::quote_literal(text);
}

/// The tasks that run right after this one, its finalizer last.
std::vector<ObjectPointer> children_of(const Catalog& catalog, const Object& task) {
  std::vector<ObjectPointer> out;
  for (const auto& other : catalog.children(task.parent, ObjectKind::task)) {
    const auto& predecessors = other->as<Task>()->predecessors;
    if (std::ranges::find(predecessors, task.id) != predecessors.end()) out.push_back(other);
  }
  return out;
}

std::string dependent_row(const Catalog& catalog, const Object& object) {
  const auto& task = *object.as<Task>();
  std::string predecessors;
  for (const auto& each : predecessors_of(catalog, task))
    predecessors += (predecessors.empty() ? "\"" : ",\"") + catalog.full_name(*each) + "\"";
  const auto schema = catalog.find(object.parent);
  const auto database = schema ? catalog.find(schema->parent) : nullptr;
  return fmt::format("({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})",
                     literal(engine::TimestampTz{object.created_on.time_since_epoch().count()}),
                     engine::quote_literal(object.name), text_or_null(database ? database->name : ""),
                     text_or_null(schema ? schema->name : ""), engine::quote_literal(object.owner),
                     text_or_null(object.comment), text_or_null(task.compute), text_or_null(task.schedule),
                     engine::quote_literal("[" + predecessors + "]"), task.started ? "'started'" : "'suspended'",
                     engine::quote_literal(task.definition), text_or_null(task.condition));
}

SqlResult<std::string> task_dependents(StatementContext& context, const FunctionArguments& written) {
  FunctionArguments arguments = written;
  for (size_t i = 0; i < arguments.size() && i < 2; ++i) {
    if (arguments[i].name.empty()) arguments[i].name = i == 0 ? "TASK_NAME" : "RECURSIVE";
  }
  TRY(check_names(arguments, "TASK_DEPENDENTS", {"TASK_NAME", "RECURSIVE"}));
  const auto name = TRY(named_text(context, arguments, "TASK_NAME"));
  if (!name) return sql::fail({2141, "42601", "SQL compilation error:\nTASK_DEPENDENTS needs TASK_NAME => '…'"});
  const auto task = TRY(context.find(ObjectKind::task, TRY(sql::parse_qualified_name(*name))));
  auto recursive = TRY(named_text(context, arguments, "RECURSIVE")).value_or("true");
  std::ranges::transform(recursive, recursive.begin(), [](unsigned char c) { return char(std::tolower(c)); });
  auto& catalog = context.catalog();
  std::string rows = dependent_row(catalog, *task);
  for (const auto& each : recursive == "false" ? children_of(catalog, *task) : dependents_of(catalog, *task))
    rows += ", " + dependent_row(catalog, *each);
  return fmt::format(
      "(SELECT * FROM (VALUES {}) AS v(\"CREATED_ON\", \"NAME\", \"DATABASE_NAME\", \"SCHEMA_NAME\", \"OWNER\", \"COMMENT\", "
      "\"WAREHOUSE\", \"SCHEDULE\", \"PREDECESSORS\", \"STATE\", \"DEFINITION\", \"CONDITION\"))",
      rows);
}

/// One row per graph run out of those of its tasks. `state` of the runs' latest attempts.
std::string graphs(const std::string& runs, bool complete) {
  constexpr const char* k_state =
      "CASE WHEN bool_or(STATE = 'EXECUTING') THEN 'EXECUTING' WHEN bool_or(STATE LIKE 'FAILED%') THEN 'FAILED' WHEN "
      "bool_or(STATE = 'CANCELLED') THEN 'CANCELLED' WHEN bool_or(STATE = 'SCHEDULED') THEN 'SCHEDULED' WHEN bool_or(task_id = "
      "root_id AND STATE = 'SKIPPED') THEN 'SKIPPED' ELSE 'SUCCEEDED' END";
  const std::string failed = "FILTER (WHERE STATE LIKE 'FAILED%' OR STATE = 'CANCELLED')";
  auto of_root = [](const char* column) {
    return fmt::format("arg_max({}, run_number) FILTER (WHERE task_id = root_id)", column);
  };
  return fmt::format(
      "SELECT coalesce({}, arg_max(NAME, run_number)) AS ROOT_TASK_NAME, any_value(DATABASE_NAME) AS DATABASE_NAME, "
      "any_value(SCHEMA_NAME) AS SCHEMA_NAME, {} AS STATE, arg_max(SCHEDULED_FROM, run_number) AS SCHEDULED_FROM, "
      "arg_min(NAME, run_number) {} AS FIRST_ERROR_TASK_NAME, arg_min(ERROR_CODE, run_number) {} AS FIRST_ERROR_CODE, "
      "arg_min(ERROR_MESSAGE, run_number) {} AS FIRST_ERROR_MESSAGE, min(SCHEDULED_TIME) AS SCHEDULED_TIME, "
      "min(QUERY_START_TIME) AS QUERY_START_TIME, {} AS NEXT_SCHEDULED_TIME, {}any_value(ROOT_TASK_ID) AS ROOT_TASK_ID, "
      "any_value(GRAPH_VERSION) AS GRAPH_VERSION, min(RUN_ID) AS RUN_ID, max(ATTEMPT_NUMBER) AS ATTEMPT_NUMBER, "
      "any_value(CONFIG) AS CONFIG, GRAPH_RUN_GROUP_ID, CAST(NULL AS VARCHAR) AS BACKFILL_INFO FROM ({}) AS r GROUP BY "
      "GRAPH_RUN_GROUP_ID, root_id{}",
      of_root("NAME"), k_state, failed, failed, failed, of_root("NEXT_SCHEDULED_TIME"),
      complete ? "max(COMPLETED_TIME) AS COMPLETED_TIME, " : "", runs,
      complete ? " HAVING NOT bool_or(task_id = root_id AND STATE = 'SKIPPED')" : "");
}

SqlResult<std::string> graph_runs(StatementContext& context, const FunctionArguments& arguments, bool complete) {
  const std::string function = complete ? "COMPLETE_TASK_GRAPHS" : "CURRENT_TASK_GRAPHS";
  if (complete) {
    TRY(check_names(arguments, function, {"RESULT_LIMIT", "ROOT_TASK_NAME", "ERROR_ONLY"}));
  } else {
    TRY(check_names(arguments, function, {"RESULT_LIMIT", "ROOT_TASK_NAME"}));
  }
  auto* tasks = context.warehouse().service<Tasks>();
  if (tasks == nullptr) return sql::fail(sql::unsupported_feature("tasks: this warehouse runs none"));
  const auto now = tasks->graphs_in_progress();
  std::string in_progress;
  for (auto id : now) in_progress += fmt::format("{}{}", in_progress.empty() ? "" : ", ", id);
  std::string recorded = "SELECT * FROM FRESHET.TASK_RUN";
  const auto ahead = tasks->in_progress_and_ahead();
  std::string where = "true";
  if (complete) {
    where = fmt::format("STATE <> 'SCHEDULED' AND SCHEDULED_FROM IS NOT NULL{}",
                        in_progress.empty() ? "" : " AND graph_run NOT IN (" + in_progress + ")");
  } else {
    if (!ahead.empty()) recorded += " UNION ALL " + task_record_values(ahead);
    where = in_progress.empty() ? "STATE IN ('SCHEDULED', 'EXECUTING')"
                                : "STATE IN ('SCHEDULED', 'EXECUTING') OR graph_run IN (" + in_progress + ")";
  }
  const auto runs = fmt::format(
      "SELECT * FROM ({}) AS h WHERE {} QUALIFY row_number() OVER (PARTITION BY graph_run, root_id, task_id ORDER BY "
      "ATTEMPT_NUMBER DESC, run_number DESC) = 1",
      task_history_select("(" + recorded + ")"), where);
  std::string filter = "true";
  if (const auto name = TRY(named_text(context, arguments, "ROOT_TASK_NAME"))) {
    const auto root = TRY(sql::parse_qualified_name(*name));
    filter += " AND ROOT_TASK_NAME = " + engine::quote_literal(root.last());
  }
  if (complete) {
    filter += fmt::format(" AND COMPLETED_TIME >= {} - INTERVAL 60 MINUTE",
                          literal(engine::TimestampTz{context.now().time_since_epoch().count()}));
    auto only = TRY(named_text(context, arguments, "ERROR_ONLY")).value_or("false");
    std::ranges::transform(only, only.begin(), [](unsigned char c) { return char(std::tolower(c)); });
    if (only == "true") filter += " AND STATE IN ('FAILED', 'CANCELLED')";
  }
  const auto limit = TRY(named_text(context, arguments, "RESULT_LIMIT")).value_or("1000");
  return fmt::format("(SELECT * FROM ({}) AS g WHERE {} ORDER BY {} DESC LIMIT {})", graphs(runs, complete), filter,
                     complete ? "COMPLETED_TIME" : "SCHEDULED_TIME",
                     std::clamp<int64_t>(std::strtoll(limit.c_str(), nullptr, 10), 1, 10'000));
}

} // namespace

void add_task_graph_functions(FunctionRegistry& functions) {
  functions.add_table("TASK_DEPENDENTS", task_dependents);
  functions.add_table("CURRENT_TASK_GRAPHS", [](StatementContext& context, const FunctionArguments& arguments) {
    return graph_runs(context, arguments, false);
  });
  functions.add_table("COMPLETE_TASK_GRAPHS", [](StatementContext& context, const FunctionArguments& arguments) {
    return graph_runs(context, arguments, true);
  });
}

} // namespace freshet::warehouse
