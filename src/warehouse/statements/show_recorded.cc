#include "warehouse/statements/show_recorded.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "warehouse/object_parameters.h"
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
    {"CONNECTIONS", "CONNECTION",
     "snowflake_region created_on! account_name name comment is_primary primary failover_allowed_to_accounts connection_url "
     "organization_name account_locator"},
    {"ACCOUNTS", "ACCOUNT",
     "organization_name account_name snowflake_region edition account_url created_on! comment account_locator "
     "account_locator_url managed_accounts# consumption_billing_entity_name marketplace_consumer_billing_entity_name "
     "marketplace_provider_billing_entity_name old_account_url is_org_admin account_old_url_saved_on! "
     "account_old_url_last_used! organization_old_url organization_old_url_saved_on! organization_old_url_last_used! "
     "is_events_account is_organization_account"},
    {"MANAGED ACCOUNTS", "MANAGED ACCOUNT",
     "account_name cloud region account_locator created_on! account_url account_locator_url is_reader comment region_group "
     "old_account_url account_old_url_saved_on! account_old_url_last_used! organization_old_url "
     "organization_old_url_saved_on! organization_old_url_last_used!"},
    {"REPLICATION DATABASES", "REPLICATION DATABASE",
     "snowflake_region created_on! account_name name comment is_primary primary replication_allowed_to_accounts "
     "failover_allowed_to_accounts organization_name account_locator"},
    {"FAILOVER GROUPS", "FAILOVER GROUP",
     "snowflake_region created_on! account_name name type comment is_primary primary object_types allowed_integration_types "
     "allowed_accounts organization_name account_locator replication_schedule secondary_state next_scheduled_refresh! owner "
     "is_listing_auto_fulfillment_group is_optimized_refresh_enabled rpo_assurance"},
    {"COMPUTE POOLS", "COMPUTE POOL",
     "name state min_nodes# max_nodes# instance_family num_services# num_jobs# auto_suspend_secs# auto_resume active_nodes# "
     "idle_nodes# target_nodes# created_on! resumed_on! updated_on! owner comment is_exclusive application placement_group "
     "backup_instance_families"},
    {"SERVICES", "SERVICE",
     "name status database_name schema_name owner compute_pool dns_name current_instances# target_instances# "
     "min_ready_instances# min_instances# max_instances# auto_resume external_access_integrations created_on! updated_on! "
     "resumed_on! suspended_on! auto_suspend_secs# comment owner_role_type query_warehouse is_job is_async_job spec_digest "
     "is_upgrading managing_object_domain managing_object_name"},
};

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
  if (column == "to") return listed_items(options, "ACCOUNTS");
  if (column == "secret_type") return listed_items(options, "TYPE");
  if (column == "integration_name") return null_if_empty(listed_items(options, "API_AUTHENTICATION"));
  if (column == "entries_in_valuelist") return entries(options, "VALUE_LIST");
  if (column == "entries_in_allowed_ip_list") return entries(options, "ALLOWED_IP_LIST");
  if (column == "entries_in_blocked_ip_list") return entries(options, "BLOCKED_IP_LIST");
  if (column == "entries_in_allowed_network_rules") return entries(options, "ALLOWED_NETWORK_RULE_LIST");
  if (column == "entries_in_blocked_network_rules") return entries(options, "BLOCKED_NETWORK_RULE_LIST");
  if (column == "used_credits") return "0.00";
  if (column == "remaining_credits") return listed_items(options, "CREDIT_QUOTA");
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
  return null_if_empty(listed_items(options, key));
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

/// Kinds that DESC shows in one row, and its columns.
constexpr std::pair<std::string_view, std::string_view> k_described[] = {
    {"NETWORK RULE", "created_on! name database_name schema_name owner comment type mode value_list"},
    {"SECRET",
     "created_on! name schema_name database_name owner comment secret_type username oauth_access_token_expiry_time "
     "oauth_refresh_token_expiry_time oauth_scopes integration_name algorithm key_length "
     "workload_identity_federation_issuer workload_identity_federation_subject"},
    {"SESSION POLICY",
     "created_on! name session_idle_timeout_mins session_ui_idle_timeout_mins session_max_lifespan_mins "
     "session_ui_max_lifespan_mins allowed_secondary_roles agent_restricted_session_scope comment"},
};

struct PolicyProperty {
  std::string_view name;
  std::string_view default_value;
  std::string_view description;
};

constexpr PolicyProperty k_password_properties[] = {
    {"PASSWORD_MIN_LENGTH", "8", "Minimum length of new password."},
    {"PASSWORD_MAX_LENGTH", "256", "Maximum length of new password."},
    {"PASSWORD_MIN_UPPER_CASE_CHARS", "1", "Minimum number of uppercase characters in new password."},
    {"PASSWORD_MIN_LOWER_CASE_CHARS", "1", "Minimum number of lowercase characters in new password."},
    {"PASSWORD_MIN_NUMERIC_CHARS", "1", "Minimum number of numeric characters in new password."},
    {"PASSWORD_MIN_SPECIAL_CHARS", "0", "Minimum number of special characters in new password."},
    {"PASSWORD_MIN_AGE_DAYS", "0",
     "Period after a password is changed during which a password cannot be changed again, in days."},
    {"PASSWORD_MAX_AGE_DAYS", "90", "Period after which password must be changed, in days."},
    {"PASSWORD_MAX_RETRIES", "5",
     "Number of attempts users have to enter the correct password before their account is locked."},
    {"PASSWORD_LOCKOUT_TIME_MINS", "15",
     "Period of time for which users will be locked after entering their password incorrectly many times (specified by "
     "MAX_RETRIES), in minutes"},
    {"PASSWORD_HISTORY", "24", "Number of most recent passwords that may not be repeated by the user"},
};

Outcome describe_password_policy(StatementContext& context, const Object& object) {
  const auto& options = object.as<Recorded>()->options;
  std::vector<ShowRow> rows{
      {"NAME", object.name, "null", "Name of password policy."},
      {"OWNER", object.owner, "null", "Owner of password policy."},
      {"COMMENT", object.comment, "null", "user comment associated to an object in the dictionary"},
  };
  for (const auto& property : k_password_properties) {
    const std::string name(property.name), default_value(property.default_value);
    rows.push_back({name, options.contains(name) ? listed_items(options, name) : default_value, default_value,
                    std::string(property.description)});
  }
  return context.table(StatementKind::describe, show_columns("property value default description"), rows);
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
                                         "CORTEX SEARCH SERVICES",
                                         "DATA METRIC FUNCTIONS",
                                         "DATASETS",
                                         "DELEGATED AUTHORIZATIONS",
                                         "EXTERNAL FUNCTIONS",
                                         "FEATURE POLICIES",
                                         "GLOBAL ACCOUNTS",
                                         "ICEBERG TABLES",
                                         "IMAGE REPOSITORIES",
                                         "JOIN POLICIES",
                                         "LISTINGS",
                                         "MODELS",
                                         "ORGANIZATION ACCOUNTS",
                                         "PACKAGES POLICIES",
                                         "PRIVACY POLICIES",
                                         "PROJECTION POLICIES",
                                         "REPLICATION ACCOUNTS",
                                         "REPLICATION GROUPS",
                                         "SEMANTIC VIEWS",
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
  if (recorded.type == "PASSWORD POLICY") return describe_password_policy(context, object);
  for (const auto& [type, names] : k_described) {
    if (type != recorded.type) continue;
    const auto columns = show_columns(names);
    ShowRow row;
    for (const auto& column : columns) row.push_back(value_of(context, object, recorded, column.name));
    return context.table(StatementKind::describe, columns, std::vector<ShowRow>{row});
  }
  std::vector<ShowRow> rows{{"NAME", object.name}};
  for (const auto& [key, items] : recorded.options) rows.push_back({key, listed_items(recorded.options, key)});
  if (!object.comment.empty()) rows.push_back({"COMMENT", object.comment});
  return context.table(StatementKind::describe, show_columns("property value"), rows);
}

} // namespace freshet::warehouse
