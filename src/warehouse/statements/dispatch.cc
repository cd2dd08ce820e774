#include "warehouse/statements/dispatch.h"

namespace freshet::warehouse {

Outcome dispatch(StatementContext& context) {
  return std::visit([&](const auto& statement) { return run(context, statement); }, context.statement().node);
}

} // namespace freshet::warehouse
