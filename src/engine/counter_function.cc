#include <atomic>

#include "engine/native.h"

// freshet_input_number(any): 1, 2, 3, … for the rows it is called for, anew in every statement. The SEQ of FLATTEN.

namespace freshet::engine {
namespace {

using NativeFunction = Native<duckdb_scalar_function, duckdb_destroy_scalar_function>;

/// One appearance in one statement; its copies count together.
struct Counter {
  std::atomic<int64_t> rows = 0;
};
using SharedCounter = std::shared_ptr<Counter>;

void bind(duckdb_bind_info info) {
  duckdb_scalar_function_set_bind_data(info, new SharedCounter(std::make_shared<Counter>()),
                                       [](void* data) { delete static_cast<SharedCounter*>(data); });
  duckdb_scalar_function_set_bind_data_copy(
      info, [](void* data) -> void* { return new SharedCounter(*static_cast<SharedCounter*>(data)); });
}

void count(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  auto& counter = *static_cast<SharedCounter*>(duckdb_scalar_function_get_bind_data(info));
  const auto rows = static_cast<int64_t>(duckdb_data_chunk_get_size(input));
  auto* numbers = static_cast<int64_t*>(duckdb_vector_get_data(output));
  const int64_t before = counter->rows.fetch_add(rows);
  for (int64_t row = 0; row < rows; ++row) numbers[row] = before + row + 1;
}

} // namespace

Result<void> register_counter(duckdb_connection connection) {
  NativeFunction function(duckdb_create_scalar_function());
  duckdb_scalar_function_set_name(function.get(), "freshet_input_number");
  NativeType any(duckdb_create_logical_type(DUCKDB_TYPE_ANY)), number(duckdb_create_logical_type(DUCKDB_TYPE_BIGINT));
  duckdb_scalar_function_add_parameter(function.get(), any.get());
  duckdb_scalar_function_set_return_type(function.get(), number.get());
  duckdb_scalar_function_set_volatile(function.get());
  duckdb_scalar_function_set_special_handling(function.get());
  duckdb_scalar_function_set_bind(function.get(), bind);
  duckdb_scalar_function_set_function(function.get(), count);
  if (duckdb_register_scalar_function(connection, function.get()) == DuckDBError)
    return fail(ErrorKind::catalog, "The function freshet_input_number cannot be registered");
  return {};
}

} // namespace freshet::engine
