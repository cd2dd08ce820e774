#include "engine/engine.h"
#include "warehouse/statements/statements.h"

namespace freshet::warehouse {
namespace {

Outcome print_and_run(StatementContext& context, const sql::QueryStatement& statement) {
  auto& snapshot = context.own_snapshot();
  snapshot.dedicate();
  auto printed = TRY(context.print_select(statement.query));
  // A function of the query changed the catalog: what was printed before holds for a snapshot that has gone.
  if (!snapshot.is_dedicated()) printed = TRY(context.print_select(statement.query));
  auto result = TRY(context.run_query(printed));
  TRY(snapshot.commit());
  return result;
}

} // namespace

Outcome run(StatementContext& context, const sql::QueryStatement& statement) {
  auto version = context.catalog().version();
  auto result = print_and_run(context, statement);
  if (result || !context.saw_conflict() || version == context.catalog().version()) return result;
  // A DDL came between binding and running: once more, with the names as they are now.
  context.saw_conflict(false);
  context.reads() = {};
  context.end_snapshot();
  return context.run_query(TRY(context.print_select(statement.query)));
}

} // namespace freshet::warehouse
