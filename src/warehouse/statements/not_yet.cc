#include "warehouse/statements/statements.h"

/// Statements that are declared and have no definition of their own yet: each line leaves this file when the real one lands.
namespace freshet::warehouse {
namespace {

Outcome unsupported(std::string_view what) {
  return sql::fail(sql::unsupported_feature(what));
}

} // namespace

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
