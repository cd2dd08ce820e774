#pragma once

#include "warehouse/statements/statements.h"

namespace freshet::warehouse {

/// The rows of DESC STAGE, and of DESC TABLE … TYPE = STAGE for what a table or external table has of a stage.
Outcome stage_description(StatementContext& context, const Stage& stage);

} // namespace freshet::warehouse
