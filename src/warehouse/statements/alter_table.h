#pragma once

#include "warehouse/statements/statements.h"

namespace freshet::warehouse {

/// One action of ALTER TABLE that concerns columns, constraints or clustering.
SqlResult<void> alter_table(StatementContext& context, Object& object, const sql::AlterAction& action, CatalogChange& change);

} // namespace freshet::warehouse
