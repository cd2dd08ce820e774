#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "engine/rows.h"
#include "engine/value.h"
#include "sql/error.h"
#include "sql/types.h"

namespace freshet::warehouse {

using sql::SqlResult;

/// What ran; the values are Snowflake's statementTypeId.
enum class StatementKind : int64_t {
  query = 0x1000,
  dml = 0x3000,
  insert = 0x3100,
  update = 0x3200,
  remove = 0x3300,
  merge = 0x3400,
  multi_table_insert = 0x3500,
  copy = 0x3600,
  unload = 0x3700,
  session_command = 0x4000, // ALTER SESSION, SET, CALL, EXECUTE TASK, …
  use = 0x4300,
  show = 0x4400,
  describe = 0x4500,
  list_files = 0x4700,
  transaction = 0x5000, // BEGIN, COMMIT, ROLLBACK
  ddl = 0x6000,
  create_table_as = 0x6103,
  put_files = 0x7100,
  get_files = 0x7101,
};

struct ResultColumn {
  std::string name;
  sql::SnowflakeType type;
  bool nullable = true;
};

struct DmlCounts {
  int64_t inserted = 0;
  int64_t updated = 0;
  int64_t deleted = 0;
  int64_t multi_joined = 0; // "number of multi-joined rows updated"
};

/// A statement did what it was told, and data is likely to be lost by it. Kept in TABLE(FRESHET.WARNINGS()), too.
struct Warning {
  std::string code;    // NONDETERMINISTIC_MERGE, …: see docs/beyond-snowflake.md
  std::string object;  // fully qualified
  std::string message; // what happened
  std::string advice;  // what to do about it
};

/// What one statement gave. The rows stay valid for as long as anybody holds them, whatever happens to the session.
struct StatementResult {
  std::string query_id;
  StatementKind kind = StatementKind::query;
  std::vector<ResultColumn> columns;
  std::shared_ptr<const engine::Rows> rows; // one engine column per entry of `columns`; never null after Session::execute
  DmlCounts counts;
  std::vector<Warning> warnings; // its own and those of the statements that it ran

  size_t row_count() const { return rows ? rows->size() : 0; }
};

/// One value for a `?`, `:1` or `:name`.
struct Bind {
  sql::SnowflakeType type;
  engine::Value value; // std::monostate: NULL
};

/// A session variable.
struct Variable : Bind {
  TimePoint created_on;
  TimePoint updated_on;
};

struct Binds {
  std::vector<Bind> positional;      // of `?` and `:1`
  std::map<std::string, Bind> named; // of `:name`, upper case
};

} // namespace freshet::warehouse
