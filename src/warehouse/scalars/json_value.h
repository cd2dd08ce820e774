#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace freshet::warehouse {

/// A semi-structured value as a tree. Text is canonical: no blanks, keys of an object in ascending order as Snowflake prints
/// them, whole and decimal numbers without exponent, floats with one ("1.912000000000000e+02").
struct JsonValue {
  enum class Kind : uint8_t { null, boolean, number, string, array, object, undefined }; // undefined: an element that is SQL's NULL
  Kind kind = Kind::null;
  std::string text;              // boolean, number: as printed; string: decoded
  std::vector<JsonValue> items;  // of an array; of an object the values
  std::vector<std::string> keys; // of an object, decoded, ascending

  /// Errors say what is wrong and where, in Snowflake's words: "unknown keyword \"x\", pos 3".
  static std::expected<JsonValue, std::string> parse(std::string_view text);
  static JsonValue of_string(std::string_view text);
  static JsonValue of_integer(int64_t number);
  static JsonValue undefined();

  void append_to(std::string& out) const;
  std::string to_string() const;
  /// Makes null of what is undefined, at any depth. Nothing within an object is undefined: the engine may read its fields as texts.
  void settle();
  /// JSON's null or SQL's.
  bool is_null() const { return kind == Kind::null || kind == Kind::undefined; }
  /// "NULL_VALUE", "BOOLEAN", "INTEGER", "DECIMAL", "DOUBLE", "VARCHAR", "ARRAY", "OBJECT"
  std::string_view type_name() const;
  const JsonValue* find(std::string_view key) const;
  /// Replaces or adds.
  void set(std::string key, JsonValue value);
  /// Numbers by value, the rest by text; kinds in a fixed order.
  int compare(const JsonValue& other) const;
  bool operator==(const JsonValue& other) const { return compare(other) == 0; }
};

void append_json_string(std::string& out, std::string_view text);

} // namespace freshet::warehouse
