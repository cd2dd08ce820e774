#pragma once

#include "sql/syntax.h"
#include "warehouse/statement_context.h"

/// Every statement of the dialect has one function `run(context, statement)`. Session::execute finds it through dispatch.cc.
/// Those below `load/`, `procedures/` and `tasks/` are defined in these folders.
namespace freshet::warehouse {

using Outcome = SqlResult<StatementResult>;

// query.cc, dml.cc, merge.cc
Outcome run(StatementContext&, const sql::QueryStatement&);
Outcome run(StatementContext&, const sql::Insert&);
Outcome run(StatementContext&, const sql::MultiTableInsert&);
Outcome run(StatementContext&, const sql::Update&);
Outcome run(StatementContext&, const sql::Delete&);
Outcome run(StatementContext&, const sql::Truncate&);
Outcome run(StatementContext&, const sql::Merge&);
Outcome run(StatementContext&, const sql::Explain&);
Outcome run(StatementContext&, const sql::Flow&); // flow.cc

// schema.cc, table.cc, view.cc, stream.cc, role.cc, drop.cc, alter.cc
Outcome run(StatementContext&, const sql::CreateDatabase&);
Outcome run(StatementContext&, const sql::CreateSchema&);
Outcome run(StatementContext&, const sql::CreateTable&);
Outcome run(StatementContext&, const sql::CreateHistoryTable&);
Outcome run(StatementContext&, const sql::CreateView&);
Outcome run(StatementContext&, const sql::CreateSequence&);
Outcome run(StatementContext&, const sql::CreateStream&);
Outcome run(StatementContext&, const sql::CreateObject&);
Outcome run(StatementContext&, const sql::Drop&);
Outcome run(StatementContext&, const sql::Undrop&);
Outcome run(StatementContext&, const sql::Alter&);
Outcome run(StatementContext&, const sql::CommentOn&);
Outcome run(StatementContext&, const sql::Grant&);

// session.cc, transaction.cc, show.cc, describe.cc
Outcome run(StatementContext&, const sql::Use&);
Outcome run(StatementContext&, const sql::BeginTransaction&);
Outcome run(StatementContext&, const sql::Commit&);
Outcome run(StatementContext&, const sql::Rollback&);
Outcome run(StatementContext&, const sql::SetVariables&);
Outcome run(StatementContext&, const sql::UnsetVariables&);
Outcome run(StatementContext&, const sql::AlterSession&);
Outcome run(StatementContext&, const sql::Show&);
Outcome run(StatementContext&, const sql::Describe&);

// load/
Outcome run(StatementContext&, const sql::CreateFileFormat&);
Outcome run(StatementContext&, const sql::CreateStage&);
Outcome run(StatementContext&, const sql::CreatePipe&);
Outcome run(StatementContext&, const sql::CopyIntoTable&);
Outcome run(StatementContext&, const sql::CopyIntoLocation&);
Outcome run(StatementContext&, const sql::CopyFiles&);
Outcome run(StatementContext&, const sql::ListFiles&);
Outcome run(StatementContext&, const sql::RemoveFiles&);
Outcome run(StatementContext&, const sql::PutFiles&);
Outcome run(StatementContext&, const sql::GetFiles&);
Outcome alter_stage(StatementContext&, const sql::Alter&);
Outcome alter_file_format(StatementContext&, const sql::Alter&);
Outcome alter_pipe(StatementContext&, const sql::Alter&);
Outcome describe_stage(StatementContext&, const sql::Describe&);
Outcome describe_file_format(StatementContext&, const sql::Describe&);

// tasks/ and procedures/
Outcome run(StatementContext&, const sql::CreateTask&);
Outcome run(StatementContext&, const sql::ExecuteTask&);
Outcome run(StatementContext&, const sql::CreateAlert&);
Outcome run(StatementContext&, const sql::ExecuteAlert&);
Outcome run(StatementContext&, const sql::CreateRoutine&);
Outcome run(StatementContext&, const sql::Call&);
Outcome run(StatementContext&, const sql::ExecuteImmediate&);
Outcome run(StatementContext&, const sql::Block&);
/// history/
Outcome alter_history_table(StatementContext&, const sql::Alter&);
Outcome show_history_tables(StatementContext&, const sql::Show&);
/// dynamic/
Outcome create_dynamic_table(StatementContext&, const sql::CreateTable&);
Outcome alter_dynamic_table(StatementContext&, const sql::Alter&);
Outcome show_dynamic_tables(StatementContext&, const sql::Show&);
Outcome alter_task(StatementContext&, const sql::Alter&);
Outcome alter_alert(StatementContext&, const sql::Alter&);

/// What every ALTER has in common: RENAME TO, SET/UNSET COMMENT, SET/UNSET TAG. False when `action` is something else.
SqlResult<bool> alter_common(StatementContext&, Object& object, const sql::AlterAction& action);

} // namespace freshet::warehouse
