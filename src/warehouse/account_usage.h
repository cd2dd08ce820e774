#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "warehouse/functions.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// Views of ACCOUNT_USAGE that INFORMATION_SCHEMA has not: roles, users, grants, tags, policies. Those about credits, logins
/// and background services are there with their columns and no rows, since nothing is metered on one machine. Nullopt: no such
/// view.
SqlResult<std::optional<std::string>> account_view(StatementContext& context, std::string_view view);

/// Views of ORGANIZATION_USAGE: their columns and no rows. Nullopt: no such view.
std::optional<std::string> organization_view(std::string_view view);

/// INFORMATION_SCHEMA.WAREHOUSE_METERING_HISTORY(…) and the like: the same views without rows, as functions.
void add_metering_functions(FunctionRegistry& registry);

} // namespace freshet::warehouse
