// Semi-structured values: constructors, FLATTEN, functions with lambdas.
#include <fmt/format.h>

#include <algorithm>

#include "sql/collation.h"
#include "sql/engine_text.h"
#include "sql/expression_walk.h"
#include "sql/undefined_element.h"

namespace freshet::sql {
namespace {

std::string json_or_null(const std::string& text) {
  return text == "NULL" ? "CAST(NULL AS JSON)" : text;
}

char lowered(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

/// `%` any text, `_` any character, letters of either case.
bool matches_ilike(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%')
    return matches_ilike(text, pattern.substr(1)) || (!text.empty() && matches_ilike(text.substr(1), pattern));
  if (text.empty() || (pattern[0] != '_' && lowered(pattern[0]) != lowered(text[0]))) return false;
  return matches_ilike(text.substr(1), pattern.substr(1));
}

/// The type that REDUCE's first value gives the accumulator; empty: it stays semi-structured.
std::string_view plain_type_name(TypeKind kind) {
  switch (kind) {
    case TypeKind::number:
      return "NUMBER";
    case TypeKind::real:
      return "FLOAT";
    case TypeKind::text:
      return "VARCHAR";
    case TypeKind::boolean:
      return "BOOLEAN";
    default:
      return {};
  }
}

/// Whether the parameter is nothing but an operand of arithmetic, and so may be read as a number at once.
bool is_only_calculated(const Lambda& lambda, std::string_view parameter) {
  int uses = 0, calculations = 0;
  const auto is_parameter = [&](const Expression& value) {
    const auto* column = value.as<ColumnReference>();
    return column != nullptr && column->name.parts.size() == 1 && column->name.last() == parameter;
  };
  Expression body = *lambda.body;
  walk_expressions(body, [&](Expression& part) {
    uses += is_parameter(part);
    const auto* binary = part.as<Binary>();
    if (binary != nullptr && binary->op < BinaryOperator::concatenate)
      calculations += is_parameter(*binary->left) + is_parameter(*binary->right);
    return false;
  });
  return uses > 0 && uses == calculations;
}

} // namespace

std::string EngineText::argument_text(const Expression& value, char mode) {
  switch (mode) {
    case 't': {
      auto type = type_of(value);
      if (value.as<NullLiteral>()) return "CAST(NULL AS VARCHAR)";
      if (type && type->kind == TypeKind::text) return expression(value);
      if (type && type->kind == TypeKind::binary) return expression(value);
      return type ? text_of(value) : fmt::format("CAST({} AS VARCHAR)", expression(value));
    }
    case 'd':
      return number_operand(value);
    case 'm': {
      auto kind = kind_of(value);
      bool reads = kind == ResultKind::json || kind == ResultKind::text;
      return reads ? moment_of(value, type_of_kind(TypeKind::timestamp_ntz), false) : wall_clock_of(value);
    }
    case 'v':
      return variant_of(value);
    case 'b': {
      const auto type = type_of(value);
      const bool has_fraction = type && ((type->kind == TypeKind::number && type->scale > 0) || type->kind == TypeKind::real);
      return has_fraction ? fmt::format("(round({}) <> 0)", expression(value)) : boolean_of(value);
    }
    case 'n':
      return fmt::format("CAST({} AS BIGINT)", number_operand(value));
    case 'r':
      return fmt::format("CAST({} AS DOUBLE)", number_operand(value));
    default:
      return expression(value);
  }
}

std::string EngineText::variant_of(const Expression& value) {
  std::string text = expression(value);
  if (is_kind(value, TypeKind::binary) || is_kind(value, TypeKind::time)) return fmt::format("to_json({})", text_of(value));
  switch (kind_of(value)) {
    case ResultKind::json:
      return text;
    case ResultKind::timestamp:
    case ResultKind::instant:
      return fmt::format("to_json({})", text_of(value));
    case ResultKind::real:
      if (const auto* sum = value.as<Binary>();
          sum && (kind_of(*sum->left) == ResultKind::json || kind_of(*sum->right) == ResultKind::json)) // numbers stay exact
        return fmt::format("freshet_number_variant(CAST({} AS VARCHAR))", text);
      return fmt::format("freshet_float_variant(CAST({} AS VARCHAR))", text);
    default:
      return text == "NULL" ? json_or_null(text) : fmt::format("to_json({})", text);
  }
}

/// Numbers are true unless they are 0.
std::string EngineText::boolean_of(const Expression& value) {
  auto type = type_of(value);
  if (value.as<NullLiteral>()) return "CAST(NULL AS BOOLEAN)";
  if (!type) return expression(value);
  switch (type->kind) {
    case TypeKind::number:
    case TypeKind::real:
      return fmt::format("({} <> 0)", expression(value));
    case TypeKind::text:
      return fmt::format("CAST({} AS BOOLEAN)", expression(value));
    case TypeKind::variant:
      return fmt::format("CAST({} AS BOOLEAN)", text_of(value));
    default:
      return expression(value);
  }
}

std::string EngineText::order_key(const Expression& value) {
  std::string text = expression(value);
  if (kind_of(value) == ResultKind::json) return fmt::format("freshet_variant_key({})", text);
  return in_collation(std::move(text), collation_of(value));
}

/// x::VARIANT, x::ARRAY, x::OBJECT
std::string EngineText::variant_cast(const Expression& value, TypeKind kind) {
  std::string text = variant_of(value);
  if (kind == TypeKind::array)
    return fmt::format(
        "CASE WHEN freshet_typeof({0}) = 'ARRAY' THEN {0} WHEN freshet_typeof({0}) <> 'NULL_VALUE' THEN freshet_array({0}) END",
        text);
  return text;
}

std::string EngineText::print(const ArrayLiteral& node, const Expression&) {
  std::string items;
  for (const auto& item : node.items) items.append(items.empty() ? "" : ", ").append(variant_of(item));
  return "freshet_array(" + items + ")";
}

std::string EngineText::print(const ObjectLiteral& node, const Expression& expression) {
  std::string fields;
  auto add = [&](const std::string& key, const std::string& value) { fields += ", " + key + ", " + value; };
  if (node.star) {
    for (const auto& [key, value] : star_columns(*node.star, expression.range)) add(key, value);
  }
  for (const auto& [key, value] : node.fields) add(text_of(key), variant_of(value));
  return "freshet_object('drop'" + fields + ")";
}

/// What `*` stands for.
std::vector<Expression> EngineText::star_references(const Star& star, const SourceRange& range) {
  std::vector<Expression> references;
  if (scopes_.empty()) return references;
  auto add = [&](std::string_view table, const std::string& column) {
    bool excluded =
        std::any_of(star.exclude.begin(), star.exclude.end(), [&](const Identifier& name) { return name.name == column; });
    if (excluded || (star.ilike && !matches_ilike(column, *star.ilike))) return;
    ColumnReference node;
    if (!table.empty()) node.name.parts.push_back({std::string(table), true, {}});
    node.name.parts.push_back({column, true, {}});
    references.push_back({std::move(node), range});
  };
  std::vector<std::string> merged = star.table.empty() ? merged_columns() : std::vector<std::string>{};
  for (const auto& column : merged) add("", column);
  for (const auto& source : scopes_.back().sources) {
    if (!star.table.empty() && source.name != star.table.last()) continue;
    if (!source.is_known) unsupported("* of a source whose columns are not known", range);
    for (const auto& column : source.columns) {
      const bool is_merged = std::find(merged.begin(), merged.end(), column.name) != merged.end();
      if (!is_merged && !column.hidden) add(source.name, column.name);
    }
  }
  return references;
}

std::vector<std::string> EngineText::merged_columns() const {
  if (scopes_.empty()) return {};
  const auto& scope = scopes_.back();
  std::vector<std::string> merged;
  auto add = [&](const std::string& name) {
    if (std::find(merged.begin(), merged.end(), name) == merged.end()) merged.push_back(name);
  };
  for (const auto& name : scope.merged) add(name);
  if (!scope.merges_all) return merged;
  for (size_t i = 0; i < scope.sources.size(); ++i) {
    for (const auto& column : scope.sources[i].columns) {
      bool again =
          std::any_of(scope.sources.begin() + static_cast<ptrdiff_t>(i) + 1, scope.sources.end(), [&](const auto& later) {
            return std::any_of(later.columns.begin(), later.columns.end(),
                               [&](const OutputColumn& other) { return other.name == column.name; });
          });
      if (again) add(column.name);
    }
  }
  return merged;
}

/// The columns one by one, with RENAME and REPLACE.
std::string EngineText::expanded_star(const Star& star, const SourceRange& range) {
  std::string text;
  for (const auto& reference : star_references(star, range)) {
    std::string name(reference.as<ColumnReference>()->name.last());
    std::string value = expression(reference);
    for (const auto& [replacement, column] : star.replace)
      if (column.name == name) value = expression(replacement);
    for (const auto& [from, to] : star.rename) {
      if (from.name != name) continue;
      name = to.name;
      break;
    }
    text += fmt::format("{}{} AS {}", text.empty() ? "" : ", ", value, quote_identifier(name));
  }
  return text;
}

/// The same as pairs of a quoted name and a value.
std::vector<std::pair<std::string, std::string>> EngineText::star_columns(const Star& star, const SourceRange& range) {
  std::vector<std::pair<std::string, std::string>> columns;
  if (!star.rename.empty() || !star.replace.empty()) unsupported("* with RENAME or REPLACE here", range);
  for (const auto& reference : star_references(star, range))
    columns.emplace_back(quote_string(reference.as<ColumnReference>()->name.last()), variant_of(reference));
  return columns;
}

std::string EngineText::print(const Lambda&, const Expression& expression) {
  unsupported("a lambda expression here", expression.range);
  return {};
}

/// lambda "X": …; parameters are semi-structured values unless a type is written.
std::string EngineText::lambda_text(const Lambda& lambda, std::optional<SnowflakeType> accumulator,
                                    std::optional<SnowflakeType>* result) {
  SourceColumns parameters{"", true, {}};
  std::string names;
  for (size_t i = 0; i < lambda.parameters.size(); ++i) {
    SnowflakeType variant;
    variant.kind = TypeKind::variant;
    bool is_accumulator = accumulator && i == 0;
    parameters.columns.push_back({lambda.parameters[i].name, is_accumulator ? accumulator : std::optional(variant)});
    names.append(names.empty() ? "" : ", ").append(quote_identifier(lambda.parameters[i].name));
  }
  scopes_.push_back({{std::move(parameters)}, {}, {}});
  for (size_t i = 0; i < lambda.parameters.size(); ++i) {
    auto& scope = scopes_.back();
    std::string text = fmt::format("nullif({}, '{}')", quote_identifier(lambda.parameters[i].name), k_undefined_element);
    if (i < lambda.types.size() && lambda.types[i]) {
      auto type = take(type_from_name(*lambda.types[i], options_.timestamp_alias));
      scope.sources[0].columns[i].type = type;
      if (type.engine_type() != "JSON") text = fmt::format("CAST(({} ->> '$') AS {})", text, type.engine_type());
    }
    scope.texts.emplace_back(lambda.parameters[i].name, std::move(text));
  }
  std::string body = result ? expression(*lambda.body) : variant_of(*lambda.body);
  if (result) *result = type_of(*lambda.body);
  scopes_.pop_back();
  return "lambda " + names + ": " + body;
}

std::optional<std::string> EngineText::variant_function(const FunctionRule& rule, const FunctionCall& call,
                                                        const Arguments& arguments) {
  std::string_view name = rule.name;
  if (name == "PARSE_JSON" || name == "TRY_PARSE_JSON") {
    if (arguments.size() == 1) return fmt::format("{}({})", rule.text, arguments[0]);
    return fmt::format("CASE WHEN lower({1}) = 'd' THEN {2}_last({0}) ELSE {2}({0}) END", arguments[0], arguments[1],
                       rule.text);
  }
  if (name == "OBJECT_CONSTRUCT" || name == "OBJECT_CONSTRUCT_KEEP_NULL") {
    std::string fields;
    if (!call.arguments.empty() && call.arguments[0].value.as<Star>()) {
      for (const auto& [key, value] : star_columns(*call.arguments[0].value.as<Star>(), call.name.range))
        fields += ", " + key + ", " + value;
    } else if (call.arguments.size() % 2 != 0) {
      fail_with(Error(2045, "22023",
                      fmt::format("SQL compilation error: error line {} at position {}\ninvalid number of arguments [{}] for "
                                  "function [{}]: an even number is expected",
                                  call.name.range.line, call.name.range.column - 1, call.arguments.size(), name),
                      call.name.range.line, call.name.range.column - 1));
    } else {
      for (size_t i = 0; i + 1 < call.arguments.size(); i += 2)
        fields += fmt::format(", {}, {}", argument_text(call.arguments[i].value, 't'), variant_of(call.arguments[i + 1].value));
    }
    return fmt::format("freshet_object('{}'{})", name == "OBJECT_CONSTRUCT" ? "drop" : "keep", fields);
  }
  if (name == "GET") {
    const Expression& key = call.arguments[1].value;
    return fmt::format("freshet_get({}, {})", variant_of(call.arguments[0].value), argument_text(key, 't'));
  }
  if (name == "AS_DECIMAL" || name == "AS_NUMBER") {
    auto precision = arguments.size() > 1 ? whole_number(call.arguments[1].value) : std::optional<int64_t>(38);
    auto scale = arguments.size() > 2 ? whole_number(call.arguments[2].value) : std::optional<int64_t>(0);
    if (!precision || !scale) return std::nullopt;
    return fmt::format(
        "CASE WHEN freshet_typeof({0}) IN ('INTEGER', 'DECIMAL') THEN CAST(({0} ->> '$') AS DECIMAL({1}, {2})) END",
        variant_of(call.arguments[0].value), *precision, *scale);
  }
  if (name == "FILTER" || name == "TRANSFORM") {
    const auto* lambda = call.arguments[1].value.as<Lambda>();
    if (!lambda) return std::nullopt;
    std::string items = fmt::format("json_extract({}, '$[*]')", variant_of(call.arguments[0].value));
    std::optional<SnowflakeType> type;
    if (name == "TRANSFORM")
      return fmt::format("to_json(list_transform(list_transform({}, {}), lambda \"$e\": coalesce(\"$e\", CAST('{}' AS JSON))))",
                         items, lambda_text(*lambda, std::nullopt, nullptr), k_undefined_element);
    return fmt::format("to_json(list_filter({}, {}))", items, lambda_text(*lambda, std::nullopt, &type));
  }
  if (name == "REDUCE") {
    const auto* lambda = call.arguments[2].value.as<Lambda>();
    if (!lambda || lambda->parameters.size() != 2) return std::nullopt;
    auto start = type_of(call.arguments[1].value);
    // The engine folds values of one type: each step gives a semi-structured value, read in the type of the first one.
    std::string items = fmt::format("json_extract({}, '$[*]')", variant_of(call.arguments[0].value));
    std::string first = fmt::format("list_value({})", variant_of(call.arguments[1].value));
    SnowflakeType variant;
    variant.kind = TypeKind::variant;
    Lambda typed = *lambda;
    const auto name_of_kind = start ? plain_type_name(start->kind) : std::string_view();
    if (!typed.types[0] && !name_of_kind.empty()) {
      typed.types[0].emplace().name = name_of_kind;
      if (start->kind == TypeKind::number) typed.types[0]->parameters = {38, start->scale};
    }
    if (!typed.types[1] && is_only_calculated(*lambda, lambda->parameters[1].name)) typed.types[1] = typed.types[0];
    std::string text = fmt::format("list_reduce(list_concat({}, {}), {})", first, items, lambda_text(typed, variant, nullptr));
    if (!start || !typed.types[0]) return text;
    return fmt::format("CAST(({} ->> '$') AS {})", text,
                       start->kind == TypeKind::number ? number_type(38, start->scale).engine_type() : start->engine_type());
  }
  return std::nullopt;
}

} // namespace freshet::sql
