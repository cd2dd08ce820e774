#include "engine/engine.h"
#include "warehouse/statements/called_procedures.h"
#include "warehouse/statements/statements.h"

namespace freshet::warehouse {
namespace {

/// ROWS_PER_RESULTSET: how many rows a client is given at most; nullopt: as many as there are.
std::optional<sql::Query> limited(StatementContext& context, const sql::Query& query) {
  const int64_t rows = context.session().parameters().number("ROWS_PER_RESULTSET");
  if (rows <= 0 || context.query_id() != context.session().outer_query_id()) return std::nullopt;
  sql::Expression limit{sql::NumberLiteral{std::to_string(rows)}, {}};
  const auto* select = std::get_if<sql::Select>(&query.body.node);
  const auto& own = query.limit || select == nullptr ? query.limit : select->top;
  if (own) {
    sql::FunctionCall least;
    least.name.parts.push_back({"LEAST", true, {}});
    least.arguments.push_back({std::nullopt, *own});
    least.arguments.push_back({std::nullopt, std::move(limit)});
    limit.node = std::move(least);
  }
  sql::Query out = query;
  out.limit = sql::Box(std::move(limit));
  return out;
}

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
  const auto& asked = with_results ? *with_results : statement.query;
  const auto first_rows = limited(context, asked);
  const auto& query = first_rows ? *first_rows : asked;
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
