// XML as semi-structured values: an element is an object of its name ("@"), its attributes ("@a") and its content ("$"): a
// text, an element, or an array of both. https://docs.snowflake.com/en/sql-reference/functions/parse_xml
#include "warehouse/scalars/xml_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <pugixml.hpp>

#include "warehouse/scalars/json_value.h"
#include "warehouse/scalars/row_function.h"

namespace freshet::warehouse {
namespace {

using Kind = JsonValue::Kind;

/// 1, 1.5, true as what they say; anything else, and numbers that would not print as they are written, as text.
JsonValue converted(std::string_view text, bool converts) {
  if (converts && !text.empty() && text.size() < 38) {
    const bool is_number = text.find_first_not_of("0123456789.-") == std::string_view::npos;
    const bool is_float =
        !is_number && text.find_first_not_of("0123456789.-+eE") == std::string_view::npos && text[0] != 'e' && text[0] != 'E';
    const bool is_word = text == "true" || text == "false";
    if (auto value = is_number || is_float || is_word ? JsonValue::parse(text) : std::unexpected(std::string());
        value && (is_float || value->to_string() == text))
      return *value;
  }
  return JsonValue::of_string(text);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view k_blanks = " \t\r\n";
  const auto first = text.find_first_not_of(k_blanks);
  return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(k_blanks) + 1 - first);
}

JsonValue of_element(const pugi::xml_node& node, bool converts) {
  JsonValue element;
  element.kind = Kind::object;
  element.set("@", JsonValue::of_string(node.name()));
  for (const auto& attribute : node.attributes())
    element.set("@" + std::string(attribute.name()), converted(attribute.value(), converts));
  std::vector<JsonValue> content;
  for (const auto& child : node.children()) {
    if (child.type() == pugi::node_element) content.push_back(of_element(child, converts));
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata)
      content.push_back(converted(trimmed(child.value()), converts));
  }
  if (content.size() == 1) {
    element.set("$", std::move(content[0]));
  } else if (content.empty()) {
    element.set("$", JsonValue::of_string(""));
  } else {
    JsonValue list;
    list.kind = Kind::array;
    list.items = std::move(content);
    element.set("$", std::move(list));
  }
  return element;
}

/// The first fault of a text that is no XML document, in Snowflake's words as far as the parser tells.
std::optional<std::string> fault_of(const pugi::xml_parse_result& result, const pugi::xml_document& document,
                                    std::string_view text) {
  if (result.status == pugi::status_end_element_mismatch) {
    auto at = static_cast<size_t>(result.offset);
    auto open = text.rfind("</", std::min(at, text.size()));
    auto close = open == std::string_view::npos ? open : text.find('>', open);
    if (close != std::string_view::npos)
      return fmt::format("no opening tag for {}, pos {}", text.substr(open, close - open + 1), close + 1);
  }
  if (result.status == pugi::status_no_document_element) return "no XML element found, pos 0";
  if (!result) return fmt::format("{}, pos {}", result.description(), result.offset);
  size_t elements = 0;
  for (const auto& child : document.children()) elements += child.type() == pugi::node_element;
  if (elements > 1) return "multiple XML elements at the top level";
  return std::nullopt;
}

std::expected<std::string, std::string> parsed(std::string_view text, bool converts) {
  pugi::xml_document document;
  auto result = document.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
  if (auto fault = fault_of(result, document, text)) return std::unexpected(*fault);
  return of_element(document.document_element(), converts).to_string();
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// (text, whether numbers stay texts)
RowResult parse_xml(RowArguments arguments) {
  if (is_blank(*arguments[0])) return std::nullopt;
  auto value = parsed(*arguments[0], arguments[1] != "true");
  if (!value) return std::unexpected("Error parsing XML: " + value.error());
  return *value;
}

RowResult check_xml(RowArguments arguments) {
  if (is_blank(*arguments[0])) return std::nullopt;
  auto value = parsed(*arguments[0], true);
  if (value) return std::nullopt;
  return value.error();
}

bool is_element(const JsonValue& value) {
  return value.kind == Kind::object && value.find("@") != nullptr;
}

/// (element, tag, place): the child of that name.
RowResult xml_get(RowArguments arguments) {
  auto element = JsonValue::parse(*arguments[0]);
  if (!element || !is_element(*element)) return std::nullopt;
  int64_t place = 0;
  std::from_chars(arguments[2]->data(), arguments[2]->data() + arguments[2]->size(), place);
  const auto* content = element->find("$");
  if (content == nullptr) return std::nullopt;
  auto is_wanted = [&](const JsonValue& child) {
    return is_element(child) && child.find("@")->text == *arguments[1] && place-- == 0;
  };
  if (content->kind != Kind::array) return is_wanted(*content) ? RowResult(content->to_string()) : std::nullopt;
  for (const auto& child : content->items)
    if (is_wanted(child)) return child.to_string();
  return std::nullopt;
}

void append_escaped(std::string& out, std::string_view text) {
  for (char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
}

std::string plain_text(const JsonValue& value) {
  return value.kind == Kind::string || value.kind == Kind::number || value.kind == Kind::boolean ? value.text
                                                                                                 : value.to_string();
}

void append_xml(std::string& out, const JsonValue& value) {
  if (value.kind == Kind::array) {
    for (const auto& item : value.items) append_xml(out, item);
  } else if (is_element(value)) {
    std::string name = plain_text(*value.find("@"));
    out += "<" + name;
    for (size_t i = 0; i < value.keys.size(); ++i) {
      if (value.keys[i].size() < 2 || value.keys[i][0] != '@') continue;
      out += " " + value.keys[i].substr(1) + "=\"";
      append_escaped(out, plain_text(value.items[i]));
      out += '"';
    }
    out += '>';
    if (const auto* content = value.find("$")) append_xml(out, *content);
    out += "</" + name + ">";
  } else {
    append_escaped(out, plain_text(value));
  }
}

bool holds_elements(const JsonValue& content) {
  return is_element(content) || content.kind == Kind::array;
}

/// The same as append_xml, with a line for each element and for each text beside elements.
void append_lines(std::string& out, const JsonValue& value, size_t level) {
  const std::string indent(2 * level, ' ');
  if (value.kind == Kind::array) {
    for (const auto& item : value.items) append_lines(out, item, level);
    return;
  }
  if (!out.empty()) out += '\n';
  out += indent;
  const auto* content = is_element(value) ? value.find("$") : nullptr;
  if (content == nullptr || !holds_elements(*content)) {
    append_xml(out, value);
    return;
  }
  JsonValue shell = value;
  shell.set("$", JsonValue::of_string(""));
  std::string tags;
  append_xml(tags, shell);
  const auto close = tags.rfind("</");
  out.append(tags, 0, close);
  append_lines(out, *content, level + 1);
  out += '\n' + indent + tags.substr(close);
}

/// An element as it was written; of other values Snowflake's own form, with a type for each.
void append_typed(std::string& out, std::string_view tag, const JsonValue& value, std::string_view attributes = "") {
  std::string_view type = value.type_name();
  out += fmt::format("<{}{} type=\"{}\">", tag, attributes, type);
  for (size_t i = 0; i < value.items.size(); ++i) {
    if (value.kind == Kind::array)
      append_typed(out, "e", value.items[i]);
    else
      append_typed(out, value.keys[i], value.items[i]);
  }
  if (value.items.empty() && value.kind != Kind::null && value.kind != Kind::array && value.kind != Kind::object)
    append_escaped(out, plain_text(value));
  out += fmt::format("</{}>", tag);
}

RowResult to_xml(RowArguments arguments) {
  auto value = JsonValue::parse(*arguments[0]);
  if (!value) return std::unexpected("Error parsing JSON: " + value.error());
  std::string out;
  if (is_element(*value))
    append_xml(out, *value);
  else
    append_typed(out, "SnowflakeData", *value);
  return out;
}

} // namespace

std::optional<std::string> xml_text(std::string_view json, bool indented) {
  if (!json.starts_with('{') || json.find(R"("@":")") == std::string_view::npos) return std::nullopt;
  auto value = JsonValue::parse(json);
  const bool is_xml =
      value && is_element(*value) && value->find("$") != nullptr &&
      std::ranges::all_of(value->keys, [](const std::string& key) { return key == "$" || key.starts_with('@'); });
  if (!is_xml) return std::nullopt;
  std::string out;
  if (indented)
    append_lines(out, *value, 0);
  else
    append_xml(out, *value);
  return out;
}

engine::Result<void> register_xml_functions(engine::Database& database) {
  using enum RowNulls;
  static constexpr RowFunction k_functions[] = {
      {"freshet_parse_xml", 2, false, true, give_null, parse_xml},
      {"freshet_check_xml", 1, false, false, give_null, check_xml},
      {"freshet_xml_get", 3, false, true, give_null, xml_get},
      {"freshet_to_xml", 1, false, false, give_null, to_xml},
  };
  return register_row_functions(database, k_functions);
}

} // namespace freshet::warehouse
