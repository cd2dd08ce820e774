#include "warehouse/tracked_view_builder.h"

#include <fmt/core.h>

#include <algorithm>

#include "sql/functions.h"
#include "sql/parser.h"

namespace freshet::warehouse {
namespace {

constexpr int k_depth_max = 32;

/// What in an expression keeps its rows from being followed one by one; empty: nothing.
class Untrackable {
 public:
  std::string_view in(const sql::Expression& expression) const {
    return expression.visit([this](const auto& node) { return of(node); });
  }
  std::string_view in(const sql::Box<sql::Expression>& expression) const {
    return expression ? in(*expression) : std::string_view{};
  }
  std::string_view in(const std::vector<sql::Expression>& expressions) const {
    for (const auto& each : expressions) {
      if (auto found = in(each); !found.empty()) return found;
    }
    return {};
  }

 private:
  std::string_view of(const sql::FunctionCall& call) const {
    if (call.over) return "WINDOW FUNCTION";
    if (sql::is_aggregate(call)) return "AGGREGATE FUNCTION";
    for (const auto& argument : call.arguments) {
      if (auto found = in(argument.value); !found.empty()) return found;
    }
    return {};
  }
  std::string_view of(const sql::Case& node) const {
    if (auto found = in(node.operand); !found.empty()) return found;
    for (const auto& branch : node.branches) {
      if (auto found = in(branch.when); !found.empty()) return found;
      if (auto found = in(branch.then); !found.empty()) return found;
    }
    return in(node.otherwise);
  }
  template <typename Node>
  std::string_view of(const Node& node) const {
    if constexpr (requires { node.query; }) {
      if (node.query) return "SUBQUERY";
    }
    std::string_view found;
    if constexpr (requires { in(node.operand); }) found = in(node.operand);
    if constexpr (requires { in(node.left); }) {
      if (found.empty()) found = in(node.left);
    }
    if constexpr (requires { in(node.right); }) {
      if (found.empty()) found = in(node.right);
    }
    if constexpr (requires { in(node.operands); }) {
      if (found.empty()) found = in(node.operands);
    }
    if constexpr (requires { in(node.low); }) {
      if (found.empty()) found = in(node.low);
      if (found.empty()) found = in(node.high);
    }
    if constexpr (requires { in(node.list); }) {
      if (found.empty()) found = in(node.list);
    }
    if constexpr (requires { in(node.items); }) {
      if (found.empty()) found = in(node.items);
    }
    return found;
  }
};

sql::Identifier numbered(std::string_view word, size_t number) {
  return {fmt::format("{}{}", word, number), true, {}};
}

std::string_view not_followed(const sql::Query& query) {
  if (query.recursive) return "RECURSIVE";
  if (!query.order_by.empty() || query.order_by_all) return "ORDER BY";
  if (query.limit || query.offset) return "LIMIT";
  return {};
}

std::string_view not_followed(const sql::Select& select) {
  if (select.distinct) return "DISTINCT";
  if (select.top) return "LIMIT";
  if (select.connect_by) return "CONNECT BY";
  if (select.group_by_all || !select.group_by.empty()) return "GROUP BY";
  if (select.having) return "HAVING";
  if (select.qualify) return "QUALIFY";
  if (!select.from) return "NO TABLE";
  Untrackable untrackable;
  for (const auto& item : select.items) {
    if (auto found = untrackable.in(item.value); !found.empty()) return found;
  }
  return untrackable.in(select.where);
}

} // namespace

sql::Error cannot_track(std::string_view what) {
  return {2301, "0A000", fmt::format("SQL compilation error:\nChange tracking is not supported on queries with '{}'.", what)};
}

/// `tag || '/' || COALESCE("$id1", '-') || …` AS "$id<number>"
SqlResult<sql::SelectItem> TrackedViewBuilder::identity(std::string_view word, const Items& items, size_t number,
                                                        std::string_view tag) {
  std::string text = fmt::format("'{}'", tag);
  for (const auto& item : items) text += fmt::format(" || '/' || COALESCE(\"{}{}\", '-')", word, item.number);
  return sql::SelectItem{TRY(sql::parse_expression(text)), numbered(word, number), text};
}

SqlResult<TrackedView> TrackedViewBuilder::build(const Object& view) {
  const auto& definition = *view.as<View>();
  for (const auto& column : definition.columns) out_.columns_.push_back(column.name);
  auto query = TRY(sql::parse_query(definition.query));
  if (auto found = not_followed(query); !found.empty()) return sql::fail(cannot_track(found));
  auto scope = TRY(scope_within(query, {context_.scope_of(view), {}}));
  TRY(add_branches(query.body, scope));
  return std::move(out_);
}

SqlResult<TrackedViewBuilder::Scope> TrackedViewBuilder::scope_within(const sql::Query& query, Scope scope) {
  for (const auto& common : query.with) scope.common.push_back(common);
  return scope;
}

SqlResult<void> TrackedViewBuilder::add_branches(const sql::QueryBody& body, const Scope& scope) {
  if (auto* set = std::get_if<sql::SetOperation>(&body.node)) {
    if (set->op != sql::SetOperator::union_ || !set->all)
      return sql::fail(cannot_track(set->op == sql::SetOperator::union_ ? "UNION" : "INTERSECT or EXCEPT"));
    for (const auto& operand : set->operands) TRY(add_branches(operand, scope));
    return {};
  }
  return add_branch(body, scope);
}

SqlResult<void> TrackedViewBuilder::add_branch(sql::QueryBody body, const Scope& scope) {
  TrackedView::Branch branch;
  branch.first = out_.occurrences_.size();
  outer_ = false;
  TRY(rewrite(body, scope, next_derived_++, ""));
  branch.query.body = std::move(body);
  branch.last = out_.occurrences_.size();
  branch.has_outer_join = outer_;
  out_.branches_.push_back(std::move(branch));
  return {};
}

SqlResult<void> TrackedViewBuilder::rewrite(sql::Query& query, Scope scope, size_t number, std::string_view tag) {
  if (auto found = not_followed(query); !found.empty()) return sql::fail(cannot_track(found));
  auto inner = TRY(scope_within(query, std::move(scope)));
  query.with.clear(); // they are put where they are used
  return rewrite(query.body, inner, number, tag);
}

SqlResult<void> TrackedViewBuilder::rewrite(sql::QueryBody& body, const Scope& scope, size_t number, std::string_view tag) {
  if (auto* select = std::get_if<sql::Select>(&body.node)) return rewrite(*select, scope, number, tag);
  if (auto* query = std::get_if<sql::Box<sql::Query>>(&body.node)) return rewrite(**query, scope, number, tag);
  if (auto* set = std::get_if<sql::SetOperation>(&body.node)) {
    if (set->op != sql::SetOperator::union_ || !set->all || set->by_name) return sql::fail(cannot_track("UNION"));
    for (size_t i = 0; i < set->operands.size(); ++i)
      TRY(rewrite(set->operands[i], scope, number, fmt::format("{}{}", tag, i)));
    return {};
  }
  return sql::fail(cannot_track("VALUES"));
}

SqlResult<void> TrackedViewBuilder::rewrite(sql::Select& select, const Scope& scope, size_t number, std::string_view tag) {
  if (auto found = not_followed(select); !found.empty()) return sql::fail(cannot_track(found));
  auto items = TRY(rewrite(*select.from, scope));
  for (auto& item : select.items) {
    auto* star = item.value.as<sql::Star>();
    if (star == nullptr) continue;
    for (const auto& each : items) {
      if (!star->table.empty() && star->table.last() != each.name) continue;
      star->exclude.push_back(numbered(k_id, each.number));
      star->exclude.push_back(numbered(k_versions, each.number));
    }
  }
  select.items.push_back(TRY(identity(k_id, items, number, tag)));
  select.items.push_back(TRY(identity(k_versions, items, number, tag)));
  return {};
}

SqlResult<TrackedViewBuilder::Items> TrackedViewBuilder::rewrite(sql::TableReference& table, const Scope& scope) {
  if (auto* named = table.as<sql::NamedTable>()) {
    auto copy = *named;
    return rewrite(copy, table, scope);
  }
  if (auto* join = table.as<sql::Join>()) {
    using enum sql::JoinKind;
    if (join->lateral || join->kind == asof) return sql::fail(cannot_track("LATERAL or ASOF JOIN"));
    if (join->kind == left || join->kind == right || join->kind == full) outer_ = true;
    if (join->on) {
      if (auto found = Untrackable().in(*join->on); !found.empty()) return sql::fail(cannot_track(found));
    }
    auto items = TRY(rewrite(*join->left, scope));
    auto more = TRY(rewrite(*join->right, scope));
    items.insert(items.end(), more.begin(), more.end());
    return items;
  }
  if (auto* subquery = table.as<sql::SubqueryTable>()) {
    if (subquery->lateral || subquery->sample) return sql::fail(cannot_track("LATERAL or SAMPLE"));
    Items items;
    auto query = *subquery->query;
    auto alias = subquery->alias;
    TRY(replace_by_query(table, std::move(query), std::move(alias), "", scope, items));
    return items;
  }
  return sql::fail(cannot_track("TABLE FUNCTION, STAGE, VALUES or PIVOT"));
}

SqlResult<void> TrackedViewBuilder::replace_by_query(sql::TableReference& reference, sql::Query query, sql::TableAlias alias,
                                                     std::string default_name, const Scope& scope, Items& items) {
  if (++depth_ > k_depth_max) return sql::fail(cannot_track("too many views within views"));
  auto number = next_derived_++;
  TRY(rewrite(query, scope, number, ""));
  --depth_;
  sql::SubqueryTable derived;
  derived.query = std::move(query);
  derived.alias = std::move(alias);
  if (!derived.alias.name) derived.alias.name = sql::Identifier{default_name.empty() ? "$derived" : default_name, true, {}};
  if (!derived.alias.columns.empty()) {
    derived.alias.columns.push_back(numbered(k_id, number));
    derived.alias.columns.push_back(numbered(k_versions, number));
  }
  items = {{derived.alias.name->name, number}};
  reference.node = std::move(derived);
  return {};
}

SqlResult<TrackedViewBuilder::Items> TrackedViewBuilder::rewrite(sql::NamedTable& table, sql::TableReference& reference,
                                                                 const Scope& scope) {
  if (table.at || table.changes || table.sample) return sql::fail(cannot_track("AT, CHANGES or SAMPLE"));
  Items items;
  if (table.name.parts.size() == 1) {
    auto common = std::ranges::find(scope.common, table.name.last(),
                                    [](const sql::CommonTable& each) { return std::string_view(each.name.name); });
    if (common != scope.common.end()) {
      auto alias = table.alias;
      if (alias.columns.empty()) alias.columns = common->columns;
      Scope before = scope; // a common table sees those in front of it
      before.common.assign(scope.common.begin(), common);
      TRY(replace_by_query(reference, *common->query, std::move(alias), common->name.name, before, items));
      return items;
    }
  }
  auto object = TRY(context_.relation_in(TRY(context_.resolve(table.name)), scope.names));
  if (auto* view = object->as<View>()) {
    auto query = TRY(sql::parse_query(view->query));
    auto alias = table.alias;
    if (view->named_columns && alias.columns.empty()) {
      for (const auto& column : view->columns) alias.columns.push_back({column.name, true, {}});
    }
    context_.reads().views.insert(object->id);
    TRY(replace_by_query(reference, std::move(query), std::move(alias), object->name, {context_.scope_of(*object), {}}, items));
    return items;
  }
  if (object->as<Table>() == nullptr) return sql::fail(cannot_track("STREAM"));
  context_.reads().tables.insert(object->id);
  auto index = out_.occurrences_.size();
  if (!table.alias.name) table.alias.name = sql::Identifier{object->name, true, {}};
  if (!table.alias.columns.empty()) {
    table.alias.columns.push_back(numbered(k_id, index));
    table.alias.columns.push_back(numbered(k_versions, index));
  }
  table.name.parts = {{std::string(k_occurrence), true, {}}, {std::to_string(index), true, {}}};
  bool known = std::ranges::any_of(out_.tables_, [&](const auto& each) { return each->id == object->id; });
  if (!known) out_.tables_.push_back(object);
  out_.occurrences_.push_back(object);
  Items out{{table.alias.name->name, index}};
  reference.node = std::move(table);
  return out;
}

} // namespace freshet::warehouse
