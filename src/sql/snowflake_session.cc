// Sessions, variables, calls, SHOW, DESCRIBE and GRANT in Snowflake's dialect.
#include "sql/snowflake_text.h"

namespace freshet::sql {

void SnowflakeText::print(const Use& node) {
  using enum Use::Kind;
  switch (node.kind) {
    case database_or_schema:
      text("USE ");
      break;
    case database:
      text("USE DATABASE ");
      break;
    case schema:
      text("USE SCHEMA ");
      break;
    case role:
      text("USE ROLE ");
      break;
    case warehouse:
      text("USE WAREHOUSE ");
      break;
    case secondary_roles:
      text("USE SECONDARY ROLES ");
      return bare_or_quoted(node.name.last());
  }
  name(node.name);
}

void SnowflakeText::print(const BeginTransaction& node) {
  text("BEGIN TRANSACTION");
  if (!node.name) return;
  text(" NAME ");
  identifier(*node.name);
}

void SnowflakeText::print(const Call& node) {
  if (node.procedure) {
    text("WITH ");
    name(node.procedure->name);
    text(" AS PROCEDURE ");
    routine(*node.procedure);
    text(" ");
  }
  text("CALL ");
  call(node.call, false);
  if (!node.into) return;
  text(" INTO :");
  identifier(*node.into);
}

void SnowflakeText::print(const SetVariables& node) {
  text("SET ");
  bool several = node.names.size() > 1;
  words(several, "(");
  identifiers(node.names);
  text(several ? ") = " : " = ");
  bool row = several && node.values.size() > 1;
  words(row, "(");
  expressions(node.values);
  words(row, ")");
}

void SnowflakeText::print(const UnsetVariables& node) {
  bool several = node.names.size() > 1;
  text(several ? "UNSET (" : "UNSET ");
  identifiers(node.names);
  words(several, ")");
}

void SnowflakeText::print(const AlterSession& node) {
  if (!node.set.empty()) {
    text("ALTER SESSION SET");
    return properties(node.set);
  }
  text("ALTER SESSION UNSET ");
  joined(node.unset, [this](const std::string& key) { bare_or_quoted(key); });
}

void SnowflakeText::print(const ExecuteTask& node) {
  text("EXECUTE TASK ");
  name(node.name);
  if (node.retried_group) {
    text(" RETRY GRAPH RUN GROUP ");
    return string(*node.retried_group);
  }
  words(node.retry_last, " RETRY LAST");
  if (!node.config) return;
  text(" USING CONFIG = ");
  string(*node.config);
}

void SnowflakeText::print(const ExecuteAlert& node) {
  text("EXECUTE ALERT ");
  name(node.name);
}

void SnowflakeText::print(const ExecuteImmediate& node) {
  text("EXECUTE IMMEDIATE ");
  if (node.from) {
    text("FROM ");
    location(*node.from);
  } else {
    expression(*node.text);
  }
  if (!node.using_values.empty()) {
    text(" USING (");
    for (size_t i = 0; i < node.using_values.size(); ++i) {
      if (i > 0) text(", ");
      if (i < node.using_names.size()) text("\"" + node.using_names[i] + "\" => ");
      expression(node.using_values[i]);
    }
    text(")");
  }
  words(node.dry_run, " DRY_RUN = TRUE");
}

void SnowflakeText::print(const Show& node) {
  words(true, "SHOW ", node.terse ? "TERSE " : "", node.future ? "FUTURE " : "", std::string_view(node.kind));
  words(node.history, " HISTORY");
  if (node.like) {
    text(" LIKE ");
    string(*node.like);
  }
  if (node.in_kind) {
    words(true, " ", node.grants.empty() ? std::string_view("IN") : std::string_view(node.grants));
    words(!node.in_kind->empty(), " ", std::string_view(*node.in_kind));
    words(!node.in_name.empty(), " ");
    name(node.in_name);
  }
  if (node.starts_with) {
    text(" STARTS WITH ");
    string(*node.starts_with);
  }
  words(node.roots_only, " ROOT ONLY");
  if (node.limit) words(true, " LIMIT ", std::string_view(std::to_string(*node.limit)));
  if (node.limit_from) {
    text(" FROM ");
    string(*node.limit_from);
  }
}

void SnowflakeText::print(const Describe& node) {
  if (node.of_result) {
    text("DESCRIBE RESULT ");
    return expression(*node.result);
  }
  if (node.of_transaction) {
    text("DESCRIBE TRANSACTION ");
    return expression(*node.result);
  }
  words(true, "DESCRIBE ", name_of(node.kind), " ");
  if (node.location) {
    location(*node.location);
  } else {
    name(node.name);
  }
  types(node.argument_types);
  if (node.type.empty()) return;
  text(" TYPE = ");
  bare_or_quoted(node.type);
}

void SnowflakeText::print(const Grant& node) {
  text(node.revoke ? "REVOKE " : "GRANT ");
  words(node.grant_option_for, "GRANT OPTION FOR ");
  if (!node.roles.empty()) {
    bool of_database = node.roles[0].parts.size() > 1; // account roles stand in no database
    text(of_database ? "DATABASE ROLE " : "ROLE ");
    names(node.roles);
  } else {
    joined(node.privileges, [this](const std::string& privilege) { text(privilege); });
    text(" ON ");
    bool every = node.scope == Grant::Scope::all || node.scope == Grant::Scope::future;
    words(every, node.scope == Grant::Scope::all ? "ALL " : "FUTURE ");
    text(node.object_kind);
    if (every) {
      words(true, " IN ", std::string_view(node.in_kind), " ");
      name(node.in_name);
    } else if (node.scope == Grant::Scope::object) {
      text(" ");
      name(node.object);
      types(node.argument_types);
    }
  }
  words(true, node.revoke ? " FROM " : " TO ", std::string_view(node.grantee_kind), " ");
  name(node.grantee);
  words(node.with_grant_option, " WITH GRANT OPTION");
  words(!node.current_grants.empty(), " ", std::string_view(node.current_grants), " CURRENT GRANTS");
}

void SnowflakeText::print(const Flow& node) {
  joined(
      node.statements, [this](const StatementBox& box) { statement(box.statement); }, " ->> ");
}

void SnowflakeText::print(const Explain& node) {
  text("EXPLAIN ");
  if (!node.format.empty()) {
    text("USING ");
    bare_or_quoted(node.format);
    text(" ");
  }
  statement(node.statement->statement);
}

} // namespace freshet::sql
