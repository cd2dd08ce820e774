#include "engine/rows.h"

#include <algorithm>

#include "engine/native.h"

namespace freshet::engine {
namespace {

Vector view_of(duckdb_vector native, const Type* type) {
  std::vector<Vector> children;
  if (type->id == TypeId::list || type->id == TypeId::map) {
    children.push_back(view_of(duckdb_list_vector_get_child(native), &type->children[0]));
  } else if (type->id == TypeId::struct_) {
    for (size_t i = 0; i < type->children.size(); ++i)
      children.push_back(view_of(duckdb_struct_vector_get_child(native, i), &type->children[i]));
  }
  return Vector(type, duckdb_vector_get_data(native), duckdb_vector_get_validity(native), std::move(children));
}

/// The layout of duckdb_string_t: up to 12 bytes stand in place.
struct StringView {
  uint32_t length;
  char prefix[4];
  const char* pointer;
};
static_assert(sizeof(StringView) == sizeof(duckdb_string_t));

} // namespace

int64_t Vector::integer(size_t row) const {
  switch (type_->id) {
    case TypeId::boolean:
    case TypeId::utinyint:
      return value<uint8_t>(row);
    case TypeId::tinyint:
      return value<int8_t>(row);
    case TypeId::smallint:
      return value<int16_t>(row);
    case TypeId::usmallint:
      return value<uint16_t>(row);
    case TypeId::integer:
    case TypeId::date:
      return value<int32_t>(row);
    case TypeId::uinteger:
      return value<uint32_t>(row);
    case TypeId::hugeint:
    case TypeId::uhugeint:
      return static_cast<int64_t>(value<__int128>(row));
    case TypeId::real:
      return static_cast<int64_t>(value<float>(row));
    case TypeId::double_:
      return static_cast<int64_t>(value<double>(row));
    case TypeId::decimal:
      if (type_->width <= 4) return value<int16_t>(row);
      if (type_->width <= 9) return value<int32_t>(row);
      if (type_->width > 18) return static_cast<int64_t>(value<__int128>(row));
      return value<int64_t>(row);
    default:
      return value<int64_t>(row);
  }
}

__int128 Vector::wide_integer(size_t row) const {
  if (type_->id == TypeId::hugeint || type_->id == TypeId::uhugeint || type_->id == TypeId::uuid ||
      (type_->id == TypeId::decimal && type_->width > 18))
    return value<__int128>(row);
  if (type_->id == TypeId::ubigint) return value<uint64_t>(row);
  return integer(row);
}

double Vector::floating(size_t row) const {
  switch (type_->id) {
    case TypeId::real:
      return value<float>(row);
    case TypeId::double_:
      return value<double>(row);
    case TypeId::decimal: {
      long double result = static_cast<long double>(wide_integer(row));
      for (int i = 0; i < type_->scale; ++i) result /= 10;
      return static_cast<double>(result);
    }
    default:
      return static_cast<double>(wide_integer(row));
  }
}

std::string_view Vector::text(size_t row) const {
  if (type_->id == TypeId::enum_) {
    size_t count = type_->names.size();
    size_t index = count <= 255 ? value<uint8_t>(row) : count <= 65535 ? value<uint16_t>(row) : value<uint32_t>(row);
    return type_->names[index];
  }
  const auto* string = static_cast<const StringView*>(data_) + row;
  if (string->length <= 12) return {string->prefix, string->length};
  return {string->pointer, string->length};
}

Chunk::Chunk(void* native, bool owned, const std::vector<Column>& columns) : native_(native), owned_(owned) {
  auto chunk = static_cast<duckdb_data_chunk>(native);
  size_ = duckdb_data_chunk_get_size(chunk);
  columns_.reserve(columns.size());
  for (size_t i = 0; i < columns.size(); ++i)
    columns_.push_back(view_of(duckdb_data_chunk_get_vector(chunk, i), &columns[i].type));
}

Chunk::~Chunk() {
  if (!owned_ || native_ == nullptr) return;
  auto chunk = static_cast<duckdb_data_chunk>(native_);
  duckdb_destroy_data_chunk(&chunk);
}

Chunk::Chunk(Chunk&& other) noexcept
    : native_(std::exchange(other.native_, nullptr)),
      owned_(other.owned_),
      size_(other.size_),
      columns_(std::move(other.columns_)) {}

Chunk& Chunk::operator=(Chunk&& other) noexcept {
  std::swap(native_, other.native_);
  std::swap(owned_, other.owned_);
  std::swap(size_, other.size_);
  columns_.swap(other.columns_);
  return *this;
}

std::unique_ptr<Rows::State> Rows::State::of(NativeResult result) {
  auto state = std::make_unique<State>();
  state->result = std::move(result);
  duckdb_result* native = state->result.get();
  state->columns = columns_of(native);
  while (duckdb_data_chunk chunk = duckdb_fetch_chunk(*native)) {
    state->chunks.emplace_back(chunk, true, state->columns);
    state->first_rows.push_back(state->size);
    state->size += state->chunks.back().size();
  }
  // A count of changes comes as a row; duckdb_rows_changed would convert the result to a form that chunks cannot be read from.
  bool gives_rows = duckdb_result_return_type(*native) == DUCKDB_RESULT_TYPE_QUERY_RESULT;
  bool counts = duckdb_result_return_type(*native) == DUCKDB_RESULT_TYPE_CHANGED_ROWS ||
                duckdb_result_statement_type(*native) == DUCKDB_STATEMENT_TYPE_CREATE;
  if (counts && state->size == 1 && state->columns.size() == 1) state->changed = state->chunks[0][0].integer(0);
  if (!gives_rows) {
    state->chunks.clear();
    state->columns.clear();
    state->first_rows.clear();
    state->size = 0;
  }
  return state;
}

Rows::Rows() : state_(std::make_unique<State>()) {}
Rows::Rows(std::unique_ptr<State> state) : state_(std::move(state)) {}
Rows::~Rows() = default;
Rows::Rows(Rows&&) noexcept = default;
Rows& Rows::operator=(Rows&&) noexcept = default;

const std::vector<Column>& Rows::columns() const {
  return state_->columns;
}
size_t Rows::size() const {
  return state_->size;
}
const std::vector<Chunk>& Rows::chunks() const {
  return state_->chunks;
}
int64_t Rows::changed() const {
  return state_->changed;
}

const Vector& Rows::at(size_t& row, size_t column) const {
  const auto& first = state_->first_rows;
  size_t chunk = static_cast<size_t>(std::upper_bound(first.begin(), first.end(), row) - first.begin()) - 1;
  row -= first[chunk];
  return state_->chunks[chunk][column];
}

bool Rows::is_null(size_t row, size_t column) const {
  const Vector& vector = at(row, column);
  return vector.is_null(row);
}
int64_t Rows::integer(size_t row, size_t column) const {
  const Vector& vector = at(row, column);
  return vector.integer(row);
}
double Rows::floating(size_t row, size_t column) const {
  const Vector& vector = at(row, column);
  return vector.floating(row);
}
Interval Rows::interval(size_t row, size_t column) const {
  const Vector& vector = at(row, column);
  return vector.value<Interval>(row);
}
std::string_view Rows::string(size_t row, size_t column) const {
  const Vector& vector = at(row, column);
  return vector.text(row);
}
std::string Rows::text(size_t row, size_t column) const {
  const Vector& vector = at(row, column);
  std::string out;
  append_text(out, vector, row);
  return out;
}

} // namespace freshet::engine
