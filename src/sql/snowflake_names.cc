// Names, types, locations and properties in Snowflake's dialect.
#include "sql/snowflake_text.h"
#include "sql/syntax_parser.h"

namespace freshet::sql {

namespace {

/// Whether the lexer would read it as one word.
bool is_word(std::string_view name, bool lower_case_too) {
  for (size_t i = 0; i < name.size(); ++i) {
    char c = name[i];
    bool letter = (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
    bool later = (c >= '0' && c <= '9') || c == '$';
    bool lower = lower_case_too && c >= 'a' && c <= 'z';
    if (!letter && !lower && !(later && i > 0)) return false;
  }
  return !name.empty();
}

/// Whether the lexer would read it as one location.
bool is_stage_token(std::string_view text) {
  if (!text.starts_with('@')) return false;
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') i = text.find('"', i + 1);
    if (i == text.npos) return false;
    if (std::string_view(" \t\n\v\f\r(),;'").find(text[i]) != std::string_view::npos) return false;
  }
  return true;
}

void append_quoted(std::string& out, std::string_view name) {
  out += '"';
  for (char c : name) out.append(c == '"' ? 2 : 1, c);
  out += '"';
}

bool is_tag_list(const Property& property) {
  if (property.key != "TAG" || property.value.kind != PropertyValue::Kind::properties) return false;
  for (const auto& tag : property.value.properties) {
    if (tag.value.kind != PropertyValue::Kind::string) return false;
  }
  return true;
}

} // namespace

void SnowflakeText::identifier(const Identifier& identifier) {
  if (identifier.quoted || !is_word(identifier.name, false) || SyntaxParser::is_reserved(identifier.name)) {
    append_quoted(out_, identifier.name);
  } else {
    text(identifier.name);
  }
}

void SnowflakeText::bare_or_quoted(std::string_view word) {
  if (is_word(word, false)) {
    text(word);
  } else {
    append_quoted(out_, word);
  }
}

void SnowflakeText::path_name(std::string_view step) {
  if (is_word(step, true)) {
    text(step);
  } else {
    append_quoted(out_, step);
  }
}

void SnowflakeText::bracketed_identifiers(const std::vector<Identifier>& list) {
  if (list.empty()) return;
  text(" (");
  identifiers(list);
  text(")");
}

void SnowflakeText::dynamic(const DynamicName& name) {
  using enum DynamicName::Kind;
  text(name.kind == variable ? "$" : name.kind == named_bind ? ":" : "?");
  text(name.name);
}

void SnowflakeText::name(const QualifiedName& name) {
  if (name.dynamic) {
    text("IDENTIFIER(");
    dynamic(*name.dynamic);
    text(")");
    return;
  }
  for (size_t i = 0; i < name.parts.size(); ++i) {
    const Identifier& part = name.parts[i];
    words(i > 0, ".");
    bool skipped = i > 0 && part.name.empty() && !part.quoted; // db..table
    if (!skipped) identifier(part);
  }
}

void SnowflakeText::string(std::string_view value) {
  text("'");
  for (char c : value) out_.append(c == '\'' || c == '\\' ? 2 : 1, c);
  text("'");
}

void SnowflakeText::type(const TypeName& type) {
  size_t zone = std::min(type.name.find(" WITH"), type.name.size()); // TIMESTAMP(3) WITH TIME ZONE
  std::string_view head = std::string_view(type.name).substr(0, zone);
  bool several_words = head == "DOUBLE PRECISION" || head.ends_with(" VARYING");
  if (several_words) {
    text(head);
  } else {
    identifier({std::string(head), false, {}});
  }
  if (!type.elements.empty() || !type.parameters.empty()) {
    text("(");
    for (size_t i = 0; i < type.elements.size(); ++i) {
      words(i > 0, ", ");
      if (i < type.fields.size()) {
        identifier(type.fields[i]);
        text(" ");
      }
      this->type(type.elements[i]);
      words(type.elements[i].not_null, " NOT NULL");
    }
    for (size_t i = 0; i < type.parameters.size(); ++i) {
      words(i > 0 || !type.elements.empty(), ", ");
      text(std::to_string(type.parameters[i]));
    }
    text(")");
  }
  text(std::string_view(type.name).substr(zone));
}

void SnowflakeText::types(const std::optional<std::vector<TypeName>>& argument_types) {
  if (!argument_types) return;
  text("(");
  joined(*argument_types, [this](const TypeName& one) { type(one); });
  text(")");
}

/// $$ ends at the first $$ behind it, so a body that has one, or ends with a $, stands in quotes.
void SnowflakeText::routine_text(std::string_view body) {
  if (body.find("$$") != body.npos || body.ends_with('$')) return string(body);
  text("$$");
  text(body);
  text("$$");
}

void SnowflakeText::location(const StageLocation& location) {
  if (location.name.dynamic) return dynamic(*location.name.dynamic);
  if (location.kind == StageLocation::Kind::url) return string(location.path);
  SnowflakeText written;
  written.text("@");
  if (location.kind == StageLocation::Kind::user) written.text("~");
  if (location.kind == StageLocation::Kind::table) {
    QualifiedName outer = location.name;
    if (!outer.parts.empty()) outer.parts.pop_back();
    written.name(outer);
    written.words(!outer.parts.empty(), ".");
    written.text("%");
    if (!location.name.parts.empty()) written.identifier(location.name.parts.back());
  } else {
    written.name(location.name);
  }
  written.words(!location.path.empty(), "/", std::string_view(location.path));
  if (is_stage_token(written.out_)) {
    text(written.out_);
  } else {
    string(written.out_);
  }
}

// ---- properties

void SnowflakeText::properties(const Properties& list) {
  for (const auto& one : list) {
    text(" ");
    if (one.key == "PARTITION BY") {
      text("PARTITION BY (");
      joined(one.value.items, [this](const PropertyValue& column) { name(column.name); });
      text(")");
      continue;
    }
    if (!is_tag_list(one)) {
      property(one);
      continue;
    }
    text("WITH TAG (");
    joined(one.value.properties, [this](const Property& tag) { property(tag); });
    text(")");
  }
}

void SnowflakeText::property(const Property& property, std::string_view sign) {
  bare_or_quoted(property.key);
  text(sign);
  bool is_location = property.key == "LOCATION" && property.value.kind == PropertyValue::Kind::string;
  if (is_location && is_stage_token(property.value.text)) {
    text(property.value.text);
  } else {
    value(property.value);
  }
}

void SnowflakeText::value(const PropertyValue& value) {
  switch (value.kind) {
    case PropertyValue::Kind::string:
      if (value.name.parts.size() == 1 && value.name.parts[0].quoted) return append_quoted(out_, value.text);
      return string(value.text);
    case PropertyValue::Kind::word:
    case PropertyValue::Kind::number:
    case PropertyValue::Kind::boolean:
      return text(value.text);
    case PropertyValue::Kind::dynamic: // `?` carries its number, which its place gives again
      return text(value.text.starts_with('?') ? std::string_view("?") : std::string_view(value.text));
    case PropertyValue::Kind::list:
      text("(");
      joined(value.items, [this](const PropertyValue& item) { this->value(item); });
      return text(")");
    case PropertyValue::Kind::properties:
      text("(");
      joined(
          value.properties, [this](const Property& inner) { property(inner); }, " ");
      return text(")");
  }
}

// ---- what others call

std::string print_statement(const Statement& statement) {
  SnowflakeText text;
  text.statement(statement);
  return std::move(text).take();
}

std::string print_query(const Query& query) {
  SnowflakeText text;
  text.query(query);
  return std::move(text).take();
}

std::string print_expression(const Expression& expression) {
  SnowflakeText text;
  text.expression(expression);
  return std::move(text).take();
}

std::string print_type(const TypeName& type) {
  SnowflakeText text;
  text.type(type);
  return std::move(text).take();
}

std::string print_name(const QualifiedName& name) {
  SnowflakeText text;
  text.name(name);
  return std::move(text).take();
}

std::string print_identifier(const Identifier& identifier) {
  SnowflakeText text;
  text.identifier(identifier);
  return std::move(text).take();
}

std::string print_string(std::string_view value) {
  SnowflakeText text;
  text.string(value);
  return std::move(text).take();
}

std::string print_column_definition(const ColumnDefinition& column) {
  SnowflakeText text;
  text.column_definition(column);
  return std::move(text).take();
}

} // namespace freshet::sql
