#pragma once

#include <optional>

#include "warehouse/statements/statements.h"

namespace freshet::warehouse {

/// SHOW of kinds that Freshet records and does nothing with, and of policies; nothing for other kinds.
std::optional<Outcome> show_recorded(StatementContext& context, const sql::Show& show);
/// DESC of one of them.
Outcome describe_recorded(StatementContext& context, const Object& object);

} // namespace freshet::warehouse
