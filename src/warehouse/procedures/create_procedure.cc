#include <fmt/core.h>

#include "sql/syntax_scripting.h"
#include "warehouse/procedures/call_arguments.h"
#include "warehouse/procedures/routine_definition.h"
#include "warehouse/routines/create_function.h"
#include "warehouse/statements/create.h"

namespace freshet::warehouse {

SqlResult<Procedure> procedure_from(StatementContext& context, const sql::CreateRoutine& statement) {
  const bool scripting = statement.language == "SQL";
  if (statement.returns.is_table && statement.language == "JAVASCRIPT")
    return sql::fail(sql::unsupported_feature("RETURNS TABLE of a JavaScript procedure"));
  if (scripting) TRY(sql::parse_script_block(statement.body));
  Procedure procedure;
  TRY(define_routine(context, statement, procedure));
  return procedure;
}

Outcome run(StatementContext& context, const sql::CreateRoutine& statement) {
  if (statement.is_function) return create_function(context, statement);
  const auto procedure = TRY(procedure_from(context, statement));
  Creation creation{ObjectKind::procedure, "Function",          statement.options, statement.name,
                    &statement.properties, &procedure.arguments};
  return create(context, creation, [&](Object& object, const ObjectPointer&, CatalogChange&) -> SqlResult<void> {
    object.body = procedure;
    return {};
  });
}

} // namespace freshet::warehouse
