#pragma once

#include "warehouse/statements/show_table.h"

namespace freshet::warehouse {

/// The columns of SHOW PROCEDURES and SHOW FUNCTIONS, and a routine as their row.
inline constexpr std::string_view k_procedure_columns =
    "created_on! name schema_name is_builtin is_aggregate is_ansi min_num_arguments# max_num_arguments# arguments description "
    "catalog_name is_table_function valid_for_clustering is_secure";
SqlResult<ShowRow> procedure_row(StatementContext& context, const Object& object);

inline constexpr std::string_view k_function_columns =
    "created_on! name schema_name is_builtin is_aggregate is_ansi min_num_arguments# max_num_arguments# arguments description "
    "catalog_name is_table_function valid_for_clustering is_secure is_external_function language is_memoizable is_data_metric";
SqlResult<ShowRow> function_row(StatementContext& context, const Object& object);

/// The built-in functions that the filter takes, by name: they stand in no schema.
std::vector<ShowRow> builtin_function_rows(ShowFilter& filter);

} // namespace freshet::warehouse
