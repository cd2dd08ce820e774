#pragma once

#include <optional>

#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// The statement with values in place of the `$variable`, `:bind` and `?` of its properties and locations (COMMENT = :text,
/// SCHEDULE = $every, COPY INTO t FROM :stage); nothing when it has none. Errors: those of variables and binds that are not set.
/// Cost: a look at its properties.
SqlResult<std::optional<sql::Statement>> with_property_values(StatementContext& context);

} // namespace freshet::warehouse
