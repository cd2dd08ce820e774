#include <fmt/core.h>

#include "engine/engine.h"
#include "warehouse/literal.h"
#include "warehouse/procedures/script_interpreter.h"
#include "warehouse/session.h"
#include "warehouse/statement_context.h"

/// What expressions of Snowflake Scripting mean: variables become binds, and the engine computes.
namespace freshet::warehouse {
namespace {

constexpr size_t k_string_bytes_max = 16'777'216;

sql::SnowflakeType integer_type() {
  return {.kind = sql::TypeKind::number, .is_integer = true};
}

sql::Error too_long(std::string_view text) {
  return {100078, "22000", fmt::format("String '{}' is too long and would be truncated", text.substr(0, 100))};
}

bool is_untyped_null(const Bind& value, const ScriptScopes::Meaning* meaning) {
  if (!std::holds_alternative<std::monostate>(value.value)) return false;
  const auto* variable = meaning == nullptr ? nullptr : std::get_if<ScriptVariable>(meaning);
  return variable == nullptr || !variable->type;
}

} // namespace

// ---- names

std::optional<Bind> ScriptInterpreter::lookup(const std::string& name) {
  if (auto* variable = scopes_.find_as<ScriptVariable>(name)) return variable->value;
  if (const size_t dot = name.find('.'); dot != std::string::npos) {
    const auto* row = scopes_.find_as<ScriptRow>(std::string_view(name).substr(0, dot));
    return row == nullptr ? std::nullopt : column_of(*row, std::string_view(name).substr(dot + 1));
  }
  return built_in(name);
}

std::optional<Bind> ScriptInterpreter::built_in(std::string_view name) const {
  const sql::SnowflakeType boolean{.kind = sql::TypeKind::boolean};
  if (name == "SQLROWCOUNT") return Bind{integer_type(), row_count_ ? engine::Value{*row_count_} : engine::Value{}};
  if (name == "ACTIVITY_COUNT")
    return Bind{integer_type(), activity_count_ ? engine::Value{*activity_count_} : engine::Value{}};
  if (name == "SQLFOUND") return Bind{boolean, row_count_ ? engine::Value{*row_count_ > 0} : engine::Value{}};
  if (name == "SQLNOTFOUND") return Bind{boolean, row_count_ ? engine::Value{*row_count_ == 0} : engine::Value{}};
  if (name == "SQLID") return Bind{{}, query_id_.empty() ? engine::Value{} : engine::Value{query_id_}};
  const auto* failure = handled_.empty() ? nullptr : &handled_.back().error;
  if (name == "SQLCODE") return Bind{integer_type(), failure ? engine::Value{int64_t{failure->code}} : engine::Value{}};
  if (name == "SQLERRM") return Bind{{}, failure ? engine::Value{failure->message} : engine::Value{}};
  if (name == "SQLSTATE") return Bind{{}, failure ? engine::Value{failure->sql_state} : engine::Value{}};
  return std::nullopt;
}

void ScriptInterpreter::add_binds(const std::vector<std::string>& names, Binds& binds) {
  for (const auto& name : names) {
    if (auto value = lookup(name)) binds.named.insert_or_assign(name, std::move(*value));
  }
}

void ScriptInterpreter::bind_names(sql::Expression& expression, Binds& binds) {
  sql::replace_names(expression, [&](const sql::QualifiedName& name) -> std::optional<sql::Expression::Node> {
    if (name.dynamic || name.parts.empty() || name.parts.size() > 2) return std::nullopt;
    std::string text = name.parts[0].name;
    if (name.parts.size() == 2) text += "." + name.parts[1].name;
    auto value = lookup(text);
    if (!value) return std::nullopt;
    if (is_untyped_null(*value, scopes_.find(text))) return sql::NullLiteral{};
    binds.named.insert_or_assign(text, std::move(*value));
    return sql::BindVariable{std::move(text), 0};
  });
}

// ---- values

SqlResult<Bind> ScriptInterpreter::evaluate(const sql::Expression& expression, const Binds& binds) {
  if (auto value = simple_value(expression, binds)) return *value;
  const sql::Statement statement{};
  StatementContext context(session_, statement, binds, query_id_);
  auto rows = TRY(context.query("SELECT " + TRY(context.print(expression))));
  Bind value{result_columns(rows.columns())[0].type, {}};
  if (!rows.empty()) value.value = cell(rows, 0, 0);
  if (const auto* text = std::get_if<std::string>(&value.value); text != nullptr && text->size() > k_string_bytes_max)
    return sql::fail(too_long(*text));
  return value;
}

auto ScriptInterpreter::value_of(const sql::ScriptExpression& expression, const sql::TypeName* type) -> Outcome<Bind> {
  sql::Expression bound = expression.value;
  Binds binds;
  add_binds(expression.binds, binds);
  bind_names(bound, binds);
  auto value = evaluate(bound, binds);
  if (value && type != nullptr) value = converted(std::move(*value), *type);
  if (!value) return std::unexpected(expression_error(std::move(value.error()), expression.value.range));
  return std::move(*value);
}

auto ScriptInterpreter::value_of(const sql::ScriptSource& source, const sql::TypeName* type) -> Outcome<Bind> {
  if (source.expression) return value_of(*source.expression, type);
  const auto result = TRY(execute(*source.sql, source.range));
  if (result->row_count() > 1) {
    return std::unexpected(expression_error({90150, "22000", "Single-row subquery returns more than one row."}, source.range));
  }
  Bind value;
  if (!result->columns.empty()) value.type = result->columns[0].type;
  if (result->row_count() == 1 && !result->columns.empty()) value = bind_at(*result, 0, 0);
  if (type == nullptr) return value;
  auto typed = converted(std::move(value), *type);
  if (!typed) return std::unexpected(expression_error(std::move(typed.error()), source.range));
  return std::move(*typed);
}

auto ScriptInterpreter::holds(const sql::ScriptExpression& condition) -> Outcome<bool> {
  auto value = TRY(value_of(condition));
  if (!std::holds_alternative<bool>(value.value)) {
    sql::TypeName boolean;
    boolean.name = "BOOLEAN";
    auto typed = converted(std::move(value), boolean);
    if (!typed) return std::unexpected(expression_error(std::move(typed.error()), condition.value.range));
    value = std::move(*typed);
  }
  const auto* answer = std::get_if<bool>(&value.value);
  return answer != nullptr && *answer;
}

SqlResult<Bind> ScriptInterpreter::converted(Bind value, const sql::TypeName& type) {
  const auto target = TRY(sql::type_from_name(type, session_.parameters().timestamp_alias()));
  if (std::holds_alternative<std::monostate>(value.value)) return Bind{target, {}};
  const auto* text = std::get_if<std::string>(&value.value);
  if (text != nullptr && target.kind == sql::TypeKind::text && value.type.kind == sql::TypeKind::text) {
    if (text->size() > static_cast<size_t>(target.length) && text->size() > 4 * static_cast<size_t>(target.length))
      return sql::fail(too_long(*text));
    if (text->size() <= static_cast<size_t>(target.length)) return Bind{target, std::move(value.value)};
  }
  const bool integer = std::holds_alternative<int64_t>(value.value) && target.kind == sql::TypeKind::number &&
                       target.scale == 0 && target.precision >= 19;
  if (integer || (value.type == target && value.type.is_integer == target.is_integer))
    return Bind{target, std::move(value.value)};
  Binds binds;
  binds.named.emplace("VALUE", std::move(value));
  sql::Expression bind{sql::BindVariable{"VALUE", 0}, {}};
  auto out = TRY(evaluate({sql::Cast{sql::Box(std::move(bind)), type, false}, {}}, binds));
  out.type = target;
  return out;
}

SqlResult<StatementResult> ScriptInterpreter::single_value(Bind value, const sql::TypeName& type, std::string_view name) {
  const sql::Statement statement{};
  Binds binds;
  StatementContext context(session_, statement, binds, query_id_);
  const auto typed = TRY(converted(std::move(value), type));
  return context.run_query(fmt::format("SELECT {} AS {}", typed_literal(typed), engine::quote_identifier(name)),
                           StatementKind::session_command);
}

} // namespace freshet::warehouse
