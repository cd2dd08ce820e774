// CREATE TASK, CREATE ALERT, CREATE PROCEDURE and CREATE FUNCTION in Snowflake's dialect.
#include "sql/snowflake_text.h"

namespace freshet::sql {

void SnowflakeText::print(const CreateTask& node) {
  create(node.options, "TASK", node.name);
  clone(node.clone);
  if (node.clone) return;
  words(node.options.copy_grants, " COPY GRANTS");
  properties(node.properties);
  if (node.execute_as_user) {
    text(" EXECUTE AS USER ");
    identifier(*node.execute_as_user);
  }
  if (node.finalize) {
    text(" FINALIZE = ");
    name(*node.finalize);
  }
  if (!node.after.empty()) {
    text(" AFTER ");
    names(node.after);
  }
  if (node.when) {
    text(" WHEN ");
    expression(*node.when);
  }
  text(" AS ");
  statement(node.body->statement);
}

void SnowflakeText::print(const CreateAlert& node) {
  create(node.options, "ALERT", node.name);
  clone(node.clone);
  properties(node.properties);
  if (node.clone) return;
  text(" IF (EXISTS (");
  statement(node.condition->statement);
  text(")) THEN ");
  statement(node.action->statement);
}

void SnowflakeText::print(const CreateRoutine& node) {
  create(node.options, node.is_function ? "FUNCTION" : "PROCEDURE", node.name);
  routine(node);
}

/// From the parameters on.
void SnowflakeText::routine(const CreateRoutine& routine) {
  if (!routine.parentheses_missing) parameters(routine.parameters);
  words(routine.options.copy_grants, " COPY GRANTS");
  if (routine.returns.is_table) {
    text(" RETURNS TABLE ");
    parameters(routine.returns.columns);
  } else if (!routine.returns.type.name.empty()) {
    text(" RETURNS ");
    type(routine.returns.type);
  }
  words(routine.returns.not_null, " NOT NULL");
  text(" LANGUAGE ");
  bare_or_quoted(routine.language);
  words(routine.strict, " STRICT");
  words(routine.immutable, " IMMUTABLE");
  words(routine.memoizable, " MEMOIZABLE");
  properties(routine.properties);
  words(routine.as_caller, " EXECUTE AS CALLER");
  text(" AS ");
  routine_text(routine.body);
}

void SnowflakeText::parameters(const std::vector<Parameter>& parameters) {
  text("(");
  joined(parameters, [this](const Parameter& parameter) {
    identifier(parameter.name);
    text(parameter.out ? " OUT " : " ");
    type(parameter.type);
    words(parameter.type.not_null, " NOT NULL");
    if (!parameter.default_value) return;
    text(" DEFAULT ");
    expression(*parameter.default_value);
  });
  text(")");
}

} // namespace freshet::sql
