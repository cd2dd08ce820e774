#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/error.h"
#include "sql/syntax.h"
#include "sql/types.h"

namespace freshet::sql {

/// A column of a relation and what it holds, where that is known.
struct OutputColumn {
  std::string name;
  std::optional<SnowflakeType> type;
  bool nullable = true;
  bool is_null = false; // NULL in every row: any type
  bool hidden = false;  // there by its name only: * leaves it out
};

/// METADATA$FILENAME, …: what can be asked about each row of a staged file, besides its fields.
std::vector<OutputColumn> staged_file_columns();

/// What the columns of one source of a statement hold, as far as the text tells.
struct SourceColumns {
  std::string name;      // the table's alias; empty: none
  bool is_known = false; // false: it may have any column
  std::vector<OutputColumn> columns;
};

/// What the printer has to ask the warehouse: which engine text stands for the names a statement uses. One object per
/// statement; calls come in the order of the text. Every function may refuse with the error that the user is to see.
class EngineNames {
 public:
  virtual ~EngineNames() = default;

  /// The engine's relation: `"DB.SCHEMA"."T"`, or a parenthesised subquery for AT, CHANGES and streams. Without alias: the
  /// printer adds `AS "T"` (the table's own name where no alias is written) and the sample. Common tables never come here.
  virtual SqlResult<std::string> relation(const NamedTable& table) = 0;
  /// A relation over staged files whose columns are called "$1", "$2", … and METADATA$FILENAME, ….
  virtual SqlResult<std::string> stage(const StageTable& table) = 0;
  /// Table functions that the printer does not know itself (it knows FLATTEN, GENERATOR, SPLIT_TO_TABLE,
  /// STRTOK_SPLIT_TO_TABLE). `arguments` are the printed values by name ("" of positional ones).
  struct PrintedArgument {
    std::string name;
    std::string text;
    const Expression* value = nullptr;
    std::optional<SnowflakeType> type = {}; // where it is known
  };
  virtual SqlResult<std::string> table_function(const FunctionCall& call, const std::vector<PrintedArgument>& arguments) = 0;
  /// CURRENT_DATABASE(), CURRENT_TIMESTAMP, SYSTEM$…, LAST_QUERY_ID(), user-defined functions, …: engine text, or nullopt when
  /// the warehouse does not know it (the printer then says "Unknown function").
  virtual SqlResult<std::optional<std::string>> context_function(const FunctionCall& call,
                                                                 const std::vector<PrintedArgument>& arguments) = 0;
  /// `$name`
  virtual SqlResult<std::string> variable(const SessionVariable& variable) = 0;
  /// `?`, `:name`
  virtual SqlResult<std::string> bind(const BindVariable& bind) = 0;
  /// The text that a session variable or a bind stands for where a name or a word is meant (DATE_TRUNC($part, …)); nullopt
  /// where it holds something else.
  virtual SqlResult<std::optional<std::string>> constant_text(const Expression&) { return std::nullopt; }
  /// The name that IDENTIFIER($x) stands for.
  virtual SqlResult<QualifiedName> dynamic_name(const DynamicName& name) = 0;
  /// `sequence.NEXTVAL`; nullopt when there is no such sequence (then it is a column).
  virtual SqlResult<std::optional<std::string>> next_value(const QualifiedName& sequence) = 0;
  /// The columns of a table or view that `relation` knows; nullopt: not known.
  virtual std::optional<std::vector<OutputColumn>> columns(const NamedTable&) { return std::nullopt; }
  /// What a column holds that no table of the printed text has: of the target of UPDATE, MERGE, ….
  virtual std::optional<SnowflakeType> column_type(const QualifiedName&) { return std::nullopt; }
  /// The first column of a query's rows as engine literals, for what has to be known before the statement runs (PIVOT … IN
  /// (ANY)).
  virtual SqlResult<std::vector<std::string>> values(const std::string& engine_query);
  /// A column in another way than by its name, or nullopt.
  virtual SqlResult<std::optional<std::string>> column(const ColumnReference&) { return std::nullopt; }
  /// The argument of that name, when the body of a user-defined function is printed: columns of what the body reads come first.
  virtual std::optional<std::string> argument(const ColumnReference&) { return std::nullopt; }
  /// What a call that the printer does not know itself gives, by the types of its arguments.
  virtual std::optional<SnowflakeType> call_type(const FunctionCall&, const std::vector<std::optional<SnowflakeType>>&) {
    return std::nullopt;
  }
  /// The elements of an array, engine text without columns, as literals: what `** array` stands for. Of NULL: one NULL.
  virtual SqlResult<std::vector<Expression>> elements(const std::string& array);
  /// Whether a table function of this name sees partitions of its input rather than one row after the other.
  virtual bool takes_partitions(const FunctionCall&) { return false; }
  /// What a call of such a function is made of: its arguments for one row as its parameters take them; the text of a JSON array
  /// of what it gives for one partition, from lists of those; and of each column its name and its text, where "$r" is an element
  /// of that array, whose first element says which row it was given for, from 1 on (null: none).
  struct PartitionFunction {
    std::vector<std::string> arguments;
    std::function<std::string(const std::vector<std::string>& lists)> rows;
    std::vector<std::pair<OutputColumn, std::string>> columns;
  };
  virtual SqlResult<PartitionFunction> partition_function(const FunctionCall& call, const std::vector<PrintedArgument>& arguments);
  /// The columns of a table function that `table_function` knows.
  virtual std::optional<std::vector<OutputColumn>> table_function_columns(const FunctionCall&,
                                                                          const std::vector<PrintedArgument>&) {
    return std::nullopt;
  }
};

/// The session parameters that decide what an expression means.
struct PrintOptions {
  TypeKind timestamp_alias = TypeKind::timestamp_ntz;
  std::string date_output = "YYYY-MM-DD";
  std::string time_output = "HH24:MI:SS";
  std::string timestamp_ntz_output = "YYYY-MM-DD HH24:MI:SS.FF3";
  std::string timestamp_ltz_output = "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM";
  std::string timestamp_tz_output = "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM";
  std::string binary_output = "HEX";
  std::string date_input = "AUTO";
  std::string time_input = "AUTO";
  std::string timestamp_input = "AUTO";
  std::string binary_input = "HEX";
  int week_start = 0;                 // 1: Monday … 7: Sunday; 0: Monday, and weekdays count from Sunday = 0
  int week_of_year_policy = 0;        // 1: week 1 is the one of January 1st
  int two_digit_century_start = 1970; // the first year that YY may mean
  std::optional<bool> nulls_are_lowest = std::nullopt; // DEFAULT_NULL_ORDERING; nullopt: they are the highest values
};

/// A query's engine text and what its columns hold; no columns: not known.
struct PrintedQuery {
  std::string text;
  std::optional<std::vector<OutputColumn>> columns;
};

/// DuckDB 1.5 text of a query. Names are quoted, unaliased expressions named as Snowflake names them, functions mapped.
SqlResult<std::string> print_engine_query(const Query& query, EngineNames& names, const PrintOptions& options = {});
SqlResult<PrintedQuery> print_engine_select(const Query& query, EngineNames& names, const PrintOptions& options = {});
SqlResult<std::string> print_engine_expression(const Expression& expression, EngineNames& names,
                                               const PrintOptions& options = {});
/// The value as INSERT, UPDATE and MERGE put it into a column of this type.
SqlResult<std::string> print_engine_value(const Expression& value, const SnowflakeType& column, EngineNames& names,
                                          const PrintOptions& options = {});
/// The same for an engine column whose name is `text`; `source`: what it holds, if that is known.
std::string assigned_text(const std::string& text, const std::optional<SnowflakeType>& source, const SnowflakeType& column,
                          const PrintOptions& options = {});
/// FROM's content and what its sources hold.
struct PrintedTable {
  std::string text;
  std::vector<SourceColumns> sources;
};
SqlResult<PrintedTable> print_engine_sources(const TableReference& table, EngineNames& names, const PrintOptions& options = {});
/// FROM's content: for UPDATE … FROM, DELETE … USING and MERGE … USING.
SqlResult<std::string> print_engine_table(const TableReference& table, EngineNames& names, const PrintOptions& options = {});
/// The name Snowflake gives an output column: its alias, the column's own name, or the expression's text in upper case.
std::string output_name(const SelectItem& item);
/// `"a""b"`
std::string quote_identifier(std::string_view name);
/// `'it''s'`
std::string quote_string(std::string_view text);

} // namespace freshet::sql
