#include "engine/key_counter.h"

#include <bit>
#include <vector>

namespace freshet::engine {
namespace {

using NativeAggregate = Native<duckdb_aggregate_function, duckdb_destroy_aggregate_function>;

constexpr size_t k_keys_max = size_t{1} << 22;
constexpr size_t k_slots_min = 64;

/// Hashes of keys in open addressing. Their lowest bits say what is known of the key.
class KeySet {
 public:
  void add(uint64_t hash, bool gone) { add_entry((hash & ~k_known) | k_used | (gone ? 0 : k_came)); }

  void add_all(const KeySet& other) {
    if (slots_.empty()) {
      *this = other;
      return;
    }
    reserve(size_ + other.size_); // first: the other's entries come in the order of their slots
    for (uint64_t entry : other.slots_) {
      if (entry != 0) add_entry(entry);
    }
    came_twice_ = came_twice_ || other.came_twice_;
  }

  bool too_many() const { return size_ > k_keys_max; }
  int64_t single_keys() const { return came_twice_ || came_ != size_ ? 0 : static_cast<int64_t>(size_); }

 private:
  static constexpr uint64_t k_came = 1, k_used = 2, k_known = 3;

  void add_entry(uint64_t entry) {
    if (came_twice_ || too_many()) return; // decided
    reserve(size_ + 1);
    uint64_t& slot = slot_of(entry);
    if (slot == 0) {
      slot = entry & ~k_came;
      ++size_;
    }
    if ((entry & k_came) == 0) return;
    came_twice_ = (slot & k_came) != 0;
    came_ += came_twice_ ? 0 : 1;
    slot |= k_came;
  }

  /// The key's, or the empty one where it belongs.
  uint64_t& slot_of(uint64_t entry) {
    size_t at = (entry >> 2) & (slots_.size() - 1);
    while (slots_[at] != 0 && ((slots_[at] ^ entry) & ~k_known) != 0) at = (at + 1) & (slots_.size() - 1);
    return slots_[at];
  }

  /// Half of the slots stay empty.
  void reserve(size_t keys) {
    if (2 * keys <= slots_.size()) return;
    std::vector<uint64_t> before(std::bit_ceil(std::max(4 * keys, k_slots_min)));
    before.swap(slots_);
    for (uint64_t entry : before) {
      if (entry != 0) slot_of(entry) = entry;
    }
  }

  std::vector<uint64_t> slots_; // a power of two
  size_t size_ = 0;
  size_t came_ = 0;
  bool came_twice_ = false;
};

KeySet*& keys_of(duckdb_aggregate_state state) {
  return *reinterpret_cast<KeySet**>(state);
}

idx_t state_size(duckdb_function_info) {
  return sizeof(KeySet*);
}

void start(duckdb_function_info, duckdb_aggregate_state state) {
  keys_of(state) = new KeySet;
}

void destroy(duckdb_aggregate_state* states, idx_t count) {
  for (idx_t i = 0; i < count; ++i) delete keys_of(states[i]);
}

void update(duckdb_function_info, duckdb_data_chunk input, duckdb_aggregate_state* states) {
  const auto* hashes = static_cast<const uint64_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, 0)));
  const auto* gone = static_cast<const bool*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, 1)));
  for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); ++row) keys_of(states[row])->add(hashes[row], gone[row]);
}

void combine(duckdb_function_info, duckdb_aggregate_state* others, duckdb_aggregate_state* states, idx_t count) {
  for (idx_t i = 0; i < count; ++i) keys_of(states[i])->add_all(*keys_of(others[i]));
}

void finish(duckdb_function_info, duckdb_aggregate_state* states, duckdb_vector result, idx_t count, idx_t offset) {
  duckdb_vector_ensure_validity_writable(result);
  auto* out = static_cast<int64_t*>(duckdb_vector_get_data(result));
  for (idx_t i = 0; i < count; ++i) {
    out[offset + i] = keys_of(states[i])->single_keys();
    if (keys_of(states[i])->too_many()) duckdb_validity_set_row_invalid(duckdb_vector_get_validity(result), offset + i);
  }
}

} // namespace

Result<void> register_key_counter(duckdb_connection connection) {
  NativeType hash(duckdb_create_logical_type(DUCKDB_TYPE_UBIGINT)), gone(duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN));
  NativeType count(duckdb_create_logical_type(DUCKDB_TYPE_BIGINT));
  NativeAggregate native(duckdb_create_aggregate_function());
  duckdb_aggregate_function_set_name(native.get(), "freshet_single_keys");
  duckdb_aggregate_function_add_parameter(native.get(), hash.get());
  duckdb_aggregate_function_add_parameter(native.get(), gone.get());
  duckdb_aggregate_function_set_return_type(native.get(), count.get());
  duckdb_aggregate_function_set_functions(native.get(), state_size, start, update, combine, finish);
  duckdb_aggregate_function_set_destructor(native.get(), destroy);
  if (duckdb_register_aggregate_function(connection, native.get()) == DuckDBError)
    return fail(ErrorKind::internal, "DuckDB did not take the aggregate freshet_single_keys");
  return {};
}

} // namespace freshet::engine
