#pragma once

#include <string>

#include "sql/syntax.h"

namespace freshet::sql {

/// The tree in Snowflake's own dialect: what GET_DDL shows, what CREATE OR ALTER compares, and what can be sent to Snowflake
/// itself. Parsing the text gives the same tree again. Comments and blanks are gone, names stand as Snowflake resolves them,
/// and every clause stands in the place where the documentation has it. Blocks of Snowflake Scripting are printed as written.
std::string print_statement(const Statement& statement);
std::string print_query(const Query& query);
std::string print_expression(const Expression& expression);
std::string print_type(const TypeName& type);
/// A.B."c d": quoted where it was, and where it has to be.
std::string print_name(const QualifiedName& name);
std::string print_identifier(const Identifier& identifier);
/// 'it''s', backslashes doubled.
std::string print_string(std::string_view value);
/// COLUMN TYPE NOT NULL DEFAULT …, as in CREATE TABLE.
std::string print_column_definition(const ColumnDefinition& column);

} // namespace freshet::sql
