#pragma once

#include "warehouse/statements/show_table.h"

namespace freshet::warehouse {

/// The columns of SHOW TABLES, … VIEWS, …, and a table or view as their row. A table's size is one query over it; whether
/// a view's changes are tracked, a look at every stream of the account.
inline constexpr std::string_view k_table_columns =
    "created_on! name database_name schema_name kind comment cluster_by rows# bytes# owner retention_time automatic_clustering "
    "change_tracking search_optimization search_optimization_progress# search_optimization_bytes# is_external "
    "enable_schema_evolution owner_role_type is_event is_hybrid is_iceberg is_dynamic is_immutable";
SqlResult<ShowRow> table_row(StatementContext& context, const Object& object);

inline constexpr std::string_view k_external_table_columns =
    "created_on! name database_name schema_name invalid invalid_reason owner comment stage location file_format_name "
    "file_format_type cloud region notification_channel last_refreshed_on! table_format last_refresh_details owner_role_type";
SqlResult<ShowRow> external_table_row(StatementContext& context, const Object& object);

inline constexpr std::string_view k_event_table_columns =
    "created_on! name database_name schema_name owner comment owner_role_type";
SqlResult<ShowRow> event_table_row(StatementContext& context, const Object& object);

inline constexpr std::string_view k_hybrid_table_columns =
    "created_on! name database_name schema_name owner rows# bytes# comment owner_role_type";
SqlResult<ShowRow> hybrid_table_row(StatementContext& context, const Object& object);

inline constexpr std::string_view k_view_columns =
    "created_on! name reserved kind database_name schema_name owner comment text is_secure is_materialized owner_role_type "
    "change_tracking";
SqlResult<ShowRow> view_row(StatementContext& context, const Object& object);

/// SHOW [TERSE] OBJECTS: tables and views together.
Outcome show_objects(StatementContext& context, const sql::Show& show);

/// Of what refreshes itself: the queue that hears its bucket's events.
std::optional<std::string> notification_channel(StatementContext& context, const Object& object);

} // namespace freshet::warehouse
