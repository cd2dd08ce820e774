#include "warehouse/transaction_functions.h"

#include <fmt/core.h>

#include "engine/engine.h"
#include "warehouse/open_transactions.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {
namespace {

SqlResult<std::string> abort_transaction(StatementContext& context, const FunctionArguments& arguments) {
  if (arguments.size() != 1) {
    return sql::fail(
        {938, "22023",
         fmt::format("SQL compilation error:\nnot enough arguments for function [SYSTEM$ABORT_TRANSACTION], expected 1, got {}",
                     arguments.size())});
  }
  auto id = TRY(context.constant_text(arguments[0])).value_or("");
  for (const auto& open : context.warehouse().open_transactions().all()) {
    if (open.id != id) continue;
    const auto& asking = context.session().context();
    if (open.user != asking.user && asking.role != "ACCOUNTADMIN")
      return sql::fail({3001, "42501", "SQL access control error:\nInsufficient privileges to abort this transaction."});
  }
  if (!context.warehouse().open_transactions().abort(id)) {
    return sql::fail({91, "22000", fmt::format("Specified transaction with id {} does not exist or is not running.", id)});
  }
  return engine::quote_literal("Aborted transaction id: " + id);
}

} // namespace

void add_transaction_functions(FunctionRegistry& registry) {
  registry.add_scalar("SYSTEM$ABORT_TRANSACTION", abort_transaction);
}

} // namespace freshet::warehouse
