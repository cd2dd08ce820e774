// Snowflake Scripting: blocks, declarations and what is no SQL statement in them.
#include <algorithm>
#include <unordered_set>
#include <utility>

#include "sql/syntax_parser.h"

namespace freshet::sql {

namespace {

/// INTO stands in the first SELECT of a query.
Select* first_select(QueryBody& body) {
  if (auto* select = std::get_if<Select>(&body.node)) return select;
  if (auto* operation = std::get_if<SetOperation>(&body.node)) return first_select(operation->operands[0]);
  auto* query = std::get_if<Box<Query>>(&body.node);
  return query != nullptr && *query ? first_select((*query)->body) : nullptr;
}

} // namespace

ScriptBlock SyntaxParser::script_block() {
  Nesting nesting(*this);
  ScriptBlock result;
  if (accept("DECLARE")) {
    while (!at("BEGIN") && !at_end()) {
      size_t first = position_;
      ScriptStatement declaration = script_declaration();
      declaration.range = range_from(first);
      result.declarations.push_back(std::move(declaration));
      expect(";");
    }
  }
  expect("BEGIN");
  result.body = script_body({"EXCEPTION", "END"});
  if (accept("EXCEPTION")) {
    do {
      result.handlers.push_back(script_handler());
    } while (at("WHEN"));
  }
  expect("END");
  bool labelled = at_kind(TokenKind::word) && (is_at(peek(1), ";") || peek(1).kind == TokenKind::end);
  if (labelled) result.label = any_word().name;
  return result;
}

/// Statements, each closed by `;`, up to one of the words that end them.
ScriptStatements SyntaxParser::script_body(std::initializer_list<Word> ends) {
  ScriptStatements body;
  while (!at_any(ends)) {
    if (at_end()) {
      unexpected();
      break;
    }
    if (accept(";")) continue; // an empty statement
    body.push_back(script_statement());
    expect(";");
  }
  return body;
}

ScriptHandler SyntaxParser::script_handler() {
  ScriptHandler handler;
  expect("WHEN");
  do {
    handler.exceptions.push_back(identifier().name);
  } while (accept("OR"));
  handler.goes_on = accept("CONTINUE");
  if (!handler.goes_on) accept("EXIT");
  expect("THEN");
  handler.body = script_body({"WHEN", "END"});
  return handler;
}

ScriptStatement SyntaxParser::script_statement() {
  Nesting nesting(*this);
  size_t first = position_;
  ScriptStatement result = script_statement_node();
  result.range = range_from(first);
  return result;
}

ScriptStatement SyntaxParser::script_statement_node() {
  if ((at_kind(TokenKind::word) || at_kind(TokenKind::quoted)) && is_at(peek(1), ":=")) {
    ScriptAssignment result{any_word(), {}};
    advance();
    result.value = script_source();
    return {std::move(result), {}};
  }
  if (block_ahead()) return {script_block(), {}};
  if (accept("LET")) return script_declaration();
  if (at("IF")) return script_if();
  if (at("CASE")) return script_case();
  if (at("FOR")) return script_for();
  if (at_any({"WHILE", "REPEAT", "LOOP"})) return script_loop();
  if (at("RETURN")) return script_return();
  if (at_any({"BREAK", "EXIT", "CONTINUE", "ITERATE"})) {
    ScriptJump jump{at("CONTINUE") || at("ITERATE"), {}};
    advance();
    if (!at(";")) jump.label = any_word().name;
    return {std::move(jump), {}};
  }
  if (accept("RAISE")) {
    ScriptRaise raise;
    if (!at(";")) raise.name = identifier();
    return {std::move(raise), {}};
  }
  if (at_any({"OPEN", "FETCH", "CLOSE"})) return script_cursor_use();
  if (accept("NULL")) return {ScriptNothing{}, {}};
  if (at_kind(TokenKind::word) && folded(peek()).starts_with("SYSTEM$") && is_at(peek(1), "(")) { // SYSTEM$LOG('info', '…');
    size_t first = position_;
    bool outer = std::exchange(in_script_, true);
    Token outer_origin = std::exchange(origin_, peek());
    Select select;
    select_item(select.items.emplace_back());
    Query query;
    query.body.node = std::move(select);
    ScriptSql call;
    call.statement.node = QueryStatement{std::move(query)};
    call.statement.range = range_from(first);
    call.statement.text = "SELECT " + text_from(first);
    origin_ = outer_origin;
    in_script_ = outer;
    call.range = range_from(first);
    call.binds = script_binds(first);
    return {std::move(call), {}};
  }
  if (accept("AWAIT") || accept("CANCEL")) {
    if (!accept("ALL")) identifier();
    return {ScriptNothing{}, {}};
  }
  if (accept("ASYNC")) {
    expect("(");
    ScriptSql sql = script_sql();
    expect(")");
    return {std::move(sql), {}};
  }
  return {script_sql(), {}};
}

/// What follows LET, or stands in DECLARE.
ScriptStatement SyntaxParser::script_declaration() {
  Identifier name = identifier();
  if (at_words({"CURSOR", "FOR"})) return script_cursor(std::move(name));
  if (accept("RESULTSET")) {
    ScriptResultset result{std::move(name), {}};
    if (accept("DEFAULT") || accept(":=")) result.value = script_source();
    return {std::move(result), {}};
  }
  if (accept("EXCEPTION")) {
    ScriptException result{.name = std::move(name), .message = {}};
    if (accept("(")) {
      result.number = static_cast<int32_t>(integer());
      if (accept(",")) result.message = string();
      expect(")");
    }
    return {std::move(result), {}};
  }
  if (accept("PROCEDURE")) {
    ScriptNestedProcedure result{.name = std::move(name), .parameters = parameters(), .returns = {}, .body = {}};
    expect("RETURNS");
    result.returns = return_type();
    if (accept("LANGUAGE")) expect("SQL");
    expect("AS");
    result.body = script_block();
    return {std::move(result), {}};
  }
  ScriptVariable result{.name = std::move(name), .type = {}, .value = {}};
  if (!at("DEFAULT") && !at(":=")) {
    result.type = type_name();
    accept_words({"NOT", "NULL"});
  }
  if (accept("DEFAULT") || accept(":=")) result.value = script_source();
  return {std::move(result), {}};
}

ScriptStatement SyntaxParser::script_cursor(Identifier name) {
  ScriptCursor result{.name = std::move(name), .query = {}, .resultset = {}};
  expect_words({"CURSOR", "FOR"});
  if (at("(")) {
    advance();
    result.query = script_sql();
    expect(")");
  } else if (at_identifier() && is_at(peek(1), ";")) {
    result.resultset = identifier();
  } else {
    result.query = script_sql();
  }
  return {std::move(result), {}};
}

ScriptStatement SyntaxParser::script_if() {
  ScriptIf result;
  advance();
  do {
    ScriptBranch branch;
    branch.condition = script_expression();
    expect("THEN");
    branch.body = script_body({"ELSEIF", "ELSE", "END"});
    result.branches.push_back(std::move(branch));
  } while (accept("ELSEIF"));
  if (accept("ELSE")) result.otherwise = script_body({"END"});
  expect_words({"END", "IF"});
  return {std::move(result), {}};
}

ScriptStatement SyntaxParser::script_case() {
  ScriptCase result;
  advance();
  if (!at("WHEN")) result.operand = script_expression();
  do {
    expect("WHEN");
    ScriptBranch branch;
    branch.condition = script_expression();
    expect("THEN");
    branch.body = script_body({"WHEN", "ELSE", "END"});
    result.branches.push_back(std::move(branch));
  } while (at("WHEN"));
  if (accept("ELSE")) result.otherwise = script_body({"END"});
  expect("END");
  accept("CASE");
  return {std::move(result), {}};
}

ScriptStatement SyntaxParser::script_for() {
  ScriptFor result;
  advance();
  result.name = identifier();
  expect("IN");
  result.reverse = accept("REVERSE");
  if (query_in_brackets() && !is_at(after_bracket(position_), "TO")) {
    advance();
    result.query = script_sql();
    expect(")");
  } else if (at_identifier() && (is_at(peek(1), "DO") || is_at(peek(1), "LOOP"))) {
    result.rows = identifier();
  } else {
    result.first = script_expression();
    expect("TO");
    result.last = script_expression();
  }
  if (!accept("LOOP")) expect("DO");
  result.body = script_body({"END"});
  script_loop_end("FOR", result.label);
  return {std::move(result), {}};
}

ScriptStatement SyntaxParser::script_loop() {
  using enum ScriptLoop::Kind;
  ScriptLoop result;
  if (accept("WHILE")) {
    result.kind = while_;
    result.condition = script_expression();
    if (!accept("LOOP")) expect("DO");
    result.body = script_body({"END"});
    script_loop_end("WHILE", result.label);
  } else if (accept("REPEAT")) {
    result.kind = repeat;
    result.body = script_body({"UNTIL"});
    expect("UNTIL");
    result.condition = script_expression();
    script_loop_end("REPEAT", result.label);
  } else {
    advance();
    result.body = script_body({"END"});
    script_loop_end("LOOP", result.label);
  }
  return {std::move(result), {}};
}

void SyntaxParser::script_loop_end(Word word, std::string& label) {
  expect("END");
  if (!accept("LOOP")) expect(word);
  if (!at(";")) label = any_word().name; // INNER and OUTER are favourites
}

ScriptStatement SyntaxParser::script_return() {
  ScriptReturn result;
  advance();
  if (at(";") || at("END")) return {std::move(result), {}};
  if (!(at("TABLE") && is_at(peek(1), "("))) {
    result.value = script_source();
    return {std::move(result), {}};
  }
  advance();
  size_t first = position_;
  advance();
  bool of_cursor = at("RESULTSET_FROM_CURSOR") && is_at(peek(1), "(");
  if (of_cursor) {
    advance();
    advance();
  }
  accept(":");
  if (at_identifier() && is_at(peek(1), ")")) {
    result.table = identifier();
  } else {
    ScriptSource source{.expression = {}, .sql = script_sql(), .range = {}};
    source.range = range_from(first);
    result.value = std::move(source);
    result.is_table = true;
  }
  if (of_cursor) expect(")");
  expect(")");
  return {std::move(result), {}};
}

ScriptStatement SyntaxParser::script_cursor_use() {
  if (accept("OPEN")) {
    ScriptOpen result{identifier(), {}};
    if (accept("USING")) {
      expect("(");
      do {
        result.arguments.push_back(script_expression());
      } while (accept(","));
      expect(")");
    }
    return {std::move(result), {}};
  }
  if (accept("CLOSE")) return {ScriptClose{identifier()}, {}};
  expect("FETCH");
  ScriptFetch result{identifier(), {}};
  expect("INTO");
  do {
    accept(":");
    result.into.push_back(identifier());
  } while (accept(","));
  return {std::move(result), {}};
}

/// (statement) when that is all there is, else an expression.
ScriptSource SyntaxParser::script_source() {
  ScriptSource result;
  accept("ASYNC");
  size_t first = position_;
  static constexpr Word k_statements[] = {"SELECT", "WITH",     "CALL",   "EXECUTE", "SHOW",   "DESC",
                                          "LIST",   "DESCRIBE", "INSERT", "UPDATE",  "DELETE", "MERGE"};
  bool statement = at("(") && std::ranges::find(k_statements, peek(1).word) != std::end(k_statements);
  if (statement) statement = is_at(after_bracket(position_), ";");
  if (statement) {
    advance();
    result.sql = script_sql();
    expect(")");
  } else {
    result.expression = script_expression();
  }
  result.range = range_from(first);
  return result;
}

ScriptExpression SyntaxParser::script_expression() {
  size_t first = position_;
  bool outer = std::exchange(in_script_, true);
  ScriptExpression result{expression(), {}};
  in_script_ = outer;
  result.binds = script_binds(first);
  return result;
}

/// The statement's ranges count from its own beginning, since that is what it runs as.
ScriptSql SyntaxParser::script_sql() {
  size_t first = position_;
  ScriptSql result;
  bool outer = std::exchange(in_script_, true);
  Token outer_origin = std::exchange(origin_, peek());
  result.statement = statement();
  origin_ = outer_origin;
  in_script_ = outer;
  if (failed()) return result;
  result.range = range_from(first);
  result.binds = script_binds(first);
  if (auto* query = result.statement.as<QueryStatement>()) {
    if (auto* select = first_select(query->query.body)) result.into = std::exchange(select->into, {});
  }
  return result;
}

/// The names that the tokens from `first` on mention as `:name` or `:row.column`.
std::vector<std::string> SyntaxParser::script_binds(size_t first) const {
  std::vector<std::string> names;
  std::unordered_set<std::string> known;
  for (size_t i = first; i + 1 < position_; ++i) {
    if (!is_at(list_.tokens[i], ":") || list_.tokens[i + 1].kind != TokenKind::word) continue;
    std::string name(folded(list_.tokens[i + 1]));
    bool of_row = i + 3 < position_ && is_at(list_.tokens[i + 2], ".") && list_.tokens[i + 3].kind == TokenKind::word;
    if (of_row) name += "." + std::string(folded(list_.tokens[i + 3]));
    if (known.insert(name).second) names.push_back(std::move(name));
  }
  return names;
}

bool is_script_block(std::string_view text) {
  const auto tokens = tokenize(text);
  if (!tokens) return false;
  const Word first = tokens->tokens.front().word;
  return first == Word("DECLARE") || first == Word("BEGIN");
}

SqlResult<ScriptBlock> parse_script_block(std::string_view text, ParseOptions options) {
  TokenList tokens = TRY(tokenize(text));
  SyntaxParser parser(tokens, options);
  ScriptBlock block = parser.script_block();
  if (!parser.failed()) parser.skip_semicolons();
  if (!parser.failed()) parser.expect_end();
  if (parser.failed()) return fail(parser.take_error());
  return block;
}

} // namespace freshet::sql
