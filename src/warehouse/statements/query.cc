#include "engine/engine.h"
#include "warehouse/statements/called_procedures.h"
#include "warehouse/statements/statements.h"

namespace freshet::warehouse {
namespace {

Outcome print_and_run(StatementContext& context, const sql::Query& query) {
  auto printed = TRY(context.print_select(query));
  // A function of the query changed the catalog: what was printed before holds for a snapshot that has gone.
  if (context.snapshot_ended()) printed = TRY(context.print_select(query));
  auto result = TRY(context.run_query(printed));
  TRY(context.commit_snapshot());
  return result;
}

} // namespace

Outcome run(StatementContext& context, const sql::QueryStatement& statement) {
  const auto with_results = TRY(with_called_procedures(context, statement.query));
  const auto& query = with_results ? *with_results : statement.query;
  auto version = context.catalog().version();
  context.prints_for_snapshot(true);
  auto result = print_and_run(context, query);
  context.prints_for_snapshot(false);
  if (result || !context.saw_conflict() || version == context.catalog().version()) return result;
  // A DDL came between binding and running: once more, with the names as they are now.
  context.saw_conflict(false);
  context.reads() = {};
  context.end_snapshot();
  return context.run_query(TRY(context.print_select(query)));
}

} // namespace freshet::warehouse
