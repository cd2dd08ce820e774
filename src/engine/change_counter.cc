// An aggregate of our own: no window of DuckDB's own may look at another window's result.
#include "engine/change_counter.h"

namespace freshet::engine {
namespace {

using NativeAggregate = Native<duckdb_aggregate_function, duckdb_destroy_aggregate_function>;

/// Of rows that stand behind each other: the values at both ends, and the changes in between.
struct Run {
  bool empty = true;
  bool first_known = false;
  bool last_known = false;
  uint64_t first = 0;
  uint64_t last = 0;
  int64_t changes = 0;
};

void append(Run& run, const Run& later) {
  if (later.empty) return;
  if (run.empty) {
    run = later;
    return;
  }
  run.changes += later.changes + (run.last_known && later.first_known && run.last != later.first ? 1 : 0);
  run.last = later.last;
  run.last_known = later.last_known;
}

Run& run_of(duckdb_aggregate_state state) {
  return *reinterpret_cast<Run*>(state);
}

idx_t state_size(duckdb_function_info) {
  return sizeof(Run);
}

void start(duckdb_function_info, duckdb_aggregate_state state) {
  run_of(state) = Run{};
}

void update(duckdb_function_info, duckdb_data_chunk input, duckdb_aggregate_state* states) {
  duckdb_vector vector = duckdb_data_chunk_get_vector(input, 0);
  const auto* values = static_cast<const uint64_t*>(duckdb_vector_get_data(vector));
  auto* validity = duckdb_vector_get_validity(vector);
  for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); ++row) {
    bool known = validity == nullptr || duckdb_validity_row_is_valid(validity, row);
    uint64_t value = known ? values[row] : 0;
    append(run_of(states[row]), Run{false, known, known, value, value, 0});
  }
}

void combine(duckdb_function_info, duckdb_aggregate_state* later, duckdb_aggregate_state* states, idx_t count) {
  for (idx_t i = 0; i < count; ++i) append(run_of(states[i]), run_of(later[i]));
}

void finish(duckdb_function_info, duckdb_aggregate_state* states, duckdb_vector result, idx_t count, idx_t offset) {
  auto* out = static_cast<int64_t*>(duckdb_vector_get_data(result));
  for (idx_t i = 0; i < count; ++i) out[offset + i] = run_of(states[i]).changes;
}

} // namespace

Result<void> register_change_counter(duckdb_connection connection) {
  NativeType whole(duckdb_create_logical_type(DUCKDB_TYPE_UBIGINT)), count(duckdb_create_logical_type(DUCKDB_TYPE_BIGINT));
  NativeAggregate native(duckdb_create_aggregate_function());
  duckdb_aggregate_function_set_name(native.get(), "freshet_changes");
  duckdb_aggregate_function_add_parameter(native.get(), whole.get());
  duckdb_aggregate_function_set_return_type(native.get(), count.get());
  duckdb_aggregate_function_set_special_handling(native.get());
  duckdb_aggregate_function_set_functions(native.get(), state_size, start, update, combine, finish);
  if (duckdb_register_aggregate_function(connection, native.get()) == DuckDBError)
    return fail(ErrorKind::internal, "DuckDB did not take the aggregate freshet_changes");
  return {};
}

} // namespace freshet::engine
