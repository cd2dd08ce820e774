#pragma once

#include <string>
#include <string_view>

#include "js/RootingAPI.h"
#include "js/TypeDecls.h"
#include "warehouse/procedures/javascript_sandbox.h"

/// What procedures and functions in JavaScript share. Included by .cc files of this folder only: it needs SpiderMonkey's
/// headers.
namespace freshet::warehouse {

JSString* new_string(JSContext* context, std::string_view text);
/// The value as JavaScript's String(value) gives it; empty when that throws.
std::string to_text(JSContext* context, JS::HandleValue value);

/// The body as a function of the parameters; false with an exception pending.
bool compile_body(JSContext* context, const ScriptProcedure& procedure, JS::MutableHandleFunction function);

/// Takes the pending exception and says it in Snowflake's words. `compiling`: it is the body's own syntax that is wrong.
ScriptError pending_script_error(JSContext* context, const std::string& name, bool compiling);

} // namespace freshet::warehouse
