#pragma once

#include <functional>
#include <memory>
#include <span>

#include "base/clock.h"
#include "warehouse/procedures/script_host.h"

struct JSContext;

namespace freshet::engine {
class Chunk;
}

namespace freshet::warehouse {

class JavaScriptWatchdog;
struct PartitionColumns;
struct ScriptFunction;
struct ScriptResult;

/// A JavaScript procedure, ready to run. Parameters are named as the script reads them (upper case unless quoted).
struct ScriptProcedure {
  std::string name;
  std::vector<std::string> parameters;
  std::string body;
};

struct ScriptLimits {
  size_t heap_bytes_max = size_t{256} << 20;
  Duration time_max = std::chrono::hours(4);
  unsigned depth_max = 5; // procedures calling procedures, the first included, as Snowflake limits them
};

/// Runs the bodies of JavaScript procedures on SpiderMonkey, giving them the `snowflake` object and nothing else: no files,
/// network, modules, eval() or Function constructor.
///
/// Life cycle: `call` compiles and runs one body in a fresh global; nothing survives it. Each thread keeps one engine (a
/// JSContext) between calls, made at its first call (about 3 ms) and given back when the thread ends. Concurrency: `call` may
/// be made from any number of threads at once, and from within ScriptHost::execute (a nested CALL). Limits: ScriptLimits. Time
/// and cancellation are looked at every 10 ms, memory when the process has grown by half the limit. Errors: what Snowflake
/// reports: 100183 for a SQL error that the body did not catch, 100132 for an uncaught JavaScript error, 100131 for a body that
/// does not compile; all with SQLSTATE P0000.
class JavaScriptSandbox {
 public:
  JavaScriptSandbox(Clock& clock, ScriptLimits limits = {});
  ~JavaScriptSandbox();
  JavaScriptSandbox(const JavaScriptSandbox&) = delete;
  JavaScriptSandbox& operator=(const JavaScriptSandbox&) = delete;

  /// The returned value as JavaScript typed it: number, text, boolean, timestamp_ntz (SfDate), variant (objects and arrays) or
  /// null.
  std::expected<ScriptValue, ScriptError> call(const ScriptProcedure& procedure, std::span<const ScriptValue> arguments,
                                               ScriptHost& host);

  /// The function for every row of a chunk, whose columns from `first` on are the arguments: see javascript_function.h.
  std::expected<void, ScriptError> apply(const ScriptFunction& function, const engine::Chunk& rows, size_t first,
                                         const std::function<void(size_t row, const ScriptResult& result)>& sink,
                                         ScriptHost& host);
  /// A table function for every partition of a chunk.
  std::expected<void, ScriptError> apply_to_partitions(
      const ScriptFunction& function, const engine::Chunk& rows, const PartitionColumns& columns,
      const std::function<void(size_t row, const ScriptResult& result)>& sink, ScriptHost& host);

 private:
  std::expected<void, ScriptError> within_limits(
      const std::string& name, ScriptHost& host,
      const std::function<std::expected<void, ScriptError>(JSContext* context)>& work);

  Clock& clock_;
  ScriptLimits limits_;
  std::unique_ptr<JavaScriptWatchdog> watchdog_;
};

} // namespace freshet::warehouse
