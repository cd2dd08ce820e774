#pragma once

#include "engine/engine.h"

namespace freshet::warehouse {

/// Makes the functions of this folder known to the database; once per database.
engine::Result<void> register_scalars(engine::Database& database);

engine::Result<void> register_number_functions(engine::Database& database);
engine::Result<void> register_variant_functions(engine::Database& database);
engine::Result<void> register_array_functions(engine::Database& database);
engine::Result<void> register_moment_functions(engine::Database& database);
engine::Result<void> register_text_conversions(engine::Database& database);
engine::Result<void> register_text_functions(engine::Database& database);
engine::Result<void> register_network_functions(engine::Database& database);
engine::Result<void> register_digest_functions(engine::Database& database);
engine::Result<void> register_generation_functions(engine::Database& database);
engine::Result<void> register_length_functions(engine::Database& database);
engine::Result<void> register_match_functions(engine::Database& database);
engine::Result<void> register_binary_functions(engine::Database& database);
engine::Result<void> register_compression_functions(engine::Database& database);
engine::Result<void> register_cipher_functions(engine::Database& database);
engine::Result<void> register_sketch_functions(engine::Database& database);
engine::Result<void> register_structured_functions(engine::Database& database);

} // namespace freshet::warehouse
