#pragma once

#include "sql/engine_printer.h"
#include "warehouse/catalog_objects.h"
#include "warehouse/rows/versioned_table.h"

namespace freshet::warehouse {

/// What a table says in expressions over its own columns: virtual columns and CHECK constraints, added to `out` as engine text.
/// They mean the same in every session: nothing in them asks for one.
void add_own_expressions(const Table& table, VersionedTable& out);

/// Whether the expression may define the virtual column of that name. Errors: 011201 … 011205.
sql::SqlResult<void> check_virtual(const sql::Expression& expression, const std::string& column);
/// What the expression of a virtual column gives where that does not fit the column's declared type; nullopt: it fits, or its
/// type is not sure (that of functions is not).
std::optional<sql::SnowflakeType> misfit_of(const Column& column, const Table& table);
/// 001482 for the first virtual column whose expression gives something else than it declares.
sql::SqlResult<void> check_virtual_types(const Table& table);
/// Whether it may be a CHECK constraint: 000002 for subqueries, variables, and functions of the moment or the session.
sql::SqlResult<void> check_condition(const sql::Expression& expression);
/// The columns of the table that an expression's text mentions.
std::vector<std::string> mentioned_columns(const std::string& text);
/// The text with one column under another name.
std::string with_renamed_column(const std::string& text, const std::string& from, const std::string& to);

} // namespace freshet::warehouse
