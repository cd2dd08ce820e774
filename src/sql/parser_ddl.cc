// CREATE (but for tables, tasks and routines), DROP, UNDROP, COMMENT ON.
#include <fmt/format.h>

#include "sql/syntax_parser.h"

namespace freshet::sql {

CreateOptions SyntaxParser::create_options() {
  CreateOptions options;
  if (accept_words({"OR", "REPLACE"})) options.or_replace = true;
  if (accept_words({"OR", "ALTER"})) options.or_alter = true;
  for (;;) {
    if (at_words({"SCOPED", "TEMPORARY"}) || at_words({"SCOPED", "TEMP"})) advance(); // what Snowpark sends
    if (accept("TRANSIENT")) {
      options.transient = true;
    } else if (accept("TEMPORARY") || accept("TEMP") || accept("VOLATILE")) {
      options.temporary = true;
    } else if (accept("SECURE")) {
      options.secure = true;
    } else if (!accept("LOCAL") && !accept("GLOBAL")) {
      return options;
    }
  }
}

void SyntaxParser::check_create_options(const CreateOptions& options) {
  if (!options.or_replace || !options.if_not_exists) return;
  fail_with({1003, "42000", "SQL compilation error:\noptions IF NOT EXISTS and OR REPLACE are incompatible.", peek().line,
             peek().column - 1});
}

Statement::Node SyntaxParser::create() {
  expect("CREATE");
  CreateOptions options = create_options();
  bool recursive = accept("RECURSIVE");
  bool force = accept("FORCE");
  if (force && !at("VIEW") && !at("RECURSIVE")) unexpected();
  if (force) recursive |= accept("RECURSIVE");
  auto kind = expect_object_kind();
  if (failed()) return CreateObject{};
  options.if_not_exists = if_not_exists();
  check_create_options(options);
  using enum ObjectKind;
  switch (kind) {
    case table:
    case external_table:
    case dynamic_table:
    case event_table:
    case hybrid_table:
    case iceberg_table:
      return create_table(options, kind);
    case view: {
      auto node = create_view(options, false, recursive);
      std::get<CreateView>(node).force = force;
      return node;
    }
    case materialized_view:
      return create_view(options, true, recursive);
    case sequence:
      return create_sequence(options);
    case stream:
      return create_stream(options);
    case history_table:
      return create_history_table(options);
    case pipe:
      return create_pipe(options);
    case task:
      return create_task(options);
    case alert:
      return create_alert(options);
    case procedure:
      return create_routine(options, false);
    case function:
      return create_routine(options, true);
    case database: {
      CreateDatabase result{options, qualified_name(), clone_clause(), {}};
      if (at("FROM") || at("AS")) { // FROM SHARE, FROM LISTING, AS REPLICA OF
        unsupported(fmt::format("CREATE DATABASE … {} {}", folded(peek()), folded(peek(1))), peek());
        return result;
      }
      if (result.clone) clone_options(*result.clone);
      append_properties(result.properties);
      return result;
    }
    case schema: {
      CreateSchema result{options, qualified_name(), clone_clause(), false, {}};
      if (result.clone) clone_options(*result.clone);
      result.managed_access = accept_words({"WITH", "MANAGED", "ACCESS"});
      append_properties(result.properties);
      return result;
    }
    case file_format: {
      CreateFileFormat result{options, qualified_name(), {}};
      result.properties = properties({});
      return result;
    }
    case stage: {
      CreateStage result{options, qualified_name(), clone_clause(), {}};
      result.properties = properties({});
      return result;
    }
    case account:
    case column:
    case external_function: {
      unsupported("CREATE " + std::string(name_of(kind)), peek());
      return CreateObject{};
    }
    default:
      return create_object(options, kind);
  }
}

/// Kinds that Freshet only records. Clauses that are no `key = value` (a policy's body, a monitor's triggers) stay text.
Statement::Node SyntaxParser::create_object(CreateOptions options, ObjectKind kind) {
  CreateObject result;
  result.kind = kind;
  result.options = options;
  result.name = qualified_name();
  if (if_not_exists()) result.options.if_not_exists = true;
  check_create_options(result.options);
  if (at("WITH") && (peek(1).kind == TokenKind::word) && is_at(peek(2), "=")) advance();
  if (kind == ObjectKind::masking_policy || kind == ObjectKind::row_access_policy) {
    policy_definition(result);
    return result;
  }
  if (kind == ObjectKind::tag && at("ALLOWED_VALUES") && !is_at(peek(1), "=")) {
    advance();
    result.properties.push_back({"ALLOWED_VALUES", string_list(), {}});
    auto more = properties({});
    std::move(more.begin(), more.end(), std::back_inserter(result.properties));
    return result;
  }
  result.properties = properties({});
  bool has_grammar_of_its_own =
      kind == ObjectKind::resource_monitor || kind == ObjectKind::aggregation_policy || kind == ObjectKind::projection_policy;
  if (has_grammar_of_its_own) {
    size_t first = position_;
    while (!at_end() && !at(";")) advance();
    result.rest = text_from(first);
  }
  return result;
}

void SyntaxParser::policy_definition(CreateObject& object) {
  expect("AS");
  object.parameters = parameters();
  expect("RETURNS");
  object.returns = return_type();
  expect("->");
  size_t first = position_;
  object.body = expression();
  if (!failed()) object.body_text = text_from(first);
  object.properties = properties({});
}

std::optional<PolicyUse> SyntaxParser::masking_policy() {
  if (!at_words({"MASKING", "POLICY"}) && !at_words({"WITH", "MASKING", "POLICY"})) return std::nullopt;
  accept("WITH");
  expect_words({"MASKING", "POLICY"});
  PolicyUse use{qualified_name(), {}};
  if (accept("USING")) use.columns = identifier_list();
  return use;
}

std::optional<PolicyUse> SyntaxParser::row_access_policy() {
  if (!at_words({"ROW", "ACCESS", "POLICY"}) && !at_words({"WITH", "ROW", "ACCESS", "POLICY"})) return std::nullopt;
  accept("WITH");
  expect_words({"ROW", "ACCESS", "POLICY"});
  PolicyUse use{qualified_name(), {}};
  expect("ON");
  use.columns = identifier_list();
  return use;
}

void SyntaxParser::append_properties(Properties& list) {
  auto more = properties({});
  std::move(more.begin(), more.end(), std::back_inserter(list));
}

/// What may follow CLONE … AT (…) of a database or schema.
void SyntaxParser::clone_options(CloneClause& clause) {
  for (;;) {
    if (accept_words({"IGNORE", "TABLES", "WITH", "INSUFFICIENT", "DATA", "RETENTION"})) {
      clause.ignores_short_retention = true;
    } else if (accept_words({"IGNORE", "HYBRID", "TABLES"})) {
      clause.ignores_hybrid_tables = true;
    } else if (accept_words({"INCLUDE", "INTERNAL", "STAGES"})) {
      clause.internal_stages = true;
    } else {
      return;
    }
  }
}

std::optional<CloneClause> SyntaxParser::clone_clause() {
  if (!accept("CLONE")) return std::nullopt;
  CloneClause clause;
  clause.source = qualified_name();
  if ((at("AT") || at("BEFORE")) && is_at(peek(1), "(")) clause.at = history_point();
  return clause;
}

Statement::Node SyntaxParser::create_view(CreateOptions options, bool materialized, bool recursive) {
  CreateView result;
  result.options = options;
  result.materialized = materialized;
  result.recursive = recursive;
  result.name = qualified_name();
  if (accept("(")) {
    do {
      ViewColumn column{identifier(), std::nullopt, std::nullopt, {}};
      for (bool more = true; more && !failed();) {
        more = false;
        if (auto policy = masking_policy()) column.masking_policy = std::move(policy), more = true;
        if (accept("COMMENT")) column.comment = string(), more = true;
        if (at("TAG") || at_words({"WITH", "TAG"})) {
          tags(column.tags);
          more = true;
        }
      }
      result.columns.push_back(std::move(column));
    } while (accept(","));
    expect(")");
  }
  for (bool more = true; more;) {
    more = false;
    if (accept_words({"COPY", "GRANTS"})) more = result.options.copy_grants = true;
    if (auto policy = row_access_policy()) result.row_access_policy = std::move(policy), more = true;
    auto list = properties({"AS"});
    more |= !list.empty();
    std::move(list.begin(), list.end(), std::back_inserter(result.properties));
  }
  expect("AS");
  size_t first = position_;
  result.query = query();
  result.query_text = failed() ? std::string() : text_from(first);
  return result;
}

Statement::Node SyntaxParser::create_sequence(CreateOptions options) {
  CreateSequence result;
  result.options = options;
  result.name = qualified_name();
  for (;;) {
    accept(",");
    accept("WITH");
    if (accept("START")) {
      accept("WITH");
      accept("=");
      result.start = integer();
    } else if (accept("INCREMENT")) {
      accept("BY");
      accept("=");
      result.step = integer();
    } else if (at("ORDER") || at("NOORDER")) {
      result.ordered = at("ORDER");
      advance();
    } else if (accept("COMMENT")) {
      expect("=");
      result.comment = string();
    } else {
      return result;
    }
  }
}

Statement::Node SyntaxParser::create_stream(CreateOptions options) {
  CreateStream result;
  result.options = options;
  result.name = qualified_name();
  result.clone = clone_clause();
  result.options.copy_grants = accept_words({"COPY", "GRANTS"});
  if (result.clone) return result;
  result.properties = properties({"ON", "COPY"}); // WITH TAG
  if (accept_words({"COPY", "GRANTS"})) result.options.copy_grants = true;
  expect("ON");
  const Token& kind = peek();
  result.source_kind = expect_object_kind();
  using enum ObjectKind;
  switch (result.source_kind) {
    case table:
    case view:
    case stage:
    case external_table:
    case dynamic_table:
    case event_table:
    case materialized_view:
      break;
    default:
      unexpected(kind);
  }
  result.source = qualified_name();
  if ((at("AT") || at("BEFORE")) && is_at(peek(1), "(")) result.at = history_point();
  for (auto& property : properties({})) {
    bool* flag = property.key == "APPEND_ONLY"         ? &result.append_only
                 : property.key == "INSERT_ONLY"       ? &result.insert_only
                 : property.key == "SHOW_INITIAL_ROWS" ? &result.show_initial_rows
                                                       : nullptr;
    if (flag) {
      *flag = property.value.is_true();
    } else {
      result.properties.push_back(std::move(property));
    }
  }
  return result;
}

Statement::Node SyntaxParser::create_pipe(CreateOptions options) {
  CreatePipe result;
  result.options = options;
  result.name = qualified_name();
  if (if_not_exists()) result.options.if_not_exists = true;
  result.properties = properties({"AS"});
  expect("AS");
  const bool bracket = accept("(");
  const Token& token = peek();
  size_t first = position_;
  Statement::Node copy = copy_into();
  if (failed()) return result;
  if (auto* into_table = std::get_if<CopyIntoTable>(&copy)) {
    result.copy = std::move(*into_table);
  } else {
    unexpected(token);
    return result;
  }
  result.copy_text = text_from(first);
  if (bracket) expect(")");
  return result;
}

Statement::Node SyntaxParser::drop() {
  expect("DROP");
  Drop result;
  result.kind = expect_object_kind();
  result.if_exists = if_exists();
  result.name = qualified_name();
  if (at("(")) result.argument_types = argument_types();
  if (at("CASCADE") || at("RESTRICT")) {
    result.cascade = at("CASCADE");
    result.restrict = at("RESTRICT");
    advance();
  }
  return result;
}

Statement::Node SyntaxParser::undrop() {
  expect("UNDROP");
  Undrop result;
  result.kind = expect_object_kind();
  result.name = qualified_name();
  return result;
}

Statement::Node SyntaxParser::comment_on() {
  expect("COMMENT");
  CommentOn result;
  result.if_exists = if_exists();
  expect("ON");
  result.kind = expect_object_kind();
  result.name = qualified_name();
  if (at("(")) result.argument_types = argument_types();
  expect("IS");
  result.comment = string();
  return result;
}

} // namespace freshet::sql
