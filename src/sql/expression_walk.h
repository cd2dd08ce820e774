#pragma once

#include <functional>

#include "sql/syntax_expression.h"

namespace freshet::sql {

/// Shows `handle` an expression and, as long as it answers false, the expressions that it is made of; queries, windows and date
/// parts (DATEADD(day, …)) are left out. What `handle` answers true to is not looked into.
void walk_expressions(Expression& expression, const std::function<bool(Expression& expression)>& handle);
/// The same for those who only look.
void walk_expressions(const Expression& expression, const std::function<bool(const Expression& expression)>& handle);
/// Whether an aggregate is called that is no window function (no OVER).
bool has_aggregate(const Expression& expression);

} // namespace freshet::sql
