// USE, transactions, variables, CALL, EXECUTE, EXPLAIN, blocks.
#include "sql/syntax_parser.h"

namespace freshet::sql {

Statement::Node SyntaxParser::use() {
  expect("USE");
  Use result;
  using enum Use::Kind;
  bool object_follows = peek(1).kind == TokenKind::word || peek(1).kind == TokenKind::quoted;
  if (at("DATABASE") && object_follows)
    result.kind = database;
  else if (at("SCHEMA") && object_follows)
    result.kind = schema;
  else if (at("ROLE") && object_follows)
    result.kind = role;
  else if (at("WAREHOUSE") && object_follows)
    result.kind = warehouse;
  else if (accept_words({"SECONDARY", "ROLES"}) || accept_words({"SECONDARY", "ROLE"})) {
    result.kind = secondary_roles;
    result.name.parts.push_back(any_word());
    return result;
  }
  if (result.kind != database_or_schema) advance();
  result.name = qualified_name();
  if (result.kind == database_or_schema && result.name.parts.size() > 1) result.kind = schema;
  return result;
}

Statement::Node SyntaxParser::begin() {
  bool start = accept("START");
  if (!start) expect("BEGIN");
  if (start) {
    expect("TRANSACTION");
  } else if (!accept("TRANSACTION")) {
    accept("WORK");
  }
  BeginTransaction result;
  if (accept("NAME")) result.name = identifier();
  return result;
}

Statement::Node SyntaxParser::call() {
  expect("CALL");
  Call result;
  result.call.name = qualified_name();
  arguments(result.call);
  if (accept("INTO")) {
    accept(":");
    result.into = identifier();
  }
  return result;
}

Statement::Node SyntaxParser::call_with_procedure() {
  expect("WITH");
  QualifiedName name = qualified_name();
  expect_words({"AS", "PROCEDURE"});
  CreateRoutine procedure = routine({}, false, std::move(name));
  Statement::Node node = call();
  std::get<Call>(node).procedure = std::move(procedure);
  return node;
}

Statement::Node SyntaxParser::set_variables() {
  expect("SET");
  SetVariables result;
  if (at("(")) {
    result.names = identifier_list();
    expect("=");
    Expression value = expression();
    if (auto* row = value.as<Row>()) {
      result.values = std::move(row->items);
    } else {
      result.values.push_back(std::move(value));
    }
    bool one_query = result.values.size() == 1 && result.values[0].as<ScalarSubquery>();
    if (!one_query && result.values.size() != result.names.size()) unexpected();
  } else {
    result.names.push_back(identifier());
    expect("=");
    result.values.push_back(expression());
  }
  return result;
}

Statement::Node SyntaxParser::unset_variables() {
  expect("UNSET");
  UnsetVariables result;
  if (at("(")) {
    result.names = identifier_list();
  } else {
    result.names.push_back(identifier());
  }
  return result;
}

Statement::Node SyntaxParser::execute() {
  expect("EXECUTE");
  if (accept("TASK")) {
    ExecuteTask task;
    task.name = qualified_name();
    task.retry_last = accept_words({"RETRY", "LAST"});
    if (!task.retry_last && accept_words({"RETRY", "GRAPH", "RUN", "GROUP"})) task.retried_group = string();
    const bool starts_anew = !task.retry_last && !task.retried_group;
    if (starts_anew && accept_words({"USING", "CONFIG", "="})) task.config = string();
    return task;
  }
  if (accept("ALERT")) return ExecuteAlert{qualified_name()};
  if (!at("IMMEDIATE")) {
    unexpected();
    return Block{};
  }
  advance();
  ExecuteImmediate result;
  if (accept("FROM")) {
    result.from = stage_location();
  } else {
    result.text = expression();
  }
  if (accept("USING")) {
    expect("(");
    do {
      if (result.from) { // a template's variable: its name keeps its case
        const bool is_name = at_kind(TokenKind::word) || at_kind(TokenKind::quoted);
        auto name = std::string(text(peek()));
        if (!is_name) unexpected();
        if (at_kind(TokenKind::quoted)) name = quoted_value(name);
        advance();
        result.using_names.push_back(std::move(name));
        expect("=>");
      } else if (at(":")) {
        advance();
      }
      result.using_values.push_back(expression());
    } while (accept(","));
    expect(")");
  }
  if (!result.from || folded(peek()) != "DRY_RUN") return result;
  const Token& option = peek();
  const auto options = properties({});
  const auto* dry_run = find_property(options, "DRY_RUN");
  if (dry_run == nullptr || options.size() != 1 || dry_run->kind != PropertyValue::Kind::boolean) unexpected(option);
  result.dry_run = dry_run != nullptr && dry_run->is_true();
  return result;
}

Statement::Node SyntaxParser::explain() {
  expect("EXPLAIN");
  Explain result;
  if (accept("USING")) result.format = any_word().name;
  result.statement = nested_statement();
  return result;
}

Statement::Node SyntaxParser::block() {
  size_t first = position_;
  script_block();
  binds_ = 0;
  return Block{failed() ? std::string() : text_from(first)};
}

} // namespace freshet::sql
