#pragma once

#include <string>
#include <string_view>

#include "sql/syntax.h"
#include "warehouse/functions.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// The values that SET TAG and [WITH] TAG (…) give. Errors: 002003 there is no such tag, 391801 a value that it does not allow.
SqlResult<void> set_tags(StatementContext& context, Tags& tags, const sql::Properties& values);
SqlResult<void> unset_tags(StatementContext& context, Tags& tags, const sql::Properties& names);
/// The tags that an object, or one of its columns, has or inherits (column, table, schema, database): a nearer value hides a
/// farther one.
Tags effective_tags(StatementContext& context, const Object& object, const Column* column = nullptr);
/// Errors: 002003.
SqlResult<ObjectPointer> find_tag(StatementContext& context, std::string_view name);
/// The TAG clauses among the properties of a CREATE.
SqlResult<void> set_tag_clauses(StatementContext& context, Tags& tags, const sql::Properties& properties);

/// ACCOUNT_USAGE.TAG_REFERENCES: what each tag is set on, without what inherits it. Looks at every object of the account.
SqlResult<std::string> all_tag_references(StatementContext& context);

/// SYSTEM$GET_TAG, TAG_REFERENCES, TAG_REFERENCES_ALL_COLUMNS.
void add_tag_functions(FunctionRegistry& registry);

} // namespace freshet::warehouse
