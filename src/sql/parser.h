#pragma once

#include <string_view>
#include <vector>

#include "sql/error.h"
#include "sql/syntax.h"

namespace freshet::sql {

/// How deep expressions, queries and statements may nest before the parser says so (an error of its own, never a stack
/// overflow).
inline constexpr uint32_t k_nesting_max = 256;

/// The session parameters that decide what a text says.
struct ParseOptions {
  bool folds_quoted = false; // QUOTED_IDENTIFIERS_IGNORE_CASE: "name" is NAME
};

/// A script: statements between `;` (the last one optional). Blocks (BEGIN … END, DECLARE …) and $$ bodies stay whole.
/// Each statement carries its text and range in `script`. The first error ends it.
SqlResult<std::vector<Statement>> parse_script(std::string_view script);
/// Exactly one statement; a `;` may follow it.
SqlResult<Statement> parse_statement(std::string_view text, ParseOptions options = {});
SqlResult<Query> parse_query(std::string_view text, ParseOptions options = {});
SqlResult<Expression> parse_expression(std::string_view text, ParseOptions options = {});
SqlResult<TypeName> parse_type(std::string_view text);
/// `a.b."c"`, as IDENTIFIER('…') and SYSTEM$… arguments give it.
SqlResult<QualifiedName> parse_qualified_name(std::string_view text, ParseOptions options = {});
/// `@stage/path` or a URL, as strings give it.
SqlResult<StageLocation> parse_stage_location(std::string_view text);

/// The texts of a script's statements without parsing them: for running statements up to the first faulty one.
struct StatementText {
  std::string_view text;
  SourceRange range;
};
SqlResult<std::vector<StatementText>> split_script(std::string_view script);

} // namespace freshet::sql
