// Lists of `key = value`, with or without commas between them.
#include <algorithm>

#include "sql/syntax_parser.h"

namespace freshet::sql {

bool SyntaxParser::property_ahead() const {
  if (at_kind(TokenKind::word)) return is_at(peek(1), "=") || is_at(peek(1), "=>");
  return (at_kind(TokenKind::quoted) || at_kind(TokenKind::string)) && is_at(peek(1), "=");
}

/// Until something that is no `key =`. A key of several words (`SESSION PARAMETERS`) is no property.
Properties SyntaxParser::properties(std::initializer_list<Word> stop_words) {
  Properties list;
  while (!at_any(stop_words)) {
    if (property_ahead()) {
      property(list.emplace_back());
    } else if (at("TAG") || at_words({"WITH", "TAG"})) {
      tags(list);
    } else if (!list.empty() && at(",")) {
      size_t comma = position_;
      advance();
      if (!property_ahead()) {
        position_ = comma;
        break;
      }
    } else {
      break;
    }
  }
  return list;
}

void SyntaxParser::property(Property& property) {
  size_t first = position_;
  property.key = at_string() ? string() : any_word().name; // ('Content-Type' = 'application/json')
  if (!accept("=")) expect("=>");
  property.value = property_value();
  property.range = range_from(first);
}

PropertyValue SyntaxParser::property_value() {
  Nesting nesting(*this);
  size_t first = position_;
  const Token& token = peek();
  PropertyValue value;
  switch (token.kind) {
    case TokenKind::string:
    case TokenKind::dollars:
      value.kind = PropertyValue::Kind::string;
      value.text = string();
      break;
    case TokenKind::quoted:
      if (!is_at(peek(1), ".")) {
        value.kind = PropertyValue::Kind::string;
        value.text = quoted_value(text(token));
        value.name.parts.push_back(any_word());
        break;
      }
      [[fallthrough]];
    case TokenKind::word:
      if (at("TRUE") || at("FALSE")) {
        value.kind = PropertyValue::Kind::boolean;
        value.text = folded(token);
        advance();
        break;
      }
      value.kind = PropertyValue::Kind::word;
      value.name.parts.push_back(any_word());
      while (accept(".")) value.name.parts.push_back(any_word());
      value.name.range = range_from(first);
      value.text = text_from(first);
      if (value.name.parts.size() == 1 && value.name.parts[0].name.starts_with("SKIP_FILE_") && accept("%")) value.text += "%";
      break;
    case TokenKind::number:
      value.kind = PropertyValue::Kind::number;
      value.text = text(token);
      advance();
      if (accept("%")) value.text += "%";
      break;
    case TokenKind::variable:
      value.kind = PropertyValue::Kind::dynamic;
      value.text = folded(token);
      advance();
      break;
    case TokenKind::stage:
      value.kind = PropertyValue::Kind::string;
      value.text = text(token);
      advance();
      break;
    default:
      if (at("(")) {
        value = bracketed_value();
      } else if (at("-") || at("+")) {
        value.kind = PropertyValue::Kind::number;
        value.text = accept("-") ? "-" : (advance(), "");
        if (!at_kind(TokenKind::number)) unexpected();
        value.text += text(peek());
        advance();
      } else if (at("?") || at(":")) {
        value.kind = PropertyValue::Kind::dynamic;
        if (auto name = dynamic_name()) {
          value.text =
              name->kind == DynamicName::Kind::positional_bind ? "?" + std::to_string(name->position) : ":" + name->name;
        } else {
          unexpected();
        }
      } else {
        unexpected();
      }
  }
  value.range = range_from(first);
  return value;
}

/// ('a', 'b'), (type = csv …), ()
PropertyValue SyntaxParser::bracketed_value() {
  PropertyValue value;
  value.kind = PropertyValue::Kind::list;
  expect("(");
  if (property_ahead()) {
    value.kind = PropertyValue::Kind::properties;
    value.properties = properties({});
  } else if (!at(")")) {
    do {
      value.items.push_back(property_value());
      auto& item = value.items.back();
      if (item.kind == PropertyValue::Kind::string && accept("=")) item.text += "=" + string(); // 'header'='value'
    } while (accept(","));
  }
  expect(")");
  return value;
}

Properties SyntaxParser::bracketed_properties() {
  expect("(");
  Properties list = properties({});
  accept(",");
  expect(")");
  return list;
}

Properties SyntaxParser::tag_list() {
  Properties list;
  do {
    Property tag;
    tag.key = qualified_name().last();
    tag.value.kind = PropertyValue::Kind::string;
    if (accept("=")) tag.value.text = string();
    list.push_back(std::move(tag));
  } while (accept(","));
  return list;
}

PropertyValue SyntaxParser::string_list() {
  PropertyValue list;
  list.kind = PropertyValue::Kind::list;
  do {
    PropertyValue item;
    item.kind = PropertyValue::Kind::string;
    item.text = string();
    list.items.push_back(std::move(item));
  } while (accept(","));
  return list;
}

/// [WITH] TAG (a = 'x', …): recorded as a property TAG.
void SyntaxParser::tags(Properties& out) {
  size_t first = position_;
  accept("WITH");
  expect("TAG");
  Property tag;
  tag.key = "TAG";
  tag.value.kind = PropertyValue::Kind::properties;
  expect("(");
  do {
    Property one;
    one.key = qualified_name().last();
    expect("=");
    one.value.kind = PropertyValue::Kind::string;
    one.value.text = string();
    tag.value.properties.push_back(std::move(one));
  } while (accept(","));
  expect(")");
  tag.range = range_from(first);
  out.push_back(std::move(tag));
}

} // namespace freshet::sql
