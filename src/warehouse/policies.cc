#include "warehouse/policies.h"

#include <fmt/core.h>

#include <algorithm>

#include "sql/parser.h"
#include "warehouse/routines/function_body.h"
#include "warehouse/routines/function_lookup.h"
#include "warehouse/statements/create.h"
#include "warehouse/tag_policies.h"
#include "warehouse/tags.h"

namespace freshet::warehouse {
namespace {

constexpr std::string_view k_protected = "\"$protected\"";

SqlResult<std::string> policy_text(StatementContext& context, const Object& policy, const std::vector<BodyArgument>& arguments,
                                   const sql::SnowflakeType& type, int depth, const TaggedColumn& tagged) {
  BodyBinder binder(context, context.scope_of(policy), depth + 1, arguments, tagged);
  return print_scalar_body(context, policy.as<AccessPolicy>()->body, type, binder);
}

SqlResult<std::string> text_of_use(StatementContext& context, const PolicyUse& use, const std::vector<Column>& columns,
                                   const sql::SnowflakeType& type, int depth, const TaggedColumn& tagged) {
  const auto policy = context.catalog().find(use.policy);
  if (!policy || policy->as<AccessPolicy>() == nullptr)
    return sql::fail({2003, "02000", "SQL compilation error:\nA policy does not exist or not authorized."});
  const auto& parameters = policy->as<AccessPolicy>()->arguments;
  std::vector<BodyArgument> arguments;
  for (size_t i = 0; i < parameters.size() && i < use.columns.size(); ++i) {
    const auto column = std::ranges::find(columns, use.columns[i], &Column::name);
    arguments.push_back({parameters[i].name, fmt::format("{}.{}", k_protected, sql::quote_identifier(use.columns[i])),
                         column == columns.end() ? std::nullopt : std::optional(column->type)});
  }
  return policy_text(context, *policy, arguments, type, depth, tagged);
}

const std::vector<Column>* columns_of(const Object& object) {
  if (const auto* table = object.as<Table>()) return &table->columns;
  const auto* view = object.as<View>();
  return view == nullptr ? nullptr : &view->columns;
}

bool uses(const Object& object, ObjectId policy) {
  auto same = [&](const std::optional<PolicyUse>& use) { return use && use->policy == policy; };
  const auto* columns = columns_of(object);
  if (columns == nullptr) return false;
  const auto& row_access = object.as<Table>() != nullptr ? object.as<Table>()->row_access : object.as<View>()->row_access;
  return same(row_access) || std::ranges::any_of(*columns, same, &Column::masking);
}

} // namespace

SqlResult<PolicyUse> policy_use(StatementContext& context, const sql::PolicyUse& written_use, sql::ObjectKind kind,
                                const std::string& column, const std::vector<Column>& columns) {
  const auto name = TRY(context.resolve(written_use.policy));
  const auto policy = TRY(find_named(context, kind, name, std::nullopt));
  if (!policy) return sql::fail(missing(ObjectKind::access_policy, written(name)));
  PolicyUse use{policy->id, {}};
  for (const auto& argument : written_use.columns) use.columns.push_back(argument.name);
  if (use.columns.empty()) use.columns.push_back(column);
  for (const auto& argument : use.columns) {
    if (std::ranges::find(columns, argument, &Column::name) == columns.end())
      return sql::fail(sql::invalid_identifier(argument, name.range.line, name.range.column - 1));
  }
  const auto wanted = policy->as<AccessPolicy>()->arguments.size();
  if (use.columns.size() != wanted) {
    return sql::fail({3201, "42601",
                      fmt::format("SQL compilation error:\nPolicy {} takes {} argument(s), but {} column(s) are given.",
                                  policy->name, wanted, use.columns.size())});
  }
  return use;
}

SqlResult<std::string> protected_relation(StatementContext& context, std::string relation, const Object& object, int depth) {
  const auto& columns = *columns_of(object);
  const auto& row_access = object.as<Table>() != nullptr ? object.as<Table>()->row_access : object.as<View>()->row_access;
  const bool has_tags = !effective_tags(context, object).empty();
  std::string masked;
  for (const auto& column : columns) {
    auto masking = column.masking;
    if (!masking && (has_tags || !column.tags.empty())) masking = TRY(policy_by_tag(context, object, columns, column));
    if (!masking) continue;
    const auto text = TRY(text_of_use(context, *masking, columns, column.type, depth, {&object, &column}));
    masked += fmt::format("{}{} AS {}", masked.empty() ? "" : ", ", text, sql::quote_identifier(column.name));
  }
  if (masked.empty() && !row_access) return relation;
  auto text =
      fmt::format("(SELECT *{} FROM {} AS {}", masked.empty() ? "" : " REPLACE (" + masked + ")", relation, k_protected);
  if (row_access) {
    const sql::SnowflakeType boolean{.kind = sql::TypeKind::boolean};
    text += " WHERE " + TRY(text_of_use(context, *row_access, columns, boolean, depth, {&object}));
  }
  return text + ")";
}

SqlResult<std::string> trial_of_policy(StatementContext& context, const Object& object) {
  const auto& policy = *object.as<AccessPolicy>();
  if (const auto body = sql::parse_expression(policy.body))
    TRY(refuse_script_functions(context, context.scope_of(object), *body, "a policy"));
  std::vector<BodyArgument> arguments;
  for (const auto& parameter : policy.arguments)
    arguments.push_back({parameter.name, fmt::format("CAST(NULL AS {})", parameter.type.engine_type()), parameter.type});
  return "SELECT " + TRY(policy_text(context, object, arguments, policy.return_type, 0, {}));
}

SqlResult<void> check_policy_unused(StatementContext& context, const Object& policy) {
  const auto in_use = [&] {
    return sql::fail({3543, "23001",
                      fmt::format("SQL compilation error:\nPolicy {} cannot be dropped/replaced as it is associated with one "
                                  "or more entities.",
                                  policy.name)});
  };
  if (is_policy_of_tag(context, policy.id)) return in_use();
  for (auto kind : {ObjectKind::table, ObjectKind::view}) {
    for (const auto& object : context.catalog().all(kind)) {
      if (uses(*object, policy.id)) return in_use();
    }
  }
  return {};
}

} // namespace freshet::warehouse
