#pragma once

#include <string>
#include <string_view>

#include "sql/error.h"

namespace freshet::warehouse {

/// What the engine's binder objects to, in Snowflake's words; `statement` is the user's text, which tells where it stands.
sql::Error binder_error(std::string_view message, std::string_view statement);
/// 000904 at the first place where the statement mentions the name.
sql::Error invalid_name(std::string_view name, std::string_view statement);
/// The engine's name of a type as Snowflake calls it: BIGINT is NUMBER(38,0).
std::string snowflake_type(std::string_view engine_type);
/// What stands in quotes behind `marker`, or the word there; empty without the marker.
std::string name_after(std::string_view message, std::string_view marker);

} // namespace freshet::warehouse
