#include "warehouse/statements/show_users.h"

#include <boost/algorithm/string/case_conv.hpp>

namespace freshet::warehouse {
namespace {

/// A user's property as DESC USER lists it.
struct UserProperty {
  std::string_view name;
  std::string_view default_value; // "null": none
  std::string_view description;
};

constexpr UserProperty k_properties[] = {
    {"NAME", "null", "Name"},
    {"COMMENT", "null", "user comment associated to an object in the dictionary"},
    {"DISPLAY_NAME", "null", "Display name of the associated object"},
    {"TYPE", "null",
     "Type of the account, application package, data exchange, data exchange listing, replication group, secret, network rule, "
     "or user."},
    {"LOGIN_NAME", "null", "Login name of the user"},
    {"FIRST_NAME", "null", "First name of the user"},
    {"MIDDLE_NAME", "null", "Middle name of the user"},
    {"LAST_NAME", "null", "Last name of the user"},
    {"EMAIL", "null", "Email address of the user"},
    {"PASSWORD", "null", "Password of the user"},
    {"MUST_CHANGE_PASSWORD", "false", "User must change the password"},
    {"DISABLED", "false", "Whether the entity is disabled"},
    {"SNOWFLAKE_LOCK", "false", "Whether the user, account, or organization is locked by Snowflake"},
    {"SNOWFLAKE_SUPPORT", "false", "Snowflake Support is allowed to use the user or account"},
    {"DAYS_TO_EXPIRY", "null", "User record will be treated as expired after specified number of days"},
    {"MINS_TO_UNLOCK", "null", "Temporary lock on the user will be removed after specified number of minutes"},
    {"DEFAULT_WAREHOUSE", "null", "Default warehouse for this user"},
    {"DEFAULT_NAMESPACE", "null", "Default database namespace prefix for this user"},
    {"DEFAULT_ROLE", "null", "Primary principal of user session will be set to this role"},
    {"DEFAULT_SECONDARY_ROLES", "[ALL]", "The secondary roles will be set to all roles provided here."},
    {"EXT_AUTHN_DUO", "false", "Whether Duo Security is enabled as second factor authentication"},
    {"EXT_AUTHN_UID", "null", "External authentication ID of the user"},
    {"DEFAULT_MFA_METHOD", "null", "Default MFA method for the user"},
    {"HAS_MFA", "false", "Whether the user is enrolled in multi-factor authentication"},
    {"HAS_PAT", "false", "Whether the user has a programmatic access token"},
    {"HAS_FEDERATED_WORKLOAD_AUTHENTICATION", "false", "Reserved for future use"},
    {"MINS_TO_BYPASS_MFA", "null", "Temporary bypass MFA for the user for a specified number of minutes"},
    {"MINS_TO_BYPASS_NETWORK_POLICY", "null", "Temporary bypass network policy on the user for a specified number of minutes"},
    {"RSA_PUBLIC_KEY", "null", "RSA public key of the user"},
    {"RSA_PUBLIC_KEY_FP", "null", "Fingerprint of user's RSA public key."},
    {"RSA_PUBLIC_KEY_LAST_SET_TIME", "null",
     "The timestamp at which the RSA public key was last set for the user. Defaults to null if no RSA public key has been set "
     "yet."},
    {"RSA_PUBLIC_KEY_2", "null", "Second RSA public key of the user"},
    {"RSA_PUBLIC_KEY_2_FP", "null", "Fingerprint of user's second RSA public key."},
    {"RSA_PUBLIC_KEY_2_LAST_SET_TIME", "null",
     "The timestamp at which the second RSA public key was last set for the user. Defaults to null if no second RSA public key "
     "has been set yet."},
    {"PASSWORD_LAST_SET_TIME", "null",
     "The timestamp on which the last non-null password was set for the user. Default to null if no password has been set "
     "yet."},
    {"CUSTOM_LANDING_PAGE_URL", "null", "Reserved for future use"},
    {"CUSTOM_LANDING_PAGE_URL_FLUSH_NEXT_UI_LOAD", "false", "Reserved for future use"},
};

std::string listed_roles(const std::vector<std::string>& roles) {
  std::string out;
  for (const auto& role : roles) out += (out.empty() ? "" : ",") + role;
  return "[" + out + "]";
}

/// The value of a property, by its upper-case name; nullopt where none was set.
std::optional<std::string> value_of(const Object& object, std::string_view property) {
  const auto& user = *object.as<User>();
  const auto found = user.options.find(std::string(property));
  const auto written =
      found == user.options.end() || found->second.empty() ? std::nullopt : std::optional(found->second.front());
  if (property == "NAME") return object.name;
  if (property == "LOGIN_NAME") return boost::algorithm::to_upper_copy(written.value_or(object.name));
  if (property == "DISPLAY_NAME") return written.value_or(object.name);
  if (property == "COMMENT") return null_if_empty(object.comment);
  if (property == "PASSWORD") return "********"; // whether there is one is nobody's business
  if (property == "TYPE") return boost::algorithm::to_upper_copy(written.value_or("PERSON"));
  if (property == "DEFAULT_WAREHOUSE") return null_if_empty(user.default_warehouse);
  if (property == "DEFAULT_NAMESPACE") return null_if_empty(user.default_namespace);
  if (property == "DEFAULT_ROLE") return null_if_empty(user.default_role);
  if (property == "DEFAULT_SECONDARY_ROLES") return found == user.options.end() ? "[ALL]" : listed_roles(found->second);
  if (written == "TRUE" || written == "FALSE") return boost::algorithm::to_lower_copy(*written);
  return written;
}

} // namespace

Outcome show_users(StatementContext& context, const sql::Show& show) {
  constexpr std::string_view k_columns =
      "name created_on! login_name display_name first_name last_name email mins_to_unlock days_to_expiry comment disabled "
      "must_change_password snowflake_lock default_warehouse default_namespace default_role default_secondary_roles "
      "ext_authn_duo ext_authn_uid mins_to_bypass_mfa owner last_success_login! expires_at_time! locked_until_time! "
      "has_password has_rsa_public_key type has_mfa has_pat has_workload_identity is_from_organization_user";
  constexpr std::string_view k_terse_columns =
      "name created_on! display_name first_name last_name email org_identity comment has_password has_rsa_public_key type "
      "has_mfa has_pat has_federated_workload_authentication is_from_organization_user";
  const auto columns = show_columns(show.terse ? k_terse_columns : k_columns);
  std::vector<ShowRow> rows;
  ShowFilter filter(show);
  for (const auto& object : context.catalog().children(k_account, ObjectKind::user)) {
    if (!filter.takes(object->name)) continue;
    const auto cell = [&](const std::string& column) -> std::optional<std::string> {
      if (column == "created_on") return engine_text(object->created_on);
      if (column == "owner") return object->owner;
      if (column == "comment") return object->comment;
      if (column == "has_password") return "true";
      if (column == "has_rsa_public_key") return true_or_false(value_of(*object, "RSA_PUBLIC_KEY").has_value());
      if (column.starts_with("default_") && column != "default_secondary_roles")
        return value_of(*object, boost::algorithm::to_upper_copy(column)).value_or("");
      const bool is_flag = column.starts_with("has_") || column.starts_with("is_") || column == "disabled" ||
                           column == "must_change_password" || column == "snowflake_lock" || column == "ext_authn_duo";
      auto value = value_of(*object, boost::algorithm::to_upper_copy(column));
      return is_flag && !value ? "false" : value;
    };
    ShowRow row;
    for (const auto& column : columns) row.push_back(cell(column.name));
    rows.push_back(std::move(row));
  }
  return context.table(StatementKind::show, columns, rows);
}

Outcome describe_user(StatementContext& context, const Object& object) {
  std::vector<ShowRow> rows;
  for (const auto& [name, default_value, description] : k_properties) {
    const auto otherwise = default_value == "false" ? "false" : "null";
    rows.push_back(
        {std::string(name), value_of(object, name).value_or(otherwise), std::string(default_value), std::string(description)});
  }
  return context.table(StatementKind::describe, show_columns("property value default description"), rows);
}

} // namespace freshet::warehouse
