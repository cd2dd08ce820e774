#pragma once

#include <string>

#include "warehouse/functions.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// A statement that makes the object anew, with names that are not qualified.
std::string ddl_text(StatementContext& context, const Object& object);
/// GET_DDL('kind', 'name' [, true]): a statement that makes the object anew; of a schema or database, those of all it contains.
void add_ddl_functions(FunctionRegistry& registry);

} // namespace freshet::warehouse
