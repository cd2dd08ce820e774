#include "engine/engine.h"
#include "warehouse/statements/called_procedures.h"
#include "warehouse/statements/statements.h"

namespace freshet::warehouse {
namespace {

Outcome print_and_run(StatementContext& context, const sql::Query& query) {
  auto& snapshot = context.own_snapshot();
  snapshot.dedicate();
  auto printed = TRY(context.print_select(query));
  // A function of the query changed the catalog: what was printed before holds for a snapshot that has gone.
  if (!snapshot.is_dedicated()) printed = TRY(context.print_select(query));
  auto result = TRY(context.run_query(printed));
  TRY(snapshot.commit());
  return result;
}

} // namespace

Outcome run(StatementContext& context, const sql::QueryStatement& statement) {
  const auto with_results = TRY(with_called_procedures(context, statement.query));
  const auto& query = with_results ? *with_results : statement.query;
  auto version = context.catalog().version();
  auto result = print_and_run(context, query);
  if (result || !context.saw_conflict() || version == context.catalog().version()) return result;
  // A DDL came between binding and running: once more, with the names as they are now.
  context.saw_conflict(false);
  context.reads() = {};
  context.end_snapshot();
  return context.run_query(TRY(context.print_select(query)));
}

} // namespace freshet::warehouse
