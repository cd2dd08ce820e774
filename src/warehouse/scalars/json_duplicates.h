#pragma once

#include "warehouse/scalars/json_value.h"

namespace freshet::warehouse {

/// JsonValue::parse for a file format with ALLOW_DUPLICATE: of an object's fields of one name the last counts.
std::expected<JsonValue, std::string> parse_json_with_duplicates(std::string_view text);

} // namespace freshet::warehouse
