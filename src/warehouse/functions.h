#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "engine/value.h"
#include "sql/engine_printer.h"
#include "warehouse/result.h"

namespace freshet::warehouse {

class StatementContext;

/// Where unqualified names are looked up: the session's current database and schema, or those of the view being expanded.
struct NameScope {
  std::string database;
  std::string schema;
};

/// A call's argument: its name (upper case, "" of positional ones), the engine text of its expression, and the expression.
using FunctionArgument = sql::EngineNames::PrintedArgument;
using FunctionArguments = std::vector<FunctionArgument>;

/// Functions answered by the warehouse's parts rather than by the engine: SYSTEM$PIPE_STATUS, TASK_HISTORY, ….
/// Filled while the warehouse is put together; looking up is safe from any thread.
class FunctionRegistry {
 public:
  /// Gives the engine text of the value: a literal, or an expression over the arguments' texts. Called once per appearance in a
  /// statement, when it is bound; `context.constant_text(argument)` evaluates an argument.
  using Scalar = std::function<SqlResult<std::string>(StatementContext& context, const FunctionArguments& arguments)>;
  /// Gives the engine text of a relation with Snowflake's column names: "(SELECT … )".
  using Table = std::function<SqlResult<std::string>(StatementContext& context, const FunctionArguments& arguments)>;

  /// `name` in upper case: "SYSTEM$PIPE_STATUS", "CURRENT_DATABASE".
  void add_scalar(std::string name, Scalar function);
  /// "TASK_HISTORY" answers INFORMATION_SCHEMA.TASK_HISTORY, db.INFORMATION_SCHEMA.TASK_HISTORY and the bare name.
  void add_table(std::string name, Table function);

  /// Staged files in FROM: a relation whose columns are "$1", "$2", …, METADATA$FILENAME, ….
  using Stage = std::function<SqlResult<std::string>(StatementContext& context, const sql::StageTable& table)>;
  void set_stage(Stage stage);

  Stage find_stage() const;
  Scalar find_scalar(std::string_view name) const;
  Table find_table(std::string_view name) const;

 private:
  mutable std::shared_mutex mutex_;
  std::map<std::string, Scalar, std::less<>> scalars_;
  std::map<std::string, Table, std::less<>> tables_;
  Stage stage_;
};

} // namespace freshet::warehouse
