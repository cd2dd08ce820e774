#pragma once

#include "warehouse/statements/statements.h"

namespace freshet::warehouse {

/// EXECUTE IMMEDIATE FROM @stage/file: the file's statements one after the other, as if they stood there; gives the last one's
/// result. The first that fails ends it; those before it stay done. USING, or a first line --!jinja, makes the file a template:
/// see script_template.h.
Outcome execute_file(StatementContext& context, const sql::ExecuteImmediate& statement);

} // namespace freshet::warehouse
