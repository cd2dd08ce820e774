#include <utility>

#include "sql/syntax_parser.h"

namespace freshet::sql {
namespace {

// Kinds of several words before the ones that they end with.
struct KindName {
  Phrase name;
  ObjectKind kind;
};
constexpr KindName k_kinds[] = {
    {"ACCOUNT", ObjectKind::account},
    {"DATABASE ROLE", ObjectKind::database_role},
    {"DATABASE", ObjectKind::database},
    {"SCHEMA", ObjectKind::schema},
    {"TABLE", ObjectKind::table},
    {"EXTERNAL TABLE", ObjectKind::external_table},
    {"DYNAMIC TABLE", ObjectKind::dynamic_table},
    {"EVENT TABLE", ObjectKind::event_table},
    {"HISTORY TABLE", ObjectKind::history_table},
    {"HYBRID TABLE", ObjectKind::hybrid_table},
    {"ICEBERG TABLE", ObjectKind::iceberg_table},
    {"MATERIALIZED VIEW", ObjectKind::materialized_view},
    {"VIEW", ObjectKind::view},
    {"SEQUENCE", ObjectKind::sequence},
    {"FILE FORMAT", ObjectKind::file_format},
    {"STAGE", ObjectKind::stage},
    {"STORAGE INTEGRATION", ObjectKind::storage_integration},
    {"NOTIFICATION INTEGRATION", ObjectKind::notification_integration},
    {"API INTEGRATION", ObjectKind::api_integration},
    {"SECURITY INTEGRATION", ObjectKind::security_integration},
    {"EXTERNAL ACCESS INTEGRATION", ObjectKind::external_access_integration},
    {"CATALOG INTEGRATION", ObjectKind::catalog_integration},
    {"INTEGRATION", ObjectKind::integration},
    {"PIPE", ObjectKind::pipe},
    {"STREAM", ObjectKind::stream},
    {"TASK", ObjectKind::task},
    {"PROCEDURE", ObjectKind::procedure},
    {"EXTERNAL FUNCTION", ObjectKind::external_function},
    {"FUNCTION", ObjectKind::function},
    {"ROLE", ObjectKind::role},
    {"USER", ObjectKind::user},
    {"WAREHOUSE", ObjectKind::warehouse},
    {"RESOURCE MONITOR", ObjectKind::resource_monitor},
    {"SHARE", ObjectKind::share},
    {"NETWORK POLICY", ObjectKind::network_policy},
    {"NETWORK RULE", ObjectKind::network_rule},
    {"SESSION POLICY", ObjectKind::session_policy},
    {"PASSWORD POLICY", ObjectKind::password_policy},
    {"MASKING POLICY", ObjectKind::masking_policy},
    {"ROW ACCESS POLICY", ObjectKind::row_access_policy},
    {"AGGREGATION POLICY", ObjectKind::aggregation_policy},
    {"AUTHENTICATION POLICY", ObjectKind::authentication_policy},
    {"PACKAGES POLICY", ObjectKind::packages_policy},
    {"PROJECTION POLICY", ObjectKind::projection_policy},
    {"TAG", ObjectKind::tag},
    {"ALERT", ObjectKind::alert},
    {"SECRET", ObjectKind::secret},
    {"COLUMN", ObjectKind::column},
    {"CONNECTION", ObjectKind::connection},
    {"REPLICATION GROUP", ObjectKind::replication_group},
    {"FAILOVER GROUP", ObjectKind::failover_group},
    {"COMPUTE POOL", ObjectKind::compute_pool},
    {"IMAGE REPOSITORY", ObjectKind::image_repository},
    {"SERVICE", ObjectKind::service},
    {"GIT REPOSITORY", ObjectKind::git_repository},
    {"MODEL", ObjectKind::model},
    {"NOTEBOOK", ObjectKind::notebook},
    {"STREAMLIT", ObjectKind::streamlit},
    {"APPLICATION PACKAGE", ObjectKind::application_package},
    {"APPLICATION", ObjectKind::application},
    {"MANAGED ACCOUNT", ObjectKind::managed_account},
    {"EXTERNAL VOLUME", ObjectKind::external_volume},
};

} // namespace

std::string_view name_of(ObjectKind kind) {
  for (const auto& known : k_kinds) {
    if (known.kind == kind) return known.name.text();
  }
  return "OBJECT";
}

std::optional<ObjectKind> SyntaxParser::object_kind() {
  for (const auto& [name, kind] : k_kinds) {
    if (accept_words(name)) return kind;
  }
  return std::nullopt;
}

ObjectKind SyntaxParser::expect_object_kind() {
  auto kind = object_kind();
  if (!kind) unexpected();
  return kind.value_or(ObjectKind::table);
}

} // namespace freshet::sql
