#include "warehouse/statements/show_recorded.h"

#include <algorithm>
#include <sstream>

#include "warehouse/statements/show_table.h"

namespace freshet::warehouse {
namespace {

struct RecordedListing {
  std::string_view kind; // as SHOW names it
  std::string_view type; // as Recorded does
  std::string_view columns;
};

constexpr std::string_view k_policy = "created_on! name database_name schema_name kind owner comment owner_role_type options";
constexpr std::string_view k_schema_object = "created_on! name database_name schema_name owner comment owner_role_type";

constexpr RecordedListing k_listings[] = {
    {"AGGREGATION POLICIES", "AGGREGATION POLICY", k_policy},
    {"ALERTS", "ALERT",
     "created_on! name database_name schema_name owner comment warehouse schedule state condition action owner_role_type"},
    {"AUTHENTICATION POLICIES", "AUTHENTICATION POLICY", k_policy},
    {"COMPUTE POOLS", "COMPUTE POOL", "name state min_nodes# max_nodes# instance_family created_on! owner comment"},
    {"EXTERNAL VOLUMES", "EXTERNAL VOLUME", "name allow_writes comment"},
    {"FAILOVER GROUPS", "FAILOVER GROUP", "created_on! name type comment is_primary primary object_types owner"},
    {"GIT REPOSITORIES", "GIT REPOSITORY",
     "created_on! name database_name schema_name origin api_integration git_credentials owner owner_role_type comment"},
    {"IMAGE REPOSITORIES", "IMAGE REPOSITORY",
     "created_on! name database_name schema_name repository_url owner owner_role_type comment"},
    {"MANAGED ACCOUNTS", "MANAGED ACCOUNT", "name cloud region locator created_on! url is_reader comment"},
    {"MASKING POLICIES", "MASKING POLICY", k_policy},
    {"MODELS", "MODEL", k_schema_object},
    {"NETWORK POLICIES", "NETWORK POLICY", "created_on! name comment entries_in_allowed_ip_list# entries_in_blocked_ip_list#"},
    {"NETWORK RULES", "NETWORK RULE",
     "created_on! name database_name schema_name owner comment type mode entries_in_valuelist# owner_role_type"},
    {"NOTEBOOKS", "NOTEBOOK", k_schema_object},
    {"PACKAGES POLICIES", "PACKAGES POLICY", k_policy},
    {"PASSWORD POLICIES", "PASSWORD POLICY", k_policy},
    {"PROJECTION POLICIES", "PROJECTION POLICY", k_policy},
    {"REPLICATION GROUPS", "REPLICATION GROUP", "created_on! name type comment is_primary primary object_types owner"},
    {"RESOURCE MONITORS", "RESOURCE MONITOR",
     "name credit_quota# used_credits# remaining_credits# level frequency start_time end_time notify_at suspend_at "
     "suspend_immediately_at created_on! owner comment"},
    {"ROW ACCESS POLICIES", "ROW ACCESS POLICY", k_policy},
    {"SECRETS", "SECRET", "created_on! name schema_name database_name owner comment secret_type oauth_scopes owner_role_type"},
    {"SERVICES", "SERVICE", k_schema_object},
    {"SESSION POLICIES", "SESSION POLICY", k_policy},
    {"SHARES", "SHARE",
     "created_on! kind owner_account name database_name to owner comment listing_global_name secure_objects_only"},
    {"STREAMLITS", "STREAMLIT", k_schema_object},
    {"TAGS", "TAG", "created_on! name database_name schema_name owner comment allowed_values owner_role_type"},
};

std::string json_list(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const auto& item : items) out += (out.size() > 1 ? ",\"" : "\"") + item + "\"";
  return out + "]";
}

/// A column's cell: by its name, out of the object or of what was written when it was made.
std::optional<std::string> cell_of(StatementContext& context, const Object& object, std::string name) {
  const auto& recorded = *object.as<Recorded>();
  bool is_share = recorded.type == "SHARE";
  bool is_count = name.ends_with('#');
  if (name == "created_on!") return engine_text(object.created_on);
  if (is_count) name.pop_back();
  if (name == "name") return object.name;
  if (name == "owner") return object.owner;
  if (name == "comment") return object.comment;
  if (name == "owner_role_type") return "ROLE";
  if (name == "owner_account") return context.warehouse().options().account;
  if (name == "kind" && is_share) return "OUTBOUND";
  if (name == "kind") {
    auto kind = recorded.type;
    std::ranges::replace(kind, ' ', '_');
    return kind;
  }
  if (name == "to") name = "accounts";
  std::string key = name;
  if (name.starts_with("entries_in_")) key = name.substr(std::string_view("entries_in_").size());
  if (key == "valuelist") key = "value_list";
  std::ranges::transform(key, key.begin(), [](unsigned char c) { return std::toupper(c); });
  if (is_share && key == "DATABASE_NAME") return "";
  auto found = recorded.options.find(key);
  if (name.starts_with("entries_in_")) return std::to_string(found == recorded.options.end() ? 0 : found->second.size());
  if (found == recorded.options.end() || found->second.empty()) return is_count ? std::nullopt : std::optional<std::string>("");
  return name == "allowed_values" ? json_list(found->second) : found->second[0];
}

bool in_scope(const Object& object, const ShowScope& scope) {
  const auto& options = object.as<Recorded>()->options;
  auto is = [&](const char* key, const ObjectPointer& container) {
    auto found = options.find(key);
    return !container || found == options.end() || (!found->second.empty() && found->second[0] == container->name);
  };
  return is("DATABASE_NAME", scope.database) && is("SCHEMA_NAME", scope.schema);
}

} // namespace

std::optional<Outcome> show_recorded(StatementContext& context, const sql::Show& show) {
  auto listing = std::ranges::find(k_listings, std::string_view(show.kind), &RecordedListing::kind);
  if (listing == std::end(k_listings)) return std::nullopt;
  auto scope = show.in_kind && *show.in_kind != "ACCOUNT" ? show_scope(context, show) : SqlResult<ShowScope>(ShowScope{});
  if (!scope) return std::unexpected(scope.error());
  std::vector<ShowRow> rows;
  ShowFilter filter(show);
  for (const auto& object : context.catalog().all(ObjectKind::recorded)) {
    if (object->as<Recorded>()->type != listing->type || !in_scope(*object, *scope) || !filter.takes(object->name)) continue;
    std::istringstream names{std::string(listing->columns)};
    ShowRow row;
    for (std::string name; names >> name;) row.push_back(cell_of(context, *object, name));
    rows.push_back(std::move(row));
  }
  return context.table(StatementKind::show, show_columns(listing->columns), rows);
}

} // namespace freshet::warehouse
