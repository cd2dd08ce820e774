#pragma once

#include <algorithm>
#include <initializer_list>
#include <set>
#include <span>

#include "sql/lexer.h"
#include "sql/parser.h"
#include "sql/syntax_scripting.h"

namespace freshet::sql {

/// Recursive descent over a list of tokens; the rules are spread over parser_*.cc by family. Used by parser.h only.
///
/// Errors: the first one is kept and the cursor moves to the end of the tokens, so that every rule still under way meets the
/// end, matches nothing more and returns. Rules therefore return plain values; the caller of the first one asks `failed()`.
/// Limits: nesting of rules k_nesting_max, height of the tree k_height_max (a chain `a + b + …` is flat for the parser, not for
/// the tree).
class SyntaxParser {
 public:
  explicit SyntaxParser(const TokenList& list, ParseOptions options = {}) : list_(list), options_(options) {}

  std::vector<Statement> script();
  Statement statement();
  Query query();
  Expression expression();
  TypeName type_name();
  QualifiedName qualified_name();
  StageLocation stage_location();
  ScriptBlock script_block();
  std::vector<StatementText> split();
  void skip_semicolons() {
    while (accept(";")) {
    }
  }
  static SqlResult<StageLocation> location(std::string_view text);
  /// Whether the word, in upper case, has to be quoted to be a name.
  static bool is_reserved(std::string_view word);
  /// Complains unless everything has been read.
  void expect_end();

  bool failed() const { return error_.has_value(); }
  Error take_error() { return std::move(*error_); }

 private:
  // ---- cursor (syntax_parser.cc)
  const Token& peek() const { return list_.tokens[position_]; }
  const Token& peek(size_t ahead) const { return list_.tokens[std::min(position_ + ahead, list_.tokens.size() - 1)]; }
  std::string_view folded(const Token& token) const { return list_.folded(token); }
  std::string_view text(const Token& token) const { return list_.text(token); }
  static bool is_at(const Token& token, Word word_or_symbol) { return token.word == word_or_symbol; }
  bool at(Word word_or_symbol) const { return is_at(peek(), word_or_symbol); }
  bool at_any(std::span<const Word> words) const { return std::ranges::find(words, peek().word) != words.end(); }
  bool at_any(std::initializer_list<Word> words) const { return at_any(std::span(words.begin(), words.size())); }
  bool at_words(std::span<const Word> words) const { return at(words.front()) && others_follow(words); }
  bool at_words(std::initializer_list<Word> words) const { return at_words(std::span(words.begin(), words.size())); }
  bool others_follow(std::span<const Word> words) const; // all but the first
  bool at_kind(TokenKind kind) const { return peek().kind == kind; }
  bool at_end() const { return peek().kind == TokenKind::end; }
  void advance() { position_ = std::min(position_ + 1, list_.tokens.size() - 1); }
  bool accept(Word word_or_symbol) {
    if (!at(word_or_symbol)) return false;
    advance();
    return true;
  }
  bool accept_words(std::span<const Word> words) {
    if (!at_words(words)) return false;
    position_ += words.size(); // none of them is the end
    return true;
  }
  bool accept_words(std::initializer_list<Word> words) { return accept_words(std::span(words.begin(), words.size())); }
  /// `words` one after the other, or an error.
  void expect(Word word_or_symbol) {
    if (!accept(word_or_symbol)) unexpected();
  }
  void expect_words(std::initializer_list<Word> words);
  void fail_with(Error error);
  void too_deep();
  void unexpected() { unexpected(peek()); }
  void unexpected(const Token& token);
  void unsupported(std::string_view construct, const Token& token);
  SourceRange range_from(size_t first) const;
  std::string text_from(size_t first) const;
  std::string text_until(size_t first, size_t last) const;
  size_t matching_bracket(size_t open) const;
  const Token& after_bracket(size_t open) const; // what follows the one that closes it
  size_t block_end(size_t first) const;
  bool block_ahead(size_t ahead = 0) const;

  // ---- names and values
  bool at_identifier() const;
  Identifier identifier();
  Identifier column_name();                  // where only one can stand: also words reserved in expressions or FROM alone
  Identifier any_word();                     // keywords too
  std::vector<Identifier> identifier_list(); // (a, b)
  std::vector<QualifiedName> name_list();    // a, b or (a, b)
  QualifiedName identifier_function();
  Box<DynamicName> dynamic_name();
  std::string string();
  bool at_string() const;
  int64_t integer();
  std::optional<std::vector<TypeName>> argument_types();
  bool if_exists();
  bool if_not_exists();

  // ---- properties (parser_properties.cc)
  Properties properties(std::initializer_list<Word> stop_words);
  bool property_ahead() const;
  void property(Property& property);
  PropertyValue property_value();
  PropertyValue bracketed_value();
  Properties bracketed_properties(); // ( a = b, c => d )
  void tags(Properties& out);        // [WITH] TAG (a = 'x')
  Properties tag_list();             // a = 'x', b = 'y', after SET TAG; names alone after UNSET TAG
  PropertyValue string_list();       // 'a', 'b'

  // ---- expressions (parser_expression.cc, parser_primary.cc, parser_function.cc)
  Expression disjunction();
  Expression conjunction();
  Expression negation();
  Expression comparison();
  bool comparison_tail(Expression& left, size_t first);
  Expression additive();
  Expression multiplicative();
  Expression unary();
  Expression postfix();
  Expression primary();
  Expression word_primary();
  Expression bracketed();
  Expression reference();
  Expression case_expression();
  Expression cast_call(bool is_try);
  Expression array_literal();
  Expression object_literal();
  Expression typed_literal();
  Expression lambda(std::vector<Identifier> parameters, std::vector<std::optional<TypeName>> types, size_t first);
  Expression function_call(QualifiedName name, size_t first);
  FunctionCall call_of(QualifiedName name);
  void arguments(FunctionCall& call);
  void call_suffixes(FunctionCall& call);
  Argument argument();
  Star star(QualifiedName table);
  Window window();
  void window_body(Window& window);
  FrameBound frame_bound();
  std::vector<OrderItem> order_items();
  void order_direction(std::optional<bool>& descending, std::optional<bool>& nulls_first);
  std::vector<Expression> expression_list();
  Expression list_item(); // an expression, or ** array
  std::vector<Expression> bracketed_expressions();
  Box<Query> bracketed_query();
  bool query_in_brackets(size_t ahead = 0) const;
  std::optional<BinaryOperator> comparison_operator();

  // ---- queries (parser_query.cc, parser_table.cc)
  QueryBody query_body();
  QueryBody query_term();
  QueryBody query_primary();
  void select(Select& select);
  void select_item(SelectItem& item);
  void group_by(Select& select);
  GroupingElement grouping_element();
  ValuesClause values_clause();
  void limits(Query& query);
  TableReference from_clause();
  TableReference joined_table();
  std::optional<Join> join_head();
  void join_condition(Join& join);
  TableReference table_factor();
  TableReference table_primary();
  TableReference named_table();
  TableReference table_keyword();
  TableReference table_function(FunctionCall call, bool lateral);
  TableReference stage_table();
  TableReference pivot(TableReference table);
  TableReference unpivot(TableReference table);
  // MATCH_RECOGNIZE (parser_match.cc)
  TableReference match_recognize(TableReference table);
  void match_output(MatchRecognize& match);
  void match_skip(MatchRecognize& match);
  RowPattern row_pattern();
  RowPattern pattern_sequence();
  RowPattern pattern_factor();
  void pattern_quantifier(RowPattern& pattern);
  bool at_match_rows() const; // RUNNING | FINAL f(
  Expression match_call();
  HistoryPoint history_point();
  Sample sample();
  TableAlias table_alias();
  bool at_table_alias() const;
  bool at_select_alias() const;
  // `(+)` (parser_outer_join.cc)
  struct PredicateTables {
    std::set<std::string> marked, others;
    bool has_mark = false;
  };
  bool at_outer_mark() const;
  PredicateTables predicate_tables(const SourceRange& range) const;
  void lower_outer_joins(Select& select);
  void grow(uint32_t levels = 1);

  // ---- statements (parser_dml.cc, parser_ddl.cc, parser_table_ddl.cc, parser_alter.cc, parser_task.cc, parser_load.cc,
  // parser_session.cc)
  Statement::Node statement_node();
  Statement link(); // of a chain by ->>
  Statement::Node with_or_select();
  Statement::Node insert();
  Statement::Node multi_table_insert(bool overwrite, bool first);
  InsertTarget insert_target();
  Statement::Node update();
  Statement::Node remove();
  Statement::Node truncate();
  Statement::Node merge();
  MergeClause merge_clause(const Merge& merge);
  std::vector<Assignment> assignments();
  Expression value_or_default();
  Identifier target_column(const Merge& merge);
  Statement::Node create();
  CreateOptions create_options();
  void check_create_options(const CreateOptions& options);
  std::optional<ObjectKind> object_kind();
  ObjectKind expect_object_kind();
  std::optional<CloneClause> clone_clause();
  void clone_options(CloneClause& clause);
  void append_properties(Properties& list);
  Statement::Node create_table(CreateOptions options, ObjectKind kind);
  void table_elements(CreateTable& table);
  bool at_constraint() const;
  void column_definition(ColumnDefinition& column);
  bool column_option(ColumnDefinition& column);
  Identity identity();
  Constraint constraint(bool at_column);
  void constraint_attributes(Constraint& constraint);
  Statement::Node create_view(CreateOptions options, bool materialized, bool recursive);
  Statement::Node create_sequence(CreateOptions options);
  Statement::Node create_stream(CreateOptions options);
  Statement::Node create_history_table(CreateOptions options);
  Statement::Node create_pipe(CreateOptions options);
  Statement::Node create_task(CreateOptions options);
  Identifier execute_as_user();
  Statement::Node create_alert(CreateOptions options);
  Box<StatementBox> alert_condition(std::string& text); // EXISTS (…)
  Statement::Node create_routine(CreateOptions options, bool is_function);
  CreateRoutine routine(CreateOptions options, bool is_function, QualifiedName name);
  Statement::Node call_with_procedure(); // WITH name AS PROCEDURE … CALL name(…)
  std::vector<Parameter> parameters();
  ReturnType return_type();
  void routine_body(CreateRoutine& routine);
  Statement::Node create_object(CreateOptions options, ObjectKind kind);
  void policy_definition(CreateObject& object);
  std::optional<PolicyUse> masking_policy();    // [WITH] MASKING POLICY p [USING (…)]
  std::optional<PolicyUse> row_access_policy(); // [WITH] ROW ACCESS POLICY p ON (…)
  Box<StatementBox> nested_statement();
  Statement::Node drop();
  Statement::Node undrop();
  Statement::Node alter();
  Statement::Node alter_session();
  AlterAction alter_action(ObjectKind kind);
  AlterAction alter_set(ObjectKind kind);
  AlterAction alter_unset(ObjectKind kind);
  bool at_account_policy(ObjectKind kind) const;
  AlterAction alter_add(ObjectKind kind);
  AlterAction alter_drop(ObjectKind kind);
  AlterAction alter_modify(ObjectKind kind);
  AlterAction search_optimization(std::string_view verb);
  std::optional<AlterWords> alter_external_files();
  Property text_property(std::string_view key);
  Property share_accounts();
  AlterWords tag_policies(std::string_view verb);
  AlterColumns alter_columns();
  AlterColumn alter_column();
  bool alter_column_policy_or_tags(AlterColumn& column);
  Statement::Node comment_on();
  Statement::Node copy_into();
  Statement::Node list_files();
  Statement::Node remove_files();
  Statement::Node put_files();
  Statement::Node get_files();
  StageLocation location_of(std::string_view text, const Token& token);
  bool at_location() const;
  Statement::Node use();
  Statement::Node begin();
  Statement::Node call();
  Statement::Node set_variables();
  Statement::Node unset_variables();
  Statement::Node execute();
  Statement::Node show();
  void show_grants(Show& show);
  Statement::Node describe();
  Statement::Node grant(bool revoke);
  void grant_target(Grant& grant);
  Statement::Node explain();
  Statement::Node block();

  // ---- Snowflake Scripting (parser_script.cc)
  ScriptStatements script_body(std::initializer_list<Word> ends);
  ScriptHandler script_handler();
  ScriptStatement script_statement();
  ScriptStatement script_statement_node();
  ScriptStatement script_declaration();
  ScriptStatement script_cursor(Identifier name);
  ScriptStatement script_if();
  ScriptStatement script_case();
  ScriptStatement script_for();
  ScriptStatement script_loop();
  void script_loop_end(Word word, std::string& label);
  ScriptStatement script_return();
  ScriptStatement script_cursor_use();
  ScriptSource script_source();
  ScriptExpression script_expression();
  ScriptSql script_sql();
  std::vector<std::string> script_binds(size_t first) const;

  class Nesting; // counts rules under way

  const TokenList& list_;
  ParseOptions options_;
  mutable std::vector<uint32_t> brackets_; // of each `(` the index of its `)`; empty until one is asked for
  Token origin_;                           // where ranges count from: a statement in a block counts from its own beginning
  size_t position_ = 0;
  uint32_t nesting_ = 0;
  uint32_t height_ = 0; // of the tree parsed last, an upper bound
  uint32_t binds_ = 0;
  bool has_outer_mark_ = false; // in the WHERE under way
  bool in_script_ = false;      // `:row.column` is a bind
  std::optional<Error> error_;
};

/// Tallest tree: what printers, copies and destructors walk recursively.
inline constexpr uint32_t k_height_max = 1000;
/// Lists that most texts need begin with room for as many items: moving them while they grow is a tenth of the parsing.
inline constexpr size_t k_usual_list = 8;

class SyntaxParser::Nesting {
 public:
  explicit Nesting(SyntaxParser& parser) : parser_(parser), outer_height_(parser.height_) {
    parser_.height_ = 0;
    if (++parser_.nesting_ > k_nesting_max) parser_.too_deep();
  }
  ~Nesting() {
    --parser_.nesting_;
    parser_.height_ = std::max(outer_height_, parser_.height_ + 1);
  }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  SyntaxParser& parser_;
  uint32_t outer_height_;
};

} // namespace freshet::sql
