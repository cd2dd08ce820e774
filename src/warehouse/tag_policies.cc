#include "warehouse/tag_policies.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "warehouse/statements/create.h"
#include "warehouse/tags.h"

namespace freshet::warehouse {
namespace {

constexpr const char* k_policies = "MASKING_POLICIES";

std::vector<ObjectId> policies_of(const Object& tag) {
  std::vector<ObjectId> ids;
  const auto* recorded = tag.as<Recorded>();
  if (recorded == nullptr) return ids;
  const auto found = recorded->options.find(k_policies);
  if (found == recorded->options.end()) return ids;
  for (const auto& digits : found->second) std::from_chars(digits.data(), digits.data() + digits.size(), ids.emplace_back());
  return ids;
}

void set_policies(Object& tag, const std::vector<ObjectId>& ids) {
  auto& options = tag.as<Recorded>()->options;
  options.erase(k_policies);
  for (const auto id : ids) options[k_policies].push_back(std::to_string(id));
}

/// What the policy masks.
std::optional<sql::TypeKind> masked_kind(const ObjectPointer& policy) {
  const auto* definition = policy ? policy->as<AccessPolicy>() : nullptr;
  if (definition == nullptr || definition->arguments.empty()) return std::nullopt;
  return definition->arguments[0].type.kind;
}

} // namespace

SqlResult<void> alter_tag_policies(StatementContext& context, Object& tag, const sql::AlterWords& words) {
  const bool sets = words.words.starts_with("SET"), replaces = words.words.ends_with("FORCE");
  auto ids = policies_of(tag);
  for (const auto& property : words.properties) {
    const auto name = TRY(context.resolve(property.value.name));
    const auto policy = TRY(find_named(context, sql::ObjectKind::masking_policy, name, std::nullopt));
    if (!policy) return sql::fail(missing(ObjectKind::access_policy, written(name)));
    if (!sets) {
      std::erase(ids, policy->id);
      continue;
    }
    const auto kind = masked_kind(policy);
    const auto same_kind =
        std::ranges::find_if(ids, [&](ObjectId id) { return masked_kind(context.catalog().find(id)) == kind; });
    if (same_kind != ids.end() && *same_kind != policy->id && !replaces)
      return sql::fail(
          {3562, "23001",
           fmt::format("SQL compilation error:\nTag {} already has a masking policy for the data type of {}: UNSET "
                       "it, or add FORCE.",
                       tag.name, policy->name)});
    if (same_kind == ids.end())
      ids.push_back(policy->id);
    else
      *same_kind = policy->id;
  }
  set_policies(tag, ids);
  return {};
}

SqlResult<std::optional<PolicyUse>> policy_by_tag(StatementContext& context, const Object& object,
                                                  const std::vector<Column>& columns, const Column& column) {
  for (const auto& [digits, value] : effective_tags(context, object, &column)) {
    ObjectId id = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), id);
    const auto tag = context.catalog().find(id);
    if (!tag) continue;
    for (const auto policy_id : policies_of(*tag)) {
      const auto policy = context.catalog().find(policy_id);
      if (masked_kind(policy) != column.type.kind) continue;
      PolicyUse use{policy_id, {column.name}};
      const auto& arguments = policy->as<AccessPolicy>()->arguments;
      for (size_t i = 1; i < arguments.size(); ++i) {
        const auto found = std::ranges::find(columns, arguments[i].name, &Column::name);
        if (found == columns.end() || found->type.kind != arguments[i].type.kind)
          return sql::fail(
              {3201, "42601",
               fmt::format("SQL compilation error:\nMasking policy {} of tag {} needs a column {} of its argument's "
                           "data type in {}.",
                           policy->name, tag->name, arguments[i].name, object.name)});
        use.columns.push_back(arguments[i].name);
      }
      return use;
    }
  }
  return std::nullopt;
}

bool is_policy_of_tag(StatementContext& context, ObjectId policy) {
  return std::ranges::any_of(context.catalog().all(ObjectKind::recorded), [&](const ObjectPointer& object) {
    const auto ids = policies_of(*object);
    return std::ranges::find(ids, policy) != ids.end();
  });
}

SqlResult<void> check_tag_has_no_policies(const Object& tag) {
  if (policies_of(tag).empty()) return {};
  return sql::fail(
      {3564, "23001",
       fmt::format("SQL compilation error:\nTag {} cannot be dropped/replaced as it has masking policies.", tag.name)});
}

} // namespace freshet::warehouse
