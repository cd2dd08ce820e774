#pragma once

#include "warehouse/functions.h"

namespace freshet::warehouse {

/// GET_DDL('kind', 'name' [, true]): a statement that makes the object anew; of a schema or database, those of all it contains.
void add_ddl_functions(FunctionRegistry& registry);

} // namespace freshet::warehouse
