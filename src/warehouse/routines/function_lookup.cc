#include "warehouse/routines/function_lookup.h"

#include <fmt/core.h>

#include <algorithm>

#include "sql/expression_walk.h"
#include "sql/syntax_scripting.h"

namespace freshet::warehouse {
namespace {

bool is_moment(sql::TypeKind kind) {
  using enum sql::TypeKind;
  return kind == date || kind == timestamp_ntz || kind == timestamp_ltz || kind == timestamp_tz;
}

/// How far an argument is from a parameter: 0 the same, then conversions that lose nothing, then what Snowflake coerces;
/// nothing for what it does not.
std::optional<int> distance(const std::optional<sql::SnowflakeType>& from, const sql::SnowflakeType& to) {
  using enum sql::TypeKind;
  if (!from) return 1;
  if (from->kind == to.kind) return 0;
  if (from->kind == number && to.kind == real) return 1;
  if (from->kind == real && to.kind == number) return 2;
  if (is_moment(from->kind) && is_moment(to.kind)) return from->kind == date ? 1 : 2;
  if (to.kind == variant) return 3;
  if (from->kind == variant) return 4;
  if (to.kind == text) return 4;
  if (from->kind == text) return is_moment(to.kind) || to.kind == number || to.kind == real ? 5 : 6;
  if (from->kind == boolean && to.kind == number) return 6;
  if (from->kind == number && to.kind == boolean) return 6;
  return std::nullopt;
}

std::optional<std::vector<std::optional<size_t>>> placed(const CallSignature& signature, const Function& function) {
  std::vector<std::optional<size_t>> places(function.arguments.size());
  for (size_t i = 0; i < signature.names.size(); ++i) {
    size_t parameter = i;
    if (!signature.names[i].empty()) {
      const auto found = std::ranges::find(function.arguments, signature.names[i], &RoutineArgument::name);
      parameter = static_cast<size_t>(found - function.arguments.begin());
    }
    if (parameter >= places.size() || places[parameter]) return std::nullopt;
    places[parameter] = i;
  }
  for (size_t i = 0; i < places.size(); ++i) {
    if (!places[i] && !function.arguments[i].default_value) return std::nullopt;
  }
  return places;
}

sql::Error no_match(const sql::QualifiedName& name, const CallSignature& signature) {
  std::string types;
  for (const auto& type : signature.types) types += (types.empty() ? "" : ", ") + (type ? type->to_string() : "NULL");
  const auto line = name.range.line, position = name.range.column - 1;
  return {1044, "42P13",
          fmt::format("SQL compilation error: error line {} at position {}\nInvalid argument types for function '{}': ({})",
                      line, position, written(name), types),
          line, position};
}

} // namespace

std::vector<ObjectPointer> functions_named(StatementContext& context, const NameScope& scope, const sql::QualifiedName& name) {
  if (name.parts.empty()) return {};
  auto schema = context.schema_in(std::span(name.parts).first(name.parts.size() - 1), scope);
  if (!schema) return {};
  auto out = context.catalog().find_routines(ObjectKind::function, (*schema)->id, name.last());
  if (!out.empty() || name.parts.size() > 1) return out;
  auto shared = context.catalog().find(ObjectKind::schema, (*schema)->parent, "PUBLIC"); // SEARCH_PATH's second entry
  return shared ? context.catalog().find_routines(ObjectKind::function, shared->id, name.last()) : out;
}

SqlResult<std::optional<FunctionMatch>> find_function(StatementContext& context, const NameScope& scope,
                                                      const sql::QualifiedName& name, const CallSignature& signature,
                                                      bool is_table) {
  std::optional<FunctionMatch> best;
  int best_distance = 0;
  bool has_any = false;
  for (const auto& object : functions_named(context, scope, name)) {
    const auto& function = *object->as<Function>();
    if (function.returns_table != is_table) continue;
    has_any = true;
    auto places = placed(signature, function);
    if (!places) continue;
    std::optional<int> total = 0;
    for (size_t i = 0; i < places->size() && total; ++i) {
      const auto step = (*places)[i] ? distance(signature.types[*(*places)[i]], function.arguments[i].type) : std::optional(1);
      total = step ? std::optional(*total + *step) : std::nullopt;
    }
    if (!total || (best && *total >= best_distance)) continue;
    best = FunctionMatch{object, std::move(*places)};
    best_distance = *total;
  }
  if (!best && has_any) return sql::fail(no_match(name, signature));
  return best;
}

SqlResult<void> refuse_script_functions(StatementContext& context, const NameScope& scope, const sql::Expression& expression,
                                        std::string_view place) {
  const auto is_script = [](const ObjectPointer& object) {
    const auto& function = *object->as<Function>();
    return function.language == "SQL" && sql::is_script_block(function.body);
  };
  std::optional<sql::Error> error;
  sql::walk_expressions(expression, [&](const sql::Expression& part) {
    const auto* call = part.as<sql::FunctionCall>();
    if (error || call == nullptr || call->name.dynamic) return error.has_value();
    if (std::ranges::any_of(functions_named(context, scope, call->name), is_script))
      error = sql::unsupported_feature(fmt::format("the Snowflake Scripting function {} in {}", written(call->name), place));
    return error.has_value();
  });
  if (error) return sql::fail(std::move(*error));
  return {};
}

} // namespace freshet::warehouse
