#pragma once

#include "warehouse/statements/statements.h"

namespace freshet::warehouse {

/// EXECUTE IMMEDIATE FROM @stage/file: the file's statements one after the other, as if they stood there; gives the last one's
/// result. The first that fails ends it; those before it stay done.
Outcome execute_file(StatementContext& context, const sql::StageLocation& location);

} // namespace freshet::warehouse
