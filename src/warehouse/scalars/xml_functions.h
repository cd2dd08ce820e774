#pragma once

#include "engine/engine.h"

namespace freshet::warehouse {

/// XML as semi-structured values: freshet_parse_xml and its kin.
engine::Result<void> register_xml_functions(engine::Database& database);

} // namespace freshet::warehouse
