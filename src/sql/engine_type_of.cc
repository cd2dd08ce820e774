// What an expression gives, by Snowflake's rules, as far as the text and the catalog tell.
#include <algorithm>
#include <charconv>

#include "sql/engine_text.h"
#include "sql/plain_number.h"

namespace freshet::sql {
namespace {

SnowflakeType text_type(size_t length) {
  SnowflakeType type = type_of_kind(TypeKind::text);
  type.length = std::clamp<int64_t>(static_cast<int64_t>(length), 1, type.length);
  return type;
}

size_t characters_in(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::optional<SnowflakeType> from_kind(ResultKind kind) {
  switch (kind) {
    case ResultKind::integer:
      return number_type(38, 0);
    case ResultKind::real:
      return type_of_kind(TypeKind::real);
    case ResultKind::text:
      return type_of_kind(TypeKind::text);
    case ResultKind::boolean:
      return type_of_kind(TypeKind::boolean);
    case ResultKind::date:
      return type_of_kind(TypeKind::date);
    case ResultKind::timestamp:
      return type_of_kind(TypeKind::timestamp_ntz);
    case ResultKind::instant:
      return type_of_kind(TypeKind::timestamp_ltz);
    case ResultKind::json:
      return type_of_kind(TypeKind::variant);
    default:
      return std::nullopt;
  }
}

bool is_semi_structured(TypeKind kind) {
  return kind == TypeKind::variant || kind == TypeKind::object || kind == TypeKind::array;
}

std::optional<SnowflakeType> literal_type(const std::string& written) {
  auto plain = plain_number(written);
  if (!plain) return type_of_kind(TypeKind::real);
  const auto& text = *plain;
  auto point = text.find('.');
  auto digits = static_cast<int32_t>(std::min<size_t>(text.size() - (point != std::string::npos), 38));
  auto scale = point == std::string::npos ? 0 : static_cast<int32_t>(std::min<size_t>(text.size() - point - 1, 37));
  return number_type(std::max(digits, 1), scale);
}

std::optional<SnowflakeType> arithmetic_type(BinaryOperator op, const std::optional<SnowflakeType>& left,
                                             const std::optional<SnowflakeType>& right) {
  if (!left || !right) return std::nullopt;
  if (left->kind == TypeKind::number && right->kind == TypeKind::number) return arithmetic_type(op, *left, *right);
  auto is_number = [](const SnowflakeType& type) { return type.kind == TypeKind::number || type.kind == TypeKind::real; };
  if (is_number(*left) && is_number(*right)) return type_of_kind(TypeKind::real);
  bool sums = op == BinaryOperator::add || op == BinaryOperator::subtract;
  auto is_moment = [](TypeKind kind) {
    return kind == TypeKind::date || kind == TypeKind::timestamp_ntz || kind == TypeKind::timestamp_ltz ||
           kind == TypeKind::timestamp_tz;
  };
  if (sums && is_moment(left->kind) && right->kind == TypeKind::number) return left;
  if (sums && left->kind == TypeKind::date && right->kind == TypeKind::date) return number_type(9, 0);
  if (op == BinaryOperator::add && left->kind == TypeKind::number && right->kind == TypeKind::date) return right;
  if (is_semi_structured(left->kind) || is_semi_structured(right->kind)) return type_of_kind(TypeKind::real);
  return std::nullopt;
}

/// What a path leads to: of structured types what they say, otherwise VARIANT.
SnowflakeType type_at(const std::optional<SnowflakeType>& operand, const std::vector<PathStep>& steps) {
  const auto variant = type_of_kind(TypeKind::variant);
  if (!operand) return variant;
  SnowflakeType type = *operand;
  for (const auto& step : steps) {
    if (!type.is_structured()) return variant;
    if (type.kind == TypeKind::array || type.is_map()) {
      type = SnowflakeType(type.fields.back().type);
      continue;
    }
    const auto* key = step.index ? step.index->as<StringLiteral>() : nullptr;
    const std::string_view name = key != nullptr ? std::string_view(key->value) : std::string_view(step.name);
    const auto field = std::ranges::find(type.fields, name, &TypeField::name);
    if (field == type.fields.end()) return variant;
    type = SnowflakeType(field->type);
  }
  return type;
}

const OutputColumn* find_column(const std::vector<OutputColumn>& columns, std::string_view name) {
  auto found = std::find_if(columns.begin(), columns.end(), [&](const OutputColumn& column) { return column.name == name; });
  return found == columns.end() ? nullptr : &*found;
}

} // namespace

SnowflakeType number_type(int32_t precision, int32_t scale) {
  SnowflakeType type;
  type.kind = TypeKind::number;
  type.precision = std::clamp(precision, 1, 38);
  type.scale = std::clamp(scale, 0, 37);
  return type;
}

/// Snowflake's documented rules ("Arithmetic Operators: Scale and Precision").
SnowflakeType arithmetic_type(BinaryOperator op, const SnowflakeType& left, const SnowflakeType& right) {
  int32_t left_leading = left.precision - left.scale;
  int32_t right_leading = right.precision - right.scale;
  switch (op) {
    case BinaryOperator::multiply: {
      int32_t scale = std::min(left.scale + right.scale, std::max({left.scale, right.scale, 12}));
      return number_type(left_leading + right_leading + scale, scale);
    }
    case BinaryOperator::divide: {
      int32_t scale = std::max(left.scale, std::min(left.scale + 6, 12));
      return number_type(left_leading + right.scale + scale, scale);
    }
    case BinaryOperator::modulo: {
      int32_t scale = std::max(left.scale, right.scale);
      return number_type(std::min(left_leading, right_leading) + scale, scale);
    }
    default: {
      int32_t scale = std::max(left.scale, right.scale);
      return number_type(std::max(left_leading, right_leading) + scale + 1, scale);
    }
  }
}

/// Of branches that meet in one value; nullopt where one of them is not known or they do not go together.
// COALESCE, IFF, … of a text and a number make the text NUMBER(18,5), unless it is written as a number.
// https://docs.snowflake.com/en/sql-reference/functions/coalesce
constexpr int32_t k_scale_of_text = 5;

std::optional<SnowflakeType> common_type(const std::optional<SnowflakeType>& left, const std::optional<SnowflakeType>& right) {
  if (!left || !right) return std::nullopt;
  if (left->kind == TypeKind::number && right->kind == TypeKind::number) {
    int32_t scale = std::max(left->scale, right->scale);
    return number_type(std::max(left->precision - left->scale, right->precision - right->scale) + scale, scale);
  }
  auto is_number = [](const SnowflakeType& type) { return type.kind == TypeKind::number || type.kind == TypeKind::real; };
  if (is_number(*left) && is_number(*right)) return type_of_kind(TypeKind::real);
  if (left->kind == right->kind) {
    SnowflakeType type = *left;
    type.length = std::max(left->length, right->length);
    type.scale = std::max(left->scale, right->scale);
    return type;
  }
  if (is_semi_structured(left->kind) || is_semi_structured(right->kind)) return type_of_kind(TypeKind::variant);
  // Text becomes what it meets; moments meet in the one that says most.
  if (left->kind == TypeKind::text || right->kind == TypeKind::text) {
    const auto& other = left->kind == TypeKind::text ? *right : *left;
    if (other.kind == TypeKind::number) return number_type(38, std::max(other.scale, k_scale_of_text));
    return other.kind == TypeKind::binary ? std::nullopt : std::optional(other);
  }
  auto rank = [](TypeKind kind) {
    return kind == TypeKind::date            ? 1
           : kind == TypeKind::timestamp_ntz ? 2
           : kind == TypeKind::timestamp_ltz ? 3
           : kind == TypeKind::timestamp_tz  ? 4
                                             : 0;
  };
  if (rank(left->kind) > 0 && rank(right->kind) > 0) return rank(left->kind) > rank(right->kind) ? left : right;
  return std::nullopt;
}

std::optional<std::string> plain_number(const std::string& written) {
  auto mark = written.find_first_of("eE");
  if (mark == std::string::npos) return written;
  int32_t exponent = 0;
  auto first = written.data() + mark + 1 + (mark + 1 < written.size() && written[mark + 1] == '+');
  auto [end, problem] = std::from_chars(first, written.data() + written.size(), exponent);
  if (problem != std::errc() || exponent > 38 || exponent < -38) return std::nullopt;
  std::string digits = written.substr(0, mark);
  auto point = digits.find('.');
  auto whole = static_cast<int32_t>(point == std::string::npos ? digits.size() : point) + exponent;
  if (point != std::string::npos) digits.erase(point, 1);
  if (whole < 0) digits.insert(0, static_cast<size_t>(-whole), '0');
  whole = std::max(whole, 0);
  if (static_cast<size_t>(whole) > digits.size()) digits.append(static_cast<size_t>(whole) - digits.size(), '0');
  if (digits.size() > 38) return std::nullopt;
  auto fraction = digits.substr(static_cast<size_t>(whole));
  std::string text = whole == 0 ? "0" : digits.substr(0, static_cast<size_t>(whole));
  return fraction.empty() ? text : text + "." + fraction;
}

bool is_written_number(std::string_view text) {
  return text.find_first_of("0123456789") != text.npos && text.find_first_not_of("0123456789.") == text.npos;
}

std::optional<SnowflakeType> EngineText::common_type_of(const std::vector<const Expression*>& values) const {
  std::vector<std::optional<SnowflakeType>> types;
  bool numbers = false;
  for (const auto* value : values) {
    if (value->as<NullLiteral>()) continue;
    types.push_back(type_of(*value));
    numbers = numbers || (types.back() && types.back()->kind == TypeKind::number);
  }
  size_t next = 0;
  std::optional<SnowflakeType> common;
  for (const auto* value : values) {
    if (value->as<NullLiteral>()) continue;
    auto type = types[next];
    if (const auto* literal = value->as<StringLiteral>(); literal && numbers) {
      if (is_written_number(literal->value)) type = literal_type(literal->value);
    }
    common = next++ == 0 ? type : common_type(common, type);
    if (!common) return std::nullopt;
  }
  return common;
}

std::optional<SnowflakeType> EngineText::column_type(const QualifiedName& name) const {
  if (name.parts.empty() || name.dynamic) return std::nullopt;
  std::string_view column = name.last();
  std::string_view table =
      name.parts.size() > 1 ? std::string_view(name.parts[name.parts.size() - 2].name) : std::string_view();
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    bool may_be_elsewhere = false;
    for (const auto& source : scope->sources) {
      if (!table.empty() && source.name != table) continue;
      if (const auto* found = find_column(source.columns, column)) return found->type;
      may_be_elsewhere |= !source.is_known;
    }
    if (may_be_elsewhere) return std::nullopt;
    if (!table.empty()) continue;
    if (const auto* found = find_column(scope->aliases, column)) return found->type;
  }
  return names_.column_type(name);
}

/// Whether a table of the SELECTs under way is known to have such a column.
bool EngineText::is_column_of_source(const QualifiedName& name) const {
  if (name.parts.empty()) return false;
  std::string_view table =
      name.parts.size() > 1 ? std::string_view(name.parts[name.parts.size() - 2].name) : std::string_view();
  for (const auto& scope : scopes_) {
    for (const auto& source : scope.sources) {
      if ((table.empty() || source.name == table) && find_column(source.columns, name.last())) return true;
    }
  }
  return false;
}

/// Whether a name stands for a table of the SELECTs under way and can be no column.
bool EngineText::is_only_a_table(const QualifiedName& name) const {
  if (name.parts.size() != 1 || name.dynamic) return false;
  bool is_table = false;
  for (const auto& scope : scopes_) {
    if (find_column(scope.aliases, name.last()) != nullptr) return false;
    for (const auto& source : scope.sources) {
      if (!source.is_known || find_column(source.columns, name.last()) != nullptr) return false;
      is_table |= source.name == name.last();
    }
  }
  return is_table;
}

const std::string* EngineText::replaced_column(const QualifiedName& name) const {
  if (name.parts.size() != 1) return nullptr;
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    for (const auto& [column, text] : scope->texts)
      if (column == name.last()) return &text;
    for (const auto& source : scope->sources)
      if (!source.is_known || find_column(source.columns, name.last())) return nullptr;
  }
  return nullptr;
}

std::optional<SnowflakeType> EngineText::type_of(const Expression& expression) const {
  if (const auto* number = expression.as<NumberLiteral>()) return literal_type(number->text);
  if (const auto* text = expression.as<StringLiteral>()) return text_type(characters_in(text->value));
  if (const auto* binary = expression.as<BinaryLiteral>()) {
    SnowflakeType type = type_of_kind(TypeKind::binary);
    type.length = std::max<int64_t>(static_cast<int64_t>(binary->hex.size() / 2), 1);
    return type;
  }
  if (expression.as<BooleanLiteral>() || expression.as<Logical>() || expression.as<In>() || expression.as<IsNull>() ||
      expression.as<Between>() || expression.as<Like>() || expression.as<IsBoolean>() || expression.as<IsDistinct>() ||
      expression.as<Exists>() || expression.as<QuantifiedComparison>())
    return type_of_kind(TypeKind::boolean);
  if (const auto* column = expression.as<ColumnReference>()) return column_type(column->name);
  if (const auto* path = expression.as<PathAccess>()) return type_at(type_of(*path->operand), path->steps);
  if (expression.as<ArrayLiteral>()) return type_of_kind(TypeKind::array);
  if (expression.as<ObjectLiteral>()) return type_of_kind(TypeKind::object);
  const TypeName* written = nullptr;
  if (const auto* literal = expression.as<TypedLiteral>()) written = &literal->type;
  if (const auto* cast = expression.as<Cast>()) written = &cast->type;
  if (written) {
    auto type = type_from_name(*written, options_.timestamp_alias);
    return type ? std::optional(*type) : std::nullopt;
  }
  if (const auto* unary = expression.as<Unary>()) {
    if (unary->op == UnaryOperator::logical_not) return type_of_kind(TypeKind::boolean);
    return type_of(*unary->operand);
  }
  if (const auto* binary = expression.as<Binary>()) {
    if (binary->op == BinaryOperator::concatenate) {
      auto left = type_of(*binary->left), right = type_of(*binary->right);
      if (left && right && left->kind == TypeKind::binary && right->kind == TypeKind::binary) return left;
      bool texts = left && right && left->kind == TypeKind::text && right->kind == TypeKind::text;
      return texts ? text_type(static_cast<size_t>(left->length + right->length)) : type_of_kind(TypeKind::text);
    }
    if (binary->op >= BinaryOperator::equal) return type_of_kind(TypeKind::boolean);
    const bool turned = binary->left->as<IntervalLiteral>() != nullptr;
    if (const auto* interval = (turned ? binary->left : binary->right)->as<IntervalLiteral>()) {
      auto moment = type_of(turned ? *binary->right : *binary->left);
      bool stays = moment && moment->kind != TypeKind::text && !is_semi_structured(moment->kind) &&
                   (moment->kind != TypeKind::date || keeps_dates(interval->text));
      return stays ? moment : type_of_kind(TypeKind::timestamp_ntz);
    }
    return arithmetic_type(binary->op, type_of(*binary->left), type_of(*binary->right));
  }
  if (const auto* choice = expression.as<Case>()) {
    std::vector<const Expression*> values;
    for (const auto& branch : choice->branches) values.push_back(&branch.then);
    if (choice->otherwise) values.push_back(choice->otherwise.get());
    return common_type_of(values);
  }
  if (const auto* call = expression.as<FunctionCall>()) return call_type(*call);
  return std::nullopt;
}

/// What a function gives, where its name says more than its rule.
std::optional<SnowflakeType> EngineText::named_result(std::string_view name) const {
  struct Result {
    std::string_view name;
    TypeKind kind;
    int32_t precision = 38;
  };
  using enum TypeKind;
  static constexpr Result k_results[] = {{"APPROX_PERCENTILE_ACCUMULATE", object},
                                         {"APPROX_PERCENTILE_COMBINE", object},
                                         {"APPROX_TOP_K_ACCUMULATE", object},
                                         {"APPROX_TOP_K_COMBINE", object},
                                         {"APPROX_TOP_K_ESTIMATE", array},
                                         {"ARRAYAGG", array},
                                         {"ARRAYS_ZIP", array},
                                         {"ARRAYS_TO_OBJECT", object},
                                         {"ARRAY_AGG", array},
                                         {"ARRAY_APPEND", array},
                                         {"ARRAY_CAT", array},
                                         {"ARRAY_COMPACT", array},
                                         {"ARRAY_CONSTRUCT", array},
                                         {"ARRAY_CONSTRUCT_COMPACT", array},
                                         {"ARRAY_DISTINCT", array},
                                         {"ARRAY_EXCEPT", array},
                                         {"ARRAY_FLATTEN", array},
                                         {"ARRAY_GENERATE_RANGE", array},
                                         {"ARRAY_INSERT", array},
                                         {"ARRAY_INTERSECTION", array},
                                         {"ARRAY_PREPEND", array},
                                         {"ARRAY_REMOVE", array},
                                         {"ARRAY_REMOVE_AT", array},
                                         {"ARRAY_REPEAT", array},
                                         {"ARRAY_REVERSE", array},
                                         {"ARRAY_SLICE", array},
                                         {"ARRAY_SORT", array},
                                         {"ARRAY_UNIQUE_AGG", array},
                                         {"AS_ARRAY", array},
                                         {"AS_OBJECT", object},
                                         {"AS_TIME", time},
                                         {"AS_TIMESTAMP_TZ", timestamp_tz},
                                         {"COUNT", number, 18},
                                         {"COUNT_IF", number, 18},
                                         {"DATEDIFF", number, 9},
                                         {"DAY", number, 2},
                                         {"DAYOFMONTH", number, 2},
                                         {"DENSE_RANK", number, 18},
                                         {"FILTER", array},
                                         {"HLL_ACCUMULATE", binary},
                                         {"HLL_COMBINE", binary},
                                         {"HLL_EXPORT", object},
                                         {"HLL_IMPORT", binary},
                                         {"HOUR", number, 2},
                                         {"LENGTH", number, 18},
                                         {"MAP_CAT", object},
                                         {"MAP_DELETE", object},
                                         {"MAP_INSERT", object},
                                         {"MAP_KEYS", array},
                                         {"MAP_PICK", object},
                                         {"LEN", number, 18},
                                         {"MINUTE", number, 2},
                                         {"MONTH", number, 2},
                                         {"NTILE", number, 18},
                                         {"OBJECT_AGG", object},
                                         {"OBJECT_CONSTRUCT", object},
                                         {"OBJECT_CONSTRUCT_KEEP_NULL", object},
                                         {"OBJECT_DELETE", object},
                                         {"OBJECT_INSERT", object},
                                         {"OBJECT_KEYS", array},
                                         {"OBJECT_PICK", object},
                                         {"PARSE_URL", object},
                                         {"QUARTER", number, 2},
                                         {"RANK", number, 18},
                                         {"REGEXP_EXTRACT_ALL", array},
                                         {"REGEXP_SUBSTR_ALL", array},
                                         {"ROW_NUMBER", number, 18},
                                         {"SECOND", number, 2},
                                         {"SPLIT", array},
                                         {"STRTOK_TO_ARRAY", array},
                                         {"TIME", time},
                                         {"TIMEDIFF", number, 9},
                                         {"TIMEFROMPARTS", time},
                                         {"TIMESTAMPDIFF", number, 9},
                                         {"TIMESTAMP_TZ_FROM_PARTS", timestamp_tz},
                                         {"TIME_FROM_PARTS", time},
                                         {"TO_ARRAY", array},
                                         {"TO_OBJECT", object},
                                         {"TO_TIME", time},
                                         {"TO_TIMESTAMP_TZ", timestamp_tz},
                                         {"TRANSFORM", array},
                                         {"TRY_TO_TIME", time},
                                         {"TRY_TO_TIMESTAMP_TZ", timestamp_tz},
                                         {"YEAR", number, 4}};
  if (name == "TO_TIMESTAMP" || name == "TRY_TO_TIMESTAMP") return type_of_kind(options_.timestamp_alias);
  const auto* found = std::ranges::find(k_results, name, &Result::name);
  if (found == std::end(k_results)) return std::nullopt;
  return found->kind == number ? number_type(found->precision, 0) : type_of_kind(found->kind);
}

/// Whether Snowflake says that it is never NULL.
bool EngineText::is_nullable(const Expression& expression) const {
  if (expression.as<NumberLiteral>() || expression.as<StringLiteral>() || expression.as<BooleanLiteral>() ||
      expression.as<BinaryLiteral>() || expression.as<TypedLiteral>())
    return false;
  if (const auto* call = expression.as<FunctionCall>(); call && call->name.parts.size() == 1) {
    for (auto name : {"COUNT", "COUNT_IF", "ROW_NUMBER", "RANK", "DENSE_RANK", "CURRENT_TIMESTAMP", "CURRENT_DATE"})
      if (call->name.last() == name) return false;
  }
  const auto* column = expression.as<ColumnReference>();
  if (!column || column->name.dynamic || column->name.parts.empty() || scopes_.empty() || scopes_.back().joins_outside)
    return true;
  std::string_view table = column->name.parts.size() > 1
                               ? std::string_view(column->name.parts[column->name.parts.size() - 2].name)
                               : std::string_view();
  for (const auto& source : scopes_.back().sources) {
    if (!source.is_known) return true;
    if (!table.empty() && source.name != table) continue;
    if (const auto* found = find_column(source.columns, column->name.last())) return found->nullable;
  }
  return true;
}

std::optional<SnowflakeType> EngineText::call_type(const FunctionCall& call) const {
  std::string_view name = call.name.last();
  if (name == "CURRENT_DATE") return type_of_kind(TypeKind::date);
  if (name == "CURRENT_TIMESTAMP" || name == "GETDATE" || name == "SYSTIMESTAMP" || name == "LOCALTIMESTAMP") {
    auto type = type_of_kind(TypeKind::timestamp_ltz);
    type.scale = static_cast<int32_t>(std::clamp<int64_t>(number_of(call, 0).value_or(type.scale), 0, type.scale));
    return type;
  }
  if (name == "SYSDATE") return type_of_kind(TypeKind::timestamp_ntz);
  const FunctionRule* rule = rule_of(call);
  if (rule) name = rule->name;
  if (!rule) {
    std::vector<std::optional<SnowflakeType>> types;
    for (const auto& argument : call.arguments) types.push_back(type_of(argument.value));
    return names_.call_type(call, types);
  }
  if (auto type = named_result(name)) return type;
  if (name == "COLLATE") {
    auto type = type_of_kind(TypeKind::text);
    if (const auto* specification = literal_of(call, 1)) type.collation = *specification;
    return type;
  }
  if (name == "CONCAT") {
    int64_t length = 0;
    for (const auto& argument : call.arguments) {
      auto type = type_of(argument.value);
      length += type && type->kind == TypeKind::text ? type->length : type_of_kind(TypeKind::text).length;
    }
    return text_type(static_cast<size_t>(length));
  }
  if (rule->result == ResultKind::unknown) return special_call_type(call);
  if (rule->result == ResultKind::common) {
    std::vector<const Expression*> values;
    for (const auto& argument : call.arguments) values.push_back(&argument.value);
    return common_type_of(values);
  }
  if (rule->result != ResultKind::first_argument) return from_kind(rule->result);
  return call.arguments.empty() ? std::nullopt : type_of(call.arguments[0].value);
}

/// Of the functions whose result depends on more than their first argument's type.
std::optional<SnowflakeType> EngineText::special_call_type(const FunctionCall& call) const {
  std::string_view name = find_function(call.name.last())->name;
  auto argument = [&](size_t index) -> std::optional<SnowflakeType> {
    return index < call.arguments.size() ? type_of(call.arguments[index].value) : std::nullopt;
  };
  auto is_number = [](const std::optional<SnowflakeType>& type) { return type && type->kind == TypeKind::number; };
  if (name == "CONVERT_TIMEZONE")
    return type_of_kind(call.arguments.size() == 2 ? TypeKind::timestamp_tz : TypeKind::timestamp_ntz);
  if (name == "IFF" && call.arguments.size() == 3) return common_type_of({&call.arguments[1].value, &call.arguments[2].value});
  if (name == "NVL2" && call.arguments.size() == 3) return common_type_of({&call.arguments[1].value, &call.arguments[2].value});
  if (name == "DECODE") {
    std::vector<const Expression*> values;
    for (size_t i = 2; i < call.arguments.size(); i += 2) values.push_back(&call.arguments[i].value);
    if (call.arguments.size() >= 4 && call.arguments.size() % 2 == 0) values.push_back(&call.arguments.back().value);
    return common_type_of(values);
  }
  if (name == "SUM") {
    auto type = argument(0);
    if (is_number(type)) return number_type(38, type->scale);
    return type && (type->kind == TypeKind::real || is_semi_structured(type->kind) || type->kind == TypeKind::text)
               ? std::optional(type_of_kind(TypeKind::real))
               : std::nullopt;
  }
  if (name.starts_with("VAR_") || name.starts_with("VARIANCE") || name == "KURTOSIS" || name == "SKEW") {
    auto type = argument(0);
    if (!is_number(type)) return type_of_kind(TypeKind::real);
    constexpr int32_t k_scale_max = 12;
    const int32_t squared = 2 * type->scale;
    return number_type(38, name.starts_with("VAR") ? std::max(squared, std::min(squared + 6, k_scale_max)) : k_scale_max);
  }
  if (name == "AVG" || name == "MEDIAN") {
    auto type = argument(0);
    if (!is_number(type)) return type_of_kind(TypeKind::real);
    return number_type(38,
                       name == "AVG" ? std::max(type->scale, std::min(type->scale + 6, 12)) : std::min(type->scale + 3, 37));
  }
  if ((name == "DIV0" || name == "DIV0NULL") && call.arguments.size() == 2) {
    auto number_or_null = [&](size_t index) {
      return call.arguments[index].value.as<NullLiteral>() ? std::optional(number_type(38, 0)) : argument(index);
    };
    auto left = number_or_null(0), right = number_or_null(1);
    if (is_number(left) && is_number(right)) return arithmetic_type(BinaryOperator::divide, *left, *right);
    return type_of_kind(TypeKind::real);
  }
  if (name == "ROUND" || name == "TRUNC" || name == "TRUNCATE" || name == "CEIL" || name == "CEILING" || name == "FLOOR") {
    auto type = argument(0);
    if (!is_number(type)) return type;
    auto digits = call.arguments.size() > 1 ? whole_number(call.arguments[1].value) : std::optional<int64_t>(0);
    if (!digits) return type;
    auto scale = static_cast<int32_t>(std::clamp<int64_t>(*digits, 0, type->scale));
    return number_type(type->precision - type->scale + scale + 1, scale);
  }
  if (name == "DATEADD" || name == "DATE_ADD" || name == "TIMEADD" || name == "TIMESTAMPADD") {
    auto type = argument(2);
    if (!type || type->kind != TypeKind::date)
      return type && type->kind == TypeKind::text ? from_kind(ResultKind::timestamp) : type;
    return is_part_of_day(call.arguments[0].value) ? type : from_kind(ResultKind::timestamp);
  }
  if (name == "SUBSTR" || name == "SUBSTRING") {
    auto type = argument(0);
    return type_of_kind(type && type->kind == TypeKind::binary ? TypeKind::binary : TypeKind::text);
  }
  if (name.starts_with("BITMAP")) return type_of_kind(TypeKind::binary);
  if (name.starts_with("BIT")) {
    auto type = argument(0);
    return type && type->kind == TypeKind::binary ? type : number_type(38, 0);
  }
  if (name == "COMPRESS" || name.ends_with("CRYPT") || name.ends_with("DECRYPT_RAW")) return type_of_kind(TypeKind::binary);
  if (name == "MONTHS_BETWEEN") return number_type(38, 6);
  if (name == "DATE_TRUNC") {
    auto type = argument(1);
    return type && type->kind == TypeKind::text ? from_kind(ResultKind::timestamp) : type;
  }
  if (name.ends_with("BINARY")) return type_of_kind(TypeKind::binary);
  if (name == "MIN_BY" || name == "MAX_BY")
    return call.arguments.size() > 2 ? std::optional(type_of_kind(TypeKind::array)) : argument(0);
  if (name == "ADD_MONTHS") return argument(0);
  if (name == "REDUCE") return argument(1);
  if (name == "AS_DECIMAL" || name == "AS_NUMBER") {
    auto digits = [&](size_t index) {
      return index < call.arguments.size() ? whole_number(call.arguments[index].value) : std::nullopt;
    };
    return number_type(static_cast<int32_t>(digits(1).value_or(38)), static_cast<int32_t>(digits(2).value_or(0)));
  }
  if (name.ends_with("NUMBER") || name.ends_with("NUMERIC") || name.ends_with("DECIMAL")) {
    size_t first = call.arguments.size() > 1 && call.arguments[1].value.as<StringLiteral>() ? 2 : 1;
    auto digits = [&](size_t index) {
      return index < call.arguments.size() ? whole_number(call.arguments[index].value) : std::optional<int64_t>();
    };
    return number_type(static_cast<int32_t>(digits(first).value_or(38)), static_cast<int32_t>(digits(first + 1).value_or(0)));
  }
  return std::nullopt;
}

ResultKind EngineText::kind_of(const Expression& expression) const {
  auto type = type_of(expression);
  if (!type) return ResultKind::unknown;
  switch (type->kind) {
    case TypeKind::number:
      return type->scale == 0 ? ResultKind::integer : ResultKind::unknown;
    case TypeKind::real:
      return ResultKind::real;
    case TypeKind::text:
      return ResultKind::text;
    case TypeKind::boolean:
      return ResultKind::boolean;
    case TypeKind::date:
      return ResultKind::date;
    case TypeKind::timestamp_ntz:
      return ResultKind::timestamp;
    case TypeKind::timestamp_ltz:
    case TypeKind::timestamp_tz:
      return ResultKind::instant;
    case TypeKind::variant:
    case TypeKind::object:
    case TypeKind::array:
      return ResultKind::json;
    default:
      return ResultKind::unknown;
  }
}

} // namespace freshet::sql
