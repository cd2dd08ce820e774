// Semi-structured values: parsing, objects, types. Arrays stand in array_functions.cc.
#include <fmt/format.h>

#include <bit>
#include <cstdlib>

#include "sql/undefined_element.h"
#include "warehouse/scalars/json_duplicates.h"
#include "warehouse/scalars/json_value.h"
#include "warehouse/scalars/row_function.h"
#include "warehouse/scalars/scalars.h"
#include "warehouse/scalars/xml_functions.h"

namespace freshet::warehouse {
namespace {

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// What reading an element of a value gives.
RowResult read_out(const JsonValue& value) {
  if (value.kind == JsonValue::Kind::undefined) return std::nullopt;
  return value.to_string();
}

RowResult parse_json(RowArguments arguments) {
  if (is_blank(*arguments[0])) return std::nullopt;
  auto value = JsonValue::parse(*arguments[0]);
  if (!value) return std::unexpected("Error parsing JSON: " + value.error());
  return read_out(*value);
}

RowResult try_parse_json(RowArguments arguments) {
  if (is_blank(*arguments[0])) return std::nullopt;
  auto value = JsonValue::parse(*arguments[0]);
  if (!value) return std::nullopt;
  return read_out(*value);
}

/// Of an object's fields of one name the last counts.
RowResult parse_json_last(RowArguments arguments) {
  if (is_blank(*arguments[0])) return std::nullopt;
  auto value = parse_json_with_duplicates(*arguments[0]);
  if (!value) return std::unexpected("Error parsing JSON: " + value.error());
  return read_out(*value);
}

RowResult try_parse_json_last(RowArguments arguments) {
  if (is_blank(*arguments[0])) return std::nullopt;
  auto value = parse_json_with_duplicates(*arguments[0]);
  if (!value) return std::nullopt;
  return read_out(*value);
}

RowResult check_json(RowArguments arguments) {
  if (is_blank(*arguments[0])) return std::nullopt;
  auto value = JsonValue::parse(*arguments[0]);
  if (value) return std::nullopt;
  return value.error();
}

/// The value as the text that TO_JSON gives.
RowResult document(RowArguments arguments) {
  auto value = JsonValue::parse(*arguments[0]);
  if (!value) return std::string(*arguments[0]);
  if (value->kind == JsonValue::Kind::undefined) return std::nullopt;
  return sql::with_undefined_shown(value->to_string());
}

/// The canonical text of a value.
RowResult canonical(RowArguments arguments) {
  auto value = JsonValue::parse(*arguments[0]);
  return value ? value->to_string() : std::string(*arguments[0]);
}

RowResult type_name(RowArguments arguments) {
  auto value = JsonValue::parse(*arguments[0]);
  if (value && value->kind == JsonValue::Kind::undefined) return std::nullopt;
  return std::string(value ? value->type_name() : "VARCHAR");
}

/// A text that sorts as the value does: numbers by size, texts by their characters, kinds apart from each other.
RowResult sort_key(RowArguments arguments) {
  auto value = JsonValue::parse(*arguments[0]);
  if (!value) return "s" + std::string(*arguments[0]);
  switch (value->kind) {
    case JsonValue::Kind::boolean:
      return "b" + value->text;
    case JsonValue::Kind::number: {
      uint64_t bits = std::bit_cast<uint64_t>(std::strtod(value->text.c_str(), nullptr) + 0.0);
      bits = (bits >> 63) != 0 ? ~bits : bits | (uint64_t{1} << 63);
      return fmt::format("n{:016x}", bits);
    }
    case JsonValue::Kind::string:
      return "s" + value->text;
    case JsonValue::Kind::null:
      return "z";
    case JsonValue::Kind::undefined:
      return std::nullopt;
    default:
      return "t" + value->to_string();
  }
}

/// A FLOAT as a value's text.
RowResult float_text(RowArguments arguments) {
  auto value = JsonValue::parse(std::string(*arguments[0]) + "e0");
  return value ? value->to_string() : std::string(*arguments[0]);
}

/// A DOUBLE that arithmetic with a semi-structured number gave: whole numbers stay whole.
RowResult number_text(RowArguments arguments) {
  std::string_view text = *arguments[0];
  if (text.ends_with(".0")) text.remove_suffix(2);
  bool plain = text.find_first_not_of("0123456789.-") == std::string_view::npos;
  return plain ? std::string(text) : float_text(arguments);
}

/// What a value of a semi-structured type is as VARCHAR: a text without its quotes, an element of XML as XML, a float in as few
/// digits as say it; of JSON's null nothing.
RowResult plain_text(RowArguments arguments) {
  const std::string_view text = *arguments[0];
  if (text.starts_with('"')) {
    if (text == sql::k_undefined_element) return std::nullopt;
    if (text.find('\\') == std::string_view::npos) return std::string(text.substr(1, text.size() - 2));
    auto value = JsonValue::parse(text);
    return value ? value->text : std::string(text);
  }
  if (text == "null") return std::nullopt;
  if (text.starts_with(R"({"$":)")) {
    if (auto element = xml_text(text)) return *element;
  }
  if (text.starts_with('{') || text.starts_with('[')) return sql::with_undefined_shown(text);
  const bool is_float = text.find_first_of("eE") != std::string_view::npos;
  if (!is_float || text == "true" || text == "false") return std::string(text);
  return fmt::format("{}", std::strtod(std::string(text).c_str(), nullptr));
}

/// (a list of keys, a list of values)
RowResult object_of_lists(RowArguments arguments) {
  const auto keys = JsonValue::parse(*arguments[0]);
  auto values = JsonValue::parse(*arguments[1]);
  if (!keys || !values || keys->items.size() != values->items.size()) return std::nullopt;
  JsonValue out;
  out.kind = JsonValue::Kind::object;
  for (size_t i = 0; i < keys->items.size(); ++i) {
    const auto& key = keys->items[i].text;
    if (out.find(key) != nullptr) return std::unexpected(fmt::format("Duplicate field key '{}'", key));
    out.set(key, std::move(values->items[i]));
  }
  return out.to_string();
}

/// A value as a field of an object.
JsonValue field_of(const std::optional<std::string_view>& argument) {
  if (!argument) return {};
  auto value = JsonValue::parse(*argument);
  if (!value) return JsonValue::of_string(*argument);
  value->settle();
  return std::move(*value);
}

/// (keep nulls, key, value, key, value, …)
RowResult object(RowArguments arguments) {
  JsonValue out;
  out.kind = JsonValue::Kind::object;
  bool keep_nulls = arguments[0] == "keep";
  for (size_t i = 1; i + 1 < arguments.size(); i += 2) {
    if (!arguments[i] || (!arguments[i + 1] && !keep_nulls)) continue;
    if (out.find(*arguments[i]) != nullptr) return std::unexpected(fmt::format("Duplicate field key '{}'", *arguments[i]));
    out.set(std::string(*arguments[i]), field_of(arguments[i + 1]));
  }
  return out.to_string();
}

std::expected<JsonValue, std::string> object_of(std::string_view text) {
  auto value = JsonValue::parse(text);
  if (!value || value->kind != JsonValue::Kind::object)
    return std::unexpected(fmt::format("Failed to cast variant value {} to OBJECT", text));
  return value;
}

/// (object, key, value, update): value NULL removes nothing and adds nothing.
RowResult object_insert(RowArguments arguments) {
  if (!arguments[0] || !arguments[1]) return std::nullopt;
  auto out = object_of(*arguments[0]);
  if (!out) return std::unexpected(out.error());
  bool update = arguments.size() > 3 && arguments[3] == "true";
  if (!update && out->find(*arguments[1]) != nullptr)
    return std::unexpected(fmt::format("Duplicate field key '{}'", *arguments[1]));
  if (!arguments[2]) return out->to_string();
  out->set(std::string(*arguments[1]), field_of(arguments[2]));
  return out->to_string();
}

/// (map, key, value, update): without a key nothing is added; a value NULL is a null.
RowResult map_insert(RowArguments arguments) {
  if (!arguments[0]) return std::nullopt;
  auto out = object_of(*arguments[0]);
  if (!out) return std::unexpected(out.error());
  if (!arguments[1]) return out->to_string();
  if (arguments[3] != "true" && out->find(*arguments[1]) != nullptr)
    return std::unexpected(fmt::format("Duplicate field key '{}'", *arguments[1]));
  out->set(std::string(*arguments[1]), field_of(arguments[2]));
  return out->to_string();
}

/// The second one's values count.
RowResult object_cat(RowArguments arguments) {
  auto out = object_of(*arguments[0]);
  auto more = object_of(*arguments[1]);
  if (!out || !more) return std::unexpected(out ? more.error() : out.error());
  for (size_t i = 0; i < more->keys.size(); ++i) out->set(more->keys[i], more->items[i]);
  return out->to_string();
}

/// Keys as texts, or as one array of texts.
std::vector<std::string> keys_of(RowArguments arguments) {
  std::vector<std::string> keys;
  for (const auto& argument : arguments) {
    if (!argument) continue;
    auto list = argument->starts_with('[') ? JsonValue::parse(*argument) : std::unexpected(std::string());
    if (!list) {
      keys.emplace_back(*argument);
      continue;
    }
    for (const auto& item : list->items) keys.push_back(item.text);
  }
  return keys;
}

RowResult object_delete(RowArguments arguments) {
  if (!arguments[0]) return std::nullopt;
  auto from = object_of(*arguments[0]);
  if (!from) return std::unexpected(from.error());
  for (const auto& key : keys_of(arguments.subspan(1))) {
    const auto* found = from->find(key);
    if (found == nullptr) continue;
    auto index = found - from->items.data();
    from->items.erase(from->items.begin() + index);
    from->keys.erase(from->keys.begin() + index);
  }
  return from->to_string();
}

RowResult object_pick(RowArguments arguments) {
  if (!arguments[0]) return std::nullopt;
  auto from = object_of(*arguments[0]);
  if (!from) return std::unexpected(from.error());
  JsonValue out;
  out.kind = JsonValue::Kind::object;
  for (auto& key : keys_of(arguments.subspan(1))) {
    if (const auto* found = from->find(key)) out.set(key, *found);
  }
  return out.to_string();
}

RowResult array(RowArguments arguments) {
  std::string out = "[";
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (i > 0) out += ',';
    out += arguments[i].value_or(sql::k_undefined_element);
  }
  return out + "]";
}

RowResult object_keys(RowArguments arguments) {
  auto from = JsonValue::parse(*arguments[0]);
  if (!from || from->kind != JsonValue::Kind::object) return std::nullopt;
  JsonValue out;
  out.kind = JsonValue::Kind::array;
  for (const auto& key : from->keys) out.items.push_back(JsonValue::of_string(key));
  return out.to_string();
}

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

/// (value, key or index, ignore case)
RowResult get(RowArguments arguments) {
  auto from = JsonValue::parse(*arguments[0]);
  if (!from) return std::nullopt;
  if (from->kind == JsonValue::Kind::array) {
    size_t index = 0;
    for (char c : *arguments[1]) {
      if (c < '0' || c > '9' || index > 100'000'000) return std::nullopt;
      index = index * 10 + static_cast<size_t>(c - '0');
    }
    if (arguments[1]->empty() || index >= from->items.size()) return std::nullopt;
    return read_out(from->items[index]);
  }
  if (const auto* found = from->find(*arguments[1])) return found->to_string();
  if (arguments.size() > 2 && from->kind == JsonValue::Kind::object) {
    for (size_t i = 0; i < from->keys.size(); ++i)
      if (lowered(from->keys[i]) == lowered(*arguments[1])) return from->items[i].to_string();
  }
  return std::nullopt;
}

/// The steps of a path as it is written: a.b[0]['c d']
const JsonValue* follow(const JsonValue& from, std::string_view path) {
  const JsonValue* value = &from;
  size_t at = 0;
  while (at < path.size() && value != nullptr) {
    if (path[at] == '.' || path[at] == ':') {
      ++at;
      continue;
    }
    if (path[at] == '[') {
      size_t close = path.find(']', at);
      if (close == std::string_view::npos) return nullptr;
      auto inside = path.substr(at + 1, close - at - 1);
      at = close + 1;
      if (inside.size() >= 2 && (inside[0] == '\'' || inside[0] == '"')) {
        value = value->find(inside.substr(1, inside.size() - 2));
      } else {
        size_t index = 0;
        for (char c : inside) index = c >= '0' && c <= '9' ? index * 10 + static_cast<size_t>(c - '0') : value->items.size();
        value = value->kind == JsonValue::Kind::array && index < value->items.size() ? &value->items[index] : nullptr;
      }
      continue;
    }
    bool quoted = path[at] == '"';
    size_t end = quoted ? path.find('"', at + 1) : path.find_first_of(".:[", at);
    end = std::min(end, path.size());
    value = value->find(quoted ? path.substr(at + 1, end - at - 1) : path.substr(at, end - at));
    at = quoted ? end + 1 : end;
  }
  return value;
}

RowResult get_path(RowArguments arguments) {
  auto from = JsonValue::parse(*arguments[0]);
  if (!from) return std::nullopt;
  const auto* found = follow(*from, *arguments[1]);
  if (found == nullptr) return std::nullopt;
  return read_out(*found);
}

struct Flattened {
  std::string rows = "[";
  bool recursive = false;
  bool arrays = true;
  bool objects = true;

  static bool is_plain(std::string_view key) {
    if (key.empty() || (key[0] >= '0' && key[0] <= '9')) return false;
    for (char c : key)
      if (!((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || c == '$')) return false;
    return true;
  }

  void row(std::string_view key, const std::string& path, int64_t index, const std::string& value, const std::string& self) {
    if (rows.size() > 1) rows += ',';
    rows += R"({"k":)";
    if (index >= 0)
      rows += "null";
    else
      append_json_string(rows, key);
    rows += R"(,"p":)";
    append_json_string(rows, path);
    rows += R"(,"i":)";
    rows += index >= 0 ? std::to_string(index) : "null";
    rows += R"(,"v":)";
    append_json_string(rows, value);          // as a text: the engine would make SQL's NULL of a null
    if (recursive) rows += R"(,"t":)" + self; // otherwise the same of all rows
    rows += '}';
  }

  void walk(const JsonValue& value, const std::string& path) {
    bool array = value.kind == JsonValue::Kind::array;
    if (!array && value.kind != JsonValue::Kind::object) return;
    bool wanted = array ? arrays : objects;
    std::string self = wanted && recursive ? value.to_string() : "";
    for (size_t i = 0; i < value.items.size(); ++i) {
      if (value.items[i].kind == JsonValue::Kind::undefined) continue; // as Snowflake does with [1,,77]
      std::string inner = path;
      if (array)
        inner += fmt::format("[{}]", i);
      else
        inner += is_plain(value.keys[i]) ? (path.empty() ? "" : ".") + value.keys[i] : fmt::format("['{}']", value.keys[i]);
      if (wanted)
        row(array ? "" : std::string_view(value.keys[i]), inner, array ? static_cast<int64_t>(i) : -1,
            value.items[i].to_string(), self);
      if (recursive) walk(value.items[i], inner);
    }
  }
};

/// (value, path that leads to it, recursive, mode, outer): the rows of FLATTEN as a JSON list.
RowResult flatten(RowArguments arguments) {
  Flattened out;
  out.recursive = arguments[2] == "true";
  out.arrays = arguments[3] != "OBJECT";
  out.objects = arguments[3] != "ARRAY";
  auto value = arguments[0] ? JsonValue::parse(*arguments[0]) : JsonValue{};
  std::string path(arguments[1].value_or(""));
  const JsonValue* from = value && arguments[0] ? &*value : nullptr;
  if (from != nullptr) out.walk(*from, path);
  if (out.rows.size() == 1 && arguments[4] == "true") {
    out.rows += R"({"k":null,"p":)";
    append_json_string(out.rows, path);
    out.rows += fmt::format(R"(,"i":null,"v":null,"t":{}}})", from != nullptr ? from->to_string() : "null");
  }
  return out.rows + "]";
}

} // namespace

engine::Result<void> register_variant_functions(engine::Database& database) {
  using enum RowNulls;
  static constexpr RowFunction k_functions[] = {
      {"freshet_parse_json", 1, false, true, give_null, parse_json},
      {"freshet_try_parse_json", 1, false, true, give_null, try_parse_json},
      {"freshet_parse_json_last", 1, false, true, give_null, parse_json_last},
      {"freshet_try_parse_json_last", 1, false, true, give_null, try_parse_json_last},
      {"freshet_check_json", 1, false, false, give_null, check_json},
      {"freshet_json_document", 1, false, false, give_null, document},
      {"freshet_variant", 1, false, true, give_null, canonical},
      {"freshet_variant_key", 1, false, false, give_null, sort_key},
      {"freshet_typeof", 1, false, false, give_null, type_name},
      {"freshet_json_text", 1, false, false, give_null, plain_text},
      {"freshet_object_of", 2, false, true, give_null, object_of_lists},
      {"freshet_float_variant", 1, false, true, give_null, float_text},
      {"freshet_number_variant", 1, false, true, give_null, number_text},
      {"freshet_array", 0, true, true, are_seen, array},
      {"freshet_object", 1, true, true, are_seen, object},
      {"freshet_object_insert", 3, true, true, are_seen, object_insert},
      {"freshet_map_insert", 4, false, true, are_seen, map_insert},
      {"freshet_object_cat", 2, false, true, give_null, object_cat},
      {"freshet_object_delete", 1, true, true, are_seen, object_delete},
      {"freshet_object_pick", 1, true, true, are_seen, object_pick},
      {"freshet_object_keys", 1, false, true, give_null, object_keys},
      {"freshet_get", 2, true, true, give_null, get},
      {"freshet_get_path", 2, false, true, give_null, get_path},
      {"freshet_flatten", 5, false, true, are_seen, flatten},
  };
  return register_row_functions(database, k_functions);
}

} // namespace freshet::warehouse
