#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warehouse/binder.h"

namespace freshet::warehouse {

/// A parameter's value while a body is printed: engine text and its type, where that is known.
struct BodyArgument {
  std::string name;
  std::string text;
  std::optional<sql::SnowflakeType> type;
  bool is_constant = false; // the same in every row
};

/// The object, and maybe its column, that a policy's body is printed for.
struct TaggedColumn {
  const Object* object = nullptr;
  const Column* column = nullptr;
};

/// What names mean in the body of a SQL function: those of the function's own database and schema, and its arguments.
class BodyBinder final : public Binder {
 public:
  BodyBinder(StatementContext& context, NameScope scope, int depth, const std::vector<BodyArgument>& arguments,
             TaggedColumn tagged = {})
      : Binder(context, std::move(scope), depth), arguments_(arguments), tagged_(tagged) {}

  SqlResult<std::optional<std::string>> context_function(const sql::FunctionCall& call,
                                                         const FunctionArguments& arguments) override;

  std::optional<std::string> argument(const sql::ColumnReference& column) override;
  std::optional<sql::SnowflakeType> column_type(const sql::QualifiedName& name) override;

 private:
  const BodyArgument* find(const sql::QualifiedName& name) const;
  const std::vector<BodyArgument>& arguments_;
  TaggedColumn tagged_;
};

/// A value of the declared type.
SqlResult<std::string> print_as(StatementContext& context, sql::Expression value, const sql::SnowflakeType& type,
                                BodyBinder& binder);
/// The same of a scalar function's body (an expression or a query), or of one argument.
SqlResult<std::string> print_scalar_body(StatementContext& context, std::string_view body, const sql::SnowflakeType& type,
                                         BodyBinder& binder);
SqlResult<std::string> print_table_body(StatementContext& context, const Function& function, BodyBinder& binder);

} // namespace freshet::warehouse
