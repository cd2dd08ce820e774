#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warehouse/statements/statements.h"

namespace freshet::warehouse {

using ShowRow = std::vector<std::optional<std::string>>;

/// The columns of a SHOW or DESC result from a list of names: "created_on! name rows#"; `!` is a TIMESTAMP_LTZ, `#` a number,
/// others are text. An underscore-less blank separates; `null?` stays as it is.
std::vector<ResultColumn> show_columns(std::string_view names);

/// LIKE's pattern, without regard to case: `%` any text, `_` any character.
bool matches_like(std::string_view text, std::string_view pattern);

/// LIKE, STARTS WITH and LIMIT of a SHOW, by the object's name.
class ShowFilter {
 public:
  explicit ShowFilter(const sql::Show& show) : show_(show) {}
  bool takes(std::string_view name);

 private:
  const sql::Show& show_;
  int64_t taken_ = 0;
};

/// Where a SHOW looks: the account, a database, or a schema.
struct ShowScope {
  ObjectPointer database; // null: the account
  ObjectPointer schema;   // null: the whole database
};
SqlResult<ShowScope> show_scope(StatementContext& context, const sql::Show& show);
/// The objects of the kind in that scope that the session sees, by database, schema and name.
std::vector<ObjectPointer> objects_in(StatementContext& context, const ShowScope& scope, ObjectKind kind);

/// IDENTITY START 1 INCREMENT 1 NOORDER
std::string identity_text(const AutoIncrement& numbers);

std::string yes_or_no(bool value);
std::string true_or_false(bool value);
std::string y_or_n(bool value);
/// A quoted list, as SHOW prints options: `[A, B]`.
std::string listed(const std::vector<std::string>& items);
std::optional<std::string> null_if_empty(std::string text);

} // namespace freshet::warehouse
