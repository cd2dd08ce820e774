#include "warehouse/system_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <set>

#include "engine/engine.h"
#include "sql/parser.h"
#include "warehouse/argument_checks.h"
#include "warehouse/physical.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {
namespace {

constexpr int64_t k_wait_seconds_max = 86'400;
constexpr Duration k_wait_step = std::chrono::milliseconds(100); // how late a cancel is seen

/// The session's role and all that were granted to it, directly or through others.
std::set<std::string> available_roles(StatementContext& context) {
  std::set<std::string> roles{context.session().context().role, "PUBLIC"};
  auto grants = context.catalog().all(ObjectKind::grant);
  bool grown = true;
  while (grown) {
    grown = false;
    for (const auto& object : grants) {
      const auto& grant = *object->as<Grant>();
      if (grant.on_kind != "ROLE" || grant.privilege != "USAGE" || grant.to_kind != "ROLE" || !roles.contains(grant.to))
        continue;
      grown |= roles.insert(grant.on_name).second;
    }
  }
  return roles;
}

std::string json_list(const std::vector<std::string>& texts) {
  std::string list;
  for (const auto& each : texts) list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", each);
  return engine::quote_literal("[ " + list + " ]");
}

/// IS_ROLE_IN_SESSION, IS_DATABASE_ROLE_IN_SESSION
SqlResult<std::string> is_role_in_session(StatementContext& context, const FunctionArguments& arguments) {
  TRY(expect_arguments(arguments, 1, 1, "IS_ROLE_IN_SESSION"));
  auto roles = available_roles(context);
  std::string list;
  for (const auto& role : roles) list += fmt::format("{}{}", list.empty() ? "" : ", ", engine::quote_literal(role));
  bool all = roles.contains("ACCOUNTADMIN");
  return all ? fmt::format("({} IS NOT NULL)", arguments[0].text) : fmt::format("({} IN ({}))", arguments[0].text, list);
}

SqlResult<std::string> current_available_roles(StatementContext& context, const FunctionArguments&) {
  auto roles = available_roles(context);
  if (roles.contains("ACCOUNTADMIN"))
    for (const auto& role : context.catalog().all(ObjectKind::role)) roles.insert(role->name);
  return json_list({roles.begin(), roles.end()});
}

SqlResult<std::string> current_schemas(StatementContext& context, const FunctionArguments&) {
  const auto& session = context.session().context();
  if (session.database.empty() || session.schema.empty()) return std::string("'[]'");
  return engine::quote_literal(fmt::format("[\"{}.{}\"]", session.database, session.schema));
}

SqlResult<std::string> all_user_names(StatementContext& context, const FunctionArguments&) {
  std::set<std::string> names{context.session().context().user};
  for (const auto& user : context.catalog().all(ObjectKind::user)) names.insert(user->name);
  return json_list({names.begin(), names.end()});
}

SqlResult<std::string> wait(StatementContext& context, const FunctionArguments& arguments) {
  TRY(expect_arguments(arguments, 1, 2, "SYSTEM$WAIT"));
  auto amount = TRY(context.constant_text(arguments[0])).value_or("");
  std::string unit = arguments.size() > 1 ? TRY(context.constant_text(arguments[1])).value_or("") : "SECONDS";
  std::transform(unit.begin(), unit.end(), unit.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  constexpr std::pair<std::string_view, int64_t> k_units[] = {
      {"MILLISECONDS", 1}, {"SECONDS", 1000}, {"MINUTES", 60'000}, {"HOURS", 3'600'000}, {"DAYS", 86'400'000}};
  const auto* found = std::ranges::find(k_units, unit, &std::pair<std::string_view, int64_t>::first);
  int64_t count = 0;
  auto [end, problem] = std::from_chars(amount.data(), amount.data() + amount.size(), count);
  if (found == std::end(k_units) || problem != std::errc() || end != amount.data() + amount.size() || count < 0 ||
      count * found->second > k_wait_seconds_max * 1000)
    return sql::fail({1015, "22023", fmt::format("SQL compilation error:\ninvalid wait '{} {}'", amount, unit)});
  auto& clock = context.warehouse().clock();
  auto until = clock.now() + std::chrono::milliseconds(count * found->second);
  std::mutex mutex;
  std::condition_variable never;
  for (std::unique_lock lock(mutex); clock.now() < until;) {
    if (context.session().cancelled()) return sql::fail({604, "57014", "SQL execution canceled"});
    clock.wait(lock, never, std::min<TimePoint>(until, clock.now() + k_wait_step));
  }
  std::string words = unit;
  std::transform(words.begin(), words.end(), words.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return engine::quote_literal(fmt::format("waited {} {}", count, words));
}

SqlResult<std::string> cancel_query(StatementContext& context, const FunctionArguments& arguments) {
  TRY(expect_arguments(arguments, 1, 1, "SYSTEM$CANCEL_QUERY"));
  auto id = TRY(context.constant_text(arguments[0])).value_or("");
  auto record = context.warehouse().history().find(id);
  if (!record) return sql::fail({705, "22023", fmt::format("Query {} not found", id)});
  if (record->status != QueryRecord::Status::running)
    return engine::quote_literal("Identified SQL statement is not currently executing.");
  return sql::fail(sql::unsupported_feature("SYSTEM$CANCEL_QUERY of another session's statement"));
}

int64_t nanoseconds(TimePoint time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

/// When the table's rows were last changed: a number that grows, in nanoseconds since 1970.
SqlResult<std::string> last_change_commit_time(StatementContext& context, const FunctionArguments& arguments) {
  TRY(expect_arguments(arguments, 1, 1, "SYSTEM$LAST_CHANGE_COMMIT_TIME"));
  auto name = TRY(sql::parse_qualified_name(TRY(context.constant_text(arguments[0])).value_or("")));
  auto object = TRY(context.relation(name));
  if (object->as<Table>() == nullptr)
    return sql::fail(sql::unsupported_feature("SYSTEM$LAST_CHANGE_COMMIT_TIME of " + std::string(name_of(object->kind()))));
  auto relation = physical(*object).sql_name();
  auto changed = TRY(context.query(fmt::format(
      "SELECT max(committed_at) FROM freshet.commits WHERE number IN (SELECT max(\"$begin\") FROM {0} UNION ALL SELECT "
      "max(\"$end\") FROM {0})",
      relation)));
  if (changed.empty() || changed.is_null(0, 0)) return std::to_string(nanoseconds(object->created_on));
  return std::to_string(changed.integer(0, 0) * 1000);
}

/// Whether a name stands for a role of the account: there are no others here.
std::string role_type(StatementContext&) {
  return "'ROLE'";
}

} // namespace

void add_system_functions(FunctionRegistry& registry) {
  auto constant = [&](std::string name, std::function<std::string(StatementContext&)> text) {
    registry.add_scalar(std::move(name),
                        [text = std::move(text)](StatementContext& context,
                                                 const FunctionArguments&) -> SqlResult<std::string> { return text(context); });
  };
  constant("CURRENT_ROLE_TYPE", role_type);
  constant("CURRENT_IP_ADDRESS", [](StatementContext&) { return std::string("'127.0.0.1'"); });
  constant("CURRENT_ORGANIZATION_USER", [](StatementContext&) { return std::string("CAST(NULL AS VARCHAR)"); });
  constant("INVOKER_SHARE", [](StatementContext&) { return std::string("CAST(NULL AS VARCHAR)"); });
  for (auto name : {"SYSTEM$ALLOWLIST", "SYSTEM$WHITELIST"})
    constant(name, [](StatementContext&) { return std::string("'[]'"); });
  registry.add_scalar("IS_ROLE_IN_SESSION", is_role_in_session);
  registry.add_scalar("IS_DATABASE_ROLE_IN_SESSION", is_role_in_session); // they stand among the account's
  registry.add_scalar("CURRENT_AVAILABLE_ROLES", current_available_roles);
  registry.add_scalar("CURRENT_SCHEMAS", current_schemas);
  registry.add_scalar("ALL_USER_NAMES", all_user_names);
  registry.add_scalar("SYSTEM$WAIT", wait);
  registry.add_scalar("SYSTEM$LAST_CHANGE_COMMIT_TIME", last_change_commit_time);
  registry.add_scalar("SYSTEM$CANCEL_QUERY", cancel_query);
}

} // namespace freshet::warehouse
