#pragma once

#include "engine/engine.h"

namespace freshet::warehouse {

/// How alike texts and sets are: freshet_jaro_winkler, freshet_minhash_….
engine::Result<void> register_similarity_functions(engine::Database& database);

} // namespace freshet::warehouse
