#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// A call's arguments as far as overloads are told apart by them: names ("" of positional ones) and types, where known.
struct CallSignature {
  std::vector<std::string> names;
  std::vector<std::optional<sql::SnowflakeType>> types;
};

/// The function that a call means, and for each of its parameters the argument in its place, or nothing where the default is.
struct FunctionMatch {
  ObjectPointer object;
  std::vector<std::optional<size_t>> places;
  const Function& function() const { return *object->as<Function>(); }
};

/// The overloads of that name in its schema, or else in PUBLIC.
std::vector<ObjectPointer> functions_named(StatementContext& context, const NameScope& scope, const sql::QualifiedName& name);
/// Nothing when there is no function of that name. Error 001044/42P13 when there are, but none that takes these arguments.
SqlResult<std::optional<FunctionMatch>> find_function(StatementContext& context, const NameScope& scope,
                                                      const sql::QualifiedName& name, const CallSignature& signature,
                                                      bool is_table);
/// 000002 for the first function in an expression whose body is a block of Snowflake Scripting: policies and the defaults of
/// columns cannot call them. `place`: "a policy".
SqlResult<void> refuse_script_functions(StatementContext& context, const NameScope& scope, const sql::Expression& expression,
                                        std::string_view place);

} // namespace freshet::warehouse
