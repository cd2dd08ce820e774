#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sql/engine_printer.h"
#include "sql/engine_scope.h"
#include "sql/functions.h"

namespace freshet::sql {

/// Prints one statement's queries and expressions; used by engine_printer.h only. As in the parser, the first error is kept and
/// printing goes on with empty text, so that the rules have no error paths.
class EngineText {
  friend class MatchText; // engine_match_printer.cc

 public:
  EngineText(EngineNames& names, const PrintOptions& options) : names_(names), options_(options) {}

  std::string query(const Query& query);
  std::string expression(const Expression& expression);
  std::string table(const TableReference& table);
  std::string assigned(const Expression& value, const SnowflakeType& column);
  std::vector<SourceColumns> sources() const { return scopes_.empty() ? std::vector<SourceColumns>{} : scopes_.back().sources; }
  const std::optional<std::vector<OutputColumn>>& output() const { return output_; } // of the query printed last

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
  std::string group_by_all(const Select& select) const;
  bool names_column_of_source(std::string_view name) const;
  /// Of a table of FROM that is no join: true where the text does not tell.
  bool may_have_column(const TableReference& table, std::string_view column) const;
  std::string order_by(const std::vector<OrderItem>& items, bool by_keys = true);
  std::string list(const std::vector<Expression>& expressions);
  std::vector<Expression> spread(const std::vector<Expression>& items); // `** array` replaced by the elements
  std::string order_direction(std::optional<bool> descending, std::optional<bool> nulls_first) const;
  std::string with(const Query& query);
  std::string subquery(const Query& inner);
  void too_complex(std::string_view what, const SourceRange& range);

  // ---- CONNECT BY (engine_hierarchy_printer.cc)
  struct Hierarchy {
    std::string source;
    std::vector<OutputColumn> columns;
    std::vector<std::string> paths; // of SYS_CONNECT_BY_PATH: a row's own part
  };
  void begin_hierarchy(const Select& select);
  std::string end_hierarchy(const Select& select, const std::string& from);
  std::string with_prefix(std::string_view prefix, const Expression& expression);
  std::optional<std::string> hierarchy_function(const FunctionRule& rule, const FunctionCall& call, const Arguments& arguments);

  // ---- tables (engine_table_printer.cc)
  std::string named_table(const NamedTable& table);
  std::string table_function(const TableFunction& function);
  std::string join(const Join& join);
  std::string pivot(const Pivot& pivot);
  std::vector<std::pair<std::string, std::string>> pivot_values(const Pivot& pivot, const std::string& source);
  std::string unpivot(const Unpivot& unpivot);
  std::string match_recognize(const MatchRecognize& match); // engine_match_printer.cc
  std::string alias(const TableAlias& alias, std::string_view default_name = {});
  std::string sample(const Box<Sample>& sample);
  std::string asof_condition(const Join& join, const Identifier& column);
  bool orders_one_row(const Select& select) const; // all rows make one: their order says nothing
  void note_source(const TableReference& table);

  // ---- FLATTEN, SPLIT_TO_TABLE (engine_flatten_printer.cc)
  struct FlattenOptions {
    const Expression* input = nullptr;
    std::string path, mode = "BOTH";
    bool outer = false, recursive = false;
  };
  /// A FLATTEN or SPLIT_TO_TABLE whose rows its host makes: the table whose columns it reads.
  struct Hosted {
    const TableFunction* function = nullptr;
    const TableReference* host = nullptr;
  };
  FlattenOptions flatten_options(const FunctionCall& call);
  std::string split_parts(const FunctionCall& call);
  std::string elements(const TableFunction& function);
  std::string with_elements(const TableFunction& function, const std::string& table);
  std::string next_value_of(const FunctionCall& call);
  std::string with_partitions(const TableFunction& function, const std::string& table);
  std::vector<EngineNames::PrintedArgument> printed_arguments(const FunctionCall& call);
  bool is_hostable(const FunctionCall& call);
  std::string generator_rows(const FunctionCall& call);
  std::vector<Hosted> find_hosts(const TableReference& from);
  std::string with_hosted_rows(const TableReference& host, std::string text);
  bool is_hosted(const TableReference& table) const;
  void add_guest(const TableFunction& function);
  std::optional<std::string> hosted_column(const QualifiedName& name) const;
  std::string star_by_source(const Star& star, const SourceRange& range);

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
  static constexpr int32_t k_quotient_scale_max = 18; // freshet_divide_0 … 18 are registered with the engine
  std::string division(const Binary& binary);
  std::string quotient(const std::string& left, const std::string& right, int32_t scale);
  std::string number_operand(const Expression& value);
  std::string wide_product(const std::string& left, const std::string& right, const SnowflakeType& left_type,
                           const SnowflakeType& right_type);
  std::optional<std::string> moment_sum(const Binary& node);
  std::optional<std::string> moment_difference(const Binary& node, const Expression& expression);
  std::optional<std::string> interval_sum(const Binary& node);
  std::vector<std::string> interval_parts(const IntervalLiteral& interval, const SourceRange& range);
  std::string json_path(const PathAccess& path, std::string& operand);

  // ---- conversions (engine_conversion_printer.cc)
  std::string text_of(const Expression& value); // as VARCHAR, in Snowflake's format
  std::string compared(const Expression& value, const Expression& other);
  std::string unified(const Expression& value, const std::optional<SnowflakeType>& common);
  std::string converted(const Expression& value, const SnowflakeType& type, bool is_try);
  std::string moment_of(const Expression& value, const SnowflakeType& type, bool is_try, const std::string& format = {});
  std::string wall_clock_of(const Expression& value); // a TIMESTAMP_TZ as TIMESTAMP_NTZ, anything else as it is
  bool is_kind(const Expression& value, TypeKind kind) const;
  std::string window(const Window& window, bool whole_frame);
  std::string frame_bound(const FrameBound& bound);

  // ---- types (engine_type_of.cc)
  ResultKind kind_of(const Expression& expression) const;
  std::optional<SnowflakeType> type_of(const Expression& expression) const; // nullopt: not known
  std::optional<SnowflakeType> common_type_of(const std::vector<const Expression*>& values) const;
  std::optional<SnowflakeType> column_type(const QualifiedName& name) const;
  bool is_nullable(const Expression& expression) const;
  const std::string* replaced_column(const QualifiedName& name) const;
  bool is_column_of_source(const QualifiedName& name) const;
  bool is_only_a_table(const QualifiedName& name) const;
  std::optional<SnowflakeType> call_type(const FunctionCall& call) const;
  std::optional<SnowflakeType> named_result(std::string_view name) const;
  std::optional<SnowflakeType> special_call_type(const FunctionCall& call) const;
  void add_source(const TableAlias& alias, std::string_view default_name, std::optional<std::vector<OutputColumn>> columns);
  void add_output(const SelectItem& item);

  // ---- functions (engine_function_printer.cc, engine_aggregate_printer.cc, engine_string_printer.cc, engine_date_printer.cc)
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
  std::optional<std::string> counting_function(const FunctionRule& rule, const FunctionCall& call, const Arguments& arguments);
  std::optional<std::string> numeric_aggregate(const FunctionRule& rule, const FunctionCall& call, const Arguments& arguments);
  std::optional<std::string> choosing_function(const FunctionRule& rule, const FunctionCall& call, const Arguments& arguments);
  std::optional<std::string> collecting_function(const FunctionRule& rule, const FunctionCall& call,
                                                 const Arguments& arguments);
  std::optional<std::string> event_function(const FunctionRule& rule, const FunctionCall& call, const Arguments& arguments);
  std::optional<std::string> generation_function(const FunctionRule& rule, const FunctionCall& call,
                                                 const Arguments& arguments);
  std::string collated(const FunctionCall& call, const std::string& value);
  std::string joined_values(const FunctionCall& call, const Arguments& arguments);
  std::string base64_encoded(const FunctionCall& call, const Arguments& arguments);
  std::string array_of_values(const FunctionCall& call, const std::string& value);
  std::string hash_of(const FunctionCall& call);
  std::string generated_number() const; // of the row: 0, 1, 2, …
  std::optional<std::string> number_function(const FunctionRule& rule, const FunctionCall& call, const Arguments& arguments);
  std::optional<std::string> bit_function(const FunctionRule& rule, const FunctionCall& call, const Arguments& arguments);
  std::optional<std::string> cipher_function(const FunctionRule& rule, const FunctionCall& call, const Arguments& arguments);
  std::optional<std::string> type_function(const FunctionRule& rule, const FunctionCall& call, const Arguments& arguments);
  std::optional<std::string> sketch_function(const FunctionRule& rule, const FunctionCall& call, const Arguments& arguments);
  std::optional<std::string> vector_function(const FunctionRule& rule, const FunctionCall& call, const Arguments& arguments);
  std::optional<std::string> geography_function(const FunctionRule& rule, const FunctionCall& call, const Arguments& arguments);
  std::string bytes_of(const Expression& value);
  std::optional<std::string> date_function(const FunctionRule& rule, const FunctionCall& call, const Arguments& arguments);
  std::optional<std::string> to_date_function(const FunctionRule& rule, const FunctionCall& call, const Arguments& arguments);
  std::optional<std::string> variant_function(const FunctionRule& rule, const FunctionCall& call, const Arguments& arguments);
  std::string argument_text(const Expression& value, char mode); // FunctionRule::modes
  std::string variant_of(const Expression& value);               // as JSON
  std::string boolean_of(const Expression& value);
  std::string order_key(const Expression& value); // what the engine is to sort by
  std::string variant_cast(const Expression& value, TypeKind kind);
  std::string structured_cast(const Expression& value, const SnowflakeType& type, bool is_try);
  std::string collation_of(const Expression& value) const; // empty: none
  std::string lambda_text(const Lambda& lambda, std::optional<SnowflakeType> accumulator, std::optional<SnowflakeType>* result);
  std::vector<Expression> star_references(const Star& star, const SourceRange& range); // its columns, EXCLUDE and ILIKE applied
  std::string expanded_star(const Star& star, const SourceRange& range);
  std::vector<std::string> hidden_columns(const Star& star) const;
  std::vector<std::string> merged_columns() const; // of JOIN … USING and NATURAL JOIN: they come first
  std::vector<std::pair<std::string, std::string>> star_columns(const Star& star, const SourceRange& range); // name, text
  std::string date_add(const FunctionCall& call, const Arguments& arguments);
  std::string date_diff(const FunctionCall& call, const Arguments& arguments);
  std::string date_part_of(std::string_view part, const std::string& value, const SourceRange& range);
  std::string as_moment(const Expression& value, const std::string& text, bool keeps_date);
  std::string week_start_of(const std::string& moment);
  std::string truncated(std::string_view part, const std::string& moment);
  std::optional<std::string> week_part(std::string_view part, const std::string& moment);
  std::string part_spelling(const Expression& argument) const;
  bool is_part_of_day(const Expression& part) const; // YEAR, QUARTER, MONTH, WEEK or DAY: a date stays one
  std::string date_part(const Expression& argument); // canonical: year, quarter, month, week, day, hour, …
  std::string to_char(const FunctionCall& call, const Arguments& arguments);
  std::string parse_time(const FunctionCall& call, const Arguments& arguments, TypeKind kind, bool is_try);

  EngineNames& names_;
  const PrintOptions& options_;
  struct CommonColumns {
    std::string name;
    std::optional<std::vector<OutputColumn>> columns;
    std::string definition = {}; // "NAME" AS (…), once it is printed
    bool recursive = false;
  };
  const CommonColumns* common_table(std::string_view name) const;

  std::vector<CommonColumns> common_tables_;
  std::vector<SelectScope> scopes_;
  std::optional<std::vector<OutputColumn>> output_; // of the query printed last
  std::vector<std::string> stages_;
  std::vector<std::string> value_tables_;
  std::vector<Hosted> hosted_;         // of the FROM under way
  std::vector<Guest> hosted_sources_;  // of the SELECT printed last: what its ORDER BY may name
  std::optional<Hierarchy> hierarchy_; // of the SELECT … CONNECT BY under way
  std::string column_prefix_;
  bool numbers_rows_ = false; // what is printed stands where a window function may: RANDOM(seed) counts the rows
  size_t steps_ = 0;        // expressions printed
  uint32_t subqueries_ = 0; // under way, one inside the other
  std::optional<Error> error_;
};

SnowflakeType number_type(int32_t precision, int32_t scale);
/// FLATTEN, SPLIT_TO_TABLE, STRTOK_SPLIT_TO_TABLE: functions that make a row per element of their argument; GETNEXTVAL, that
/// makes one; and their columns.
bool makes_elements(const FunctionCall& call);
std::vector<OutputColumn> element_columns(const FunctionCall& call);
SnowflakeType arithmetic_type(BinaryOperator op, const SnowflakeType& left, const SnowflakeType& right);
std::optional<SnowflakeType> common_type(const std::optional<SnowflakeType>& left, const std::optional<SnowflakeType>& right);
/// A whole number that is written as one: 3, -2.
std::optional<int64_t> whole_number(const Expression& value);
Error missing_over(const FunctionCall& call);
/// The written text, or the written whole number, of an argument; null, nullopt when it is missing or something else.
const std::string* literal_of(const FunctionCall& call, size_t index);
std::optional<int64_t> number_of(const FunctionCall& call, size_t index);
std::string joined(const std::vector<std::string>& parts, std::string_view separator);
/// Whether an interval ('1 year, 2 days') has nothing shorter than a day.
bool keeps_dates(const std::string& interval);

/// The session's time zone, as an argument of the functions in warehouse/scalars.
inline constexpr std::string_view k_zone = "current_setting('TimeZone')";

} // namespace freshet::sql
