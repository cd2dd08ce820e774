#include "sql/syntax_parser.h"

namespace freshet::sql {
namespace {

SetProperties set_of(Properties properties) {
  SetProperties result;
  result.properties = std::move(properties);
  return result;
}

} // namespace

Statement::Node SyntaxParser::alter_session() {
  AlterSession result;
  if (accept("SET")) {
    result.set = properties({});
    if (result.set.empty()) unexpected();
  } else {
    expect("UNSET");
    do {
      result.unset.push_back(any_word().name);
    } while (accept(","));
  }
  return result;
}

Statement::Node SyntaxParser::alter() {
  expect("ALTER");
  if (accept("SESSION")) return alter_session();
  Alter result;
  result.kind = expect_object_kind();
  result.if_exists = if_exists();
  bool names_itself =
      result.kind == ObjectKind::account || (result.kind == ObjectKind::warehouse && (at("SET") || at("SUSPEND")));
  if (!names_itself) result.name = qualified_name();
  bool takes_arguments = result.kind == ObjectKind::procedure || result.kind == ObjectKind::function;
  if (takes_arguments && at("(")) result.argument_types = argument_types();
  if (result.kind == ObjectKind::external_table && if_exists()) result.if_exists = true; // it may stand after the name, too
  result.actions.push_back(alter_action(result.kind));
  while (at("SET") || at("UNSET")) result.actions.push_back(alter_action(result.kind));
  return result;
}

AlterAction SyntaxParser::alter_action(ObjectKind kind) {
  if (accept("RENAME")) {
    if (accept("TO")) return RenameTo{qualified_name()};
    bool is_constraint = accept("CONSTRAINT");
    if (!is_constraint) expect("COLUMN");
    Identifier from = column_name();
    expect("TO");
    if (is_constraint) return RenameConstraint{std::move(from), identifier()};
    return RenameColumn{std::move(from), column_name()};
  }
  if (accept_words({"SWAP", "WITH"})) return SwapWith{qualified_name()};
  if (kind == ObjectKind::external_table && (at_any({"ADD", "REMOVE", "DROP"}))) {
    if (auto files = alter_external_files()) return std::move(*files);
  }
  if (accept("SET")) return alter_set(kind);
  if (accept("UNSET")) return alter_unset(kind);
  if (accept("ADD")) return alter_add(kind);
  if (accept("DROP")) return alter_drop(kind);
  if (accept("MODIFY") || accept("ALTER")) return alter_modify(kind);
  if (accept_words({"REMOVE", "AFTER"})) return AlterTaskAfter{false, name_list()};
  if (accept_words({"REMOVE", "WHEN"})) return AlterTaskWhen{};
  if (kind == ObjectKind::share && accept("REMOVE")) return AlterWords{"REMOVE", {share_accounts()}};
  if (accept_words({"CLUSTER", "BY"})) return ClusterBy{bracketed_expressions()};
  if (accept("REFRESH")) {
    if (kind != ObjectKind::external_table || !at_string()) return Refresh{properties({})};
    return Refresh{{text_property("PATH")}};
  }
  if (accept_words({"ENABLE", "MANAGED", "ACCESS"})) return AlterWords{"ENABLE MANAGED ACCESS", {}};
  if (accept_words({"DISABLE", "MANAGED", "ACCESS"})) return AlterWords{"DISABLE MANAGED ACCESS", {}};
  if (accept_words({"EXECUTE", "AS"})) {
    if (accept("CALLER")) return AlterWords{"EXECUTE AS CALLER", {}};
    expect("OWNER");
    return AlterWords{"EXECUTE AS OWNER", {}};
  }
  if (at_any({"RESUME", "SUSPEND", "ABORT", "RESET"})) {
    AlterWords words;
    while (at_kind(TokenKind::word)) words.words.append(words.words.empty() ? "" : " ").append(any_word().name);
    return words;
  }
  unexpected();
  return AlterWords{};
}

Property SyntaxParser::text_property(std::string_view key) {
  Property result;
  result.key = key;
  result.value.kind = PropertyValue::Kind::string;
  result.value.text = string();
  return result;
}

/// ADD | REMOVE FILES ('a', …), ADD PARTITION (c = 'x', …) LOCATION 'p', DROP PARTITION LOCATION 'p'
std::optional<AlterWords> SyntaxParser::alter_external_files() {
  const bool is_of_files = is_at(peek(1), "FILES");
  if (!is_of_files && !is_at(peek(1), "PARTITION")) return std::nullopt;
  AlterWords result;
  result.words = any_word().name + (is_of_files ? " FILES" : " PARTITION");
  advance();
  if (is_of_files) {
    Property files;
    files.key = "FILES";
    expect("(");
    files.value = string_list();
    expect(")");
    result.properties.push_back(std::move(files));
    return result;
  }
  if (result.words.starts_with("ADD")) {
    Property values;
    values.key = "PARTITION";
    values.value.kind = PropertyValue::Kind::properties;
    values.value.properties = bracketed_properties();
    result.properties.push_back(std::move(values));
  }
  expect("LOCATION");
  result.properties.push_back(text_property("LOCATION"));
  return result;
}

/// PASSWORD POLICY p, SESSION POLICY p, … of the account or a user: recorded, as the policies themselves are.
bool SyntaxParser::at_account_policy(ObjectKind kind) const {
  return (kind == ObjectKind::account || kind == ObjectKind::user) &&
         at_any({"PASSWORD", "SESSION", "AUTHENTICATION", "PACKAGES", "FEATURE"}) && is_at(peek(1), "POLICY");
}

AlterAction SyntaxParser::alter_set(ObjectKind kind) {
  if (accept("SECURE")) return AlterWords{"SET SECURE", {}};
  if (at_account_policy(kind)) {
    Property policy;
    policy.key = any_word().name + "_POLICY";
    advance();
    accept("=");
    size_t first = position_;
    (void)qualified_name();
    policy.value.kind = PropertyValue::Kind::string;
    policy.value.text = failed() ? std::string() : text_from(first);
    if (accept_words({"FOR", "ALL"})) {
      any_word();
      expect("USERS");
    }
    accept("FORCE");
    return set_of({std::move(policy)});
  }
  if (kind == ObjectKind::tag && at_words({"MASKING", "POLICY"})) return tag_policies("SET");
  if (at_any({"MASKING", "ROW", "PROJECTION", "AGGREGATION"}) && !is_at(peek(1), "=")) unsupported("SET … POLICY", peek());
  if (kind == ObjectKind::task && accept_words({"FINALIZE", "="})) return AlterTaskFinalize{qualified_name()};
  if (accept("TAG")) return SetTags{false, tag_list()};
  if (kind == ObjectKind::masking_policy || kind == ObjectKind::row_access_policy) {
    if (accept_words({"BODY", "->"})) {
      size_t first = position_;
      SetBody result{expression(), {}};
      if (!failed()) result.body_text = text_from(first);
      return result;
    }
  }
  if (kind == ObjectKind::sequence && accept("INCREMENT")) {
    accept("BY");
    accept("=");
    Property step;
    step.key = "INCREMENT";
    step.value.kind = PropertyValue::Kind::number;
    step.value.text = std::to_string(integer());
    return set_of({std::move(step)});
  }
  if (kind == ObjectKind::sequence && (at("ORDER") || at("NOORDER"))) return AlterWords{"SET " + any_word().name, {}};
  if (kind == ObjectKind::share && at("ACCOUNTS")) return set_of({share_accounts()});
  auto result = set_of(properties({}));
  while (kind == ObjectKind::task && (at_words({"EXECUTE", "AS", "USER"}) || at_words({",", "EXECUTE", "AS", "USER"}))) {
    accept(",");
    result.execute_as_user = execute_as_user();
    auto more = properties({});
    std::move(more.begin(), more.end(), std::back_inserter(result.properties));
  }
  if (kind == ObjectKind::resource_monitor && at("TRIGGERS")) {
    size_t first = position_;
    while (!at_end() && !at(";")) advance();
    result.properties.push_back({"TRIGGERS", {PropertyValue::Kind::string, text_from(first), {}, {}, {}, {}}, {}});
  }
  if (result.properties.empty() && !result.execute_as_user) unexpected();
  return result;
}

AlterAction SyntaxParser::alter_unset(ObjectKind kind) {
  if (accept("SECURE")) return AlterWords{"UNSET SECURE", {}};
  if (at_account_policy(kind)) {
    auto key = any_word().name + "_POLICY";
    advance();
    if (accept_words({"FOR", "ALL"})) {
      any_word();
      expect("USERS");
    }
    return UnsetProperties{{std::move(key)}};
  }
  if (kind == ObjectKind::tag && at_words({"MASKING", "POLICY"})) return tag_policies("UNSET");
  if (kind == ObjectKind::task && accept("FINALIZE")) return AlterTaskFinalize{};
  if (accept("TAG")) return SetTags{true, tag_list()};
  UnsetProperties result;
  do {
    if (kind == ObjectKind::task && accept_words({"EXECUTE", "AS", "USER"})) {
      result.execute_as_user = true;
    } else {
      result.keys.push_back(any_word().name);
    }
  } while (accept(","));
  return result;
}

AlterAction SyntaxParser::alter_add(ObjectKind kind) {
  if (kind == ObjectKind::task) {
    expect("AFTER");
    return AlterTaskAfter{true, name_list()};
  }
  if (at_constraint()) return AddConstraint{constraint(false)};
  if (auto policy = row_access_policy()) return AlterRowAccess{std::move(policy), std::nullopt};
  if (at_words({"SEARCH", "OPTIMIZATION"})) return search_optimization("ADD");
  if (kind == ObjectKind::tag && accept("ALLOWED_VALUES")) {
    return AlterWords{"ADD ALLOWED_VALUES", {{"ALLOWED_VALUES", string_list(), {}}}};
  }
  if (kind == ObjectKind::share) return AlterWords{"ADD", {share_accounts()}};
  AddColumns result;
  bool bracket = false;
  do {
    accept("COLUMN");
    result.if_not_exists |= if_not_exists();
    if (result.columns.empty()) bracket = accept("(");
    column_definition(result.columns.emplace_back());
  } while (accept(","));
  if (bracket) expect(")");
  return result;
}

/// MASKING POLICY p, MASKING POLICY q [FORCE]
AlterWords SyntaxParser::tag_policies(std::string_view verb) {
  AlterWords result{std::string(verb) + " MASKING POLICY", {}};
  do {
    expect_words({"MASKING", "POLICY"});
    Property policy;
    policy.key = "POLICY";
    size_t first = position_;
    policy.value.name = qualified_name();
    policy.value.text = failed() ? std::string() : text_from(first);
    result.properties.push_back(std::move(policy));
  } while (accept(","));
  if (accept("FORCE")) result.words += " FORCE";
  return result;
}

/// ACCOUNTS = a, org.b
Property SyntaxParser::share_accounts() {
  Property result;
  result.key = any_word().name;
  result.value.kind = PropertyValue::Kind::list;
  expect("=");
  bool bracket = accept("(");
  do {
    size_t first = position_;
    PropertyValue item;
    item.name = qualified_name();
    item.text = text_from(first);
    result.value.items.push_back(std::move(item));
  } while (accept(","));
  if (bracket) expect(")");
  return result;
}

/// [ON EQUALITY (a), SUBSTRING (b), …]: an index changes no result.
AlterAction SyntaxParser::search_optimization(std::string_view verb) {
  while (!at_end() && !at(";")) advance();
  return AlterWords{std::string(verb) + " SEARCH OPTIMIZATION", {}};
}

AlterAction SyntaxParser::alter_drop(ObjectKind kind) {
  if (accept_words({"CLUSTERING", "KEY"})) return ClusterBy{};
  if (at_words({"SEARCH", "OPTIMIZATION"})) return search_optimization("DROP");
  if (accept_words({"ALL", "ROW", "ACCESS", "POLICIES"})) return AlterRowAccess{};
  if (accept_words({"ROW", "ACCESS", "POLICY"})) {
    AlterRowAccess result{std::nullopt, qualified_name()};
    if (accept(",")) { // DROP ROW ACCESS POLICY a, ADD ROW ACCESS POLICY b ON (c)
      expect("ADD");
      result.add = row_access_policy();
      if (!result.add) unexpected();
    }
    return result;
  }
  if (kind == ObjectKind::tag && accept("ALLOWED_VALUES")) {
    return AlterWords{"DROP ALLOWED_VALUES", {{"ALLOWED_VALUES", string_list(), {}}}};
  }
  DropConstraint dropped;
  using enum Constraint::Kind;
  bool is_constraint = true;
  if (accept("CONSTRAINT")) {
    dropped.by_name = true;
    dropped.constraint.name = identifier();
  } else if (accept_words({"PRIMARY", "KEY"})) {
    dropped.constraint.kind = primary_key;
  } else if (at("UNIQUE")) {
    advance();
    dropped.constraint.kind = unique;
    dropped.constraint.columns = identifier_list();
  } else if (accept_words({"FOREIGN", "KEY"})) {
    dropped.constraint.kind = foreign_key;
    dropped.constraint.columns = identifier_list();
  } else {
    is_constraint = false;
  }
  if (is_constraint) {
    if (!accept("CASCADE")) accept("RESTRICT");
    return dropped;
  }
  accept("COLUMN");
  DropColumns result;
  result.if_exists = if_exists();
  bool bracket = accept("(");
  do {
    result.columns.push_back(column_name());
  } while (accept(","));
  if (bracket) expect(")");
  return result;
}

AlterAction SyntaxParser::alter_modify(ObjectKind kind) {
  if (kind == ObjectKind::task) {
    if (accept("WHEN")) {
      size_t first = position_;
      AlterTaskWhen result{Box<Expression>(expression()), {}};
      if (!failed()) result.when_text = text_from(first);
      return result;
    }
    expect("AS");
    size_t first = position_;
    AlterTaskBody result{nested_statement(), {}};
    if (!failed()) result.body_text = text_from(first);
    return result;
  }
  if (kind == ObjectKind::alert) {
    if (accept("CONDITION")) {
      AlterAlertCondition result;
      result.condition = alert_condition(result.condition_text);
      return result;
    }
    expect("ACTION");
    const size_t first = position_;
    AlterAlertAction result{nested_statement(), {}};
    if (!failed()) result.action_text = text_from(first);
    return result;
  }
  return alter_columns();
}

AlterColumns SyntaxParser::alter_columns() {
  AlterColumns result;
  bool bracket = accept("(");
  do {
    if (!accept("COLUMN")) accept_words({"ALTER", "COLUMN"});
    result.columns.push_back(alter_column());
  } while (accept(","));
  if (bracket) expect(")");
  return result;
}

/// SET | UNSET MASKING POLICY, SET | UNSET TAG of a column.
bool SyntaxParser::alter_column_policy_or_tags(AlterColumn& column) {
  using enum AlterColumn::Action;
  if (at_words({"SET", "MASKING", "POLICY"})) {
    advance();
    column.action = set_masking_policy;
    column.policy = masking_policy();
    accept("FORCE");
  } else if (accept_words({"UNSET", "MASKING", "POLICY"})) {
    column.action = unset_masking_policy;
  } else if (at_words({"SET", "TAG"}) || at_words({"UNSET", "TAG"})) {
    column.action = at("SET") ? set_tags : unset_tags;
    advance();
    advance();
    column.tags = tag_list();
  } else {
    return false;
  }
  return true;
}

AlterColumn SyntaxParser::alter_column() {
  AlterColumn result;
  result.column = column_name();
  using enum AlterColumn::Action;
  if (alter_column_policy_or_tags(result)) return result;
  if (accept("DROP")) {
    result.action = at("DEFAULT") ? drop_default : drop_not_null;
    if (!accept("DEFAULT")) expect_words({"NOT", "NULL"});
  } else if (accept("COMMENT")) {
    result.action = set_comment;
    result.text = string();
  } else if (accept_words({"UNSET", "COMMENT"})) {
    result.action = unset_comment;
  } else if (accept_words({"SET", "DEFAULT"})) {
    result.action = set_default;
    result.value = additive();
  } else if (accept_words({"SET", "NOT", "NULL"}) || accept_words({"NOT", "NULL"})) {
    result.action = set_not_null;
  } else {
    accept_words({"SET", "DATA"});
    accept("TYPE");
    result.action = set_type;
    if (at("SET")) unsupported("ALTER COLUMN SET " + std::string(folded(peek(1))), peek(1));
    result.type = type_name();
  }
  return result;
}

} // namespace freshet::sql
