#pragma once

#include <memory>
#include <span>
#include <vector>

#include "js/CallArgs.h"
#include "js/GCVector.h"
#include "js/RootingAPI.h"
#include "js/TypeDecls.h"
#include "js/Value.h"
#include "warehouse/procedures/javascript_sandbox.h"

namespace freshet::warehouse {

/// One call's fresh global object: defines the procedure API, compiles the body, converts values, and turns exceptions into
/// errors. Included by .cc files of this folder only: it needs SpiderMonkey's headers. Lives on the stack of the thread that
/// owns the context.
class JavaScriptRealm {
 public:
  JavaScriptRealm(JSContext* context, const ScriptProcedure& procedure, ScriptHost& host);
  ~JavaScriptRealm();
  JavaScriptRealm(const JavaScriptRealm&) = delete;
  JavaScriptRealm& operator=(const JavaScriptRealm&) = delete;

  std::expected<ScriptValue, ScriptError> run(std::span<const ScriptValue> arguments);

 private:
  struct Natives;

  bool answer(JS::CallArgs& arguments, ScriptOutcome outcome);
  bool convert_arguments(JS::HandleObject tools, std::span<const ScriptValue> arguments,
                         JS::MutableHandleValueVector converted);

  JSContext* context_;
  const ScriptProcedure& procedure_;
  ScriptHost& host_;
  std::vector<ScriptOutcome> outcomes_; // of the statements executed so far; a ResultSet holds an index
};

} // namespace freshet::warehouse
