#include "warehouse/tasks/task_properties.h"

#include <fmt/core.h>

#include <algorithm>

#include "sql/parser.h"
#include "warehouse/statements/create.h"
#include "warehouse/tasks/schedule.h"
#include "warehouse/tasks/task_config.h"
#include "warehouse/tasks/task_graph.h"

namespace freshet::warehouse {
namespace {

constexpr std::string_view k_initial_size = "USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE";
constexpr std::string_view k_smallest_size = "SERVERLESS_TASK_MIN_STATEMENT_SIZE";
constexpr std::string_view k_largest_size = "SERVERLESS_TASK_MAX_STATEMENT_SIZE";

constexpr std::string_view k_recorded[] = {k_initial_size,
                                           k_smallest_size,
                                           k_largest_size,
                                           "USER_TASK_MINIMUM_TRIGGER_INTERVAL_IN_SECONDS",
                                           "TARGET_COMPLETION_INTERVAL",
                                           "SUCCESS_INTEGRATION",
                                           "LOG_LEVEL",
                                           "LOG_EVENT_LEVEL",
                                           "TRACE_LEVEL",
                                           "TAG"};
constexpr std::string_view k_members[] = {"WAREHOUSE",
                                          "SCHEDULE",
                                          "CONFIG",
                                          "ALLOW_OVERLAPPING_EXECUTION",
                                          "OVERLAP_POLICY",
                                          "USER_TASK_TIMEOUT_MS",
                                          "SUSPEND_TASK_AFTER_NUM_FAILURES",
                                          "TASK_AUTO_RETRY_ATTEMPTS",
                                          "ERROR_INTEGRATION"};
constexpr Duration k_interval_min = std::chrono::seconds(10);
constexpr Duration k_target_max = std::chrono::hours(24);

sql::Error invalid_value(std::string_view key, std::string_view value, std::string_view why) {
  return {1008, "22023",
          fmt::format("SQL compilation error:\ninvalid value ['{}'] for parameter '{}'{}{}", value, key,
                      why.empty() ? "" : ": ", why)};
}

sql::Error invalid_property(std::string_view key) {
  return {1420, "22023", fmt::format("SQL compilation error:\ninvalid property '{}' for 'TASK'", key)};
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

SqlResult<int64_t> whole_number(const sql::Property& property, int64_t lowest, int64_t highest) {
  const int64_t value = number_property({property}, property.key, -1);
  if (value < lowest || value > highest) {
    return sql::fail(invalid_value(property.key, property.value.text, fmt::format("expected {} to {}", lowest, highest)));
  }
  return value;
}

/// XSMALL 0 … XXLARGE 5; -1: not the size of a task's compute.
int size_rank(std::string_view text) {
  std::string size = upper(text);
  std::erase(size, '-');
  if (size == "X2LARGE" || size == "2XLARGE") size = "XXLARGE";
  constexpr std::string_view k_sizes[] = {"XSMALL", "SMALL", "MEDIUM", "LARGE", "XLARGE", "XXLARGE"};
  const auto* found = std::ranges::find(k_sizes, size);
  return found == std::end(k_sizes) ? -1 : static_cast<int>(found - k_sizes);
}

/// A session parameter that the task's runs set first.
SqlResult<void> set_session_parameter(Task& task, const sql::Property& property) {
  if (property.key == "SEARCH_PATH" || (property.key == "AUTOCOMMIT" && !property.value.is_true())) {
    return sql::fail(invalid_value(property.key, property.value.text, "a task cannot set it"));
  }
  SessionParameters check;
  if (SessionParameters::find(property.key) == nullptr) return sql::fail(invalid_property(property.key));
  TRY(check.set(property.key, property.value.text));
  task.session_parameters[property.key] = property.value.text;
  return {};
}

/// The object that a property names: written bare it is an identifier.
std::string named_object(const sql::PropertyValue& value) {
  return value.kind == sql::PropertyValue::Kind::word && !value.name.empty() ? std::string(value.name.last()) : value.text;
}

SqlResult<void> set_schedule(Task& task, const sql::Property& property) {
  const auto& text = property.value.text;
  task.schedule = text;
  if (text.empty()) return {};
  const auto schedule = Schedule::parse(text);
  if (!schedule) return sql::fail(invalid_value(property.key, text, schedule.error().message));
  if (const auto every = schedule->interval(); every && *every < k_interval_min)
    return sql::fail(invalid_value(property.key, text, "expected 10 to 691200 seconds, 1 to 11520 minutes or 1 to 192 hours"));
  return {};
}

SqlResult<void> set_overlap_policy(Task& task, const sql::Property& property) {
  const auto policy = upper(property.value.text);
  if (policy != "NO_OVERLAP" && policy != "ALLOW_CHILD_OVERLAP" && policy != "ALLOW_ALL_OVERLAP") {
    return sql::fail(
        invalid_value(property.key, property.value.text, "expected NO_OVERLAP, ALLOW_CHILD_OVERLAP or ALLOW_ALL_OVERLAP"));
  }
  task.overlap_policy = policy;
  return {};
}

/// Where messages go must exist, and be for messages.
SqlResult<void> check_integration(StatementContext& context, const sql::Property& property) {
  const auto found = TRY(context.find(ObjectKind::integration, TRY(sql::parse_qualified_name(property.value.text))));
  if (found->as<Integration>()->category == "NOTIFICATION") return {};
  return sql::fail(invalid_value(property.key, property.value.text, "it is no notification integration"));
}

SqlResult<void> check_recorded(StatementContext& context, const sql::Property& property) {
  const auto& [key, value, range] = property;
  if (key == "SUCCESS_INTEGRATION") return check_integration(context, property);
  if (key == "USER_TASK_MINIMUM_TRIGGER_INTERVAL_IN_SECONDS") TRY(whole_number(property, 10, 604'800));
  if (key == "TARGET_COMPLETION_INTERVAL") {
    const auto parsed = Schedule::parse(value.text);
    const auto every = parsed ? parsed->interval() : std::nullopt;
    if (!every || *every < k_interval_min || *every > k_target_max)
      return sql::fail(invalid_value(key, value.text, "expected 10 to 86400 seconds, 1 to 1440 minutes or 1 to 24 hours"));
  }
  const bool is_size = key == k_initial_size || key == k_smallest_size || key == k_largest_size;
  if (is_size && size_rank(value.text) < 0)
    return sql::fail(invalid_value(key, value.text, "expected XSMALL, SMALL, MEDIUM, LARGE, XLARGE or XXLARGE"));
  return {};
}

SqlResult<void> set_property(StatementContext& context, Task& task, const sql::Property& property) {
  const auto& [key, value, range] = property;
  if (key == "COMMENT") return {};
  if (key == "SCHEDULE") return set_schedule(task, property);
  if (key == "OVERLAP_POLICY") return set_overlap_policy(task, property);
  if (key == "WAREHOUSE") {
    task.compute = named_object(value);
  } else if (key == "CONFIG") {
    TRY(check_task_config(value.text));
    task.config = value.text;
  } else if (key == "ALLOW_OVERLAPPING_EXECUTION") {
    task.overlap_policy = value.is_true() ? "ALLOW_CHILD_OVERLAP" : "NO_OVERLAP";
  } else if (key == "USER_TASK_TIMEOUT_MS") {
    task.timeout_ms = TRY(whole_number(property, 0, 604'800'000));
  } else if (key == "SUSPEND_TASK_AFTER_NUM_FAILURES") {
    task.suspend_after_failures = TRY(whole_number(property, 0, INT64_MAX));
  } else if (key == "TASK_AUTO_RETRY_ATTEMPTS") {
    task.auto_retry_attempts = TRY(whole_number(property, 0, 30));
  } else if (key == "ERROR_INTEGRATION") {
    TRY(check_integration(context, property));
    task.error_integration = named_object(value);
  } else if (std::ranges::find(k_recorded, key) != std::end(k_recorded)) {
    TRY(check_recorded(context, property));
    task.options[key] = {key == "SUCCESS_INTEGRATION" ? named_object(value) : value.text};
  } else {
    return set_session_parameter(task, property);
  }
  return {};
}

/// Of each pair the first must not be larger.
SqlResult<void> check_sizes(const Task& task) {
  constexpr std::pair<std::string_view, std::string_view> k_ordered[] = {
      {k_smallest_size, k_largest_size}, {k_smallest_size, k_initial_size}, {k_initial_size, k_largest_size}};
  for (const auto& [smaller, larger] : k_ordered) {
    const auto low = task.options.find(std::string(smaller)), high = task.options.find(std::string(larger));
    if (low == task.options.end() || high == task.options.end()) continue;
    if (size_rank(low->second.front()) > size_rank(high->second.front()))
      return sql::fail(
          invalid_value(smaller, low->second.front(), fmt::format("it is larger than {}, '{}'", larger, high->second.front())));
  }
  return {};
}

bool is_comparison(sql::BinaryOperator op) {
  return op >= sql::BinaryOperator::equal && op <= sql::BinaryOperator::greater_equal;
}

bool is_allowed(const sql::Expression& expression);

bool all_allowed(const std::vector<sql::Expression>& list) {
  return std::ranges::all_of(list, is_allowed);
}

bool is_allowed_call(const sql::FunctionCall& call) {
  const auto name = call.name.last();
  return (name == "SYSTEM$STREAM_HAS_DATA" || name == "SYSTEM$GET_PREDECESSOR_RETURN_VALUE") &&
         std::ranges::all_of(call.arguments, [](const auto& argument) { return is_allowed(argument.value); });
}

/// Casts between numbers, text and BOOLEAN.
bool is_allowed_cast(const sql::Cast& cast) {
  const auto type = sql::type_from_name(cast.type);
  using enum sql::TypeKind;
  return type && (type->kind == number || type->kind == real || type->kind == text || type->kind == boolean) &&
         is_allowed(*cast.operand);
}

bool is_allowed(const sql::Expression& expression) {
  if (const auto* logical = expression.as<sql::Logical>()) return all_allowed(logical->operands);
  if (const auto* call = expression.as<sql::FunctionCall>()) return is_allowed_call(*call);
  if (const auto* cast = expression.as<sql::Cast>()) return is_allowed_cast(*cast);
  if (const auto* unary = expression.as<sql::Unary>()) return is_allowed(*unary->operand);
  if (const auto* binary = expression.as<sql::Binary>())
    return is_comparison(binary->op) && is_allowed(*binary->left) && is_allowed(*binary->right);
  if (const auto* null = expression.as<sql::IsNull>()) return is_allowed(*null->operand);
  if (const auto* truth = expression.as<sql::IsBoolean>()) return is_allowed(*truth->operand);
  if (const auto* distinct = expression.as<sql::IsDistinct>())
    return is_allowed(*distinct->left) && is_allowed(*distinct->right);
  if (const auto* in = expression.as<sql::In>()) return !in->query && is_allowed(*in->operand) && all_allowed(in->list);
  if (const auto* between = expression.as<sql::Between>())
    return is_allowed(*between->operand) && is_allowed(*between->low) && is_allowed(*between->high);
  return expression.as<sql::NullLiteral>() || expression.as<sql::BooleanLiteral>() || expression.as<sql::NumberLiteral>() ||
         expression.as<sql::StringLiteral>();
}

} // namespace

SqlResult<void> set_task_properties(StatementContext& context, Task& task, const sql::Properties& properties) {
  for (const auto& property : properties) TRY(set_property(context, task, property));
  if (!task.compute.empty()) {
    if (sql::find_property(properties, k_initial_size) != nullptr) {
      return sql::fail(
          invalid_value(k_initial_size, text_property(properties, k_initial_size),
                        fmt::format("the task runs in warehouse {}; it applies to serverless tasks only", task.compute)));
    }
    task.options.erase(std::string(k_initial_size));
  }
  return check_sizes(task);
}

SqlResult<void> unset_task_property(Task& task, const std::string& key) {
  const Task fresh;
  if (key == "WAREHOUSE") task.compute = fresh.compute;
  if (key == "SCHEDULE") task.schedule = fresh.schedule;
  if (key == "CONFIG") task.config = fresh.config;
  if (key == "ALLOW_OVERLAPPING_EXECUTION" || key == "OVERLAP_POLICY") task.overlap_policy = fresh.overlap_policy;
  if (key == "USER_TASK_TIMEOUT_MS") task.timeout_ms = fresh.timeout_ms;
  if (key == "SUSPEND_TASK_AFTER_NUM_FAILURES") task.suspend_after_failures = fresh.suspend_after_failures;
  if (key == "TASK_AUTO_RETRY_ATTEMPTS") task.auto_retry_attempts = fresh.auto_retry_attempts;
  if (key == "ERROR_INTEGRATION") task.error_integration = fresh.error_integration;
  task.options.erase(key);
  task.session_parameters.erase(key);
  const bool known = key == "COMMENT" || std::ranges::find(k_members, key) != std::end(k_members) ||
                     std::ranges::find(k_recorded, key) != std::end(k_recorded) || SessionParameters::find(key) != nullptr;
  if (known) return {};
  return sql::fail(invalid_property(key));
}

SqlResult<void> check_task(const Catalog& catalog, const Task& task) {
  const bool has_predecessors = !predecessors_of(catalog, task).empty();
  if (!has_predecessors && task.finalizes == 0) return {};
  const sql::Error schedule{91426, "22000", "A task that runs AFTER another, or is a finalizer, cannot have a SCHEDULE."};
  if (!task.schedule.empty()) return sql::fail(schedule);
  if (task.finalizes != 0 && has_predecessors) return sql::fail({91426, "22000", "A finalizer cannot have predecessors."});
  const std::string_view of_root = task.auto_retry_attempts != 0         ? "TASK_AUTO_RETRY_ATTEMPTS"
                                   : task.overlap_policy != "NO_OVERLAP" ? "OVERLAP_POLICY"
                                   : !task.error_integration.empty()     ? "ERROR_INTEGRATION"
                                                                         : "";
  if (of_root.empty()) return {};
  return sql::fail(
      {91426, "22000",
       fmt::format("{} can be set on the root task of a graph only: it applies to all tasks of the graph.", of_root)});
}

SqlResult<void> check_task_condition(const sql::Expression& condition) {
  const bool is_value = condition.as<sql::StringLiteral>() || condition.as<sql::NumberLiteral>(); // no boolean expression
  if (is_allowed(condition) && !is_value) return {};
  return sql::fail({91430, "42601",
                    "SQL compilation error:\nInvalid expression for task condition expression. Only some data type conversions "
                    "and the following functions are allowed: [SYSTEM$GET_PREDECESSOR_RETURN_VALUE, SYSTEM$STREAM_HAS_DATA]."});
}

SqlResult<void> set_task_user(StatementContext& context, Task& task, const std::optional<sql::Identifier>& user) {
  if (!user) return {};
  sql::QualifiedName name;
  name.parts.push_back(*user);
  task.execute_as_user = TRY(context.find(ObjectKind::user, name))->name;
  return {};
}

} // namespace freshet::warehouse
