#include "warehouse/statements/property_values.h"

#include <algorithm>
#include <charconv>

#include "sql/parser.h"

namespace freshet::warehouse {
namespace {

using Kind = sql::PropertyValue::Kind;

/// Calls `use` with each property list of a statement's node.
template <typename Node, typename Use>
void each_list(Node& node, const Use& use) {
  if constexpr (requires { use(node.properties); }) use(node.properties);
  if constexpr (requires { use(node.options); }) use(node.options);
  if constexpr (requires { use(node.set); }) use(node.set);
  if constexpr (requires { node.actions; }) {
    for (auto& action : node.actions) std::visit([&](auto& one) { each_list(one, use); }, action);
  }
}

/// Calls `use` with each location of a statement's node.
template <typename Node, typename Use>
void each_location(Node& node, const Use& use) {
  const auto one = [&](auto& location) {
    if constexpr (requires { use(location); })
      use(location);
    else if constexpr (requires { use(*location); })
      if (location) use(*location);
  };
  if constexpr (requires { one(node.location); }) one(node.location);
  if constexpr (requires { one(node.target); }) one(node.target);
  if constexpr (requires { one(node.source); }) one(node.source);
}

bool is_dynamic(const sql::Properties& properties);
bool is_dynamic(const sql::PropertyValue& value) {
  return value.kind == Kind::dynamic || is_dynamic(value.properties) ||
         std::ranges::any_of(value.items, [](const auto& item) { return is_dynamic(item); });
}
bool is_dynamic(const sql::Properties& properties) {
  return std::ranges::any_of(properties, [](const auto& property) { return is_dynamic(property.value); });
}

sql::Expression expression_of(const std::string& dynamic) {
  std::string name = dynamic.substr(1);
  if (dynamic[0] == '$') return sql::Expression(sql::SessionVariable{std::move(name)});
  if (dynamic[0] == ':') return sql::Expression(sql::BindVariable{std::move(name), 0});
  sql::BindVariable bind;
  std::from_chars(name.data(), name.data() + name.size(), bind.position);
  return sql::Expression(bind);
}

class Resolver {
 public:
  explicit Resolver(StatementContext& context) : context_(context) {}

  SqlResult<void> resolve(sql::StageLocation& location) {
    if (!location.name.dynamic) return {};
    const auto& name = *location.name.dynamic;
    sql::Expression expression;
    if (name.kind == sql::DynamicName::Kind::variable)
      expression.node = sql::SessionVariable{name.name};
    else
      expression.node = sql::BindVariable{name.name, name.position};
    location = TRY(sql::parse_stage_location(TRY(context_.evaluate_text(expression)).value_or("")));
    return {};
  }
  SqlResult<void> resolve(sql::Properties& properties) {
    for (auto& property : properties) TRY(resolve(property.value));
    return {};
  }

 private:
  SqlResult<void> resolve(sql::PropertyValue& value) {
    for (auto& item : value.items) TRY(resolve(item));
    TRY(resolve(value.properties));
    if (value.kind != Kind::dynamic) return {};
    const auto expression = expression_of(value.text);
    const auto given = TRY(context_.evaluate(expression));
    value.kind = Kind::string;
    if (const auto* text = std::get_if<std::string>(&given)) {
      value.text = *text;
    } else if (const auto* flag = std::get_if<bool>(&given)) {
      value.kind = Kind::boolean;
      value.text = *flag ? "TRUE" : "FALSE";
    } else {
      if (std::holds_alternative<int64_t>(given) || std::holds_alternative<engine::Decimal>(given)) value.kind = Kind::number;
      value.text = TRY(context_.evaluate_text(expression)).value_or("");
    }
    return {};
  }

  StatementContext& context_;
};

} // namespace

SqlResult<std::optional<sql::Statement>> with_property_values(StatementContext& context) {
  bool dynamic = false;
  const auto look = [&](const sql::Properties& properties) { dynamic = dynamic || is_dynamic(properties); };
  std::visit([&](const auto& node) { each_list(node, look); }, context.statement().node);
  const auto look_at = [&](const sql::StageLocation& location) { dynamic = dynamic || location.name.dynamic; };
  std::visit([&](const auto& node) { each_location(node, look_at); }, context.statement().node);
  if (!dynamic) return std::nullopt;
  auto statement = context.statement();
  Resolver resolver(context);
  SqlResult<void> done;
  const auto resolve = [&](sql::Properties& properties) {
    if (done) done = resolver.resolve(properties);
  };
  std::visit([&](auto& node) { each_list(node, resolve); }, statement.node);
  const auto resolve_location = [&](sql::StageLocation& location) {
    if (done) done = resolver.resolve(location);
  };
  std::visit([&](auto& node) { each_location(node, resolve_location); }, statement.node);
  TRY(std::move(done));
  return statement;
}

} // namespace freshet::warehouse
