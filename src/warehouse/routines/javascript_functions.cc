#include "warehouse/routines/javascript_functions.h"

#include <fmt/core.h>

#include <charconv>

#include "base/log.h"
#include "engine/engine.h"
#include "warehouse/procedures/javascript_function.h"
#include "warehouse/session.h"
#include "warehouse/warehouse.h"

namespace freshet::warehouse {
namespace {

/// A function has no session to work with; all it can do is be cancelled.
class FunctionHost final : public ScriptHost {
 public:
  explicit FunctionHost(std::shared_ptr<std::atomic<bool>> cancelled) : cancelled_(std::move(cancelled)) {}

  std::expected<ScriptOutcome, ScriptError> execute(const std::string&, const std::vector<ScriptValue>&) override {
    return std::unexpected(ScriptError{100132, "P0000", "A function cannot run statements"});
  }
  void log(std::string_view, std::string_view message) override { freshet::log::info("function", "{}", message); }
  void add_event(std::string_view, std::string_view) override {}
  void set_span_attribute(std::string_view, std::string_view) override {}
  std::optional<ScriptError> interrupted() override {
    if (!cancelled_ || !*cancelled_) return std::nullopt;
    return ScriptError{604, "57014", "SQL execution canceled"};
  }

 private:
  std::shared_ptr<std::atomic<bool>> cancelled_;
};

ScriptFunction script_function(const Object& object) {
  const auto& routine = *object.as<Function>();
  ScriptFunction out;
  out.name = object.name;
  out.body = routine.body;
  for (const auto& argument : routine.arguments) {
    out.parameters.push_back(argument.name);
    out.types.push_back(argument.type.to_string());
  }
  out.strict = routine.strict;
  out.is_table = routine.returns_table;
  out.returns = routine.return_type.kind;
  for (const auto& column : routine.table_columns) out.columns.emplace_back(column.name, column.type.kind);
  return out;
}

} // namespace

engine::Result<void> JavaScriptFunctions::register_with(engine::Database& database) {
  for (bool once : {false, true}) {
    for (const auto& [name, gives] : std::initializer_list<std::pair<std::string, Gives>>{
             {"text", Gives::text}, {"number", Gives::number}, {"rows", Gives::rows}, {"partitions", Gives::partitions}}) {
      const bool is_number = gives == Gives::number;
      engine::ScalarFunction function;
      function.name = "freshet_javascript_" + name + (once ? "_once" : "");
      function.parameters = {engine::Type{engine::TypeId::varchar}, engine::Type{engine::TypeId::varchar}};
      function.variadic = engine::Type{engine::TypeId::other};
      function.result = engine::Type{is_number ? engine::TypeId::double_ : engine::TypeId::varchar};
      function.is_volatile = !once;
      function.takes_null = true;
      function.body = [this, gives](const engine::Chunk& arguments, engine::ResultVector& result) {
        return run(arguments, result, gives);
      };
      TRY(database.register_functions({std::move(function)}));
    }
  }
  return {};
}

void JavaScriptFunctions::watch(const Session& session) {
  std::lock_guard lock(mutex_);
  std::erase_if(sessions_, [](const auto& entry) { return entry.second.expired(); });
  sessions_[session.id()] = session.cancellation();
}

std::shared_ptr<std::atomic<bool>> JavaScriptFunctions::cancellation_of(const std::string& session) {
  std::lock_guard lock(mutex_);
  auto found = sessions_.find(session);
  return found == sessions_.end() ? nullptr : found->second.lock();
}

std::expected<void, std::string> JavaScriptFunctions::run(const engine::Chunk& arguments, engine::ResultVector& result,
                                                          Gives gives) {
  if (arguments.size() == 0) return {};
  const auto key = arguments[0].text(0);
  ObjectId id = 0;
  std::from_chars(key.data(), key.data() + key.size(), id);
  const auto object = warehouse_.catalog().find(id);
  if (!object || object->as<Function>() == nullptr) return std::unexpected("The function was dropped while it was running");
  FunctionHost host(cancellation_of(std::string(arguments[1].text(0))));
  const auto keep = [&](size_t row, const ScriptResult& value) {
    if (value.is_null) {
      result.set_null(row);
    } else if (gives == Gives::number) {
      result.data<double>()[row] = value.number;
    } else {
      result.set_text(row, value.text);
    }
  };
  const auto function = script_function(*object);
  const bool scalar = gives == Gives::text || gives == Gives::number;
  const PartitionColumns columns{.constants = 2,
                                 .rows = gives == Gives::partitions ? std::optional<size_t>(3) : std::nullopt,
                                 .first_argument = gives == Gives::partitions ? 4U : 3U};
  auto done = scalar ? warehouse_.javascript().apply(function, arguments, 2, keep, host)
                     : warehouse_.javascript().apply_to_partitions(function, arguments, columns, keep, host);
  if (!done) return std::unexpected(done.error().message);
  return {};
}

} // namespace freshet::warehouse
