#include "warehouse/routines/create_function.h"

#include <fmt/core.h>

#include "sql/syntax_scripting.h"
#include "warehouse/procedures/routine_definition.h"
#include "warehouse/routines/function_call.h"
#include "warehouse/routines/script_functions.h"
#include "warehouse/statements/create.h"

namespace freshet::warehouse {
namespace {

/// JavaScript has no exact numbers.
SqlResult<void> check_script_type(const sql::SnowflakeType& type) {
  if (type.kind != sql::TypeKind::number) return {};
  return sql::fail({2040, "42601",
                    fmt::format("SQL compilation error:\nLanguage JAVASCRIPT does not support type '{}' for argument or return "
                                "type.",
                                type.to_string())});
}

SqlResult<void> check_script_types(const Function& function) {
  for (const auto& argument : function.arguments) TRY(check_script_type(argument.type));
  for (const auto& column : function.table_columns) TRY(check_script_type(column.type));
  return function.returns_table ? SqlResult<void>{} : check_script_type(function.return_type);
}

} // namespace

Outcome create_function(StatementContext& context, const sql::CreateRoutine& statement) {
  Function function;
  TRY(define_routine(context, statement, function));
  if (function.language == "JAVASCRIPT") TRY(check_script_types(function));
  if (function.language == "SQL" && sql::is_script_block(function.body))
    TRY(check_function_block(function, context.session().parameters().parse_options()));
  Creation creation{ObjectKind::function,  "Function",         statement.options, statement.name,
                    &statement.properties, &function.arguments};
  return create(context, creation, [&](Object& object, const ObjectPointer&, CatalogChange&) -> SqlResult<void> {
    object.body = function;
    if (function.language != "SQL") return {};
    TRY(context.checked(context.connection().prepare(TRY(trial_call(context, object)))));
    return {};
  });
}

} // namespace freshet::warehouse
