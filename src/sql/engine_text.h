#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sql/engine_printer.h"
#include "sql/functions.h"

namespace freshet::sql {

/// Prints one statement's queries and expressions; used by engine_printer.h only. As in the parser, the first error is kept and
/// printing goes on with empty text, so that the rules have no error paths.
class EngineText {
 public:
  EngineText(EngineNames& names, const PrintOptions& options) : names_(names), options_(options) {}

  std::string query(const Query& query);
  std::string expression(const Expression& expression);
  std::string table(const TableReference& table);

  SqlResult<std::string> result(std::string text) {
    if (error_) return fail(std::move(*error_));
    return text;
  }

 private:
  using Arguments = std::vector<std::string>;

  void fail_with(Error error) {
    if (!error_) error_ = std::move(error);
  }
  void unsupported(std::string_view feature, const SourceRange& range) {
    fail_with(unsupported_feature(feature, range.line, range.column - 1));
  }
  template <typename T>
  T take(SqlResult<T> value) {
    if (value) return std::move(*value);
    fail_with(std::move(value).error());
    return {};
  }

  // ---- queries (engine_printer.cc)
  std::string body(const QueryBody& body);
  std::string select(const Select& select);
  std::string select_item(const SelectItem& item);
  std::string set_operation(const SetOperation& operation);
  std::string values(const ValuesClause& values, std::string_view alias, const std::vector<Identifier>& columns);
  std::string group_by(const Select& select);
  std::string order_by(const std::vector<OrderItem>& items);
  std::string list(const std::vector<Expression>& expressions);
  std::string with(const Query& query);

  // ---- tables (engine_table_printer.cc)
  std::string named_table(const NamedTable& table);
  std::string table_function(const TableFunction& function);
  std::string flatten(const FunctionCall& call, const TableAlias& alias);
  std::string join(const Join& join);
  std::string pivot(const Pivot& pivot);
  std::string unpivot(const Unpivot& unpivot);
  std::string alias(const TableAlias& alias, std::string_view default_name = {});
  std::string sample(const std::optional<Sample>& sample);
  void note_source(const TableReference& table);

  // ---- expressions (engine_expression_printer.cc)
  std::string print(const NullLiteral&, const Expression&);
  std::string print(const BooleanLiteral&, const Expression&);
  std::string print(const NumberLiteral&, const Expression&);
  std::string print(const StringLiteral&, const Expression&);
  std::string print(const BinaryLiteral&, const Expression&);
  std::string print(const TypedLiteral&, const Expression&);
  std::string print(const IntervalLiteral&, const Expression&);
  std::string print(const ColumnReference&, const Expression&);
  std::string print(const PositionalColumn&, const Expression&);
  std::string print(const SessionVariable&, const Expression&);
  std::string print(const BindVariable&, const Expression&);
  std::string print(const Star&, const Expression&);
  std::string print(const Unary&, const Expression&);
  std::string print(const Binary&, const Expression&);
  std::string print(const Logical&, const Expression&);
  std::string print(const Case&, const Expression&);
  std::string print(const Cast&, const Expression&);
  std::string print(const FunctionCall&, const Expression&);
  std::string print(const Between&, const Expression&);
  std::string print(const In&, const Expression&);
  std::string print(const Like&, const Expression&);
  std::string print(const IsNull&, const Expression&);
  std::string print(const IsBoolean&, const Expression&);
  std::string print(const IsDistinct&, const Expression&);
  std::string print(const Exists&, const Expression&);
  std::string print(const ScalarSubquery&, const Expression&);
  std::string print(const QuantifiedComparison&, const Expression&);
  std::string print(const PathAccess&, const Expression&);
  std::string print(const Row&, const Expression&);
  std::string print(const ArrayLiteral&, const Expression&);
  std::string print(const ObjectLiteral&, const Expression&);
  std::string print(const Lambda&, const Expression&);
  std::string name(const QualifiedName& name);
  std::string division(const Binary& binary);
  std::string text_of(const Expression& value); // as VARCHAR, in Snowflake's format
  std::string json_path(const PathAccess& path, std::string& operand);
  std::string window(const Window& window, bool whole_frame);
  std::string frame_bound(const FrameBound& bound);
  ResultKind kind_of(const Expression& expression) const;

  // ---- functions (engine_function_printer.cc, engine_date_printer.cc)
  std::string by_pattern(std::string_view pattern, const Arguments& arguments);
  std::string aggregate(std::string_view engine_name, const FunctionCall& call, const Arguments& arguments);
  std::string over(const FunctionCall& call, bool whole_frame);
  std::string special(const FunctionRule& rule, const FunctionCall& call, const Arguments& arguments, const SourceRange& range);
  std::string context_call(const FunctionCall& call, const Arguments& arguments, const SourceRange& range);
  std::optional<std::string> conditional_function(const FunctionRule& rule, const FunctionCall& call,
                                                  const Arguments& arguments);
  std::optional<std::string> text_function(const FunctionRule& rule, const FunctionCall& call, const Arguments& arguments);
  std::optional<std::string> regexp_function(const FunctionRule& rule, const FunctionCall& call, const Arguments& arguments);
  std::optional<std::string> aggregate_function(const FunctionRule& rule, const FunctionCall& call, const Arguments& arguments);
  std::optional<std::string> number_function(const FunctionRule& rule, const FunctionCall& call, const Arguments& arguments);
  std::optional<std::string> date_function(const FunctionRule& rule, const FunctionCall& call, const Arguments& arguments);
  std::optional<std::string> to_date_function(const FunctionRule& rule, const FunctionCall& call, const Arguments& arguments);
  std::string date_add(const FunctionCall& call, const Arguments& arguments);
  std::string date_diff(const FunctionCall& call, const Arguments& arguments);
  std::string date_part_of(std::string_view part, const std::string& value, const SourceRange& range);
  std::string date_part(const Expression& argument); // canonical: year, quarter, month, week, day, hour, …
  std::string to_char(const FunctionCall& call, const Arguments& arguments);
  std::string parse_time(const FunctionCall& call, const Arguments& arguments, std::string_view type, bool is_try);
  std::string cast_to_moment(const Expression& value, const std::string& text, std::string_view type, bool is_try);

  EngineNames& names_;
  const PrintOptions& options_;
  std::vector<std::string> common_tables_;
  std::vector<std::string> stages_;
  std::vector<std::string> value_tables_;
  std::optional<Error> error_;
};

/// 'YYYY-MM-DD HH24:MI:SS.FF3' as the engine's strptime (parsing) or strftime format.
std::string engine_time_format(std::string_view snowflake_format, bool parsing);

} // namespace freshet::sql
