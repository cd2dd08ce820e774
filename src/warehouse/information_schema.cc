#include "warehouse/information_schema.h"

#include <fmt/core.h>

#include <array>

#include "warehouse/account_usage.h"
#include "warehouse/schema_objects.h"
#include "warehouse/storage_metrics.h"

namespace freshet::warehouse {
namespace {

using Databases = std::vector<ObjectPointer>;

struct KnownView {
  std::string_view name;
  SqlResult<std::string> (*relation)(StatementContext& context, const Databases& databases);
  bool of_account = true; // ACCOUNT_USAGE has it, too
};

constexpr auto k_views = std::to_array<KnownView>({
    {"TABLES", schema_tables},
    {"EXTERNAL_TABLES", schema_external_tables, false},
    {"VIEWS", schema_views},
    {"COLUMNS", schema_columns},
    {"SCHEMATA", schema_schemata},
    {"DATABASES", schema_databases},
    {"STAGES", schema_stages},
    {"FILE_FORMATS", schema_file_formats},
    {"PIPES", schema_pipes},
    {"PROCEDURES", schema_procedures},
    {"FUNCTIONS", schema_functions},
    {"SEQUENCES", schema_sequences},
    {"TABLE_CONSTRAINTS", schema_table_constraints},
    {"REFERENTIAL_CONSTRAINTS", schema_referential_constraints},
    {"CHECK_CONSTRAINTS", schema_check_constraints, false},
    {"TABLE_PRIVILEGES", schema_table_privileges, false},
    {"OBJECT_PRIVILEGES", schema_object_privileges, false},
    {"USAGE_PRIVILEGES", schema_usage_privileges, false},
    {"APPLICABLE_ROLES", schema_applicable_roles, false},
    {"ENABLED_ROLES", schema_enabled_roles, false},
    {"LOAD_HISTORY", schema_load_history},
    {"PACKAGES", schema_packages, false},
    {"INFORMATION_SCHEMA_CATALOG_NAME", schema_catalog_name, false},
});

std::unexpected<sql::Error> unknown(const sql::QualifiedName& name) {
  return sql::fail(sql::does_not_exist("Object", written(name)));
}

} // namespace

SqlResult<std::string> information_schema(StatementContext& context, const std::string& database_name, std::string_view view,
                                          const sql::QualifiedName& written_name) {
  auto database = context.catalog().find(ObjectKind::database, k_account, database_name);
  if (!database) return unknown(written_name);
  if (view == "TABLE_STORAGE_METRICS") return table_storage_metrics(context, *database);
  if (view == "DATABASES") return schema_databases(context, context.catalog().children(k_account, ObjectKind::database));
  for (const auto& known : k_views) {
    if (known.name == view) return known.relation(context, {database});
  }
  return unknown(written_name);
}

SqlResult<std::string> account_usage(StatementContext& context, std::string_view view, const sql::QualifiedName& written_name) {
  const auto databases = context.catalog().children(k_account, ObjectKind::database);
  if (view == "QUERY_HISTORY") return schema_query_history(context, databases);
  for (const auto& known : k_views) {
    if (known.name == view && known.of_account)
      return "(SELECT *, CAST(NULL AS TIMESTAMPTZ) AS \"DELETED\" FROM " + TRY(known.relation(context, databases)) + ")";
  }
  if (auto own = TRY(account_view(context, view))) return *own;
  if (auto found = context.warehouse().functions().find_table(fmt::format("SNOWFLAKE.ACCOUNT_USAGE.{}", view)))
    return found(context, {});
  for (const auto name : {"WAREHOUSE_METERING_HISTORY", "WAREHOUSE_LOAD_HISTORY", "AUTOMATIC_CLUSTERING_HISTORY",
                          "DYNAMIC_TABLE_REFRESH_HISTORY", "SERVERLESS_ALERT_HISTORY"}) {
    if (name != view) continue;
    if (auto found = context.warehouse().functions().find_table(view)) return found(context, {});
  }
  return unknown(written_name);
}

} // namespace freshet::warehouse
