// INSERT, UPDATE, DELETE, TRUNCATE, MERGE.
#include "sql/syntax_parser.h"

namespace freshet::sql {

Statement::Node SyntaxParser::with_or_select() {
  return QueryStatement{query()};
}

Statement::Node SyntaxParser::insert() {
  expect("INSERT");
  bool overwrite = accept("OVERWRITE");
  if (at("ALL") || at("FIRST")) {
    bool first = at("FIRST");
    advance();
    return multi_table_insert(overwrite, first);
  }
  expect("INTO");
  Insert result;
  result.overwrite = overwrite;
  accept("TABLE");
  result.table = qualified_name();
  if (at("(") && !query_in_brackets()) result.columns = identifier_list();
  result.by_name = accept_words({"BY", "NAME"});
  result.query = query();
  return result;
}

InsertTarget SyntaxParser::insert_target() {
  InsertTarget target;
  expect("INTO");
  target.table = qualified_name();
  if (at("(")) target.columns = identifier_list();
  if (accept("VALUES")) {
    expect("(");
    do {
      target.values.push_back(value_or_default());
    } while (accept(","));
    expect(")");
  }
  return target;
}

Statement::Node SyntaxParser::multi_table_insert(bool overwrite, bool first) {
  MultiTableInsert result;
  result.overwrite = overwrite;
  result.first = first;
  if (at("INTO")) {
    InsertBranch all;
    while (at("INTO")) all.targets.push_back(insert_target());
    result.branches.push_back(std::move(all));
  } else {
    if (!at("WHEN")) unexpected();
    while (at("WHEN") || at("ELSE")) {
      InsertBranch branch;
      branch.is_else = at("ELSE");
      advance();
      if (!branch.is_else) {
        branch.when = expression();
        expect("THEN");
      }
      if (!at("INTO")) unexpected();
      while (at("INTO")) branch.targets.push_back(insert_target());
      result.branches.push_back(std::move(branch));
    }
  }
  result.query = query();
  return result;
}

/// `DEFAULT` is a word of its own only here.
Expression SyntaxParser::value_or_default() {
  size_t first = position_;
  if (at("DEFAULT") && (is_at(peek(1), ",") || is_at(peek(1), ")") || peek(1).kind != TokenKind::symbol)) {
    ColumnReference column;
    column.name.parts.push_back(any_word());
    return {std::move(column), range_from(first)};
  }
  return expression();
}

std::vector<Assignment> SyntaxParser::assignments() {
  std::vector<Assignment> list;
  list.reserve(k_usual_list);
  do {
    size_t first = position_;
    Assignment assignment;
    QualifiedName target = qualified_name();
    if (target.parts.empty()) {
      unexpected();
      return list;
    }
    assignment.column = std::move(target.parts.back());
    target.parts.pop_back();
    assignment.qualifier = std::move(target);
    expect("=");
    assignment.value = value_or_default();
    assignment.range = range_from(first);
    list.push_back(std::move(assignment));
  } while (accept(","));
  return list;
}

Statement::Node SyntaxParser::update() {
  expect("UPDATE");
  Update result;
  result.table = qualified_name();
  if (accept("AS") || (!at("SET") && at_identifier())) result.alias = identifier();
  expect("SET");
  result.assignments = assignments();
  if (accept("FROM")) result.from = from_clause();
  if (accept("WHERE")) result.where = expression();
  return result;
}

Statement::Node SyntaxParser::remove() {
  expect_words({"DELETE", "FROM"});
  Delete result;
  result.table = qualified_name();
  if (accept("AS") || at_identifier()) result.alias = identifier();
  if (accept("USING")) result.using_tables = from_clause();
  if (accept("WHERE")) result.where = expression();
  return result;
}

Statement::Node SyntaxParser::truncate() {
  expect("TRUNCATE");
  Truncate result;
  result.materialized_view = accept_words({"MATERIALIZED", "VIEW"});
  if (!result.materialized_view) accept("TABLE");
  result.if_exists = if_exists();
  result.table = qualified_name();
  return result;
}

Statement::Node SyntaxParser::merge() {
  expect_words({"MERGE", "INTO"});
  Merge result;
  result.table = qualified_name();
  if (accept("AS") || at_identifier()) result.alias = identifier();
  expect("USING");
  result.source = joined_table();
  expect("ON");
  result.on = expression();
  if (!at("WHEN")) unexpected();
  while (at("WHEN")) result.clauses.push_back(merge_clause(result));
  return result;
}

/// A column of an INSERT list, which real scripts write with the target's alias or name in front.
Identifier SyntaxParser::target_column(const Merge& merge) {
  const Token& token = peek();
  QualifiedName name = qualified_name();
  if (name.parts.empty()) return {};
  if (name.parts.size() > 1) {
    const Identifier& qualifier = name.parts[name.parts.size() - 2];
    if (qualifier.name != (merge.alias ? merge.alias->name : merge.table.last())) {
      fail_with(invalid_identifier(list_.folded(token), token.line, token.column - 1));
    }
  }
  return std::move(name.parts.back());
}

MergeClause SyntaxParser::merge_clause(const Merge& merge) {
  size_t first = position_;
  MergeClause clause;
  expect("WHEN");
  clause.matched = !accept("NOT");
  expect("MATCHED");
  if (at("BY")) unsupported("WHEN NOT MATCHED BY", peek());
  if (accept("AND")) clause.condition = expression();
  expect("THEN");
  using enum MergeClause::Action;
  if (clause.matched && accept("DELETE")) {
    clause.action = remove;
  } else if (clause.matched) {
    expect("UPDATE");
    clause.all_by_name = accept_words({"ALL", "BY", "NAME"});
    if (!clause.all_by_name) {
      expect("SET");
      clause.assignments = assignments();
    }
  } else {
    clause.action = insert;
    expect("INSERT");
    clause.all_by_name = accept_words({"ALL", "BY", "NAME"});
    if (!clause.all_by_name) {
      if (accept("(")) {
        clause.columns.reserve(k_usual_list);
        do {
          clause.columns.push_back(target_column(merge));
        } while (accept(","));
        expect(")");
      }
      expect("VALUES");
      expect("(");
      clause.values.reserve(std::max(clause.columns.size(), k_usual_list));
      do {
        clause.values.push_back(value_or_default());
      } while (accept(","));
      expect(")");
    }
  }
  clause.range = range_from(first);
  return clause;
}

} // namespace freshet::sql
