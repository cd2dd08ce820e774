#pragma once

#include "warehouse/functions.h"

namespace freshet::warehouse {

/// TABLE(FRESHET.WARNINGS([CODE => '…'] [, OBJECT => '…'] [, START_TIME => …])).
void add_warning_functions(FunctionRegistry& functions);

} // namespace freshet::warehouse
