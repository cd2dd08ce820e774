#include "warehouse/account_usage.h"

#include <algorithm>
#include <array>
#include <boost/algorithm/string/case_conv.hpp>

#include "sql/parser.h"
#include "warehouse/object_parameters.h"
#include "warehouse/schema_view.h"
#include "warehouse/statements/create.h"
#include "warehouse/storage_metrics.h"
#include "warehouse/tags.h"

namespace freshet::warehouse {
namespace {

struct Unmetered {
  std::string_view name;
  std::string_view columns; // as SchemaView takes them
  bool is_function = true;  // INFORMATION_SCHEMA has a table function of the name
};

constexpr auto k_unmetered = std::to_array<Unmetered>({
    {"METERING_HISTORY",
     "SERVICE_TYPE START_TIME! END_TIME! ENTITY_ID# ENTITY_TYPE NAME DATABASE_ID# DATABASE_NAME SCHEMA_ID# SCHEMA_NAME "
     "CREDITS_USED_COMPUTE# CREDITS_USED_CLOUD_SERVICES# CREDITS_USED# BYTES# ROWS# FILES#",
     false},
    {"METERING_DAILY_HISTORY",
     "SERVICE_TYPE USAGE_DATE! CREDITS_USED_COMPUTE# CREDITS_USED_CLOUD_SERVICES# CREDITS_USED# "
     "CREDITS_ADJUSTMENT_CLOUD_SERVICES# CREDITS_BILLED#",
     false},
    {"WAREHOUSE_EVENTS_HISTORY",
     "TIMESTAMP! WAREHOUSE_ID# WAREHOUSE_NAME CLUSTER_NUMBER# EVENT_NAME EVENT_REASON EVENT_STATE USER_NAME ROLE_NAME QUERY_ID "
     "SIZE CLUSTER_COUNT#",
     false},
    {"PIPE_USAGE_HISTORY",
     "PIPE_ID# PIPE_NAME START_TIME! END_TIME! CREDITS_USED# BYTES_INSERTED# BYTES_BILLED# FILES_INSERTED#"},
    {"MATERIALIZED_VIEW_REFRESH_HISTORY",
     "START_TIME! END_TIME! CREDITS_USED# TABLE_ID# TABLE_NAME SCHEMA_ID# SCHEMA_NAME DATABASE_ID# DATABASE_NAME"},
    {"SEARCH_OPTIMIZATION_HISTORY",
     "START_TIME! END_TIME! CREDITS_USED# TABLE_ID# TABLE_NAME SCHEMA_ID# SCHEMA_NAME DATABASE_ID# DATABASE_NAME"},
    {"DYNAMIC_TABLE_GRAPH_HISTORY",
     "NAME SCHEMA_NAME DATABASE_NAME QUALIFIED_NAME INPUTS TARGET_LAG_TYPE TARGET_LAG_SEC# SCHEDULING_STATE QUERY_TEXT "
     "VALID_FROM! VALID_TO! ALTER_TRIGGER"},
    {"SERVERLESS_TASK_HISTORY",
     "START_TIME! END_TIME! CREDITS_USED# TASK_ID# TASK_NAME SCHEMA_ID# SCHEMA_NAME DATABASE_ID# DATABASE_NAME"},
    {"LOGIN_HISTORY",
     "EVENT_ID# EVENT_TIMESTAMP! EVENT_TYPE USER_NAME CLIENT_IP REPORTED_CLIENT_TYPE REPORTED_CLIENT_VERSION "
     "FIRST_AUTHENTICATION_FACTOR SECOND_AUTHENTICATION_FACTOR IS_SUCCESS ERROR_CODE# ERROR_MESSAGE RELATED_EVENT_ID# "
     "CONNECTION"},
    {"SESSIONS",
     "SESSION_ID# CREATED_ON! USER_NAME AUTHENTICATION_METHOD LOGIN_EVENT_ID# CLIENT_APPLICATION_VERSION "
     "CLIENT_APPLICATION_ID CLIENT_ENVIRONMENT CLIENT_BUILD_ID CLIENT_VERSION CLOSED_REASON",
     false},
    {"ACCESS_HISTORY",
     "QUERY_ID QUERY_START_TIME! USER_NAME DIRECT_OBJECTS_ACCESSED BASE_OBJECTS_ACCESSED OBJECTS_MODIFIED "
     "OBJECT_MODIFIED_BY_DDL POLICIES_REFERENCED PARENT_QUERY_ID ROOT_QUERY_ID",
     false},
    {"STORAGE_USAGE", "USAGE_DATE! STORAGE_BYTES# STAGE_BYTES# FAILSAFE_BYTES# HYBRID_TABLE_STORAGE_BYTES#", false},
    {"DATABASE_STORAGE_USAGE_HISTORY",
     "USAGE_DATE! DATABASE_ID# DATABASE_NAME DELETED! AVERAGE_DATABASE_BYTES# AVERAGE_FAILSAFE_BYTES#"},
    {"STAGE_STORAGE_USAGE_HISTORY", "USAGE_DATE! AVERAGE_STAGE_BYTES#"},
    {"DATA_TRANSFER_HISTORY",
     "START_TIME! END_TIME! SOURCE_CLOUD SOURCE_REGION TARGET_CLOUD TARGET_REGION BYTES_TRANSFERRED# TRANSFER_TYPE"},
    {"REPLICATION_USAGE_HISTORY", "START_TIME! END_TIME! DATABASE_NAME DATABASE_ID# CREDITS_USED# BYTES_TRANSFERRED#"},
    {"QUERY_ACCELERATION_HISTORY", "START_TIME! END_TIME! CREDITS_USED# WAREHOUSE_ID# WAREHOUSE_NAME"},
    {"LOCK_WAIT_HISTORY",
     "REQUESTED_AT! ACQUIRED_AT! LOCK_TYPE OBJECT_ID# OBJECT_NAME SCHEMA_ID# SCHEMA_NAME DATABASE_ID# DATABASE_NAME "
     "TRANSACTION_ID# QUERY_ID BLOCKER_QUERIES",
     false},
});

std::string grants_to_roles(StatementContext& context) {
  SchemaView out(
      "CREATED_ON! MODIFIED_ON! PRIVILEGE GRANTED_ON NAME TABLE_CATALOG TABLE_SCHEMA GRANTED_TO GRANTEE_NAME GRANT_OPTION "
      "GRANTED_BY DELETED_ON!");
  for (const auto& object : context.catalog().all(ObjectKind::grant)) {
    const auto& grant = *object->as<Grant>();
    if (grant.to_kind != "ROLE" || grant.future) continue;
    const auto on = grant.on == 0 ? nullptr : context.catalog().find(grant.on);
    const auto at = on ? context.scope_of(*on) : NameScope{};
    out.add({{"CREATED_ON", schema_time(object->created_on)},
             {"MODIFIED_ON", schema_time(object->created_on)},
             {"PRIVILEGE", schema_text(grant.privilege)},
             {"GRANTED_ON", schema_text(grant.on_kind)},
             {"NAME", schema_text(on ? on->name : grant.on_name)},
             {"TABLE_CATALOG", schema_text_or_null(at.database)},
             {"TABLE_SCHEMA", schema_text_or_null(at.schema)},
             {"GRANTED_TO", "'ROLE'"},
             {"GRANTEE_NAME", schema_text(grant.to)},
             {"GRANT_OPTION", grant.grant_option ? "'true'" : "'false'"},
             {"GRANTED_BY", schema_text_or_null(grant.granted_by)}});
  }
  return out.relation();
}

std::string grants_to_users(StatementContext& context) {
  SchemaView out("CREATED_ON! DELETED_ON! ROLE GRANTED_TO GRANTEE_NAME GRANTED_BY");
  for (const auto& object : context.catalog().all(ObjectKind::grant)) {
    const auto& grant = *object->as<Grant>();
    if (grant.to_kind != "USER" || grant.on_kind != "ROLE") continue;
    out.add({{"CREATED_ON", schema_time(object->created_on)},
             {"ROLE", schema_text(grant.on_name)},
             {"GRANTED_TO", "'USER'"},
             {"GRANTEE_NAME", schema_text(grant.to)},
             {"GRANTED_BY", schema_text_or_null(grant.granted_by)}});
  }
  return out.relation();
}

std::string roles(StatementContext& context) {
  SchemaView out("ROLE_ID# CREATED_ON! DELETED_ON! NAME COMMENT OWNER ROLE_TYPE");
  for (const auto& role : context.catalog().all(ObjectKind::role)) {
    out.add({{"ROLE_ID", std::to_string(role->id)},
             {"CREATED_ON", schema_time(role->created_on)},
             {"NAME", schema_text(role->name)},
             {"COMMENT", schema_text(role->comment)},
             {"OWNER", schema_text_or_null(role->owner)},
             {"ROLE_TYPE", "'ROLE'"}});
  }
  return out.relation();
}

std::string users(StatementContext& context) {
  SchemaView out(
      "USER_ID# NAME CREATED_ON! DELETED_ON! LOGIN_NAME DISPLAY_NAME FIRST_NAME LAST_NAME EMAIL MUST_CHANGE_PASSWORD? "
      "HAS_PASSWORD? COMMENT DISABLED SNOWFLAKE_LOCK DEFAULT_WAREHOUSE DEFAULT_NAMESPACE DEFAULT_ROLE EXT_AUTHN_DUO? "
      "EXT_AUTHN_UID HAS_MFA? BYPASS_MFA_UNTIL! LAST_SUCCESS_LOGIN! EXPIRES_AT! LOCKED_UNTIL_TIME! HAS_RSA_PUBLIC_KEY? "
      "PASSWORD_LAST_SET_TIME! OWNER DEFAULT_SECONDARY_ROLE HAS_PAT? HAS_WORKLOAD_IDENTITY? TYPE DATABASE_NAME DATABASE_ID# "
      "SCHEMA_NAME SCHEMA_ID# IS_FROM_ORGANIZATION_USER?");
  for (const auto& object : context.catalog().all(ObjectKind::user)) {
    const auto& user = *object->as<User>();
    const auto display_name = listed_items(user.options, "DISPLAY_NAME");
    const auto login_name = boost::algorithm::to_upper_copy(listed_items(user.options, "LOGIN_NAME"));
    const auto type = boost::algorithm::to_upper_copy(listed_items(user.options, "TYPE"));
    const auto flag = [&](const char* key) {
      return boost::algorithm::to_lower_copy(listed_items(user.options, key)) == "true" ? "'true'" : "'false'";
    };
    out.add({{"USER_ID", std::to_string(object->id)},
             {"NAME", schema_text(object->name)},
             {"CREATED_ON", schema_time(object->created_on)},
             {"LOGIN_NAME", schema_text(login_name.empty() ? object->name : login_name)},
             {"DISPLAY_NAME", schema_text(display_name.empty() ? object->name : display_name)},
             {"FIRST_NAME", schema_text_or_null(listed_items(user.options, "FIRST_NAME"))},
             {"LAST_NAME", schema_text_or_null(listed_items(user.options, "LAST_NAME"))},
             {"EMAIL", schema_text_or_null(listed_items(user.options, "EMAIL"))},
             {"MUST_CHANGE_PASSWORD", flag("MUST_CHANGE_PASSWORD")},
             {"DISABLED", flag("DISABLED")},
             {"SNOWFLAKE_LOCK", "'false'"},
             {"EXT_AUTHN_DUO", "'false'"},
             {"HAS_MFA", "'false'"},
             {"HAS_RSA_PUBLIC_KEY", listed_items(user.options, "RSA_PUBLIC_KEY").empty() ? "'false'" : "'true'"},
             {"HAS_PAT", "'false'"},
             {"HAS_WORKLOAD_IDENTITY", "'false'"},
             {"IS_FROM_ORGANIZATION_USER", "'false'"},
             {"TYPE", schema_text(type.empty() ? "PERSON" : type)},
             {"DEFAULT_WAREHOUSE", schema_text_or_null(user.default_warehouse)},
             {"DEFAULT_NAMESPACE", schema_text_or_null(user.default_namespace)},
             {"DEFAULT_ROLE", schema_text_or_null(user.default_role)},
             {"COMMENT", schema_text(object->comment)},
             {"OWNER", schema_text_or_null(object->owner)}});
  }
  return out.relation();
}

std::string tags(StatementContext& context) {
  SchemaView out("TAG_ID# TAG_NAME TAG_SCHEMA TAG_DATABASE TAG_OWNER TAG_COMMENT CREATED! LAST_ALTERED! DELETED!");
  for (const auto& object : context.catalog().all(ObjectKind::recorded)) {
    const auto& tag = *object->as<Recorded>();
    if (tag.type != "TAG") continue;
    out.add({{"TAG_ID", std::to_string(object->id)},
             {"TAG_NAME", schema_text(object->name)},
             {"TAG_SCHEMA", schema_text_or_null(tag.schema)},
             {"TAG_DATABASE", schema_text_or_null(tag.database)},
             {"TAG_OWNER", schema_text_or_null(object->owner)},
             {"TAG_COMMENT", schema_text(object->comment)},
             {"CREATED", schema_time(object->created_on)},
             {"LAST_ALTERED", schema_time(object->created_on)}});
  }
  return out.relation();
}

std::string network_policies(StatementContext& context) {
  SchemaView out("ID# NAME OWNER OWNER_ROLE_TYPE COMMENT CREATED! LAST_ALTERED! DELETED! ALLOWED_IP_LIST BLOCKED_IP_LIST");
  for (const auto& object : context.catalog().all(ObjectKind::recorded)) {
    const auto& policy = *object->as<Recorded>();
    if (policy.type != "NETWORK POLICY") continue;
    out.add({{"ID", std::to_string(object->id)},
             {"NAME", schema_text(object->name)},
             {"OWNER", schema_text_or_null(object->owner)},
             {"OWNER_ROLE_TYPE", "'ROLE'"},
             {"COMMENT", schema_text_or_null(object->comment)},
             {"CREATED", schema_time(object->created_on)},
             {"LAST_ALTERED", schema_time(object->created_on)},
             {"ALLOWED_IP_LIST", schema_text_or_null(listed_items(policy.options, "ALLOWED_IP_LIST"))},
             {"BLOCKED_IP_LIST", schema_text_or_null(listed_items(policy.options, "BLOCKED_IP_LIST"))}});
  }
  return out.relation();
}

/// Nothing is metered here: a monitor has used none of its credits.
std::string resource_monitors(StatementContext& context) {
  SchemaView out(
      "NAME CREATED! CREDIT_QUOTA$ USED_CREDITS$ REMAINING_CREDITS$ OWNER WAREHOUSES NOTIFY# SUSPEND# SUSPEND_IMMEDIATE# "
      "LEVEL");
  for (const auto& object : context.catalog().all(ObjectKind::recorded)) {
    const auto& monitor = *object->as<Recorded>();
    if (monitor.type != "RESOURCE MONITOR") continue;
    const auto quota = schema_text_or_null(listed_items(monitor.options, "CREDIT_QUOTA"));
    out.add({{"NAME", schema_text(object->name)},
             {"CREATED", schema_time(object->created_on)},
             {"CREDIT_QUOTA", quota},
             {"USED_CREDITS", "'0'"},
             {"REMAINING_CREDITS", quota},
             {"OWNER", schema_text_or_null(object->owner)}});
  }
  return out.relation();
}

std::string policies(StatementContext& context, std::string_view type) {
  SchemaView out(
      "POLICY_ID# POLICY_NAME POLICY_SCHEMA POLICY_CATALOG POLICY_OWNER POLICY_BODY POLICY_COMMENT CREATED! DELETED!");
  for (const auto& object : context.catalog().all(ObjectKind::access_policy)) {
    const auto& policy = *object->as<AccessPolicy>();
    if (policy.type != type) continue;
    const auto at = context.scope_of(*object);
    out.add({{"POLICY_ID", std::to_string(object->id)},
             {"POLICY_NAME", schema_text(object->name)},
             {"POLICY_SCHEMA", schema_text(at.schema)},
             {"POLICY_CATALOG", schema_text(at.database)},
             {"POLICY_OWNER", schema_text_or_null(object->owner)},
             {"POLICY_BODY", schema_text(policy.body)},
             {"POLICY_COMMENT", schema_text(object->comment)},
             {"CREATED", schema_time(object->created_on)}});
  }
  return out.relation();
}

/// What has which masking or row access policy; `wanted` says of which policy or entity.
template <typename Wanted>
std::string policy_references(StatementContext& context, Wanted wanted) {
  SchemaView out(
      "POLICY_DB POLICY_SCHEMA POLICY_NAME POLICY_KIND REF_DATABASE_NAME REF_SCHEMA_NAME REF_ENTITY_NAME REF_ENTITY_DOMAIN "
      "REF_COLUMN_NAME REF_ARG_COLUMN_NAMES TAG_DATABASE TAG_SCHEMA TAG_NAME POLICY_STATUS");
  auto add = [&](const Object& entity, const PolicyUse& use, std::string_view kind, std::string_view column) {
    const auto policy = context.catalog().find(use.policy);
    if (!policy || !wanted(entity, *policy)) return;
    const auto at = context.scope_of(*policy);
    const auto here = context.scope_of(entity);
    std::string arguments;
    for (size_t i = column.empty() ? 0 : 1; i < use.columns.size(); ++i)
      arguments += (arguments.empty() ? "[ \"" : ", \"") + use.columns[i] + "\"";
    out.add({{"POLICY_DB", schema_text(at.database)},
             {"POLICY_SCHEMA", schema_text(at.schema)},
             {"POLICY_NAME", schema_text(policy->name)},
             {"POLICY_KIND", schema_text(kind)},
             {"REF_DATABASE_NAME", schema_text(here.database)},
             {"REF_SCHEMA_NAME", schema_text(here.schema)},
             {"REF_ENTITY_NAME", schema_text(entity.name)},
             {"REF_ENTITY_DOMAIN", schema_text(name_of(entity.kind()))},
             {"REF_COLUMN_NAME", schema_text_or_null(column)},
             {"REF_ARG_COLUMN_NAMES", arguments.empty() ? "NULL" : schema_text(arguments + " ]")},
             {"POLICY_STATUS", "'ACTIVE'"}});
  };
  auto visit = [&](const Object& entity, const std::vector<Column>& columns, const std::optional<PolicyUse>& row_access) {
    for (const auto& column : columns) {
      if (column.masking) add(entity, *column.masking, "MASKING_POLICY", column.name);
    }
    if (row_access) add(entity, *row_access, "ROW_ACCESS_POLICY", "");
  };
  for (const auto& object : context.catalog().all(ObjectKind::table))
    visit(*object, object->as<Table>()->columns, object->as<Table>()->row_access);
  for (const auto& object : context.catalog().all(ObjectKind::view))
    visit(*object, object->as<View>()->columns, object->as<View>()->row_access);
  return out.relation();
}

/// POLICY_REFERENCES(POLICY_NAME => 'p') or (REF_ENTITY_NAME => 't', REF_ENTITY_DOMAIN => 'TABLE')
SqlResult<std::string> policy_references_function(StatementContext& context, const FunctionArguments& arguments) {
  std::string policy, entity;
  for (const auto& argument : arguments) {
    if (argument.name == "POLICY_NAME") policy = TRY(context.constant_text(argument)).value_or("");
    if (argument.name == "REF_ENTITY_NAME") entity = TRY(context.constant_text(argument)).value_or("");
  }
  if (!entity.empty()) {
    const auto id = TRY(context.relation(TRY(sql::parse_qualified_name(entity))))->id;
    return policy_references(context, [&](const Object& at, const Object&) { return at.id == id; });
  }
  if (policy.empty())
    return sql::fail({938, "22023",
                      "SQL compilation error:\nPOLICY_REFERENCES needs POLICY_NAME, or REF_ENTITY_NAME and REF_ENTITY_DOMAIN"});
  const auto name = TRY(sql::parse_qualified_name(policy));
  auto found = TRY(find_named(context, sql::ObjectKind::masking_policy, name, std::nullopt));
  if (!found) found = TRY(find_named(context, sql::ObjectKind::row_access_policy, name, std::nullopt));
  if (!found) return sql::fail(missing(ObjectKind::access_policy, policy));
  return policy_references(context, [&](const Object&, const Object& used) { return used.id == found->id; });
}

// What an organization is billed, which one machine is not.
constexpr auto k_of_organization = std::to_array<Unmetered>({
    {"USAGE_IN_CURRENCY_DAILY",
     "ORGANIZATION_NAME CONTRACT_NUMBER ACCOUNT_NAME ACCOUNT_LOCATOR REGION SERVICE_LEVEL USAGE_DATE@ USAGE_TYPE USAGE$ "
     "CURRENCY USAGE_IN_CURRENCY$ BALANCE_SOURCE BILLING_TYPE RATING_TYPE SERVICE_TYPE IS_ADJUSTMENT?"},
    {"WAREHOUSE_METERING_HISTORY",
     "ORGANIZATION_NAME ACCOUNT_NAME REGION SERVICE_TYPE START_TIME! END_TIME! WAREHOUSE_ID# WAREHOUSE_NAME CREDITS_USED$ "
     "CREDITS_USED_COMPUTE$ CREDITS_USED_CLOUD_SERVICES$ ACCOUNT_LOCATOR"},
    {"STORAGE_DAILY_HISTORY",
     "SERVICE_TYPE ORGANIZATION_NAME ACCOUNT_NAME USAGE_DATE@ AVERAGE_BYTES# REGION ACCOUNT_LOCATOR CREDITS$"},
    {"CONTRACT_ITEMS",
     "ORGANIZATION_NAME CONTRACT_NUMBER START_DATE@ END_DATE@ EXPIRATION_DATE@ CONTRACT_ITEM CURRENCY AMOUNT$ "
     "CONTRACT_MODIFIED_DATE@"},
    {"RATE_SHEET_DAILY",
     "DATE@ ORGANIZATION_NAME CONTRACT_NUMBER ACCOUNT_NAME ACCOUNT_LOCATOR REGION SERVICE_LEVEL USAGE_TYPE CURRENCY "
     "EFFECTIVE_RATE$ SERVICE_TYPE RATING_TYPE BILLING_TYPE IS_ADJUSTMENT?"},
    {"REMAINING_BALANCE_DAILY",
     "ORGANIZATION_NAME CONTRACT_NUMBER DATE@ CURRENCY FREE_USAGE_BALANCE$ CAPACITY_BALANCE$ ON_DEMAND_CONSUMPTION_BALANCE$ "
     "ROLLOVER_BALANCE$ MARKETPLACE_CAPACITY_DRAWDOWN_BALANCE$"},
});

} // namespace

std::optional<std::string> organization_view(std::string_view view) {
  const auto found = std::ranges::find(k_of_organization, view, &Unmetered::name);
  if (found == k_of_organization.end()) return std::nullopt;
  return SchemaView(found->columns).relation();
}

SqlResult<std::optional<std::string>> account_view(StatementContext& context, std::string_view view) {
  if (view == "GRANTS_TO_ROLES") return grants_to_roles(context);
  if (view == "GRANTS_TO_USERS") return grants_to_users(context);
  if (view == "ROLES") return roles(context);
  if (view == "USERS") return users(context);
  if (view == "NETWORK_POLICIES") return network_policies(context);
  if (view == "RESOURCE_MONITORS") return resource_monitors(context);
  if (view == "TAGS") return tags(context);
  if (view == "TAG_REFERENCES") return TRY(all_tag_references(context));
  if (view == "MASKING_POLICIES") return policies(context, "MASKING POLICY");
  if (view == "ROW_ACCESS_POLICIES") return policies(context, "ROW ACCESS POLICY");
  if (view == "POLICY_REFERENCES") return policy_references(context, [](const Object&, const Object&) { return true; });
  if (view == "TABLE_STORAGE_METRICS") {
    std::string all;
    for (const auto& database : context.catalog().children(k_account, ObjectKind::database))
      all += (all.empty() ? "(" : " UNION ALL ") + ("SELECT * FROM " + TRY(table_storage_metrics(context, *database)));
    if (!all.empty()) return all + ")";
  }
  for (const auto& known : k_unmetered) {
    if (known.name == view) return SchemaView(known.columns).relation();
  }
  return std::nullopt;
}

void add_metering_functions(FunctionRegistry& registry) {
  for (const auto& known : k_unmetered) {
    if (!known.is_function) continue;
    registry.add_table(std::string(known.name),
                       [columns = known.columns](StatementContext&, const FunctionArguments&) -> SqlResult<std::string> {
                         return SchemaView(columns).relation();
                       });
  }
  registry.add_table("POLICY_REFERENCES", policy_references_function);
}

} // namespace freshet::warehouse
