#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sql/error.h"
#include "sql/syntax_names.h"

namespace freshet::sql {

/// The families of Snowflake's types; every synonym (INT, STRING, DATETIME, …) is one of these.
enum class TypeKind {
  number,
  real,
  text,
  binary,
  boolean,
  date,
  time,
  timestamp_ntz,
  timestamp_ltz,
  timestamp_tz,
  variant,
  object,
  array,
  geography,
  geometry,
  vector,
};

struct TypeField;

/// A Snowflake data type with what its declaration says.
struct SnowflakeType {
  TypeKind kind = TypeKind::text;
  int32_t precision = 38;      // of number
  int32_t scale = 0;           // of number; of time and timestamps the fraction's digits (9)
  bool is_integer = false;     // of number(38, 0): declared INT, BIGINT, …: 64 bits in the engine, which halves joins' time
  int64_t length = 16'777'216; // of text in characters; of binary in bytes (8'388'608); of vector in elements
  /// Of ARRAY(t) and VECTOR(t, n) the element; of MAP(k, v), which is an object of fields without names, key and value; of
  /// OBJECT(name t, …) its fields. Empty: semi-structured.
  std::vector<TypeField> fields = {};
  std::string collation = {}; // of text
  bool operator==(const SnowflakeType& other) const;

  /// NUMBER(38,0), VARCHAR(20), TIMESTAMP_NTZ(9): as SHOW, DESC and error messages print it.
  std::string to_string() const;
  /// The engine's type: DECIMAL(38,0), VARCHAR, TIMESTAMP, …
  std::string engine_type() const;
  /// Engine text that brings a value, whatever its engine type, into this type: CAST(… AS DATE) where the engine's cast does
  /// it.
  std::string engine_cast(std::string_view value) const;
  /// ARRAY(…), OBJECT(…) or MAP(…): its values are converted and checked.
  bool is_structured() const;
  bool is_map() const;
  /// Of VARCHAR(n) and BINARY(n); 0 where the length says no more than the longest value there is.
  int64_t stated_length() const;
};

/// One part of a structured type; only the fields of OBJECT have names.
struct TypeField {
  std::string name;
  SnowflakeType type;
  bool nullable = true;
  bool operator==(const TypeField&) const = default;
};

inline bool SnowflakeType::operator==(const SnowflakeType& other) const {
  return kind == other.kind && precision == other.precision && scale == other.scale && length == other.length &&
         fields == other.fields && collation == other.collation;
}
inline bool SnowflakeType::is_structured() const {
  return (kind == TypeKind::array || kind == TypeKind::object) && !fields.empty();
}
inline bool SnowflakeType::is_map() const {
  return kind == TypeKind::object && !fields.empty() && fields[0].name.empty();
}

/// A type of this kind with all that its declaration may leave out: VARCHAR(16777216), TIMESTAMP_NTZ(9), NUMBER(38,0).
SnowflakeType type_of_kind(TypeKind kind);
/// `timestamp_alias` is the session's TIMESTAMP_TYPE_MAPPING: what TIMESTAMP alone means.
SqlResult<SnowflakeType> type_from_name(const TypeName& name, TypeKind timestamp_alias = TypeKind::timestamp_ntz);
/// From the engine's type name as it prints it: DECIMAL(10,2), BIGINT, VARCHAR, TIMESTAMP WITH TIME ZONE, …
SnowflakeType type_from_engine(std::string_view engine_type);

} // namespace freshet::sql
