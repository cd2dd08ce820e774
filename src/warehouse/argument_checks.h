#pragma once

#include <string_view>

#include "warehouse/functions.h"

namespace freshet::warehouse {

/// 000938 or 000939 unless there are `least` to `most` arguments.
SqlResult<void> expect_arguments(const FunctionArguments& arguments, size_t least, size_t most, std::string_view function);

} // namespace freshet::warehouse
