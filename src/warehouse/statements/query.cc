#include "engine/engine.h"
#include "warehouse/statements/statements.h"

namespace freshet::warehouse {

Outcome run(StatementContext& context, const sql::QueryStatement& statement) {
  auto version = context.catalog().version();
  auto result = context.run_query(TRY(context.print_select(statement.query)));
  if (result || !context.saw_conflict() || version == context.catalog().version()) return result;
  // A DDL came between binding and running: once more, with the names as they are now.
  context.saw_conflict(false);
  context.reads() = {};
  return context.run_query(TRY(context.print_select(statement.query)));
}

} // namespace freshet::warehouse
