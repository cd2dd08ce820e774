#include "warehouse/routines/script_functions.h"

#include <fmt/core.h>

#include <charconv>

#include "engine/engine.h"
#include "engine/zoned_timestamp.h"
#include "sql/parser.h"
#include "warehouse/literal.h"
#include "warehouse/procedures/script_interpreter.h"
#include "warehouse/warehouse.h"

namespace freshet::warehouse {
namespace {

constexpr size_t k_first_argument = 2; // behind the ids of the function and the session

/// What the engine reads as a value of the type that it comes from.
std::string cast_text(const engine::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* real = std::get_if<double>(&value)) return fmt::format("{}", *real);
  if (const auto* blob = std::get_if<engine::Blob>(&value)) {
    std::string out;
    for (const unsigned char c : blob->bytes) out += fmt::format("{:02X}", c);
    return out;
  }
  const auto text = literal(value); // DATE '2026-01-01', CAST('…' AS INTERVAL), 12
  const auto open = text.find('\''), close = text.rfind('\'');
  return open == std::string::npos ? text : text.substr(open + 1, close - open - 1);
}

/// What keeps a block from being a function's; empty: nothing.
class Refused {
 public:
  std::string_view in(const sql::ScriptStatements& statements) const {
    for (const auto& statement : statements) {
      const auto found = std::visit([this](const auto& node) { return of(node); }, statement.node);
      if (!found.empty()) return found;
    }
    return {};
  }
  std::string_view of(const sql::ScriptBlock& block) const {
    for (const auto* statements : {&block.declarations, &block.body})
      if (const auto found = in(*statements); !found.empty()) return found;
    for (const auto& handler : block.handlers)
      if (const auto found = in(handler.body); !found.empty()) return found;
    return {};
  }

 private:
  std::string_view of(const sql::ScriptSql&) const { return "a statement of SQL"; }
  std::string_view of(const sql::ScriptCursor&) const { return "a cursor"; }
  std::string_view of(const sql::ScriptResultset&) const { return "a RESULTSET"; }
  std::string_view of(const sql::ScriptNestedProcedure&) const { return "a procedure"; }
  std::string_view of(const sql::ScriptOpen&) const { return "a cursor"; }
  std::string_view of(const sql::ScriptFetch&) const { return "a cursor"; }
  std::string_view of(const sql::ScriptClose&) const { return "a cursor"; }
  std::string_view of(const sql::ScriptFor& loop) const { return loop.first ? in(loop.body) : "a cursor"; }
  std::string_view of(const sql::ScriptLoop& loop) const { return in(loop.body); }
  std::string_view of(const sql::ScriptIf& node) const { return branches(node.branches, node.otherwise); }
  std::string_view of(const sql::ScriptCase& node) const {
    return branches(node.branches, node.otherwise.value_or(sql::ScriptStatements{}));
  }
  std::string_view of(const sql::ScriptReturn& node) const {
    return node.table || node.is_table ? "RETURN TABLE" : of(node.value);
  }
  std::string_view of(const sql::ScriptVariable& node) const { return of(node.value); }
  std::string_view of(const sql::ScriptAssignment& node) const { return node.value.sql ? "a statement of SQL" : ""; }
  std::string_view of(const std::optional<sql::ScriptSource>& source) const {
    return source && source->sql ? "a statement of SQL" : "";
  }
  std::string_view branches(const std::vector<sql::ScriptBranch>& branches, const sql::ScriptStatements& otherwise) const {
    for (const auto& branch : branches)
      if (const auto found = in(branch.body); !found.empty()) return found;
    return in(otherwise);
  }
  template <typename Node>
  std::string_view of(const Node&) const {
    return {};
  }
};

} // namespace

SqlResult<void> check_function_block(const Function& function, sql::ParseOptions options) {
  const auto block = TRY(sql::parse_script_block(function.body, options));
  if (function.returns_table) return sql::fail(sql::unsupported_feature("Snowflake Scripting in a table function"));
  if (const auto found = Refused().of(block); !found.empty())
    return sql::fail(sql::unsupported_feature(fmt::format("{} in a function in Snowflake Scripting", found)));
  return {};
}

engine::Result<void> ScriptFunctions::register_with(engine::Database& database) {
  engine::ScalarFunction function;
  function.name = "freshet_script";
  function.parameters = {engine::Type{engine::TypeId::varchar}, engine::Type{engine::TypeId::varchar}};
  function.variadic = engine::Type{engine::TypeId::other};
  function.result = engine::Type{engine::TypeId::varchar};
  function.is_volatile = true;
  function.takes_null = true;
  function.body = [this](const engine::Chunk& arguments, engine::ResultVector& result) { return run(arguments, result); };
  return database.register_functions({std::move(function)});
}

void ScriptFunctions::watch(const Session& session) {
  std::lock_guard lock(mutex_);
  std::erase_if(callers_, [](const auto& entry) { return entry.second.cancellation.expired(); });
  callers_[session.id()] = {session.cancellation(), session.context(), session.parameters()};
}

std::optional<ScriptFunctions::Caller> ScriptFunctions::caller(const std::string& session) {
  std::lock_guard lock(mutex_);
  const auto found = callers_.find(session);
  return found == callers_.end() ? std::nullopt : std::optional(found->second);
}

std::expected<void, std::string> ScriptFunctions::run(const engine::Chunk& arguments, engine::ResultVector& result) {
  if (arguments.size() == 0) return {};
  const auto key = arguments[0].text(0);
  ObjectId id = 0;
  std::from_chars(key.data(), key.data() + key.size(), id);
  const auto object = warehouse_.catalog().find(id);
  const auto calling = caller(std::string(arguments[1].text(0)));
  if (!object || object->as<Function>() == nullptr || !calling)
    return std::unexpected("The function was dropped while it was running");
  const auto& function = *object->as<Function>();
  auto session = warehouse_.create_session(calling->context);
  if (!session) return std::unexpected(session.error().message);
  (*session)->parameters() = calling->parameters;
  const auto work = [&]() -> SqlResult<void> {
    TRY((*session)->apply_parameters());
    const auto block = TRY(sql::parse_script_block(function.body, calling->parameters.parse_options()));
    const auto returns = TRY(sql::parse_type(function.return_type.to_string()));
    std::vector<sql::TypeName> types;
    for (const auto& argument : function.arguments) types.push_back(TRY(sql::parse_type(argument.type.to_string())));
    for (size_t row = 0; row < arguments.size(); ++row) {
      ScriptInterpreter interpreter(**session, nullptr);
      interpreter.ended_by(calling->cancellation.lock());
      for (size_t i = 0; i < types.size(); ++i)
        interpreter.define(function.arguments[i].name, types[i],
                           {function.arguments[i].type, cell(arguments[k_first_argument + i], row)});
      auto returned = TRY(interpreter.run(block));
      const auto value = TRY(interpreter.converted(std::move(returned.value), returns));
      if (std::holds_alternative<std::monostate>(value.value))
        result.set_null(row);
      else
        result.set_text(row, cast_text(value.value));
    }
    return {};
  };
  if (auto done = work(); !done) return std::unexpected(done.error().message);
  return {};
}

} // namespace freshet::warehouse
