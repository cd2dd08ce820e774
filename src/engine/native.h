#pragma once

// What the .cc files of this folder share. Nothing outside src/engine/ includes this file: it pulls in duckdb.h.

#include <duckdb.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"

namespace freshet::engine {

/// Owns one handle of the C API; `Destroy` is its destroy function.
template <typename Handle, void (*Destroy)(Handle*)>
class Native {
 public:
  Native() = default;
  explicit Native(Handle handle) : handle_(handle) {}
  ~Native() {
    if (handle_ != nullptr) Destroy(&handle_);
  }
  Native(Native&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Native& operator=(Native&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  Handle get() const { return handle_; }
  Handle* out() { return &handle_; }

 private:
  Handle handle_ = nullptr;
};

using NativeType = Native<duckdb_logical_type, duckdb_destroy_logical_type>;
using NativeStatement = Native<duckdb_prepared_statement, duckdb_destroy_prepare>;
using NativeConfig = Native<duckdb_config, duckdb_destroy_config>;

/// A duckdb_result with its destructor.
class NativeResult {
 public:
  NativeResult() = default;
  ~NativeResult() { duckdb_destroy_result(&result_); }
  NativeResult(NativeResult&& other) noexcept : result_(std::exchange(other.result_, duckdb_result{})) {}
  NativeResult& operator=(NativeResult&& other) noexcept {
    std::swap(result_, other.result_);
    return *this;
  }
  duckdb_result* get() { return &result_; }
  duckdb_result value() const { return result_; }

 private:
  duckdb_result result_{};
};

/// A string that DuckDB allocated; may be null.
std::string take_string(char* native);

Type to_type(duckdb_logical_type native);
NativeType to_native(const Type& type);
std::vector<Column> columns_of(duckdb_result* result);

/// DuckDB's error in our terms. `type` is DUCKDB_ERROR_INVALID when DuckDB does not say (prepare, append): then the prefix of
/// its message decides.
Error translate(duckdb_error_type type, std::string message);
Error error_of(duckdb_result* result);

/// Text to DECIMAL of more than 18 digits, in place of DuckDB's own cast.
Result<void> register_decimal_casts(duckdb_connection connection);
/// freshet_input_number (counter_function.cc).
Result<void> register_counter(duckdb_connection connection);

struct Database::State {
  ~State() {
    if (database != nullptr) duckdb_close(&database);
  }
  duckdb_database database = nullptr;
  std::atomic<bool> fatal = false;
};

struct Connection::State {
  explicit State(std::shared_ptr<Database::State> owner) : database(std::move(owner)) {}
  ~State() {
    if (connection != nullptr) duckdb_disconnect(&connection);
  }
  /// Refuses work after a fatal error; DuckDB's own refusal is switched off together with its rule that a failed statement ends
  /// the transaction.
  Result<void> check_usable() const;
  /// `error`, noted if it is fatal.
  std::unexpected<Error> failed(Error error) const;

  std::shared_ptr<Database::State> database;
  duckdb_connection connection = nullptr;
  bool in_transaction = false;
};

struct Statement::State {
  Result<NativeResult> run(std::span<const Value> binds, bool streaming);
  Result<void> bind(std::span<const Value> binds);

  Connection::State* connection = nullptr;
  NativeStatement statement;
};

struct Rows::State {
  NativeResult result;
  std::vector<Column> columns;
  std::vector<Chunk> chunks;
  std::vector<size_t> first_rows; // of each chunk
  size_t size = 0;
  int64_t changed = 0;

  static std::unique_ptr<State> of(NativeResult result);
};

} // namespace freshet::engine
