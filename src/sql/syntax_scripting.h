#pragma once

#include <functional>

#include "sql/parser.h"

namespace freshet::sql {

/// The tree of Snowflake Scripting: what stands between BEGIN and END. Plain values like the rest of the tree; positions are
/// those in the block's own text.

struct ScriptStatement;
using ScriptStatements = std::vector<ScriptStatement>;

/// An expression that the script computes. Bare names in it are variables, unless they stand in a subquery.
struct ScriptExpression {
  Expression value;
  std::vector<std::string> binds; // the names that it mentions as `:name`, upper case; "ROW.COLUMN" of a row's column
};

/// A statement of SQL, which reads variables as `:name`. Its own positions count from its own beginning.
struct ScriptSql {
  Statement statement;
  std::vector<std::string> binds; // as in ScriptExpression
  std::vector<Identifier> into;   // SELECT … INTO
  SourceRange range;
};

/// What stands behind `:=`, DEFAULT and RETURN: an expression, or a statement in brackets.
struct ScriptSource {
  std::optional<ScriptExpression> expression;
  std::optional<ScriptSql> sql;
  SourceRange range;
};

// ---- declarations: in DECLARE, and behind LET

/// name [type] [DEFAULT | := value]
struct ScriptVariable {
  Identifier name;
  std::optional<TypeName> type;
  std::optional<ScriptSource> value;
};
/// name CURSOR FOR query | resultset
struct ScriptCursor {
  Identifier name;
  std::optional<ScriptSql> query;
  std::optional<Identifier> resultset;
};
/// name RESULTSET [DEFAULT | := (statement)]
struct ScriptResultset {
  Identifier name;
  std::optional<ScriptSource> value;
};
/// name EXCEPTION [(number, 'message')]
struct ScriptException {
  Identifier name;
  int32_t number = -20000;
  std::string message;
};
struct ScriptBlock;
/// name PROCEDURE (parameters) RETURNS type AS block
struct ScriptNestedProcedure {
  Identifier name;
  std::vector<Parameter> parameters;
  ReturnType returns;
  Box<ScriptBlock> body;
};

// ---- blocks

/// WHEN a OR b [EXIT | CONTINUE] THEN …
struct ScriptHandler {
  std::vector<std::string> exceptions; // upper case: STATEMENT_ERROR, EXPRESSION_ERROR, OTHER, or a declared name
  bool goes_on = false;                // CONTINUE: at the statement behind the one that failed
  ScriptStatements body;
};
struct ScriptBlock {
  ScriptStatements declarations;
  ScriptStatements body;
  std::vector<ScriptHandler> handlers;
  std::string label; // upper case
};

// ---- control flow

struct ScriptAssignment {
  Identifier name;
  ScriptSource value;
};
struct ScriptBranch {
  ScriptExpression condition; // of a simple CASE: the value
  ScriptStatements body;
};
struct ScriptIf {
  std::vector<ScriptBranch> branches;
  ScriptStatements otherwise;
};
struct ScriptCase {
  std::optional<ScriptExpression> operand;
  std::vector<ScriptBranch> branches;
  std::optional<ScriptStatements> otherwise;
};
/// FOR name IN cursor | resultset | (query), or IN [REVERSE] first TO last
struct ScriptFor {
  Identifier name;
  std::optional<Identifier> rows; // a cursor's or a resultset's name
  std::optional<ScriptSql> query;
  std::optional<ScriptExpression> first;
  std::optional<ScriptExpression> last;
  bool reverse = false;
  ScriptStatements body;
  std::string label;
};
/// WHILE, REPEAT … UNTIL, LOOP
struct ScriptLoop {
  enum class Kind { while_, repeat, forever };
  Kind kind = Kind::forever;
  std::optional<ScriptExpression> condition;
  ScriptStatements body;
  std::string label;
};
/// BREAK | EXIT, CONTINUE | ITERATE, of the innermost loop or of the one labelled so
struct ScriptJump {
  bool goes_on = false; // CONTINUE
  std::string label;
};
/// RETURN [value], RETURN TABLE(resultset), RETURN TABLE(query)
struct ScriptReturn {
  std::optional<ScriptSource> value;
  std::optional<Identifier> table; // a resultset's or a cursor's name
  bool is_table = false;           // RETURN TABLE(query)
};
/// RAISE [exception]
struct ScriptRaise {
  std::optional<Identifier> name;
};
struct ScriptOpen {
  Identifier cursor;
  std::vector<ScriptExpression> arguments;
};
struct ScriptFetch {
  Identifier cursor;
  std::vector<Identifier> into;
};
struct ScriptClose {
  Identifier cursor;
};
/// NULL; also AWAIT and CANCEL, since what is started by ASYNC has run when it was started
struct ScriptNothing {};

struct ScriptStatement {
  using Node = std::variant<ScriptSql, ScriptVariable, ScriptCursor, ScriptResultset, ScriptException, ScriptNestedProcedure,
                            ScriptAssignment, ScriptBlock, ScriptIf, ScriptCase, ScriptFor, ScriptLoop, ScriptJump,
                            ScriptReturn, ScriptRaise, ScriptOpen, ScriptFetch, ScriptClose, ScriptNothing>;
  Node node;
  SourceRange range;

  template <typename T>
  const T* as() const {
    return std::get_if<T>(&node);
  }
};

/// Exactly one block: [DECLARE …] BEGIN … END [;]
SqlResult<ScriptBlock> parse_script_block(std::string_view text, ParseOptions options = {});
/// Whether the text is such a block rather than an expression or a query.
bool is_script_block(std::string_view text);

/// Replaces bare names in an expression, but not in its subqueries nor where a date part stands; `replace` gives what stands
/// for a name, or nothing.
void replace_names(Expression& expression,
                   const std::function<std::optional<Expression::Node>(const QualifiedName& name)>& replace);

} // namespace freshet::sql
