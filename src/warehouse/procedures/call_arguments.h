#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/rows.h"
#include "sql/syntax_session.h"
#include "warehouse/procedures/script_host.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// A CALL's arguments in the order of the text.
struct CallArguments {
  std::vector<std::string> names; // upper case; "" of positional ones
  std::vector<std::string> texts; // engine text
  std::vector<sql::TypeKind> kinds;
};

SqlResult<CallArguments> print_arguments(StatementContext& context, const sql::FunctionCall& call);
/// The overload that takes these arguments with the fewest conversions. 002140 when there is none.
SqlResult<ObjectPointer> find_procedure(StatementContext& context, const sql::QualifiedName& name,
                                        const CallArguments& arguments);
/// Which argument of the CALL stands for each parameter; nothing where its default does.
std::vector<std::optional<size_t>> argument_places(const Routine& routine, const CallArguments& arguments);
/// One value per parameter, converted to its type; defaults are computed. One row, or nothing without parameters.
SqlResult<std::optional<engine::Rows>> argument_values(StatementContext& context, const Routine& routine,
                                                       const CallArguments& arguments);
/// The same as Snowflake Scripting and as JavaScript take them.
std::vector<Bind> bound_values(const Routine& routine, const std::optional<engine::Rows>& row);
std::vector<ScriptValue> script_values(const Routine& routine, const std::optional<engine::Rows>& row);

/// What CREATE PROCEDURE says, checked.
SqlResult<Procedure> procedure_from(StatementContext& context, const sql::CreateRoutine& statement);

} // namespace freshet::warehouse
