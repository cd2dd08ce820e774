#pragma once

#include <string>
#include <vector>

#include "sql/engine_printer.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// Tells the printer what the names of one statement (or of one view inside it) mean: tables become their live rows, views
/// their query bound in their own database and schema, streams the changes since their offset. Everything read is noted in the
/// context's Reads. Lives as long as one call of the printer.
class Binder : public sql::EngineNames {
 public:
  Binder(StatementContext& context, NameScope scope, int depth = 0)
      : context_(context), scope_(std::move(scope)), depth_(depth) {}

  SqlResult<std::string> relation(const sql::NamedTable& table) override;
  std::optional<std::vector<sql::OutputColumn>> columns(const sql::NamedTable& table) override;
  std::optional<sql::SnowflakeType> column_type(const sql::QualifiedName& name) override;
  SqlResult<std::vector<std::string>> values(const std::string& engine_query) override;
  SqlResult<std::string> stage(const sql::StageTable& table) override;
  SqlResult<std::string> table_function(const sql::FunctionCall& call, const FunctionArguments& arguments) override;
  SqlResult<std::optional<std::string>> context_function(const sql::FunctionCall& call,
                                                         const FunctionArguments& arguments) override;
  SqlResult<std::string> variable(const sql::SessionVariable& variable) override;
  SqlResult<std::string> bind(const sql::BindVariable& bind) override;
  SqlResult<std::optional<std::string>> constant_text(const sql::Expression& expression) override;
  SqlResult<sql::QualifiedName> dynamic_name(const sql::DynamicName& name) override;
  SqlResult<std::optional<std::string>> next_value(const sql::QualifiedName& sequence) override;
  SqlResult<std::vector<sql::Expression>> elements(const std::string& array) override;
  bool takes_partitions(const sql::FunctionCall& call) override;
  SqlResult<PartitionFunction> partition_function(const sql::FunctionCall& call, const FunctionArguments& arguments) override;
  std::optional<sql::SnowflakeType> call_type(const sql::FunctionCall& call,
                                              const std::vector<std::optional<sql::SnowflakeType>>& arguments) override;
  std::optional<std::vector<sql::OutputColumn>> table_function_columns(const sql::FunctionCall& call,
                                                                       const FunctionArguments& arguments) override;

 protected:
  StatementContext& context() { return context_; }

 private:
  /// The table's rows as they are: without a condition where the statement's snapshot has no version that has ended.
  SqlResult<std::string> live(const Object& object);
  SqlResult<const Bind*> value_of(const sql::SessionVariable& variable);
  SqlResult<const Bind*> value_of(const sql::BindVariable& bind);
  /// `at`: the view's tables as they were then.
  SqlResult<std::string> view(const Object& object, const sql::HistoryPoint* at);

  StatementContext& context_;
  NameScope scope_;
  int depth_;
  const sql::HistoryPoint* at_ = nullptr; // of the view that is being expanded
};

} // namespace freshet::warehouse
