// CREATE TABLE: columns, constraints, and what a table is made from.
#include "sql/syntax_parser.h"

namespace freshet::sql {

Statement::Node SyntaxParser::create_table(CreateOptions options, ObjectKind kind) {
  CreateTable result;
  result.options = options;
  result.kind = kind;
  result.name = qualified_name();
  if (if_not_exists()) result.options.if_not_exists = true;
  check_create_options(result.options);
  if (accept_words({"COPY", "GRANTS"})) result.options.copy_grants = true;
  if (at("(") && !query_in_brackets()) table_elements(result);
  for (;;) {
    size_t first = position_;
    if (accept_words({"CLUSTER", "BY"})) {
      accept("LINEAR");
      result.cluster_by = bracketed_expressions();
    } else if (accept_words({"COPY", "GRANTS"})) {
      result.options.copy_grants = true;
    } else if (at("COMMENT") && peek(1).kind == TokenKind::string) {
      advance();
      Property comment;
      comment.key = "COMMENT";
      comment.value = property_value();
      result.properties.push_back(std::move(comment));
    } else if (accept("LIKE")) {
      result.like = qualified_name();
    } else if (at("CLONE")) {
      result.clone = clone_clause();
    } else if (accept("AS")) {
      size_t text_first = position_;
      result.as_query = query();
      if (failed()) return result;
      result.as_text = text_from(text_first);
      return result;
    } else if (accept_words({"USING", "TEMPLATE"})) {
      // Its text, as a view's query: what it gives is known only when the table is made.
      size_t text_first = position_;
      (void)bracketed_query();
      Property columns;
      columns.key = "USING TEMPLATE";
      columns.value.kind = PropertyValue::Kind::string;
      columns.value.text = failed() ? std::string() : text_from(text_first);
      result.properties.push_back(std::move(columns));
    } else if (auto policy = row_access_policy()) {
      result.row_access_policy = std::move(policy);
    } else if (kind == ObjectKind::external_table && accept_words({"PARTITION", "BY"})) {
      Property partition;
      partition.key = "PARTITION BY";
      partition.value.kind = PropertyValue::Kind::list;
      for (auto& column : identifier_list()) {
        PropertyValue item;
        item.kind = PropertyValue::Kind::word;
        item.text = column.name;
        item.name.parts.push_back(std::move(column));
        partition.value.items.push_back(std::move(item));
      }
      result.properties.push_back(std::move(partition));
    } else if (kind == ObjectKind::dynamic_table && accept_words({"IMMUTABLE", "WHERE"})) {
      Property immutable; // what is left alone by refreshes: recorded
      immutable.key = "IMMUTABLE WHERE";
      immutable.value.kind = PropertyValue::Kind::string;
      expect("(");
      size_t condition = position_;
      (void)expression();
      if (!failed()) immutable.value.text = text_from(condition);
      expect(")");
      result.properties.push_back(std::move(immutable));
    } else if (at_words({"PARTITION", "BY"})) {
      unsupported("PARTITION BY", peek());
    } else {
      if (at("WITH") && is_at(peek(2), "=")) advance();
      auto list = properties({});
      if (const auto* place = find_property(list, "LOCATION")) result.location = location_of(place->text, list_.tokens[first]);
      std::move(list.begin(), list.end(), std::back_inserter(result.properties));
    }
    if (position_ == first) return result;
  }
}

bool SyntaxParser::at_constraint() const {
  return at("CONSTRAINT") || at_words({"PRIMARY", "KEY"}) || at_words({"FOREIGN", "KEY"}) || at_words({"UNIQUE", "("}) ||
         at_words({"CHECK", "("});
}

void SyntaxParser::table_elements(CreateTable& table) {
  expect("(");
  table.columns.reserve(k_usual_list);
  do {
    if (at(")")) break; // a comma after the last column is written in the wild
    if (at_constraint()) {
      table.constraints.push_back(constraint(false));
    } else if (at("INDEX") && table.kind == ObjectKind::hybrid_table) {
      unsupported("INDEX", peek());
    } else {
      column_definition(table.columns.emplace_back());
    }
  } while (accept(","));
  expect(")");
}

void SyntaxParser::column_definition(ColumnDefinition& column) {
  size_t first = position_;
  column.name = column_name();
  if (!at(",") && !at(")") && !at("AS") && !at_words({"GENERATED", "ALWAYS"})) column.type = type_name();
  while (column_option(column)) {
  }
  column.range = range_from(first);
}

bool SyntaxParser::column_option(ColumnDefinition& column) {
  if (accept_words({"NOT", "NULL"})) {
    column.not_null = true;
  } else if (accept("NULL")) {
    column.not_null = false;
  } else if (accept("DEFAULT")) {
    size_t first = position_;
    column.default_value = additive();
    column.default_text = failed() ? std::string() : text_from(first);
  } else if (accept("AUTOINCREMENT") || accept("IDENTITY")) {
    column.identity = identity();
  } else if (accept("COLLATE")) {
    accept("=");
    column.collation = string();
  } else if (accept("COMMENT")) {
    accept("=");
    column.comment = string();
  } else if (accept("AS") || accept_words({"GENERATED", "ALWAYS", "AS"})) {
    column.computed = at("(") ? additive() : expression(); // NOT NULL may follow the bracket
    accept("VIRTUAL");
  } else if (at("TAG") || at_words({"WITH", "TAG"})) {
    tags(column.tags);
  } else if (auto policy = masking_policy()) {
    column.masking_policy = std::move(policy);
  } else if (at("CONSTRAINT") || at_words({"PRIMARY", "KEY"}) || at("UNIQUE") || at("CHECK") || at("REFERENCES") ||
             at_words({"FOREIGN", "KEY"})) {
    column.constraints.push_back(constraint(true));
  } else {
    return false;
  }
  return !failed();
}

Identity SyntaxParser::identity() {
  Identity result;
  if (accept("(")) {
    result.start = integer();
    if (accept(",")) result.step = integer();
    expect(")");
  } else {
    if (accept("START")) {
      accept("WITH");
      accept("="); // as CREATE SEQUENCE has it
      result.start = integer();
    }
    if (accept("INCREMENT")) {
      accept("BY");
      accept("=");
      result.step = integer();
    }
  }
  result.ordered = accept("ORDER");
  if (!result.ordered) accept("NOORDER");
  return result;
}

Constraint SyntaxParser::constraint(bool at_column) {
  Constraint result;
  if (accept("CONSTRAINT")) result.name = identifier();
  using enum Constraint::Kind;
  if (accept_words({"PRIMARY", "KEY"})) {
    result.kind = primary_key;
    if (!at_column) result.columns = identifier_list();
  } else if (accept("UNIQUE")) {
    result.kind = unique;
    if (!at_column) result.columns = identifier_list();
  } else if (accept("CHECK")) {
    result.kind = check;
    expect("(");
    result.condition = expression();
    expect(")");
  } else {
    result.kind = foreign_key;
    if (accept_words({"FOREIGN", "KEY"}) && !at("REFERENCES")) result.columns = identifier_list();
    expect("REFERENCES");
    ConstraintReference reference{qualified_name(), {}};
    if (at("(")) reference.columns = identifier_list();
    result.references = std::move(reference);
  }
  constraint_attributes(result);
  if (!at_column && accept("COMMENT")) result.comment = string();
  return result;
}

/// NOT ENFORCED, RELY, DEFERRABLE, MATCH FULL, ON DELETE CASCADE, …: Snowflake records them, and so do we.
void SyntaxParser::constraint_attributes(Constraint& result) {
  static constexpr Phrase k_attributes[] = {
      "NOT ENFORCED",
      "ENFORCED",
      "NOT DEFERRABLE",
      "DEFERRABLE",
      "INITIALLY DEFERRED",
      "ENABLE",
      "INITIALLY IMMEDIATE",
      "DISABLE",
      "VALIDATE",
      "NOVALIDATE",
      "RELY",
      "NORELY",
      "MATCH FULL",
      "MATCH SIMPLE",
      "MATCH PARTIAL",
  };
  for (bool more = true; more && !failed();) {
    more = false;
    for (const Phrase& attribute : k_attributes) {
      if (!accept_words(attribute)) continue;
      result.attributes.emplace_back(attribute.text());
      more = true;
    }
    if (at("ON") && (is_at(peek(1), "DELETE") || is_at(peek(1), "UPDATE"))) {
      size_t first = position_;
      advance();
      advance();
      if (!accept_words({"SET", "NULL"}) && !accept_words({"SET", "DEFAULT"}) && !accept_words({"NO", "ACTION"}) &&
          !accept("RESTRICT")) {
        expect("CASCADE");
      }
      result.attributes.emplace_back(list_.folded(list_.tokens[first]));
      for (size_t i = first + 1; i < position_; ++i) result.attributes.back().append(" ").append(list_.folded(list_.tokens[i]));
      more = true;
    }
  }
}

} // namespace freshet::sql
