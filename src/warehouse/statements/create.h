#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "warehouse/statements/statements.h"

namespace freshet::warehouse {

/// What every CREATE has in common: current database and schema, IF NOT EXISTS, OR REPLACE (the old object is dropped, the new
/// one has a new id), OR ALTER (the old object itself is given to `fill`: see `stands_already`), the catalog's row, the message
/// "<word> NAME successfully created."
///
/// `fill` sets the object's body, and does what else has to commit with it on `context.connection()`; the old object, if any,
/// still stands while it runs. It may run again when another session got in between.
struct Creation {
  ObjectKind kind;
  std::string_view word; // "Table", "Stage area"
  const sql::CreateOptions& options;
  const sql::QualifiedName& name;
  const sql::Properties* properties = nullptr;             // COMMENT is taken from them
  const std::vector<RoutineArgument>* arguments = nullptr; // of procedures and functions: they tell overloads apart
  std::string_view type = {};                              // of recorded objects and policies
};
using Fill = std::function<SqlResult<void>(Object& object, const ObjectPointer& replaced, CatalogChange& change)>;
Outcome create(StatementContext& context, const Creation& creation, const Fill& fill);
/// In `fill`: OR ALTER found the object.
bool stands_already(StatementContext& context, const Object& object);
/// A piece of the statement's text.
std::string source_text(StatementContext& context, const sql::SourceRange& range);

/// Erases the object with all it contains, its physical side and the grants on it. Tables, schemas and databases with a
/// retention can be brought back until it is over: see dropped_objects.h.
SqlResult<void> drop_object(StatementContext& context, CatalogChange& change, const Object& object);

/// The physical side alone, for good.
SqlResult<void> drop_physical(StatementContext& context, const Object& object);

// ---- property lists

/// All properties but those named, as recorded options; lists become items, nested lists JSON-like text. Secrets are left out.
Options options_of(const sql::Properties& properties, std::initializer_list<std::string_view> without = {});
std::string text_property(const sql::Properties& properties, std::string_view key, std::string_view otherwise = "");
/// The name of an object: upper case unless it is quoted.
std::string name_property(const sql::Properties& properties, std::string_view key, std::string_view otherwise = "");
bool boolean_property(const sql::Properties& properties, std::string_view key, bool otherwise);
/// A number of days from 0 to 90: DATA_RETENTION_TIME_IN_DAYS and its like. Errors: 001008.
SqlResult<std::optional<int64_t>> days_property(const sql::Properties& properties, std::string_view key,
                                                std::optional<int64_t> otherwise = std::nullopt);
/// Transient and temporary tables, transient schemas and databases keep their history for a day at most. Errors: 001008.
sql::SqlResult<void> check_retention_of_transient(std::optional<int64_t> days);
template <typename Body>
SqlResult<void> check_retention(const Body& body) {
  bool lasting = true;
  if constexpr (requires { body.kind; }) lasting = body.kind == "TABLE";
  if constexpr (requires { body.transient; }) lasting = !body.transient;
  return lasting ? SqlResult<void>{} : check_retention_of_transient(body.retention_days);
}
int64_t number_property(const sql::Properties& properties, std::string_view key, int64_t otherwise);

/// The catalog's kind for the parser's; `recorded` for those that are only written down.
ObjectKind catalog_kind(sql::ObjectKind kind);
/// TABLE, TABLES, POLICIES, …: the kind that a word of GRANT or SHOW GRANTS names.
std::optional<sql::ObjectKind> kind_named(std::string_view word);
/// An existing object that DROP, ALTER, COMMENT or GRANT names; null when it is missing. Routines are found by their argument
/// types (any, when there is one overload and none are written).
SqlResult<ObjectPointer> find_named(StatementContext& context, sql::ObjectKind kind, const sql::QualifiedName& name,
                                    const std::optional<std::vector<sql::TypeName>>& argument_types);

} // namespace freshet::warehouse
