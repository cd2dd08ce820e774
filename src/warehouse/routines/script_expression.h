#pragma once

#include <optional>

#include "sql/syntax_scripting.h"
#include "warehouse/catalog_objects.h"

namespace freshet::warehouse {

/// A function's block as one expression over its arguments, which the engine computes for whole columns at once. Nothing where
/// the block has loops, exceptions or handlers, or where the expression would be too large: what variables hold stands wherever
/// they are read.
std::optional<sql::Expression> expression_of(const sql::ScriptBlock& block, const Function& function);

} // namespace freshet::warehouse
