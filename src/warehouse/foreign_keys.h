#pragma once

#include <optional>
#include <string>
#include <vector>

#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// What a foreign key refers to: a table, and its columns or, where none are named, its primary key.
struct ReferencedKey {
  ObjectPointer table;
  std::vector<std::string> columns;
  std::optional<std::string> name; // of the primary key, or of the unique key over those columns
};

/// Of a FOREIGN KEY constraint of the table `object`. Nullopt: the table that it refers to is gone.
SqlResult<std::optional<ReferencedKey>> referenced_key(StatementContext& context, const Object& object,
                                                       const Constraint& constraint);

} // namespace freshet::warehouse
