#pragma once

#include "sql/syntax_query.h"

namespace freshet::sql {

struct QueryStatement {
  Query query;
  bool operator==(const QueryStatement&) const = default;
};

/// INSERT [OVERWRITE] INTO t [(columns)] VALUES … | SELECT …
struct Insert {
  bool overwrite = false;
  QualifiedName table;
  std::vector<Identifier> columns; // empty: all
  Query query;          // VALUES too: its body is a ValuesClause; DEFAULT there is Expression ColumnReference DEFAULT
  bool by_name = false; // INSERT … BY NAME
  bool operator==(const Insert&) const = default;
};
struct InsertTarget {
  QualifiedName table;
  std::vector<Identifier> columns;
  std::vector<Expression> values; // empty: the subquery's columns as they are
  bool operator==(const InsertTarget&) const = default;
};
struct InsertBranch {
  Box<Expression> when; // absent: INSERT ALL without condition, or the ELSE branch
  bool is_else = false;
  std::vector<InsertTarget> targets;
  bool operator==(const InsertBranch&) const = default;
};
/// INSERT [OVERWRITE] ALL | FIRST …
struct MultiTableInsert {
  bool overwrite = false;
  bool first = false;
  std::vector<InsertBranch> branches;
  Query query;
  bool operator==(const MultiTableInsert&) const = default;
};

/// `column` is the bare column: an alias or table name in front of it (`set c.a = …`) stands in `qualifier`.
struct Assignment {
  QualifiedName qualifier; // may be empty
  Identifier column;
  Expression value; // DEFAULT is a ColumnReference DEFAULT
  SourceRange range;
  bool operator==(const Assignment&) const = default;
};
struct Update {
  QualifiedName table;
  std::optional<Identifier> alias;
  std::vector<Assignment> assignments;
  Box<TableReference> from;
  Box<Expression> where;
  bool operator==(const Update&) const = default;
};
struct Delete {
  QualifiedName table;
  std::optional<Identifier> alias;
  Box<TableReference> using_tables; // several: joined by Join comma
  Box<Expression> where;
  bool operator==(const Delete&) const = default;
};
struct Truncate {
  bool if_exists = false;
  bool materialized_view = false;
  QualifiedName table;
  bool operator==(const Truncate&) const = default;
};

struct MergeClause {
  enum class Action { update, remove, insert };
  bool matched = true;
  Box<Expression> condition; // AND …
  Action action = Action::update;
  bool all_by_name = false;            // UPDATE ALL BY NAME, INSERT ALL BY NAME
  std::vector<Assignment> assignments; // of update
  std::vector<Identifier> columns;     // of insert: bare names, the alias written before them is dropped after it was checked
  std::vector<Expression> values;      // of insert
  SourceRange range;
  bool operator==(const MergeClause&) const = default;
};
struct Merge {
  QualifiedName table;
  std::optional<Identifier> alias;
  TableReference source;
  Expression on;
  std::vector<MergeClause> clauses;
  bool operator==(const Merge&) const = default;
};

} // namespace freshet::sql
