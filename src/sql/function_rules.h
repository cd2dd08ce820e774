#pragma once

#include <span>

#include "sql/functions.h"

namespace freshet::sql {

/// The parts of the map of functions, a table in a file each; used by functions.cc only.
std::span<const FunctionRule> scalar_functions();
std::span<const FunctionRule> semi_structured_functions();
std::span<const FunctionRule> aggregate_functions();

} // namespace freshet::sql
