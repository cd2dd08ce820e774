#include "warehouse/procedures/javascript_sandbox.h"

#include "warehouse/procedures/javascript_engine.h"
#include "warehouse/procedures/javascript_realm.h"

namespace freshet::warehouse {

JavaScriptSandbox::JavaScriptSandbox(Clock& clock, ScriptLimits limits)
    : clock_(clock), limits_(limits), watchdog_(std::make_unique<JavaScriptWatchdog>()) {}

JavaScriptSandbox::~JavaScriptSandbox() = default;

std::expected<ScriptValue, ScriptError> JavaScriptSandbox::call(const ScriptProcedure& procedure,
                                                                std::span<const ScriptValue> arguments, ScriptHost& host) {
  auto engine = JavaScriptEngine::of_this_thread(limits_.heap_bytes_max);
  if (!engine)
    return std::unexpected(ScriptError{100183, "P0000", "The JavaScript engine cannot start: the machine is out of memory"});
  if (engine->depth() >= limits_.depth_max) {
    return std::unexpected(ScriptError{100183, "P0000",
                                       "Execution error in store procedure " + procedure.name +
                                           ":\nStored procedures are nested " + std::to_string(limits_.depth_max) +
                                           " deep, which is the limit"});
  }
  JavaScriptEngine::Running running(*engine, *watchdog_, clock_, clock_.now() + limits_.time_max, limits_.heap_bytes_max, host);
  JavaScriptRealm realm(engine->context(), procedure, host);
  auto result = realm.run(arguments);
  if (!result && running.stopped()) return std::unexpected(*running.stopped());
  return result;
}

} // namespace freshet::warehouse
