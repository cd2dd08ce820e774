#pragma once

#include <optional>

#include "sql/syntax.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// Masking policies that are set on tags: a column that has or inherits the tag is masked by the tag's policy for its data
/// type, unless it has a policy of its own. The policies' ids are an option of the recorded tag.

/// ALTER TAG … SET | UNSET MASKING POLICY p, MASKING POLICY q [FORCE]. Errors: 002003 no such policy, 003562 the tag has one
/// for that data type.
SqlResult<void> alter_tag_policies(StatementContext& context, Object& tag, const sql::AlterWords& words);

/// The policy that masks a column by a tag. Errors: 003201 a conditional argument has no column of its name and type.
SqlResult<std::optional<PolicyUse>> policy_by_tag(StatementContext& context, const Object& object,
                                                  const std::vector<Column>& columns, const Column& column);

/// Whether some tag has the policy.
bool is_policy_of_tag(StatementContext& context, ObjectId policy);
/// Refuses to drop a tag that has policies: 003564.
SqlResult<void> check_tag_has_no_policies(const Object& tag);

} // namespace freshet::warehouse
