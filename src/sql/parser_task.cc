// CREATE TASK, CREATE ALERT, CREATE PROCEDURE and CREATE FUNCTION.
#include "sql/syntax_parser.h"

namespace freshet::sql {

Statement::Node SyntaxParser::create_task(CreateOptions options) {
  CreateTask result;
  result.options = options;
  result.name = qualified_name();
  result.clone = clone_clause();
  if (result.clone) return result;
  for (;;) {
    accept(",");
    if (accept("AFTER")) {
      result.after = name_list();
    } else if (accept("WHEN")) {
      size_t first = position_;
      result.when = expression();
      if (!failed()) result.when_text = text_from(first);
    } else if (at_words({"FINALIZE", "="})) {
      advance();
      advance();
      result.finalize = qualified_name();
    } else if (accept_words({"COPY", "GRANTS"})) {
      result.options.copy_grants = true;
    } else if (at_words({"EXECUTE", "AS", "USER"})) {
      result.execute_as_user = execute_as_user();
    } else if (property_ahead() || at("TAG") || at_words({"WITH", "TAG"})) {
      if (at_kind(TokenKind::word) && property_ahead()) {
        property(result.properties.emplace_back());
      } else {
        auto list = properties({"AS", "AFTER", "WHEN"});
        std::move(list.begin(), list.end(), std::back_inserter(result.properties));
      }
    } else {
      break;
    }
  }
  expect("AS");
  size_t first = position_;
  result.body = nested_statement();
  if (!failed()) result.body_text = text_from(first);
  return result;
}

Identifier SyntaxParser::execute_as_user() {
  expect_words({"EXECUTE", "AS", "USER"});
  return identifier();
}

Statement::Node SyntaxParser::create_alert(CreateOptions options) {
  CreateAlert result;
  result.options = options;
  result.name = qualified_name();
  if (if_not_exists()) result.options.if_not_exists = true;
  if (at("FROM")) {
    unsupported("CREATE ALERT … FROM TEMPLATE", peek());
    return result;
  }
  result.clone = clone_clause();
  result.properties = properties({"IF"});
  if (result.clone) return result;
  expect("IF");
  expect("(");
  result.condition = alert_condition(result.condition_text);
  expect(")");
  expect("THEN");
  const size_t first = position_;
  result.action = nested_statement();
  if (!failed()) result.action_text = text_from(first);
  return result;
}

Box<StatementBox> SyntaxParser::alert_condition(std::string& text) {
  expect_words({"EXISTS", "("});
  const size_t first = position_;
  auto condition = nested_statement();
  if (!failed()) text = text_from(first);
  expect(")");
  return condition;
}

Statement::Node SyntaxParser::create_routine(CreateOptions options, bool is_function) {
  return routine(options, is_function, qualified_name());
}

CreateRoutine SyntaxParser::routine(CreateOptions options, bool is_function, QualifiedName name) {
  CreateRoutine result;
  result.options = options;
  result.is_function = is_function;
  result.name = std::move(name);
  if (at("(")) {
    result.parameters = parameters();
  } else {
    result.parentheses_missing = true;
  }
  for (;;) {
    if (accept_words({"COPY", "GRANTS"})) {
      result.options.copy_grants = true;
    } else if (accept_words({"RETURNS", "NULL", "ON", "NULL", "INPUT"}) || accept("STRICT")) {
      result.strict = true;
    } else if (accept_words({"CALLED", "ON", "NULL", "INPUT"})) {
      result.strict = false;
    } else if (accept("RETURNS")) {
      result.returns = return_type();
    } else if (accept("LANGUAGE")) {
      result.language = any_word().name;
    } else if (accept("IMMUTABLE")) {
      result.immutable = true;
    } else if (accept("MEMOIZABLE")) {
      result.memoizable = true;
    } else if (accept_words({"NOT", "NULL"})) {
      result.returns.not_null = true;
    } else if (accept_words({"EXECUTE", "AS"})) {
      accept("RESTRICTED");
      result.as_caller = at("CALLER");
      if (!accept("CALLER")) expect("OWNER");
    } else if (property_ahead()) {
      property(result.properties.emplace_back());
    } else if (!accept("VOLATILE")) {
      break;
    }
  }
  bool has_imported_body = result.language != "SQL" && result.language != "JAVASCRIPT" && !at("AS"); // HANDLER, IMPORTS
  if (has_imported_body) return result;
  expect("AS");
  routine_body(result);
  return result;
}

std::vector<Parameter> SyntaxParser::parameters() {
  std::vector<Parameter> list;
  expect("(");
  if (!at(")")) {
    do {
      Parameter parameter;
      parameter.name = identifier();
      parameter.out = at_any({"OUT", "OUTPUT", "INOUT"}) && peek(1).kind == TokenKind::word;
      if (parameter.out || at("IN") || (at("INPUT") && peek(1).kind == TokenKind::word)) advance();
      parameter.type = type_name();
      if (accept_words({"NOT", "NULL"})) parameter.type.not_null = true;
      if (accept("DEFAULT")) parameter.default_value = expression();
      list.push_back(std::move(parameter));
    } while (accept(","));
  }
  expect(")");
  return list;
}

ReturnType SyntaxParser::return_type() {
  ReturnType result;
  if (at("TABLE") && is_at(peek(1), "(")) {
    advance();
    result.is_table = true;
    result.columns = parameters();
  } else {
    result.type = type_name();
  }
  result.not_null = accept_words({"NOT", "NULL"});
  if (!result.not_null) accept("NULL");
  return result;
}

void SyntaxParser::routine_body(CreateRoutine& routine) {
  size_t first = position_;
  if (at_string()) {
    routine.body = string();
  } else if (routine.language == "SQL" && block_ahead()) {
    auto body = block();
    routine.body = failed() ? std::string() : std::get<Block>(body).text;
  } else {
    unexpected();
  }
  routine.body_range = range_from(first);
}

} // namespace freshet::sql
