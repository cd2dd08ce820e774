#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/engine.h"

namespace freshet::warehouse {

/// XML as semi-structured values: freshet_parse_xml and its kin.
/// The XML of a value that PARSE_XML made, given as JSON; nullopt: it is something else. `indented`: as clients show it, an
/// element a line.
std::optional<std::string> xml_text(std::string_view json, bool indented = false);

engine::Result<void> register_xml_functions(engine::Database& database);

} // namespace freshet::warehouse
