#pragma once

#include <string>

#include "warehouse/rows/row_writer.h"

namespace freshet::warehouse {

// The columns of a planned change besides the user's columns, which hold the values of the new version.
inline constexpr std::string_view k_rid = "\"$rid\"";       // physical row id of the old version; NULL: a new row
inline constexpr std::string_view k_action = "\"$action\""; // k_insert, k_update or k_remove
inline constexpr std::string_view k_true = "\"$true\"";     // of target_relation: true
inline constexpr int k_insert = 0;
inline constexpr int k_update = 1;
inline constexpr int k_remove = 2;

/// The living rows with all columns and "$rid", as a FROM item under the alias.
std::string target_relation(const VersionedTable& table, const std::string& alias);

/// SELECT of the planned changes: user's columns, "$row" (of the old version), "$rid", "$action".
std::string plan_select(const UpdatePlan& plan);
std::string plan_select(const MergePlan& plan);

/// `name, name, …`, quoted.
std::string column_list(const VersionedTable& table);
/// `CAST(value AS type)`; an empty value is the column's default.
std::string cast_value(const ColumnDefinition& column, const std::string& value);

} // namespace freshet::warehouse
