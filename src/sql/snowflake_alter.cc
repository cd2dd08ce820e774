// ALTER in Snowflake's dialect.
#include "sql/snowflake_text.h"

namespace freshet::sql {

void SnowflakeText::print(const Alter& node) {
  words(true, "ALTER ", name_of(node.kind), node.if_exists ? " IF EXISTS" : "");
  words(!node.name.empty(), " ");
  name(node.name);
  types(node.argument_types);
  for (const auto& action : node.actions) {
    text(" ");
    std::visit([this](const auto& one) { print(one); }, action);
  }
}

void SnowflakeText::print(const RenameTo& action) {
  text("RENAME TO ");
  name(action.name);
}

void SnowflakeText::print(const SwapWith& action) {
  text("SWAP WITH ");
  name(action.name);
}

void SnowflakeText::print(const SetProperties& action) {
  text("SET");
  properties(action.properties);
  if (!action.execute_as_user) return;
  text(" EXECUTE AS USER ");
  identifier(*action.execute_as_user);
}

void SnowflakeText::print(const UnsetProperties& action) {
  text("UNSET ");
  joined(action.keys, [this](const std::string& key) { bare_or_quoted(key); });
  words(action.execute_as_user, action.keys.empty() ? "" : ", ", "EXECUTE AS USER");
}

void SnowflakeText::print(const AddColumns& action) {
  text(action.if_not_exists ? "ADD COLUMN IF NOT EXISTS " : "ADD COLUMN ");
  joined(action.columns, [this](const ColumnDefinition& column) { column_definition(column); });
}

void SnowflakeText::print(const DropColumns& action) {
  text(action.if_exists ? "DROP COLUMN IF EXISTS " : "DROP COLUMN ");
  identifiers(action.columns);
}

void SnowflakeText::print(const RenameColumn& action) {
  text("RENAME COLUMN ");
  identifier(action.from);
  text(" TO ");
  identifier(action.to);
}

void SnowflakeText::print(const AlterColumns& action) {
  text("MODIFY ");
  joined(action.columns, [this](const AlterColumn& column) { alter_column(column); });
}

void SnowflakeText::alter_column(const AlterColumn& column) {
  text("COLUMN ");
  identifier(column.column);
  using enum AlterColumn::Action;
  switch (column.action) {
    case set_type:
      text(" SET DATA TYPE ");
      if (column.type) type(*column.type);
      return;
    case set_not_null:
      return text(" SET NOT NULL");
    case drop_not_null:
      return text(" DROP NOT NULL");
    case set_default:
      text(" SET DEFAULT ");
      return expression(*column.value, Level::additive);
    case drop_default:
      return text(" DROP DEFAULT");
    case set_comment:
      text(" COMMENT ");
      return string(column.text);
    case unset_comment:
      return text(" UNSET COMMENT");
    case set_masking_policy:
      text(" SET");
      return masking_policy(column.policy);
    case unset_masking_policy:
      return text(" UNSET MASKING POLICY");
    case set_tags:
      text(" SET TAG ");
      return tags(column.tags, false);
    case unset_tags:
      text(" UNSET TAG ");
      return tags(column.tags, true);
  }
}

void SnowflakeText::print(const AddConstraint& action) {
  text("ADD ");
  constraint(action.constraint, false);
}

void SnowflakeText::print(const DropConstraint& action) {
  text("DROP ");
  if (!action.by_name) return constraint(action.constraint, false);
  text("CONSTRAINT ");
  if (action.constraint.name) identifier(*action.constraint.name);
}

void SnowflakeText::print(const RenameConstraint& action) {
  text("RENAME CONSTRAINT ");
  identifier(action.from);
  text(" TO ");
  identifier(action.to);
}

void SnowflakeText::print(const ClusterBy& action) {
  if (action.keys.empty()) return text("DROP CLUSTERING KEY");
  text("CLUSTER BY (");
  expressions(action.keys);
  text(")");
}

/// ADD | REMOVE FILES ('a', …), ADD PARTITION (c = 'x', …) LOCATION 'p', DROP PARTITION LOCATION 'p' of external tables.
void SnowflakeText::external_files(const AlterWords& action) {
  text(action.words);
  for (const auto& property : action.properties) {
    words(property.key == "LOCATION", " LOCATION");
    text(" ");
    value(property.value);
  }
}

void SnowflakeText::print(const AlterWords& action) {
  if (action.words.ends_with(" FILES") || action.words.ends_with(" PARTITION")) return external_files(action);
  if (const auto policies = action.words.find("MASKING POLICY"); policies != std::string::npos) {
    text(action.words.substr(0, policies));
    joined(action.properties, [this](const Property& policy) {
      text("MASKING POLICY ");
      text(policy.value.text);
    });
    words(action.words.ends_with("FORCE"), " FORCE");
    return;
  }
  text(action.words);
  if (!action.words.ends_with("ALLOWED_VALUES")) return properties(action.properties);
  text(" ");
  for (const auto& property : action.properties)
    joined(property.value.items, [this](const PropertyValue& item) { string(item.text); });
}

void SnowflakeText::print(const Refresh& action) {
  text("REFRESH");
  const auto* path = find_property(action.properties, "PATH");
  if (path == nullptr) return properties(action.properties);
  text(" ");
  string(path->text);
}

void SnowflakeText::print(const AlterTaskAfter& action) {
  text(action.add ? "ADD AFTER " : "REMOVE AFTER ");
  names(action.tasks);
}

void SnowflakeText::print(const AlterTaskFinalize& action) {
  text(action.root ? "SET FINALIZE = " : "UNSET FINALIZE");
  if (action.root) name(*action.root);
}

void SnowflakeText::print(const AlterTaskBody& action) {
  text("MODIFY AS ");
  statement(action.body->statement);
}

void SnowflakeText::print(const AlterTaskWhen& action) {
  text(action.when ? "MODIFY WHEN " : "REMOVE WHEN");
  if (action.when) expression(*action.when);
}

void SnowflakeText::print(const AlterAlertCondition& action) {
  text("MODIFY CONDITION EXISTS (");
  statement(action.condition->statement);
  text(")");
}

void SnowflakeText::print(const AlterAlertAction& action) {
  text("MODIFY ACTION ");
  statement(action.action->statement);
}

void SnowflakeText::print(const SetTags& action) {
  text(action.unset ? "UNSET TAG " : "SET TAG ");
  tags(action.tags, action.unset);
}

void SnowflakeText::tags(const Properties& list, bool names_alone) {
  joined(list, [&](const Property& tag) {
    bare_or_quoted(tag.key);
    if (names_alone) return;
    text(" = ");
    value(tag.value);
  });
}

void SnowflakeText::print(const AlterRowAccess& action) {
  if (!action.add && !action.drop) return text("DROP ALL ROW ACCESS POLICIES");
  if (action.drop) {
    text("DROP ROW ACCESS POLICY ");
    name(*action.drop);
    words(action.add.has_value(), ", ");
  }
  words(action.add.has_value(), "ADD");
  row_access_policy(action.add);
}

void SnowflakeText::print(const SetBody& action) {
  text("SET BODY -> ");
  expression(action.body);
}

} // namespace freshet::sql
