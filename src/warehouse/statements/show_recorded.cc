#include "warehouse/statements/show_recorded.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "warehouse/statements/show_table.h"

namespace freshet::warehouse {
namespace {

/// A kind of SHOW: which recorded objects it lists, under which columns. What is not a column of every object is an option of
/// the same name in upper case.
struct RecordedListing {
  std::string_view plural;
  std::string_view type;
  std::string_view columns;
};

constexpr RecordedListing k_listings[] = {
    {"RESOURCE MONITORS", "RESOURCE MONITOR",
     "name credit_quota used_credits remaining_credits level frequency start_time end_time notify_at suspend_at "
     "suspend_immediately_at created_on! owner comment notify_users"},
    {"NETWORK POLICIES", "NETWORK POLICY",
     "created_on! name comment entries_in_allowed_ip_list entries_in_blocked_ip_list entries_in_allowed_network_rules "
     "entries_in_blocked_network_rules"},
    {"NETWORK RULES", "NETWORK RULE",
     "created_on! name database_name schema_name owner comment type mode entries_in_valuelist owner_role_type"},
    {"TAGS", "TAG",
     "created_on! name database_name schema_name owner comment allowed_values owner_role_type propagate on_conflict"},
    {"SECRETS", "SECRET", "created_on! name schema_name database_name owner comment secret_type oauth_scopes owner_role_type"},
    {"SHARES", "SHARE",
     "created_on! kind owner_account name database_name to owner comment listing_global_name secure_objects_only"},
    {"PASSWORD POLICIES", "PASSWORD POLICY",
     "created_on! name database_name schema_name kind owner comment owner_role_type options"},
    {"SESSION POLICIES", "SESSION POLICY",
     "created_on! name database_name schema_name kind owner comment owner_role_type options"},
    {"EXTERNAL VOLUMES", "EXTERNAL VOLUME", "name allow_writes comment"},
    {"GIT REPOSITORIES", "GIT REPOSITORY",
     "created_on! name database_name schema_name origin api_integration git_credentials owner owner_role_type comment"},
    {"STREAMLITS", "STREAMLIT",
     "created_on! name database_name schema_name title owner comment query_warehouse url_id owner_role_type"},
    {"NOTEBOOKS", "NOTEBOOK",
     "created_on! name database_name schema_name comment owner query_warehouse url_id owner_role_type code_warehouse"},
    {"REGIONS", "REGION", "region_group snowflake_region cloud region display_name"},
    {"CONNECTIONS", "CONNECTION", "region_group snowflake_region created_on! account_name name comment is_primary"},
};

std::string option(const Options& options, const std::string& key) {
  const auto found = options.find(key);
  std::string text;
  if (found == options.end()) return text;
  for (const auto& item : found->second) text += (text.empty() ? "" : ",") + item;
  return text;
}

std::string entries(const Options& options, const std::string& key) {
  const auto found = options.find(key);
  return std::to_string(found == options.end() ? 0 : found->second.size());
}

std::optional<std::string> value_of(StatementContext& context, const Object& object, const Recorded& recorded,
                                    const std::string& column) {
  const auto& options = recorded.options;
  if (column == "created_on") return engine_text(object.created_on);
  if (column == "name") return object.name;
  if (column == "database_name") return recorded.database;
  if (column == "schema_name") return recorded.schema;
  if (column == "owner") return object.owner;
  if (column == "comment") return object.comment;
  if (column == "owner_role_type") return "ROLE";
  if (column == "kind") return recorded.type == "SHARE" ? "OUTBOUND" : recorded.type;
  if (column == "owner_account" || column == "account_name") return context.warehouse().options().account;
  if (column == "to") return option(options, "ACCOUNTS");
  if (column == "secret_type") return option(options, "TYPE");
  if (column == "entries_in_valuelist") return entries(options, "VALUE_LIST");
  if (column == "entries_in_allowed_ip_list") return entries(options, "ALLOWED_IP_LIST");
  if (column == "entries_in_blocked_ip_list") return entries(options, "BLOCKED_IP_LIST");
  if (column == "entries_in_allowed_network_rules") return entries(options, "ALLOWED_NETWORK_RULE_LIST");
  if (column == "entries_in_blocked_network_rules") return entries(options, "BLOCKED_NETWORK_RULE_LIST");
  if (column == "used_credits") return "0.00";
  if (column == "remaining_credits") return option(options, "CREDIT_QUOTA");
  if (column == "secure_objects_only") return "true";
  if (column == "allowed_values") {
    const auto found = options.find("ALLOWED_VALUES");
    if (found == options.end()) return std::nullopt;
    std::string text;
    for (const auto& item : found->second) text += (text.empty() ? "\"" : ",\"") + item + "\"";
    return "[" + text + "]";
  }
  auto key = column;
  std::ranges::transform(key, key.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return null_if_empty(option(options, key));
}

Outcome list(StatementContext& context, const sql::Show& show, const RecordedListing& listing) {
  const auto columns = show_columns(listing.columns);
  std::vector<ShowRow> rows;
  ShowFilter filter(show);
  for (const auto& object : context.catalog().children(k_account, ObjectKind::recorded)) {
    const auto& recorded = *object->as<Recorded>();
    if (recorded.type != listing.type || !filter.takes(object->name)) continue;
    ShowRow row;
    for (const auto& column : columns) row.push_back(value_of(context, *object, recorded, column.name));
    rows.push_back(std::move(row));
  }
  return context.table(StatementKind::show, columns, rows);
}

std::string signature(const AccessPolicy& policy) {
  std::string arguments;
  for (const auto& argument : policy.arguments) {
    const auto type = argument.type.to_string();
    arguments += fmt::format("{}{} {}", arguments.empty() ? "" : ", ", argument.name, type.substr(0, type.find('(')));
  }
  return "(" + arguments + ")";
}

Outcome show_policies(StatementContext& context, const sql::Show& show, std::string_view type) {
  std::vector<ShowRow> rows;
  ShowFilter filter(show);
  for (const auto& object : objects_in(context, TRY(show_scope(context, show)), ObjectKind::access_policy)) {
    if (object->as<AccessPolicy>()->type != type || !filter.takes(object->name)) continue;
    const auto at = context.scope_of(*object);
    rows.push_back({engine_text(object->created_on), object->name, at.database, at.schema,
                    std::string(type.substr(0, type.rfind(' '))) + "_POLICY", object->owner, object->comment, "ROLE", ""});
  }
  for (auto& row : rows) std::ranges::replace(*row[4], ' ', '_');
  return context.table(StatementKind::show,
                       show_columns("created_on! name database_name schema_name kind owner comment owner_role_type options"),
                       rows);
}

/// "NETWORK POLICIES" → "NETWORK POLICY"
std::string singular(std::string_view plural) {
  if (plural.ends_with("IES")) return std::string(plural.substr(0, plural.size() - 3)) + "Y";
  return std::string(plural.substr(0, plural.size() - 1));
}

/// Kinds that can be recorded, or that Freshet has none of, under the columns that all of Snowflake's lists have.
constexpr std::string_view k_others[] = {"AGGREGATION POLICIES",
                                         "APPLICATION PACKAGES",
                                         "APPLICATIONS",
                                         "AUTHENTICATION POLICIES",
                                         "CHANNELS",
                                         "CLASSES",
                                         "COMPUTE POOLS",
                                         "CORTEX SEARCH SERVICES",
                                         "DATA METRIC FUNCTIONS",
                                         "DATASETS",
                                         "DELEGATED AUTHORIZATIONS",
                                         "EXTERNAL FUNCTIONS",
                                         "FAILOVER GROUPS",
                                         "FEATURE POLICIES",
                                         "GLOBAL ACCOUNTS",
                                         "ICEBERG TABLES",
                                         "IMAGE REPOSITORIES",
                                         "JOIN POLICIES",
                                         "LISTINGS",
                                         "MANAGED ACCOUNTS",
                                         "MODELS",
                                         "ORGANIZATION ACCOUNTS",
                                         "PACKAGES POLICIES",
                                         "PRIVACY POLICIES",
                                         "PROJECTION POLICIES",
                                         "REPLICATION ACCOUNTS",
                                         "REPLICATION DATABASES",
                                         "REPLICATION GROUPS",
                                         "SEMANTIC VIEWS",
                                         "SERVICES",
                                         "SNAPSHOTS",
                                         "STORAGE LIFECYCLE POLICIES"};

} // namespace

std::optional<Outcome> show_recorded(StatementContext& context, const sql::Show& show) {
  if (show.kind == "MASKING POLICIES") return show_policies(context, show, "MASKING POLICY");
  if (show.kind == "ROW ACCESS POLICIES") return show_policies(context, show, "ROW ACCESS POLICY");
  const auto found = std::ranges::find(k_listings, show.kind, &RecordedListing::plural);
  if (found != std::end(k_listings)) return list(context, show, *found);
  if (std::ranges::find(k_others, show.kind) == std::end(k_others)) return std::nullopt;
  const auto type = singular(show.kind);
  return list(context, show, {show.kind, type, "created_on! name database_name schema_name owner comment"});
}

Outcome describe_recorded(StatementContext& context, const Object& object) {
  if (const auto* policy = object.as<AccessPolicy>()) {
    const std::vector<ShowRow> rows{{object.name, signature(*policy), policy->returns, policy->body}};
    return context.table(StatementKind::describe, show_columns("name signature return_type body"), rows);
  }
  const auto& recorded = *object.as<Recorded>();
  std::vector<ShowRow> rows{{"NAME", object.name}};
  for (const auto& [key, items] : recorded.options) rows.push_back({key, option(recorded.options, key)});
  if (!object.comment.empty()) rows.push_back({"COMMENT", object.comment});
  return context.table(StatementKind::describe, show_columns("property value"), rows);
}

} // namespace freshet::warehouse
