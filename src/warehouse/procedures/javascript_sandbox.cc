#include "warehouse/procedures/javascript_sandbox.h"

#include "warehouse/procedures/javascript_engine.h"
#include "warehouse/procedures/javascript_function.h"
#include "warehouse/procedures/javascript_realm.h"

namespace freshet::warehouse {

JavaScriptSandbox::JavaScriptSandbox(Clock& clock, ScriptLimits limits)
    : clock_(clock), limits_(limits), watchdog_(std::make_unique<JavaScriptWatchdog>()) {}

JavaScriptSandbox::~JavaScriptSandbox() = default;

std::expected<void, ScriptError> JavaScriptSandbox::within_limits(
    const std::string& name, ScriptHost& host,
    const std::function<std::expected<void, ScriptError>(JSContext* context)>& work) {
  auto engine = JavaScriptEngine::of_this_thread(limits_.heap_bytes_max);
  if (!engine)
    return std::unexpected(ScriptError{100183, "P0000", "The JavaScript engine cannot start: the machine is out of memory"});
  if (engine->depth() >= limits_.depth_max) {
    return std::unexpected(ScriptError{100183, "P0000",
                                       "Execution error in store procedure " + name + ":\nStored procedures are nested " +
                                           std::to_string(limits_.depth_max) + " deep, which is the limit"});
  }
  JavaScriptEngine::Running running(*engine, *watchdog_, clock_, clock_.now() + limits_.time_max, limits_.heap_bytes_max, host);
  auto result = work(engine->context());
  if (!result && running.stopped()) return std::unexpected(*running.stopped());
  return result;
}

std::expected<ScriptValue, ScriptError> JavaScriptSandbox::call(const ScriptProcedure& procedure,
                                                                std::span<const ScriptValue> arguments, ScriptHost& host) {
  ScriptValue returned;
  auto done = within_limits(procedure.name, host, [&](JSContext* context) -> std::expected<void, ScriptError> {
    JavaScriptRealm realm(context, procedure, host);
    auto result = realm.run(arguments);
    if (!result) return std::unexpected(std::move(result.error()));
    returned = std::move(*result);
    return {};
  });
  if (!done) return std::unexpected(std::move(done.error()));
  return returned;
}

std::expected<void, ScriptError> JavaScriptSandbox::apply(const ScriptFunction& function, const engine::Chunk& rows,
                                                          size_t first, const ScriptSink& sink, ScriptHost& host) {
  return within_limits(function.name, host,
                       [&](JSContext* context) { return run_javascript_function(context, function, rows, first, sink); });
}

std::expected<void, ScriptError> JavaScriptSandbox::apply_to_partitions(const ScriptFunction& function,
                                                                        const engine::Chunk& rows,
                                                                        const PartitionColumns& columns, const ScriptSink& sink,
                                                                        ScriptHost& host) {
  return within_limits(function.name, host,
                       [&](JSContext* context) { return run_javascript_partitions(context, function, rows, columns, sink); });
}

} // namespace freshet::warehouse
