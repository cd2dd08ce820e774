#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/error.h"

namespace freshet::warehouse {

/// The SQL types as a script sees them; each maps to one JavaScript type (the reference's "SQL and JavaScript data types").
enum class ScriptType {
  number,
  text,
  boolean,
  date,
  time,
  timestamp_ntz,
  timestamp_ltz,
  timestamp_tz,
  variant, // VARIANT, OBJECT and ARRAY: the text is JSON
  binary,  // the text is hexadecimal
};

/// One SQL value on its way into or out of a script. `text` is what SQL prints.
struct ScriptValue {
  ScriptType type = ScriptType::text;
  bool is_null = true;
  std::string text;
  int64_t epoch_microseconds = 0; // dates and timestamps: since 1970; for DATE and TIMESTAMP_NTZ the wall clock read as UTC

  static ScriptValue null(ScriptType type = ScriptType::text) { return {.type = type, .is_null = true, .text = {}}; }
  static ScriptValue of(ScriptType type, std::string text, int64_t epoch_microseconds = 0) {
    return {.type = type, .is_null = false, .text = std::move(text), .epoch_microseconds = epoch_microseconds};
  }
  bool operator==(const ScriptValue&) const = default;
};

/// A failure with Snowflake's error number and SQLSTATE.
using ScriptError = sql::Error;

struct ScriptColumn {
  std::string name;
  ScriptType type = ScriptType::text;
  std::string sql_type; // "NUMBER", "VARCHAR", …
  int scale = 0;
  bool nullable = true;
};

/// The rows of one executed statement, read once from first to last.
class ScriptRows {
 public:
  virtual ~ScriptRows() = default;
  /// The next row's values in column order; empty after the last row.
  virtual std::expected<std::optional<std::vector<ScriptValue>>, ScriptError> next() = 0;
};

/// What a statement that a script executed gave back.
struct ScriptOutcome {
  std::string query_id;
  std::vector<ScriptColumn> columns;
  std::unique_ptr<ScriptRows> rows;
  uint64_t row_count = 0;
  uint64_t rows_inserted = 0;
  uint64_t rows_updated = 0;
  uint64_t rows_deleted = 0;
  uint64_t duplicate_rows_updated = 0;
};

/// The world of a running script: the session that called it. All functions are called on the thread that runs the script.
class ScriptHost {
 public:
  virtual ~ScriptHost() = default;
  virtual std::expected<ScriptOutcome, ScriptError> execute(const std::string& sql, const std::vector<ScriptValue>& binds) = 0;
  virtual void log(std::string_view level, std::string_view message) = 0;
  virtual void add_event(std::string_view name, std::string_view attributes_json) = 0;
  virtual void set_span_attribute(std::string_view key, std::string_view value_json) = 0;
  /// Asked every few milliseconds while a script runs: an error ends it, and the script cannot catch it.
  virtual std::optional<ScriptError> interrupted() { return std::nullopt; }
};

} // namespace freshet::warehouse
