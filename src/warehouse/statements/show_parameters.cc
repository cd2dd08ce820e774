#include "warehouse/statements/show_parameters.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <ranges>

#include "warehouse/retention.h"
#include "warehouse/statements/create.h"
#include "warehouse/statements/show_table.h"

namespace freshet::warehouse {
namespace {

/// A parameter of objects, as Snowflake documents it.
struct ObjectParameter {
  std::string_view name, default_value, type, description;
};

constexpr ObjectParameter k_history[] = {
    {k_extension, "14", "NUMBER",
     "Maximum number of days to extend data retention beyond the retention period to prevent a stream becoming stale."},
    {k_retention, "1", "NUMBER", "number of days to retain the old version of deleted/updated data"},
};
constexpr ObjectParameter k_pipes[] = {
    {"PIPE_EXECUTION_PAUSED", "false", "BOOLEAN", "Specifies whether a running pipe is paused"},
};
constexpr ObjectParameter k_events[] = {
    {"EVENT_TABLE", "", "STRING", "The event table that logs and events go to; empty: SNOWFLAKE.TELEMETRY.EVENTS"},
};
constexpr ObjectParameter k_tasks[] = {
    {"SUSPEND_TASK_AFTER_NUM_FAILURES", "10", "NUMBER",
     "Automatically suspend an execution of a user task after the number of consecutive failures has reached the specified "
     "limit."},
    {"TASK_AUTO_RETRY_ATTEMPTS", "0", "NUMBER", "Maximum automatic retries allowed for a user task."},
    {"USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE", "Medium", "STRING",
     "The initial size of warehouse to use for managed warehouses in the absence of history"},
    {"USER_TASK_MINIMUM_TRIGGER_INTERVAL_IN_SECONDS", "30", "NUMBER",
     "Minimum amount of time between Triggered Task executions in seconds"},
    {"USER_TASK_TIMEOUT_MS", "3600000", "NUMBER", "User task execution timeout in milliseconds"},
};
constexpr ObjectParameter k_warehouses[] = {
    {"MAX_CONCURRENCY_LEVEL", "8", "NUMBER", "maximum number of concurrent statements"},
    {"STATEMENT_QUEUED_TIMEOUT_IN_SECONDS", "0", "NUMBER",
     "Timeout in seconds for queued statements: statements will automatically be canceled if they are queued on a warehouse "
     "for longer than this amount of time; disabled if set to zero."},
    {"STATEMENT_TIMEOUT_IN_SECONDS", "172800", "NUMBER",
     "Timeout in seconds for statements: statements are automatically canceled if they run for longer; if set to zero, max "
     "value (604800) is enforced."},
};

/// What was set of a parameter, and on what.
struct Setting {
  std::string value;
  std::string level;
};
using Settings = std::map<std::string, Setting, std::less<>>;

void add_account(const Catalog& catalog, Settings& settings) {
  for (const auto& object : catalog.all(ObjectKind::recorded)) {
    const auto& recorded = *object->as<Recorded>();
    if (recorded.type != k_account_parameter) continue;
    if (auto value = first_item(recorded.options, "VALUE")) settings[object->name] = {*value, "ACCOUNT"};
  }
}

void add_own(const Object& object, Settings& settings) {
  const std::string level(name_of(object.kind()));
  const auto set = [&](std::string_view name, const std::string& value) { settings[std::string(name)] = {value, level}; };
  std::visit(
      [&](const auto& body) {
        if constexpr (requires { body.extension_days; }) {
          if (body.retention_days) set(k_retention, std::to_string(*body.retention_days));
          if (body.extension_days) set(k_extension, std::to_string(*body.extension_days));
        }
        if constexpr (requires { body.options; }) {
          for (const auto& [key, items] : body.options) {
            if (!items.empty()) set(key, items.front());
          }
        }
      },
      object.body);
  if (const auto* pipe = object.as<Pipe>(); pipe != nullptr && pipe->paused) set("PIPE_EXECUTION_PAUSED", "true");
  if (const auto* task = object.as<Task>()) {
    const Task fresh;
    const auto number = [&](std::string_view name, int64_t value, int64_t by_default) {
      if (value != by_default) set(name, std::to_string(value));
    };
    number("SUSPEND_TASK_AFTER_NUM_FAILURES", task->suspend_after_failures, fresh.suspend_after_failures);
    number("TASK_AUTO_RETRY_ATTEMPTS", task->auto_retry_attempts, fresh.auto_retry_attempts);
    number("USER_TASK_TIMEOUT_MS", task->timeout_ms, fresh.timeout_ms);
    for (const auto& [name, value] : task->session_parameters) set(name, value);
  }
}

/// From the account down to the object: the nearest setting counts.
Settings settings_of(const Catalog& catalog, const ObjectPointer& object) {
  Settings settings;
  add_account(catalog, settings);
  std::vector<ObjectPointer> levels;
  for (auto each = object; each; each = catalog.find(each->parent)) levels.push_back(each);
  for (const auto& each : std::views::reverse(levels)) add_own(*each, settings);
  return settings;
}

/// The object that IN or FOR names: the current one of its kind when it gives no name. Null: the account.
SqlResult<ObjectPointer> subject(StatementContext& context, const sql::Show& show, std::string_view kind) {
  const auto& name = show.in_name;
  if (kind == "DATABASE") return context.database(name);
  if (kind == "SCHEMA") return context.schema(name);
  if (kind == "TABLE") {
    auto object = TRY(context.relation(name));
    if (object->as<Table>() == nullptr) return sql::fail(missing(ObjectKind::table, written(TRY(context.resolve(name)))));
    return object;
  }
  if (kind == "TASK") return context.find(ObjectKind::task, name);
  if (kind == "PIPE") return context.find(ObjectKind::pipe, name);
  if (kind == "WAREHOUSE") return context.find(ObjectKind::compute_warehouse, name);
  if (kind == "USER") return context.find(ObjectKind::user, name);
  if (kind == "ACCOUNT") return nullptr;
  return sql::fail(sql::unsupported_feature(fmt::format("SHOW PARAMETERS IN {}", kind)));
}

class Listing {
 public:
  Listing(const sql::Show& show, Settings settings) : filter_(show), settings_(std::move(settings)) {}

  template <typename Definitions>
  void add(const Definitions& definitions) {
    for (const auto& each : definitions) {
      const auto known = [&](const ShowRow& row) { return row[0] == each.name; };
      if (std::ranges::any_of(rows_, known)) continue;
      const auto set = settings_.find(each.name);
      const bool is_set = set != settings_.end();
      auto value = is_set ? set->second.value : std::string(each.default_value);
      if (std::string_view(each.type) == "BOOLEAN")
        std::ranges::transform(value, value.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      rows_.push_back({std::string(each.name), std::move(value), std::string(each.default_value),
                       is_set ? set->second.level : "", std::string(each.description), std::string(each.type)});
    }
  }

  std::vector<ShowRow> take() {
    std::ranges::sort(rows_, {}, [](const ShowRow& row) { return *row[0]; });
    std::erase_if(rows_, [&](const ShowRow& row) { return !filter_.takes(*row[0]); });
    return std::move(rows_);
  }

 private:
  ShowFilter filter_;
  Settings settings_;
  std::vector<ShowRow> rows_;
};

Settings of_session(const SessionParameters& parameters) {
  Settings settings;
  for (const auto& each : SessionParameters::definitions()) {
    if (parameters.is_set(each.name)) settings[std::string(each.name)] = {std::string(parameters.get(each.name)), "SESSION"};
  }
  return settings;
}

} // namespace

Outcome show_parameters(StatementContext& context, const sql::Show& show) {
  const auto kind = show.in_kind.value_or("SESSION");
  const auto result = [&](Listing listing) {
    return context.table(StatementKind::show, show_columns("key value default level description type"), listing.take());
  };
  if (kind == "SESSION") {
    Listing listing(show, of_session(context.session().parameters()));
    listing.add(SessionParameters::definitions());
    return result(std::move(listing));
  }
  const auto object = TRY(subject(context, show, kind));
  Listing listing(show, settings_of(context.catalog(), object));
  const bool holds_tables = kind == "ACCOUNT" || kind == "DATABASE" || kind == "SCHEMA";
  if (holds_tables || kind == "TABLE") listing.add(k_history);
  if (holds_tables || kind == "PIPE") listing.add(k_pipes);
  if (kind == "DATABASE" || kind == "ACCOUNT") listing.add(k_events);
  if (holds_tables || kind == "TASK") listing.add(k_tasks);
  if (kind == "WAREHOUSE" || kind == "ACCOUNT") listing.add(k_warehouses);
  if (kind == "ACCOUNT" || kind == "TASK" || kind == "USER") listing.add(SessionParameters::definitions());
  return result(std::move(listing));
}

} // namespace freshet::warehouse
