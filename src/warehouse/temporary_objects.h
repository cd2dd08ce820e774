#pragma once

#include <string_view>

#include "warehouse/session.h"

namespace freshet::warehouse {

/// Drops the temporary objects of a session that ends; of all sessions (empty) when the warehouse starts: none lives on from
/// before.
void drop_temporary_objects(Session& session, std::string_view of_session);

} // namespace freshet::warehouse
