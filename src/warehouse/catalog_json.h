#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "warehouse/catalog_objects.h"

namespace freshet::warehouse {

/// An object's body as JSON by its members' names.
std::string definition_json(const Object& object);
/// Fills object.body. Members that the text lacks keep their defaults; unknown ones are skipped. Errors: corrupt.
Result<void> read_definition(std::string_view text, ObjectKind kind, Object& object);

} // namespace freshet::warehouse
