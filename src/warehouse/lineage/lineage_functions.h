#pragma once

#include "warehouse/functions.h"

namespace freshet::warehouse {

/// TABLE(FRESHET.LINEAGE('table', key, …)).
void add_lineage_functions(FunctionRegistry& functions);

} // namespace freshet::warehouse
