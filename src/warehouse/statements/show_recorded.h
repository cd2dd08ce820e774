#pragma once

#include <optional>

#include "warehouse/statements/statements.h"

namespace freshet::warehouse {

/// SHOW of the kinds that are only written down: policies, tags, shares, resource monitors, …; nullopt for another kind.
std::optional<Outcome> show_recorded(StatementContext& context, const sql::Show& show);

} // namespace freshet::warehouse
