#include "warehouse/statements/statements.h"

/// Statements that are declared and have no definition of their own yet: each line leaves this file when the real one lands.
namespace freshet::warehouse {
namespace {

Outcome unsupported(std::string_view what) {
  return sql::fail(sql::unsupported_feature(what));
}

} // namespace

Outcome run(StatementContext&, const sql::CreateFileFormat&) {
  return unsupported("CREATE FILE FORMAT");
}
Outcome run(StatementContext&, const sql::CreateStage&) {
  return unsupported("CREATE STAGE");
}
Outcome run(StatementContext&, const sql::CreatePipe&) {
  return unsupported("CREATE PIPE");
}
Outcome run(StatementContext&, const sql::CopyIntoTable&) {
  return unsupported("COPY INTO table");
}
Outcome run(StatementContext&, const sql::CopyIntoLocation&) {
  return unsupported("COPY INTO location");
}
Outcome run(StatementContext&, const sql::ListFiles&) {
  return unsupported("LIST");
}
Outcome run(StatementContext&, const sql::RemoveFiles&) {
  return unsupported("REMOVE");
}
Outcome run(StatementContext&, const sql::PutFiles&) {
  return unsupported("PUT");
}
Outcome run(StatementContext&, const sql::GetFiles&) {
  return unsupported("GET");
}
Outcome alter_stage(StatementContext&, const sql::Alter&) {
  return unsupported("ALTER STAGE");
}
Outcome alter_file_format(StatementContext&, const sql::Alter&) {
  return unsupported("ALTER FILE FORMAT");
}
Outcome alter_pipe(StatementContext&, const sql::Alter&) {
  return unsupported("ALTER PIPE");
}
Outcome describe_stage(StatementContext&, const sql::Describe&) {
  return unsupported("DESCRIBE STAGE");
}
Outcome describe_file_format(StatementContext&, const sql::Describe&) {
  return unsupported("DESCRIBE FILE FORMAT");
}

Outcome run(StatementContext&, const sql::CreateTask&) {
  return unsupported("CREATE TASK");
}
Outcome run(StatementContext&, const sql::ExecuteTask&) {
  return unsupported("EXECUTE TASK");
}
Outcome alter_task(StatementContext&, const sql::Alter&) {
  return unsupported("ALTER TASK");
}

Outcome run(StatementContext&, const sql::CreateRoutine&) {
  return unsupported("CREATE PROCEDURE");
}
Outcome run(StatementContext&, const sql::Call&) {
  return unsupported("CALL");
}
Outcome run(StatementContext&, const sql::ExecuteImmediate&) {
  return unsupported("EXECUTE IMMEDIATE");
}
Outcome run(StatementContext&, const sql::Block&) {
  return unsupported("anonymous blocks");
}

} // namespace freshet::warehouse
