#pragma once

#include "warehouse/statements/show_table.h"

namespace freshet::warehouse {

/// The columns of SHOW WAREHOUSES, and a warehouse as their row.
inline constexpr std::string_view k_compute_columns =
    "name state type size min_cluster_count# max_cluster_count# started_clusters# running# queued# is_default is_current "
    "is_interactive auto_suspend# auto_resume available provisioning quiescing other created_on! resumed_on! updated_on! owner "
    "comment enable_query_acceleration query_acceleration_max_scale_factor# resource_monitor actives# pendings# failed# "
    "suspended# uuid scaling_policy owner_role_type resource_constraint generation";
SqlResult<ShowRow> compute_row(StatementContext& context, const Object& object);

} // namespace freshet::warehouse
