// CREATE TABLE with its columns and constraints in Snowflake's dialect.
#include "sql/snowflake_text.h"

namespace freshet::sql {

void SnowflakeText::print(const CreateTable& node) {
  create(node.options, name_of(node.kind), node.name);
  table_elements(node);
  if (node.like) {
    text(" LIKE ");
    name(*node.like);
  }
  clone(node.clone);
  if (!node.cluster_by.empty()) {
    text(" CLUSTER BY (");
    expressions(node.cluster_by);
    text(")");
  }
  words(node.options.copy_grants, " COPY GRANTS");
  row_access_policy(node.row_access_policy);
  properties(node.properties);
  if (!node.as_query) return;
  text(" AS ");
  query(*node.as_query);
}

void SnowflakeText::table_elements(const CreateTable& table) {
  if (table.columns.empty() && table.constraints.empty()) return;
  text(" (");
  joined(table.columns, [this](const ColumnDefinition& column) { column_definition(column); });
  words(!table.columns.empty() && !table.constraints.empty(), ", ");
  joined(table.constraints, [this](const Constraint& one) { constraint(one, false); });
  text(")");
}

void SnowflakeText::column_definition(const ColumnDefinition& column) {
  identifier(column.name);
  if (column.type) {
    text(" ");
    type(*column.type);
  }
  if (!column.collation.empty()) {
    text(" COLLATE ");
    string(column.collation);
  }
  if (column.computed) {
    text(" AS ");
    bracketed(*column.computed);
  }
  words(column.not_null, " NOT NULL");
  if (column.default_value) {
    text(" DEFAULT ");
    expression(*column.default_value, Level::additive);
  }
  if (column.identity) {
    const auto start = std::to_string(column.identity->start);
    const auto step = std::to_string(column.identity->step);
    words(true, " AUTOINCREMENT START ", std::string_view(start), " INCREMENT ", std::string_view(step));
    words(column.identity->ordered, " ORDER");
  }
  for (const auto& one : column.constraints) {
    text(" ");
    constraint(one, true);
  }
  masking_policy(column.masking_policy);
  properties(column.tags);
  if (!column.comment) return;
  text(" COMMENT ");
  string(*column.comment);
}

void SnowflakeText::constraint(const Constraint& constraint, bool at_column) {
  if (constraint.name) {
    text("CONSTRAINT ");
    identifier(*constraint.name);
    text(" ");
  }
  using enum Constraint::Kind;
  switch (constraint.kind) {
    case primary_key:
      text("PRIMARY KEY");
      break;
    case unique:
      text("UNIQUE");
      break;
    case foreign_key:
      words(!at_column || !constraint.columns.empty(), "FOREIGN KEY");
      break;
    case check:
      text("CHECK (");
      expression(*constraint.condition);
      text(")");
      break;
  }
  bracketed_identifiers(constraint.columns);
  if (constraint.references) {
    text(at_column && constraint.columns.empty() ? "REFERENCES " : " REFERENCES ");
    name(constraint.references->table);
    bracketed_identifiers(constraint.references->columns);
  }
  for (const auto& attribute : constraint.attributes) words(true, " ", std::string_view(attribute));
  if (!constraint.comment) return;
  text(" COMMENT ");
  string(*constraint.comment);
}

} // namespace freshet::sql
