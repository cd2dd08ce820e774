#pragma once

#include "engine/rows.h"
#include "warehouse/procedures/script_host.h"
#include "warehouse/result.h"

namespace freshet::warehouse {

ScriptType script_type(sql::TypeKind kind);

/// One cell of a result as scripts see it.
ScriptValue script_value(const engine::Rows& rows, size_t row, size_t column, const sql::SnowflakeType& type);

/// What a script bound to a `?`.
Bind bind_of(const ScriptValue& value);

/// What a script returned, as engine text of the declared type.
std::string engine_text(const ScriptValue& value, const sql::SnowflakeType& type);

} // namespace freshet::warehouse
