#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::engine {

enum class TypeId : uint8_t {
  boolean,
  tinyint,
  smallint,
  integer,
  bigint,
  utinyint,
  usmallint,
  uinteger,
  ubigint,
  hugeint,
  uhugeint,
  decimal, // unscaled integer of 16, 32, 64 or 128 bits by width: 4, 9, 18, 38 digits
  real,    // 32-bit
  double_,
  varchar,
  blob,
  date,      // int32: days since 1970-01-01
  time,      // int64: microseconds of the day
  timestamp, // int64: microseconds since 1970-01-01, no zone
  timestamp_s,
  timestamp_ms,
  timestamp_ns,
  timestamp_tz, // int64: microseconds since 1970-01-01 UTC
  time_tz,
  time_ns,
  interval, // Interval
  uuid,
  bit,
  bignum,
  enum_,   // read with Vector::text
  list,    // children[0]; also fixed-size arrays
  struct_, // children with names
  map,     // a list of structs (key, value)
  union_,
  null,
  other,
};

struct Type {
  TypeId id = TypeId::other;
  uint8_t width = 0;      // decimal
  uint8_t scale = 0;      // decimal
  std::string alias = {}; // "JSON" for JSON
  std::vector<Type> children = {};
  std::vector<std::string> names = {}; // struct: of the children; enum: the dictionary

  bool operator==(const Type&) const = default;
};

/// As it is written in engine SQL: `DECIMAL(18,3)`, `STRUCT("a" BIGINT)`.
std::string sql_text(const Type& type);

struct Column {
  std::string name;
  Type type;
};

struct Interval {
  int32_t months;
  int32_t days;
  int64_t microseconds;
};

struct ListEntry {
  uint64_t offset; // into the element vector
  uint64_t length;
};

/// One column of a Chunk, read in place: a view that lives as long as its chunk. `row` is below Chunk::size() (for the elements
/// of a list, below its ListEntry's end). The typed readers do not check the type; a null's value is unspecified.
class Vector {
 public:
  Vector(const Type* type, const void* data, const uint64_t* validity, std::vector<Vector> children)
      : type_(type), data_(data), validity_(validity), children_(std::move(children)) {}

  const Type& type() const { return *type_; }
  bool is_null(size_t row) const { return validity_ != nullptr && ((validity_[row >> 6] >> (row & 63)) & 1) == 0; }

  /// The raw value: T is the C++ type that TypeId documents.
  template <typename T>
  T value(size_t row) const {
    T result;
    std::memcpy(&result, static_cast<const char*>(data_) + row * sizeof(T), sizeof(T));
    return result;
  }
  bool boolean(size_t row) const { return value<uint8_t>(row) != 0; }
  /// Any integer, boolean, date, time or timestamp of at most 64 bits, and a decimal's unscaled value if its width is at
  /// most 18.
  int64_t integer(size_t row) const;
  /// Any integer and a decimal's unscaled value of any width.
  __int128 wide_integer(size_t row) const;
  /// Any number.
  double floating(size_t row) const;
  /// varchar and blob: the bytes. enum: its word.
  std::string_view text(size_t row) const;

  ListEntry list(size_t row) const { return value<ListEntry>(row); }
  /// list, map: [0] the elements of all rows. struct: one per field, at the same row.
  const std::vector<Vector>& children() const { return children_; }

 private:
  const Type* type_;
  const void* data_;
  const uint64_t* validity_;
  std::vector<Vector> children_;
};

/// Up to 2048 rows, column by column.
class Chunk {
 public:
  Chunk(void* native, bool owned, const std::vector<Column>& columns);
  ~Chunk();
  Chunk(Chunk&& other) noexcept;
  Chunk& operator=(Chunk&& other) noexcept;

  size_t size() const { return size_; }
  const std::vector<Vector>& columns() const { return columns_; }
  const Vector& operator[](size_t column) const { return columns_[column]; }

 private:
  void* native_;
  bool owned_;
  size_t size_ = 0;
  std::vector<Vector> columns_;
};

/// A whole result, in memory. Values are read by chunk (fast) or by row number.
///
/// Move-only; independent of the Connection it came from. Any number of threads may read it.
class Rows {
 public:
  struct State; // src/engine/native.h
  Rows();
  ~Rows();
  Rows(Rows&&) noexcept;
  Rows& operator=(Rows&&) noexcept;

  const std::vector<Column>& columns() const;
  size_t size() const;
  bool empty() const { return size() == 0; }
  const std::vector<Chunk>& chunks() const;
  /// For INSERT, UPDATE, DELETE, CREATE TABLE AS, COPY: how many rows changed.
  int64_t changed() const;

  bool is_null(size_t row, size_t column) const;
  int64_t integer(size_t row, size_t column) const;
  bool boolean(size_t row, size_t column) const { return integer(row, column) != 0; }
  double floating(size_t row, size_t column) const;
  Interval interval(size_t row, size_t column) const;
  std::string_view string(size_t row, size_t column) const; // varchar, blob, enum
  /// Any type as text, the way the engine casts it to VARCHAR; NULL is "NULL".
  std::string text(size_t row, size_t column) const;

 private:
  friend class Connection;
  friend class Statement;
  explicit Rows(std::unique_ptr<State> state);
  const Vector& at(size_t& row, size_t column) const; // `row` becomes the row within the chunk
  std::unique_ptr<State> state_;
};

/// Appends a value the way the engine casts it to VARCHAR (nested values too); NULL is written as NULL, an interval as the
/// ZonedTimestamp it stands for.
void append_text(std::string& out, const Vector& vector, size_t row);

} // namespace freshet::engine
