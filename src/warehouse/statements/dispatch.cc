#include "warehouse/statements/dispatch.h"

#include "warehouse/statements/property_values.h"

namespace freshet::warehouse {

Outcome dispatch(StatementContext& context) {
  const auto with_values = TRY(with_property_values(context));
  const auto& statement = with_values ? *with_values : context.statement();
  return std::visit([&](const auto& node) { return run(context, node); }, statement.node);
}

} // namespace freshet::warehouse
