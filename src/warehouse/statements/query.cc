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

Outcome run(StatementContext& context, const sql::Explain& statement) {
  const auto* query = statement.statement->statement.as<sql::QueryStatement>();
  if (query == nullptr) return sql::fail(sql::unsupported_feature("EXPLAIN of anything but a query"));
  auto plan = TRY(context.query("EXPLAIN " + TRY(context.print(query->query))));
  std::vector<std::vector<std::optional<std::string>>> rows;
  for (size_t row = 0; row < plan.size(); ++row) rows.push_back({plan.text(row, plan.columns().size() - 1)});
  return context.table(StatementKind::query, {{"content", {}, true}}, rows);
}

} // namespace freshet::warehouse
