#include <fmt/format.h>

#include "engine/native.h"

namespace freshet::engine {
namespace {

/// The C API reads up to the first NUL: what follows it would silently not run.
Result<void> check_text(const std::string& sql) {
  if (sql.find('\0') != std::string::npos) return fail(ErrorKind::parser, "The statement contains a NUL character");
  return {};
}

} // namespace

Result<void> Connection::State::check_usable() const {
  if (database->fatal)
    return fail(ErrorKind::fatal,
                "The database stopped after a fatal error (see the log); restart the server to open it again");
  return {};
}

std::unexpected<Error> Connection::State::failed(Error error) const {
  if (error.kind == ErrorKind::fatal) database->fatal = true;
  return std::unexpected(std::move(error));
}

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::~Connection() = default;

Result<Rows> Connection::query(const std::string& sql, std::span<const Value> binds) {
  if (!binds.empty()) return TRY(prepare(sql)).query(binds);
  TRY(state_->check_usable());
  TRY(check_text(sql));
  NativeResult result;
  if (duckdb_query(state_->connection, sql.c_str(), result.get()) == DuckDBError) return state_->failed(error_of(result.get()));
  return Rows(Rows::State::of(std::move(result)));
}

Result<int64_t> Connection::execute(const std::string& sql, std::span<const Value> binds) {
  Rows rows = TRY(query(sql, binds));
  return rows.changed();
}

Result<Statement> Connection::prepare(const std::string& sql) {
  TRY(state_->check_usable());
  TRY(check_text(sql));
  auto statement = std::make_unique<Statement::State>();
  statement->connection = state_.get();
  if (duckdb_prepare(state_->connection, sql.c_str(), statement->statement.out()) == DuckDBError) {
    const char* message = duckdb_prepare_error(statement->statement.get());
    return state_->failed(translate(DUCKDB_ERROR_INVALID, message != nullptr ? message : "the statement cannot be prepared"));
  }
  return Statement(std::move(statement));
}

Result<void> Connection::begin() {
  TRY(query("BEGIN TRANSACTION"));
  state_->in_transaction = true;
  return {};
}

Result<void> Connection::commit() {
  auto result = query("COMMIT");
  state_->in_transaction = false;
  if (result) return {};
  Error error = std::move(result).error();
  if (error.kind == ErrorKind::internal) error.kind = ErrorKind::fatal; // half a commit: memory and file may differ
  return state_->failed(std::move(error));
}

Result<void> Connection::rollback() {
  state_->in_transaction = false;
  TRY(query("ROLLBACK"));
  return {};
}

bool Connection::in_transaction() const {
  return state_->in_transaction;
}

void Connection::interrupt() {
  duckdb_interrupt(state_->connection);
}

} // namespace freshet::engine
