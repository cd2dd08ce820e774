// statement ->> statement ->> …
#include <utility>

#include "warehouse/session.h"
#include "warehouse/statements/statements.h"

namespace freshet::warehouse {

/// Each statement is one of its own, also in the query history; the chain ends at the first that fails.
Outcome run(StatementContext& context, const sql::Flow& flow) {
  auto& session = context.session();
  auto outer = std::exchange(session.flow_results(), {});
  Outcome result = StatementResult{};
  for (const auto& box : flow.statements) {
    result = session.execute(box.statement, context.binds());
    if (!result) break;
    session.flow_results().push_back(result->query_id);
  }
  session.flow_results() = std::move(outer);
  return result;
}

} // namespace freshet::warehouse
