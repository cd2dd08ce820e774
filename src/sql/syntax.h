#pragma once

#include "sql/syntax_session.h"

namespace freshet::sql {

/// One statement of Snowflake's dialect. The whole tree consists of plain values: copyable, comparable (positions do not
/// count), movable. Depth is bounded by the parser, so that walking it recursively is safe.
struct Statement {
  using Node =
      std::variant<QueryStatement, Insert, MultiTableInsert, Update, Delete, Truncate, Merge, CreateDatabase, CreateSchema,
                   CreateTable, CreateHistoryTable, CreateView, CreateSequence, CreateFileFormat, CreateStage, CreatePipe,
                   CreateStream, CreateTask, CreateAlert, CreateRoutine, CreateObject, Drop, Undrop, Alter, CommentOn,
                   CopyIntoTable, CopyIntoLocation, CopyFiles, ListFiles, RemoveFiles, PutFiles, GetFiles, Use,
                   BeginTransaction, Commit, Rollback, Call, SetVariables, UnsetVariables, AlterSession, ExecuteTask,
                   ExecuteAlert, ExecuteImmediate, Show, Describe, Grant, Explain, Flow, Block>;
  Node node;
  std::string text;   // as written, without the closing `;` and surrounding blanks and comments
  SourceRange range;  // of text
  uint32_t binds = 0; // how many `?` it has

  Statement();
  Statement(const Statement&);
  Statement(Statement&&) noexcept;
  Statement& operator=(const Statement&);
  Statement& operator=(Statement&&) noexcept;
  ~Statement();
  bool operator==(const Statement&) const;

  template <typename T>
  const T* as() const {
    return std::get_if<T>(&node);
  }
  template <typename T>
  T* as() {
    return std::get_if<T>(&node);
  }
};

/// A statement inside another: a task's body, EXPLAIN's subject.
struct StatementBox {
  Statement statement;
  bool operator==(const StatementBox&) const = default;
};

inline bool CreateTask::operator==(const CreateTask& o) const {
  return options == o.options && name == o.name && properties == o.properties && execute_as_user == o.execute_as_user &&
         finalize == o.finalize && after == o.after && when == o.when && body == o.body && clone == o.clone;
}
inline bool CreateAlert::operator==(const CreateAlert& o) const {
  return options == o.options && name == o.name && properties == o.properties && clone == o.clone && condition == o.condition &&
         action == o.action;
}
inline bool AlterAlertCondition::operator==(const AlterAlertCondition& o) const {
  return condition == o.condition;
}
inline bool AlterAlertAction::operator==(const AlterAlertAction& o) const {
  return action == o.action;
}
inline bool AlterTaskBody::operator==(const AlterTaskBody& o) const {
  return body == o.body;
}
inline bool Flow::operator==(const Flow& o) const {
  return statements == o.statements;
}
inline bool Explain::operator==(const Explain& o) const {
  return format == o.format && statement == o.statement;
}

} // namespace freshet::sql
