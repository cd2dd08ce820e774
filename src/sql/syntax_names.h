#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/box.h"

namespace freshet::sql {

/// Where a node stands in the text that was parsed. Lines and columns count from 1, columns and offsets in bytes.
/// Any two ranges compare equal, so that comparing trees compares what they say and not where they stand.
struct SourceRange {
  uint32_t offset = 0;
  uint32_t length = 0;
  uint32_t line = 1;
  uint32_t column = 1;
  friend bool operator==(const SourceRange&, const SourceRange&) { return true; }
};

/// A name as Snowflake resolves it: unquoted ones are folded to upper case already.
struct Identifier {
  std::string name;
  bool quoted = false;
  SourceRange range;
  friend bool operator==(const Identifier& a, const Identifier& b) { return a.name == b.name; }
};

/// The argument of IDENTIFIER(…) where it is known only at run time: `$variable`, `:bind` or `?`.
struct DynamicName {
  enum class Kind { variable, named_bind, positional_bind };
  Kind kind = Kind::variable;
  std::string name;      // upper case; of named_bind also a number (`:1`)
  uint32_t position = 0; // of positional_bind: the how-manieth `?` of the statement, from 0
  bool operator==(const DynamicName&) const = default;
};

/// One to three (columns: four) parts. `db..table` has an empty middle part. IDENTIFIER('a.b') is parsed into its parts;
/// `dynamic` is set, and parts are empty, where IDENTIFIER's argument has to be looked up first.
struct QualifiedName {
  std::vector<Identifier> parts;
  Box<DynamicName> dynamic;
  SourceRange range;
  bool operator==(const QualifiedName&) const = default;

  bool empty() const { return parts.empty() && !dynamic; }
  /// The last part's name, "" without parts.
  std::string_view last() const { return parts.empty() ? std::string_view{} : std::string_view(parts.back().name); }
};

/// A data type as written. `name` is upper case, of several words joined by one blank (DOUBLE PRECISION, TIMESTAMP WITH TIME
/// ZONE). sql/types.h turns it into a SnowflakeType.
struct TypeName {
  std::string name;
  std::vector<int64_t> parameters; // NUMBER(10,2), VARCHAR(20), VECTOR(FLOAT, 256)
  std::vector<TypeName> elements;  // ARRAY(NUMBER), MAP(VARCHAR, NUMBER), VECTOR(FLOAT, n), OBJECT(a NUMBER, …)
  std::vector<Identifier> fields;  // OBJECT(a NUMBER, …): one per element
  std::string collation;           // COLLATE '…'
  bool not_null = false;           // of structured types' elements
  SourceRange range;
  bool operator==(const TypeName&) const = default;
};

struct Property;

/// The right side of `key = value` in a property list.
struct PropertyValue {
  enum class Kind {
    word,       // bare words: CSV, ABORT_STATEMENT, my_db.my_format (text: as written, not folded)
    string,     // 'x' or "x" where a string is meant (text: unescaped)
    number,     // text: as written
    boolean,    // TRUE or FALSE (text is TRUE or FALSE)
    list,       // ('a', 'b')
    properties, // (type = csv field_delimiter = ',')
    dynamic,    // $variable, :bind or ? (text: with its sign, names in upper case)
  };
  Kind kind = Kind::word;
  std::string text;
  std::vector<PropertyValue> items; // of list
  std::vector<Property> properties; // of properties
  QualifiedName name;               // of word: the same as a name
  SourceRange range;
  bool operator==(const PropertyValue&) const;

  bool is_true() const { return kind == Kind::boolean && text == "TRUE"; }
};

struct Property {
  std::string key; // upper case
  PropertyValue value;
  SourceRange range;
  bool operator==(const Property&) const = default;
};

inline bool PropertyValue::operator==(const PropertyValue& other) const {
  return kind == other.kind && text == other.text && items == other.items && properties == other.properties;
}

using Properties = std::vector<Property>;

/// The property called `key` (upper case), or null.
inline const PropertyValue* find_property(const Properties& properties, std::string_view key) {
  for (const auto& property : properties) {
    if (property.key == key) return &property.value;
  }
  return nullptr;
}

} // namespace freshet::sql
