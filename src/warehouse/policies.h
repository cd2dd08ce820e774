#pragma once

#include <optional>
#include <string>
#include <vector>

#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// What a CREATE or ALTER says about a policy, looked up and checked. `column` is the masked one, empty for row access.
SqlResult<PolicyUse> policy_use(StatementContext& context, const sql::PolicyUse& written, sql::ObjectKind kind,
                                const std::string& column, const std::vector<Column>& columns);

/// The relation as the session may see it: masked columns through their policies, without the rows that a row access policy
/// hides. `depth` as of the Binder that asks.
SqlResult<std::string> protected_relation(StatementContext& context, std::string relation, const Object& object, int depth);

/// An engine statement that evaluates the policy's body with nulls, to be prepared: what it misses is an error now.
SqlResult<std::string> trial_of_policy(StatementContext& context, const Object& policy);

/// Error when a table or view still has the policy: it can neither be dropped nor replaced.
SqlResult<void> check_policy_unused(StatementContext& context, const Object& policy);

} // namespace freshet::warehouse
