#pragma once

#include "engine/rows.h"
#include "js/RootingAPI.h"
#include "js/TypeDecls.h"
#include "js/Value.h"
#include "warehouse/procedures/javascript_function.h"

/// Values of the engine and of JavaScript, as Snowflake maps them for functions. Included by .cc files of this folder only: it
/// needs SpiderMonkey's headers. False: an exception is pending.
namespace freshet::warehouse {

bool script_from_cell(JSContext* context, const engine::Vector& column, size_t row, JS::MutableHandleValue out);
bool result_from_script(JSContext* context, JS::HandleValue value, sql::TypeKind type, ScriptResult& out);

} // namespace freshet::warehouse
