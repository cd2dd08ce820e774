#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "sql/snowflake_printer.h"

namespace freshet::sql {

/// Appends a tree's text piece by piece; used by snowflake_printer.h only, spread over snowflake_*.cc by family as the parser
/// is.
class SnowflakeText {
 public:
  std::string take() && { return std::move(out_); }

  // ---- names and values (snowflake_names.cc)
  void identifier(const Identifier& identifier);
  void name(const QualifiedName& name);
  void string(std::string_view value);
  void type(const TypeName& type);

  // ---- expressions (snowflake_expression.cc)

  /// How tightly an expression binds: brackets stand around one that binds less than its place asks for.
  enum class Level {
    lowest,
    logical_or,
    logical_and,
    logical_not,
    comparison,
    additive,
    multiplicative,
    unary,
    postfix,
    primary
  };
  void expression(const Expression& expression, Level place = Level::lowest);

  void query(const Query& query);
  void statement(const Statement& statement) {
    std::visit([this](const auto& node) { print(node); }, statement.node);
  }
  void column_definition(const ColumnDefinition& column);

 private:
  void text(std::string_view words) { out_ += words; }
  template <typename... Words>
  void words(bool condition, Words... words) {
    if (condition) (text(words), ...);
  }
  template <typename List, typename Print>
  void joined(const List& list, Print print, std::string_view separator = ", ") {
    bool first = true;
    for (const auto& item : list) {
      if (!std::exchange(first, false)) text(separator);
      print(item);
    }
  }
  void identifiers(const std::vector<Identifier>& list) {
    joined(list, [this](const Identifier& item) { identifier(item); });
  }
  void dynamic(const DynamicName& name); // $variable, :bind, ?
  void bracketed_identifiers(const std::vector<Identifier>& list); // " (A, B)", nothing of none
  void names(const std::vector<QualifiedName>& list) {
    joined(list, [this](const QualifiedName& item) { name(item); });
  }
  void types(const std::optional<std::vector<TypeName>>& argument_types);
  void bare_or_quoted(std::string_view word); // a key or word that is no identifier of its own: quoted only where it has to be
  void path_name(std::string_view step);      // case counts, so no folding
  void routine_text(std::string_view body);   // between $$ where it can stand there
  void location(const StageLocation& location);
  void properties(const Properties& list); // " A = 1 B = 'x'"
  void property(const Property& property, std::string_view sign = " = ");
  void value(const PropertyValue& value);

  // ---- expressions (snowflake_expression.cc, snowflake_call.cc)
  void bracketed(const Expression& expression);
  void expressions(const std::vector<Expression>& list) {
    joined(list, [this](const Expression& item) { expression(item); });
  }
  void bracketed_query(const Query& inner);
  void star(const Star& star);
  void call(const FunctionCall& call, bool with_suffixes = true);
  void call_name(const QualifiedName& name);
  void arguments(const FunctionCall& call, bool nulls_inside);
  void argument(const Argument& argument, Level place = Level::lowest);
  void window(const Window& window);
  void frame_bound(const FrameBound& bound);
  void order_items(const std::vector<OrderItem>& items);
  void direction(std::optional<bool> descending, std::optional<bool> nulls_first);
  void print(const NullLiteral&);
  void print(const BooleanLiteral& node);
  void print(const NumberLiteral& node);
  void print(const StringLiteral& node);
  void print(const BinaryLiteral& node);
  void print(const TypedLiteral& node);
  void print(const IntervalLiteral& node);
  void print(const ColumnReference& node);
  void print(const PositionalColumn& node);
  void print(const SessionVariable& node);
  void print(const BindVariable& node);
  void print(const Star& node);
  void print(const Unary& node);
  void print(const Binary& node);
  void print(const Logical& node);
  void print(const Case& node);
  void print(const Cast& node);
  void print(const FunctionCall& node);
  void print(const Between& node);
  void print(const In& node);
  void print(const Like& node);
  void print(const IsNull& node);
  void print(const IsBoolean& node);
  void print(const IsDistinct& node);
  void print(const Exists& node);
  void print(const ScalarSubquery& node);
  void print(const QuantifiedComparison& node);
  void print(const PathAccess& node);
  void print(const Row& node);
  void print(const ArrayLiteral& node);
  void print(const ObjectLiteral& node);
  void print(const Lambda& node);

  // ---- queries (snowflake_query.cc, snowflake_table.cc)
  void body(const QueryBody& body);
  void print(const Select& node);
  void print(const SetOperation& node);
  void print(const ValuesClause& node);
  void connect_by(const ConnectBy& connect);
  void group_by(const Select& select);
  void limits(const Query& query);
  enum class TablePlace { anywhere, left_of_join, factor };
  void table(const TableReference& table, TablePlace place = TablePlace::anywhere);
  void print(const NamedTable& node);
  void print(const StageTable& node);
  void print(const TableFunction& node);
  void print(const SubqueryTable& node);
  void print(const ValuesTable& node);
  void print(const Join& node);
  void print(const Pivot& node);
  void print(const Unpivot& node);
  void print(const MatchRecognize& node);
  void row_pattern(const RowPattern& pattern, bool is_part);
  void alias(const TableAlias& alias);
  void sample(const Box<Sample>& sample);
  void history_point(const HistoryPoint& point);

  // ---- statements (snowflake_dml.cc, snowflake_load.cc, snowflake_session.cc)
  void print(const QueryStatement& node) { query(node.query); }
  void print(const Insert& node);
  void print(const MultiTableInsert& node);
  void print(const Update& node);
  void print(const Delete& node);
  void print(const Truncate& node);
  void print(const Merge& node);
  void merge_clause(const MergeClause& clause);
  void assignments(const std::vector<Assignment>& list);
  void print(const CopyIntoTable& node);
  void print(const CopyIntoLocation& node);
  void print(const CopyFiles& node);
  void print(const ListFiles& node);
  void print(const RemoveFiles& node);
  void print(const PutFiles& node);
  void print(const GetFiles& node);
  void print(const Use& node);
  void print(const BeginTransaction& node);
  void print(const Commit&) { text("COMMIT"); }
  void print(const Rollback&) { text("ROLLBACK"); }
  void print(const Call& node);
  void print(const SetVariables& node);
  void print(const UnsetVariables& node);
  void print(const AlterSession& node);
  void print(const ExecuteTask& node);
  void print(const ExecuteAlert& node);
  void print(const ExecuteImmediate& node);
  void print(const Show& node);
  void print(const Describe& node);
  void print(const Grant& node);
  void print(const Explain& node);
  void print(const Flow& node);
  void print(const Block& node) { text(node.text); }

  // ---- CREATE and DROP (snowflake_ddl.cc, snowflake_table_ddl.cc, snowflake_routine.cc)
  void create(const CreateOptions& options, std::string_view kind, const QualifiedName& object);
  void clone(const std::optional<CloneClause>& clause);
  void print(const CreateDatabase& node);
  void print(const CreateSchema& node);
  void print(const CreateTable& node);
  void table_elements(const CreateTable& table);
  void constraint(const Constraint& constraint, bool at_column);
  void print(const CreateView& node);
  void print(const CreateSequence& node);
  void print(const CreateFileFormat& node);
  void print(const CreateStage& node);
  void print(const CreatePipe& node);
  void print(const CreateStream& node);
  void print(const CreateHistoryTable& node);
  void print(const CreateTask& node);
  void print(const CreateAlert& node);
  void print(const CreateRoutine& node);
  void routine(const CreateRoutine& routine);
  void parameters(const std::vector<Parameter>& parameters);
  void print(const CreateObject& node);
  void print(const Drop& node);
  void print(const Undrop& node);
  void print(const CommentOn& node);

  // ---- ALTER (snowflake_alter.cc)
  void print(const Alter& node);
  void print(const RenameTo& action);
  void print(const SwapWith& action);
  void print(const SetProperties& action);
  void print(const UnsetProperties& action);
  void print(const AddColumns& action);
  void print(const DropColumns& action);
  void print(const RenameColumn& action);
  void print(const AlterColumns& action);
  void alter_column(const AlterColumn& column);
  void masking_policy(const std::optional<PolicyUse>& use);
  void row_access_policy(const std::optional<PolicyUse>& use);
  void tags(const Properties& tags, bool names_alone);
  void print(const AddConstraint& action);
  void print(const DropConstraint& action);
  void print(const RenameConstraint& action);
  void print(const ClusterBy& action);
  void print(const AlterWords& action);
  void external_files(const AlterWords& action);
  void print(const Refresh& action);
  void print(const AlterTaskAfter& action);
  void print(const AlterTaskFinalize& action);
  void print(const AlterTaskBody& action);
  void print(const AlterTaskWhen& action);
  void print(const AlterAlertCondition& action);
  void print(const AlterAlertAction& action);
  void print(const SetTags& action);
  void print(const AlterRowAccess& action);
  void print(const SetBody& action);

  std::string out_;
};

} // namespace freshet::sql
