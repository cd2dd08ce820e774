#pragma once

#include <optional>
#include <string>
#include <vector>

#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// Where a call stands: whose names it sees, and how many views and functions it is inside of.
struct CallPlace {
  NameScope scope;
  int depth = 0;
};

/// What a call of a user-defined function means to the engine; nothing when there is no such function.
SqlResult<std::optional<std::string>> function_call_text(StatementContext& context, const CallPlace& place,
                                                         const sql::FunctionCall& call, const FunctionArguments& arguments);
std::optional<sql::SnowflakeType> function_call_type(StatementContext& context, const NameScope& scope,
                                                     const sql::FunctionCall& call,
                                                     const std::vector<std::optional<sql::SnowflakeType>>& types);
/// The same of a table function: a relation, lateral where its arguments are columns.
SqlResult<std::optional<std::string>> function_table_text(StatementContext& context, const CallPlace& place,
                                                          const sql::FunctionCall& call, const FunctionArguments& arguments);
std::optional<std::vector<sql::OutputColumn>> function_table_columns(StatementContext& context, const NameScope& scope,
                                                                     const sql::FunctionCall& call,
                                                                     const FunctionArguments& arguments);

/// Whether the function of that name is one in JavaScript that sees partitions: OVER is written, or it has what is called at
/// their beginning or end.
bool function_takes_partitions(StatementContext& context, const NameScope& scope, const sql::FunctionCall& call);
SqlResult<sql::EngineNames::PartitionFunction> partitioned_call(StatementContext& context, const CallPlace& place,
                                                                const sql::FunctionCall& call,
                                                                const FunctionArguments& arguments);

/// A statement that calls the function with nulls, to be prepared: what it does not find, or finds of another type, is an error
/// of CREATE FUNCTION.
SqlResult<std::string> trial_call(StatementContext& context, const Object& function);

} // namespace freshet::warehouse
