// INSERT, UPDATE, DELETE, TRUNCATE, MERGE and what moves files, in Snowflake's dialect.
#include "sql/snowflake_text.h"

namespace freshet::sql {

void SnowflakeText::print(const Insert& node) {
  text(node.overwrite ? "INSERT OVERWRITE INTO " : "INSERT INTO ");
  name(node.table);
  bracketed_identifiers(node.columns);
  text(node.by_name ? " BY NAME " : " ");
  query(node.query);
}

void SnowflakeText::print(const MultiTableInsert& node) {
  words(true, "INSERT ", node.overwrite ? "OVERWRITE " : "", node.first ? "FIRST" : "ALL");
  for (const auto& branch : node.branches) {
    if (branch.when) {
      text(" WHEN ");
      expression(*branch.when);
      text(" THEN");
    }
    words(branch.is_else, " ELSE");
    for (const auto& target : branch.targets) {
      text(" INTO ");
      name(target.table);
      bracketed_identifiers(target.columns);
      if (target.values.empty()) continue;
      text(" VALUES (");
      expressions(target.values);
      text(")");
    }
  }
  text(" ");
  query(node.query);
}

void SnowflakeText::assignments(const std::vector<Assignment>& list) {
  joined(list, [this](const Assignment& assignment) {
    name(assignment.qualifier);
    words(!assignment.qualifier.empty(), ".");
    identifier(assignment.column);
    text(" = ");
    expression(assignment.value);
  });
}

void SnowflakeText::print(const Update& node) {
  text("UPDATE ");
  name(node.table);
  alias({node.alias, {}});
  text(" SET ");
  assignments(node.assignments);
  if (node.from) {
    text(" FROM ");
    table(*node.from);
  }
  if (node.where) {
    text(" WHERE ");
    expression(*node.where);
  }
}

void SnowflakeText::print(const Delete& node) {
  text("DELETE FROM ");
  name(node.table);
  alias({node.alias, {}});
  if (node.using_tables) {
    text(" USING ");
    table(*node.using_tables);
  }
  if (node.where) {
    text(" WHERE ");
    expression(*node.where);
  }
}

void SnowflakeText::print(const Truncate& node) {
  words(true, node.materialized_view ? "TRUNCATE MATERIALIZED VIEW " : "TRUNCATE TABLE ", node.if_exists ? "IF EXISTS " : "");
  name(node.table);
}

void SnowflakeText::print(const Merge& node) {
  text("MERGE INTO ");
  name(node.table);
  alias({node.alias, {}});
  text(" USING ");
  table(node.source, TablePlace::left_of_join);
  text(" ON ");
  expression(node.on);
  for (const auto& clause : node.clauses) merge_clause(clause);
}

void SnowflakeText::merge_clause(const MergeClause& clause) {
  text(clause.matched ? " WHEN MATCHED" : " WHEN NOT MATCHED");
  if (clause.condition) {
    text(" AND ");
    expression(*clause.condition);
  }
  text(" THEN ");
  switch (clause.action) {
    case MergeClause::Action::remove:
      return text("DELETE");
    case MergeClause::Action::update:
      if (clause.all_by_name) return text("UPDATE ALL BY NAME");
      text("UPDATE SET ");
      return assignments(clause.assignments);
    case MergeClause::Action::insert:
      if (clause.all_by_name) return text("INSERT ALL BY NAME");
      text("INSERT");
      bracketed_identifiers(clause.columns);
      text(" VALUES (");
      expressions(clause.values);
      return text(")");
  }
}

// ---- files

void SnowflakeText::print(const CopyIntoTable& node) {
  text("COPY INTO ");
  name(node.table);
  bracketed_identifiers(node.columns);
  text(" FROM ");
  if (node.query) {
    bracketed_query(*node.query);
  } else if (node.location) {
    location(*node.location);
  }
  properties(node.options);
}

void SnowflakeText::print(const CopyIntoLocation& node) {
  text("COPY INTO ");
  location(node.location);
  text(" FROM ");
  if (node.query) {
    bracketed_query(*node.query);
  } else {
    name(node.table);
  }
  if (node.partition_by) {
    text(" PARTITION BY (");
    expression(*node.partition_by);
    text(")");
  }
  properties(node.options);
}

void SnowflakeText::print(const CopyFiles& node) {
  text("COPY FILES INTO ");
  location(node.target);
  text(" FROM ");
  if (node.query) {
    text("(");
    query(*node.query);
    text(")");
  } else {
    location(node.source);
  }
  properties(node.options);
}

void SnowflakeText::print(const ListFiles& node) {
  text("LIST ");
  location(node.location);
  words(node.pattern.has_value(), " PATTERN = ");
  if (node.pattern) string(*node.pattern);
}

void SnowflakeText::print(const RemoveFiles& node) {
  text("REMOVE ");
  location(node.location);
  words(node.pattern.has_value(), " PATTERN = ");
  if (node.pattern) string(*node.pattern);
}

void SnowflakeText::print(const PutFiles& node) {
  text("PUT ");
  string(node.source);
  text(" ");
  location(node.target);
  properties(node.options);
}

void SnowflakeText::print(const GetFiles& node) {
  text("GET ");
  location(node.source);
  text(" ");
  string(node.target);
  properties(node.options);
}

} // namespace freshet::sql
