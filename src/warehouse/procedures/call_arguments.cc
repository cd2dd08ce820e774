#include "warehouse/procedures/call_arguments.h"

#include <fmt/core.h>

#include <algorithm>

#include "engine/engine.h"
#include "sql/parser.h"
#include "warehouse/literal.h"
#include "warehouse/procedures/script_values.h"

namespace freshet::warehouse {
namespace {

/// How well a value of one type fits a parameter of another: 0 exactly, 1 within the family, 2 by conversion.
int distance(sql::TypeKind from, sql::TypeKind to) {
  if (from == to) return 0;
  return script_type(from) == script_type(to) ? 1 : 2;
}

/// For each parameter the index of its argument, or nothing where its default stands in. Nothing when they do not fit.
using Placement = std::vector<std::optional<size_t>>;
std::optional<Placement> placed(const CallArguments& arguments, const Routine& routine) {
  Placement placement(routine.arguments.size());
  for (size_t i = 0; i < arguments.texts.size(); ++i) {
    size_t parameter = i;
    if (!arguments.names[i].empty()) {
      const auto found = std::ranges::find(routine.arguments, arguments.names[i], &RoutineArgument::name);
      parameter = static_cast<size_t>(found - routine.arguments.begin());
    }
    if (parameter >= placement.size() || placement[parameter]) return std::nullopt;
    placement[parameter] = i;
  }
  for (size_t i = 0; i < placement.size(); ++i) {
    if (!placement[i] && !routine.arguments[i].default_value) return std::nullopt;
  }
  return placement;
}

} // namespace

SqlResult<CallArguments> print_arguments(StatementContext& context, const sql::FunctionCall& call) {
  CallArguments arguments;
  if (call.arguments.empty()) return arguments;
  std::string select;
  for (const auto& argument : call.arguments) {
    arguments.names.push_back(argument.name ? argument.name->name : "");
    arguments.texts.push_back(TRY(context.print(argument.value)));
    select += (select.empty() ? "SELECT " : ", ") + arguments.texts.back();
  }
  auto prepared = TRY(context.checked(context.connection().prepare(select)));
  for (const auto& column : prepared.columns())
    arguments.kinds.push_back(sql::type_from_engine(engine::sql_text(column.type)).kind);
  return arguments;
}

SqlResult<ObjectPointer> find_procedure(StatementContext& context, const sql::QualifiedName& name,
                                        const CallArguments& arguments) {
  auto schema = TRY(context.schema_in(std::span(name.parts).first(name.parts.size() - 1), context.scope()));
  ObjectPointer best;
  int best_distance = 0;
  for (const auto& candidate : context.catalog().find_routines(ObjectKind::procedure, schema->id, name.last())) {
    const auto& routine = *candidate->as<Procedure>();
    const auto placement = placed(arguments, routine);
    if (!placement) continue;
    int total = 0;
    for (size_t i = 0; i < placement->size(); ++i) {
      total += (*placement)[i] ? distance(arguments.kinds[*(*placement)[i]], routine.arguments[i].type.kind) : 1;
    }
    if (!best || total < best_distance) best = candidate, best_distance = total;
  }
  if (!best) {
    return sql::fail(
        {2140, "42601",
         fmt::format("SQL compilation error:\nUnknown user-defined function {} with {} argument(s)",
                     context.catalog().full_name(*schema) + "." + std::string(name.last()), arguments.texts.size())});
  }
  return best;
}

std::vector<std::optional<size_t>> argument_places(const Routine& routine, const CallArguments& arguments) {
  return placed(arguments, routine).value_or(Placement{});
}

SqlResult<std::optional<engine::Rows>> argument_values(StatementContext& context, const Routine& routine,
                                                       const CallArguments& arguments) {
  const auto placement = placed(arguments, routine);
  if (!placement) {
    return sql::fail(
        {2140, "42601",
         fmt::format("SQL compilation error:\nThe procedure does not take these {} argument(s)", arguments.texts.size())});
  }
  if (routine.arguments.empty()) return std::nullopt;
  std::string select;
  for (size_t i = 0; i < routine.arguments.size(); ++i) {
    std::string text;
    if ((*placement)[i]) {
      text = arguments.texts[*(*placement)[i]];
    } else {
      auto expression = TRY(sql::parse_expression(*routine.arguments[i].default_value));
      text = TRY(context.print(expression));
    }
    const bool to_variant = script_type(routine.arguments[i].type.kind) == ScriptType::variant;
    select += (select.empty() ? "SELECT " : ", ") +
              routine.arguments[i].type.engine_cast(to_variant ? "to_json(" + text + ")" : text);
  }
  return TRY(context.query(select));
}

std::vector<Bind> bound_values(const Routine& routine, const std::optional<engine::Rows>& row) {
  std::vector<Bind> values;
  for (size_t i = 0; row && i < routine.arguments.size(); ++i) values.push_back({routine.arguments[i].type, cell(*row, 0, i)});
  return values;
}

std::vector<ScriptValue> script_values(const Routine& routine, const std::optional<engine::Rows>& row) {
  std::vector<ScriptValue> values;
  for (size_t i = 0; row && i < routine.arguments.size(); ++i)
    values.push_back(script_value(*row, 0, i, routine.arguments[i].type));
  return values;
}

} // namespace freshet::warehouse
