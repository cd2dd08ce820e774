#pragma once

#include "warehouse/statements/statements.h"

namespace freshet::warehouse {

/// Runs the context's statement.
Outcome dispatch(StatementContext& context);

} // namespace freshet::warehouse
