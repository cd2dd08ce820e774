#pragma once

#include <optional>

#include "warehouse/statements/statements.h"

namespace freshet::warehouse {

/// SHOW ROLES, USERS, GRANTS, PARAMETERS, VARIABLES, COLUMNS, PRIMARY KEYS, TRANSACTIONS, LOCKS; nullopt for another kind.
std::optional<Outcome> show_account(StatementContext& context, const sql::Show& show);

} // namespace freshet::warehouse
