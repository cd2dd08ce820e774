#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "engine/error.h"
#include "engine/function.h"
#include "engine/rows.h"
#include "engine/value.h"

namespace freshet::engine {

struct Options {
  uint64_t memory_limit_bytes = uint64_t{1} << 30;
  int threads = 2;
  Path temporary_directory;                          // for what does not fit the memory limit; empty: beside the database file
  uint64_t checkpoint_threshold_bytes = 32ull << 20; // of write-ahead log, before a commit folds it into the file, and waits
  bool preserve_insertion_order = false;             // true: a SELECT without ORDER BY follows the order of insertion
  std::string time_zone = "UTC";                     // of new connections
};

class Connection;

/// One DuckDB database behind one door: nothing outside src/engine/ includes duckdb.h.
///
/// Life cycle: open, connect any number of times, destroy the connections, destroy. The file belongs to one process at a time.
/// Concurrency: all functions may be called from any thread. Durability: a commit is in the synced write-ahead log when
/// `Connection::commit` (or an autocommitted statement) returns. After an ErrorKind::fatal the database refuses further
/// statements: destroy it and open it again. No extension is ever downloaded; JSON, Parquet and ICU are built in.
class Database {
 public:
  struct State; // src/engine/native.h
  /// `file` empty: in memory. Errors: io (locked by another process, unreadable), out_of_space, internal.
  static Result<std::unique_ptr<Database>> open(const Path& file, const Options& options = {});
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Result<std::unique_ptr<Connection>> connect();

  /// Folds the write-ahead log into the file and rewrites small or half-deleted row groups, which costs time in proportion to
  /// them: for quiet hours. Conflict, when transactions that still run stand in the way.
  Result<void> compact();

  /// Makes a function known to every connection. All overloads of one name go into one call.
  Result<void> register_functions(std::vector<ScalarFunction> overloads);

 private:
  friend class Connection;
  explicit Database(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

/// A statement parsed once, run many times. Belongs to its Connection's thread; must not outlive the Connection.
class Statement {
 public:
  struct State; // src/engine/native.h
  ~Statement();
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;

  size_t parameter_count() const;
  /// The columns that `query` will give, known before it runs.
  std::vector<Column> columns() const;
  /// `binds[0]` is `?1` (or `$1`).
  Result<Rows> query(std::span<const Value> binds = {});
  Result<int64_t> execute(std::span<const Value> binds = {});

 private:
  friend class Connection;
  explicit Statement(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// A result read while it is computed. The Connection runs nothing else until the stream is destroyed.
class RowStream {
 public:
  struct State; // src/engine/native.h
  ~RowStream();
  RowStream(RowStream&&) noexcept;
  RowStream& operator=(RowStream&&) noexcept;

  const std::vector<Column>& columns() const;
  /// The next chunk, empty at the end.
  Result<std::optional<Chunk>> next();

 private:
  friend class Connection;
  explicit RowStream(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Bulk load of a table, row by row, in column order. Rows are in the table once `close` succeeds (in the open transaction, if
/// any).
class Appender {
 public:
  struct State; // src/engine/native.h
  ~Appender();
  Appender(Appender&&) noexcept;
  Appender& operator=(Appender&&) noexcept;

  Result<void> append(const Value& value);
  Result<void> append_text(std::string_view text);
  Result<void> append_integer(int64_t number);
  Result<void> append_null();
  Result<void> end_row();
  Result<void> close();

 private:
  friend class Connection;
  explicit Appender(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// One conversation with the database: its transaction, temporary tables and settings.
///
/// Concurrency: one thread at a time, except `interrupt`. Transactions: snapshot isolation; `begin` takes the snapshot. A
/// failed statement does **not** end the transaction (DuckDB's own rule is switched off); what a failed statement wrote before
/// it failed may remain, so a writer prepares what may fail in a temporary table first and applies it afterwards. A failed
/// CREATE TABLE AS leaves the table's name behind: choose a fresh name each time.
class Connection {
 public:
  struct State; // src/engine/native.h
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Runs one statement, or several separated by semicolons (then without binds), and gives the last one's rows.
  Result<Rows> query(const std::string& sql, std::span<const Value> binds = {});
  /// The same, for the number of rows that changed.
  Result<int64_t> execute(const std::string& sql, std::span<const Value> binds = {});
  Result<Statement> prepare(const std::string& sql);
  Result<RowStream> stream(const std::string& sql, std::span<const Value> binds = {});
  Result<Appender> appender(const std::string& schema, const std::string& table);

  Result<void> begin();
  /// On an error the transaction has been rolled back.
  Result<void> commit();
  Result<void> rollback();
  bool in_transaction() const;

  /// Ends the running statement with ErrorKind::interrupted. From any thread; without a running statement it does nothing.
  void interrupt();

 private:
  friend class Database;
  explicit Connection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// `"name"`, with quotes doubled.
std::string quote_identifier(std::string_view name);
/// `'text'`, with quotes doubled.
std::string quote_literal(std::string_view text);

} // namespace freshet::engine
