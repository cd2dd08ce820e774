#include <fmt/format.h>

#include <array>

#include "engine/native.h"

namespace freshet::engine {
namespace {

struct Entry {
  duckdb_type native;
  TypeId id;
  const char* name;
};
constexpr std::array k_types = {
    Entry{DUCKDB_TYPE_BOOLEAN, TypeId::boolean, "BOOLEAN"},
    Entry{DUCKDB_TYPE_TINYINT, TypeId::tinyint, "TINYINT"},
    Entry{DUCKDB_TYPE_SMALLINT, TypeId::smallint, "SMALLINT"},
    Entry{DUCKDB_TYPE_INTEGER, TypeId::integer, "INTEGER"},
    Entry{DUCKDB_TYPE_BIGINT, TypeId::bigint, "BIGINT"},
    Entry{DUCKDB_TYPE_UTINYINT, TypeId::utinyint, "UTINYINT"},
    Entry{DUCKDB_TYPE_USMALLINT, TypeId::usmallint, "USMALLINT"},
    Entry{DUCKDB_TYPE_UINTEGER, TypeId::uinteger, "UINTEGER"},
    Entry{DUCKDB_TYPE_UBIGINT, TypeId::ubigint, "UBIGINT"},
    Entry{DUCKDB_TYPE_HUGEINT, TypeId::hugeint, "HUGEINT"},
    Entry{DUCKDB_TYPE_UHUGEINT, TypeId::uhugeint, "UHUGEINT"},
    Entry{DUCKDB_TYPE_DECIMAL, TypeId::decimal, "DECIMAL"},
    Entry{DUCKDB_TYPE_FLOAT, TypeId::real, "FLOAT"},
    Entry{DUCKDB_TYPE_DOUBLE, TypeId::double_, "DOUBLE"},
    Entry{DUCKDB_TYPE_VARCHAR, TypeId::varchar, "VARCHAR"},
    Entry{DUCKDB_TYPE_BLOB, TypeId::blob, "BLOB"},
    Entry{DUCKDB_TYPE_DATE, TypeId::date, "DATE"},
    Entry{DUCKDB_TYPE_TIME, TypeId::time, "TIME"},
    Entry{DUCKDB_TYPE_TIMESTAMP, TypeId::timestamp, "TIMESTAMP"},
    Entry{DUCKDB_TYPE_TIMESTAMP_S, TypeId::timestamp_s, "TIMESTAMP_S"},
    Entry{DUCKDB_TYPE_TIMESTAMP_MS, TypeId::timestamp_ms, "TIMESTAMP_MS"},
    Entry{DUCKDB_TYPE_TIMESTAMP_NS, TypeId::timestamp_ns, "TIMESTAMP_NS"},
    Entry{DUCKDB_TYPE_TIMESTAMP_TZ, TypeId::timestamp_tz, "TIMESTAMP WITH TIME ZONE"},
    Entry{DUCKDB_TYPE_TIME_TZ, TypeId::time_tz, "TIME WITH TIME ZONE"},
    Entry{DUCKDB_TYPE_TIME_NS, TypeId::time_ns, "TIME_NS"},
    Entry{DUCKDB_TYPE_INTERVAL, TypeId::interval, "INTERVAL"},
    Entry{DUCKDB_TYPE_UUID, TypeId::uuid, "UUID"},
    Entry{DUCKDB_TYPE_BIT, TypeId::bit, "BIT"},
    Entry{DUCKDB_TYPE_BIGNUM, TypeId::bignum, "BIGNUM"},
    Entry{DUCKDB_TYPE_ENUM, TypeId::enum_, "ENUM"},
    Entry{DUCKDB_TYPE_LIST, TypeId::list, "LIST"},
    Entry{DUCKDB_TYPE_STRUCT, TypeId::struct_, "STRUCT"},
    Entry{DUCKDB_TYPE_MAP, TypeId::map, "MAP"},
    Entry{DUCKDB_TYPE_UNION, TypeId::union_, "UNION"},
    Entry{DUCKDB_TYPE_SQLNULL, TypeId::null, "\"NULL\""},
};

TypeId id_of(duckdb_type native) {
  for (const Entry& entry : k_types)
    if (entry.native == native) return entry.id;
  return TypeId::other; // fixed-size arrays, variants: cast in the statement
}

const Entry& entry_of(TypeId id) {
  static constexpr Entry k_any{DUCKDB_TYPE_ANY, TypeId::other, "ANY"};
  for (const Entry& entry : k_types)
    if (entry.id == id) return entry;
  return k_any;
}

} // namespace

std::string take_string(char* native) {
  if (native == nullptr) return {};
  std::string text = native;
  duckdb_free(native);
  return text;
}

Type to_type(duckdb_logical_type native) {
  Type type;
  type.id = id_of(duckdb_get_type_id(native));
  type.alias = take_string(duckdb_logical_type_get_alias(native));
  auto add_child = [&](duckdb_logical_type child) {
    NativeType owned(child);
    type.children.push_back(to_type(child));
  };
  switch (type.id) {
    case TypeId::decimal:
      type.width = duckdb_decimal_width(native);
      type.scale = duckdb_decimal_scale(native);
      break;
    case TypeId::enum_:
      for (uint32_t i = 0; i < duckdb_enum_dictionary_size(native); ++i)
        type.names.push_back(take_string(duckdb_enum_dictionary_value(native, i)));
      break;
    case TypeId::list:
      add_child(duckdb_list_type_child_type(native));
      break;
    case TypeId::map: {
      Type entry;
      entry.id = TypeId::struct_;
      entry.names = {"key", "value"};
      NativeType key(duckdb_map_type_key_type(native)), value(duckdb_map_type_value_type(native));
      entry.children = {to_type(key.get()), to_type(value.get())};
      type.children.push_back(std::move(entry));
      break;
    }
    case TypeId::struct_:
      for (idx_t i = 0; i < duckdb_struct_type_child_count(native); ++i) {
        type.names.push_back(take_string(duckdb_struct_type_child_name(native, i)));
        add_child(duckdb_struct_type_child_type(native, i));
      }
      break;
    default:
      break;
  }
  return type;
}

NativeType to_native(const Type& type) {
  switch (type.id) {
    case TypeId::decimal:
      return NativeType(duckdb_create_decimal_type(type.width, type.scale));
    case TypeId::list:
      return NativeType(duckdb_create_list_type(to_native(type.children.at(0)).get()));
    default: {
      NativeType native(duckdb_create_logical_type(entry_of(type.id).native));
      if (!type.alias.empty()) duckdb_logical_type_set_alias(native.get(), type.alias.c_str());
      return native;
    }
  }
}

std::string sql_text(const Type& type) {
  if (!type.alias.empty()) return type.alias;
  switch (type.id) {
    case TypeId::decimal:
      return fmt::format("DECIMAL({},{})", type.width, type.scale);
    case TypeId::list:
      return sql_text(type.children.at(0)) + "[]";
    case TypeId::map:
      return fmt::format("MAP({}, {})", sql_text(type.children.at(0).children.at(0)),
                         sql_text(type.children.at(0).children.at(1)));
    case TypeId::enum_:
    case TypeId::struct_: {
      std::string text = type.id == TypeId::enum_ ? "ENUM(" : "STRUCT(";
      for (size_t i = 0; i < type.names.size(); ++i) {
        if (i > 0) text += ", ";
        text += type.id == TypeId::enum_ ? quote_literal(type.names[i])
                                         : quote_identifier(type.names[i]) + " " + sql_text(type.children[i]);
      }
      return text + ")";
    }
    default:
      return entry_of(type.id).name;
  }
}

std::vector<Column> columns_of(duckdb_result* result) {
  std::vector<Column> columns;
  idx_t count = duckdb_column_count(result);
  for (idx_t i = 0; i < count; ++i) {
    NativeType type(duckdb_column_logical_type(result, i));
    columns.push_back({duckdb_column_name(result, i), to_type(type.get())});
  }
  return columns;
}

std::string quote_identifier(std::string_view name) {
  std::string quoted = "\"";
  for (char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted += '"';
}

std::string quote_literal(std::string_view text) {
  std::string quoted = "'";
  for (char c : text) {
    if (c == '\'') quoted += '\'';
    quoted += c;
  }
  return quoted += '\'';
}

} // namespace freshet::engine
